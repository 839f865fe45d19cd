//! Taking in a form with a file (AN-06): as it arrives it is counted against what all uploads together may
//! hold, it must keep a pace, and it may have the parts that our form has and no others.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use hyper::body::Frame;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::cleaning::apart::Cleaner;
use crate::cleaning::{self, CleanFile, Refused};
use crate::domain::attachment::MOST_BYTES;
use crate::web::settings::LimitSettings;

/// What one of our forms with a file is at most: the file, and a few short fields around it.
pub const MOST_FORM_BYTES: usize = MOST_BYTES + 64 * 1024;

/// Parts of such a form; a browser sends three.
const MOST_PARTS: usize = 6;

/// Bytes of a field that is no file.
const MOST_FIELD: usize = 256;

/// With what `static/exit.js` fills a form up to a size class, and how much of it that can be.
const FILLER: (&str, usize) = ("filler", crate::web::page::SIZE_CLASS);

/// Bytes in which a file is held as it comes.
const PIECE: usize = 64 * 1024;

/// The room for uploads is given out in these.
const UNIT: usize = 1024;

/// Why a form with a file was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// All uploads together hold as much as they may.
    Full,
    /// It came too slowly.
    Slow,
    TooLarge,
    /// No form of ours, or it broke off.
    Broken,
    /// The file came without the token of the visit in front of it.
    Stale,
}

/// What all uploads share.
#[derive(Clone, Debug)]
pub struct Uploads {
    places: Arc<Semaphore>,
    room: Arc<Semaphore>,
    /// One picture at a time is open: it can be far larger than its file.
    cleaning: Arc<Semaphore>,
    cleaner: Option<Cleaner>,
    pause: Duration,
    bytes_per_second: u64,
}

/// A place among the uploads of this moment.
#[derive(Debug)]
pub struct Place(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

/// What has arrived of one request, and the room that it takes up for as long as this lives.
#[derive(Debug, Default)]
struct Held {
    bytes: usize,
    permits: Option<OwnedSemaphorePermit>,
    full: bool,
}

/// A form with a file, as sent.
pub struct Sent {
    fields: Vec<(String, String)>,
    file: Option<Raw>,
    held: Arc<Mutex<Held>>,
}

/// A file as it came, in pieces that never grow: a buffer that does takes up twice what it holds for a moment, and
/// leaves behind what it held.
#[derive(Default)]
struct Raw(Vec<Zeroizing<Vec<u8>>>);

impl Raw {
    fn len(&self) -> usize {
        self.0.iter().map(|piece| piece.len()).sum()
    }

    fn add(&mut self, mut more: &[u8]) {
        while !more.is_empty() {
            if self.0.last().is_none_or(|piece| piece.len() == PIECE) {
                self.0.push(Zeroizing::new(Vec::with_capacity(PIECE)));
            }
            let Some(piece) = self.0.last_mut() else { return };
            let (now, later) = more.split_at(more.len().min(PIECE - piece.len()));
            piece.extend_from_slice(now);
            more = later;
        }
    }

    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|piece| piece.as_slice())
    }

    /// In one piece, for which all of it is copied once.
    fn whole(&self) -> Zeroizing<Vec<u8>> {
        let mut whole = Zeroizing::new(Vec::with_capacity(self.len()));
        for piece in self.pieces() {
            whole.extend_from_slice(piece);
        }
        whole
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sent(…)")
    }
}

impl Sent {
    /// The file as it came, where no paper or picture is wanted.
    #[must_use]
    pub fn into_file(mut self) -> Option<Vec<u8>> {
        self.file.take().map(|file| std::mem::take(&mut *file.whole()))
    }

    /// The value of a field; empty if there was none.
    #[must_use]
    pub fn one(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

impl Uploads {
    #[must_use]
    pub fn new(limits: &LimitSettings) -> Self {
        Self {
            places: Arc::new(Semaphore::new(limits.uploads_at_once.max(1))),
            room: Arc::new(Semaphore::new(limits.upload_bytes.max(MOST_FORM_BYTES).div_ceil(UNIT))),
            cleaning: Arc::new(Semaphore::new(1)),
            cleaner: limits.cleaner.clone(),
            pause: limits.upload_pause,
            bytes_per_second: limits.upload_bytes_per_second,
        }
    }

    /// Bytes that arrive now could still take up.
    #[must_use]
    pub fn room_left(&self) -> usize {
        self.room.available_permits() * UNIT
    }

    /// A place for one upload, if there is one.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        self.places.clone().try_acquire_owned().ok().map(Place)
    }

    /// Reads a form with a file. `ours` says whether a token is this visit's; it must come before the file.
    ///
    /// # Errors
    /// [`Stopped`] says what was wrong; nothing of it is kept then.
    pub async fn read(&self, request: Request, ours: impl Fn(&str) -> bool) -> Result<Sent, Stopped> {
        let held = Arc::new(Mutex::new(Held::default()));
        let (parts, inner) = request.into_parts();
        let counted = Counted { inner, room: self.room.clone(), held: held.clone(), gave: false };
        let request = Request::from_parts(parts, Body::new(counted));
        let multipart = Multipart::from_request(request, &()).await.map_err(|_| Stopped::Broken)?;
        let sent = Sent { fields: Vec::new(), file: None, held: held.clone() };
        let reading = Reading { uploads: self, began: Instant::now(), held: &held };
        match reading.all(multipart, sent, ours).await {
            Err(_) if locked(&held).full => Err(Stopped::Full),
            other => other,
        }
    }

    /// Cleans the file of a form, one at a time. What was sent is let go of.
    ///
    /// # Errors
    /// If there is none, or it cannot be cleaned.
    pub async fn clean(&self, sent: Sent) -> Result<CleanFile, Refused> {
        let Ok(turn) = self.cleaning.clone().acquire_owned().await else { return Err(Refused::Unreadable) };
        let Sent { file, held, .. } = sent;
        let file = file.ok_or(Refused::Empty)?;
        // Turn and room go with the work: it goes on when the one who waits for it has left.
        let apart = self.cleaner.clone();
        let cleaned = tokio::task::spawn_blocking(move || {
            let _with = (turn, held);
            match apart {
                Some(cleaner) => cleaner.clean_pieces(file.pieces()),
                None => cleaning::clean(&file.whole()),
            }
        });
        // A decoder that gave up in a panic has met nothing that could be cleaned.
        cleaned.await.unwrap_or(Err(Refused::Unreadable))
    }
}

struct Reading<'a> {
    uploads: &'a Uploads,
    began: Instant,
    held: &'a Mutex<Held>,
}

impl Reading<'_> {
    async fn all(
        &self,
        mut multipart: Multipart,
        mut sent: Sent,
        ours: impl Fn(&str) -> bool,
    ) -> Result<Sent, Stopped> {
        for _ in 0..MOST_PARTS {
            let Some(mut field) = self.in_time(multipart.next_field()).await? else { return Ok(sent) };
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" {
                if sent.file.is_some() || !ours(sent.one(crate::web::csrf::FIELD)) {
                    return Err(Stopped::Stale);
                }
                sent.file = Some(self.bytes(&mut field, MOST_BYTES).await?);
            } else if name == FILLER.0 {
                self.bytes(&mut field, FILLER.1).await?;
            } else {
                let bytes = self.bytes(&mut field, MOST_FIELD).await?.whole();
                let value = std::str::from_utf8(&bytes).map_err(|_| Stopped::Broken)?;
                sent.fields.push((name, value.to_owned()));
            }
        }
        Err(Stopped::Broken)
    }

    async fn bytes(&self, field: &mut Field<'_>, most: usize) -> Result<Raw, Stopped> {
        let mut bytes = Raw::default();
        while let Some(chunk) = self.in_time(field.chunk()).await? {
            if bytes.len() + chunk.len() > most {
                return Err(Stopped::TooLarge);
            }
            bytes.add(&chunk);
        }
        Ok(bytes)
    }

    /// Waits for more, but not for ever, and not for a trickle.
    async fn in_time<T>(&self, more: impl Future<Output = Result<T, MultipartError>>) -> Result<T, Stopped> {
        let came = tokio::time::timeout(self.uploads.pause, more).await.map_err(|_| Stopped::Slow)?;
        let came = came.map_err(|error| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Stopped::TooLarge,
            _ => Stopped::Broken,
        })?;
        let elapsed = self.began.elapsed();
        let owed = elapsed.as_secs().saturating_mul(self.uploads.bytes_per_second);
        if elapsed > self.uploads.pause && (locked(self.held).bytes as u64) < owed {
            return Err(Stopped::Slow);
        }
        Ok(came)
    }
}

fn locked(held: &Mutex<Held>) -> std::sync::MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A body that takes up room as it arrives.
struct Counted {
    inner: Body,
    room: Arc<Semaphore>,
    held: Arc<Mutex<Held>>,
    /// Whether something was handed on just now.
    gave: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("no room")]
struct NoRoom;

impl Counted {
    fn take(&self, bytes: usize) -> Result<(), NoRoom> {
        let mut held = locked(&self.held);
        held.bytes += bytes;
        let has = held.permits.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = u32::try_from(held.bytes.div_ceil(UNIT) - has).map_err(|_| NoRoom)?;
        let Ok(more) = self.room.clone().try_acquire_many_owned(more) else {
            held.full = true;
            return Err(NoRoom);
        };
        match &mut held.permits {
            Some(permits) => permits.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // Whoever parts the form takes in all that there is before handing any of it on. So there is one frame at a time,
        // or a file that comes fast would lie there whole once more.
        if std::mem::take(&mut self.gave) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) else { return Poll::Pending };
        self.gave = matches!(frame, Some(Ok(_)));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
            && let Err(full) = self.take(data.len())
        {
            return Poll::Ready(Some(Err(axum::Error::new(full))));
        }
        Poll::Ready(frame)
    }
}

#[cfg(test)]
#[path = "upload_tests.rs"]
mod tests;
