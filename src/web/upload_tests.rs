use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use hyper::body::Frame;
use tokio::sync::mpsc;

use super::{MOST_FORM_BYTES, Sent, Stopped, Uploads};
use crate::domain::attachment::MOST_BYTES;
use crate::web::settings::LimitSettings;

/// A body that arrives as the test sends it.
struct Arriving(mpsc::UnboundedReceiver<Vec<u8>>);

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk.into()))))
    }
}

fn uploads() -> Uploads {
    let limits = LimitSettings {
        upload_bytes: 2 * MOST_FORM_BYTES,
        upload_pause: Duration::from_millis(150),
        uploads_at_once: 2,
        ..LimitSettings::default()
    };
    Uploads::new(&limits)
}

fn part(name: &str, value: &[u8]) -> Vec<u8> {
    let head =
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"ada.jpg\"\r\n\r\n");
    [head.as_bytes(), value, b"\r\n"].concat()
}

fn request(body: Body) -> Request {
    Request::post("/").header("content-type", "multipart/form-data; boundary=x").body(body).unwrap()
}

fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body: Vec<u8> = parts.iter().flat_map(|(name, value)| part(name, value)).collect();
    body.extend_from_slice(b"--x--\r\n");
    body
}

async fn read(uploads: &Uploads, body: Vec<u8>) -> Result<Sent, Stopped> {
    let mut request = request(Body::from(body));
    let limit = axum::extract::DefaultBodyLimit::max(MOST_FORM_BYTES);
    limit.apply(&mut request);
    uploads.read(request, |token| token == "mine").await
}

#[tokio::test]
async fn a_form_of_ours_is_read_and_gives_its_room_back() {
    let uploads = uploads();
    let all = uploads.room_left();
    let file = vec![b'a'; 100_000];
    let filled = |filler: usize| {
        form(&[("csrf", b"mine"), ("readers", b"all"), ("file", &file), ("filler", &vec![b'.'; filler])])
    };
    // What a script fills the form up with is read and let go of.
    assert_eq!(read(&uploads, filled(8_193)).await.unwrap_err(), Stopped::TooLarge);
    let sent = read(&uploads, filled(8_191)).await.unwrap();
    assert_eq!(sent.one("filler"), "");
    assert_eq!((sent.one("readers"), sent.one("other")), ("all", ""));
    assert!(all - uploads.room_left() >= 100_000, "what arrived is counted");
    let file = uploads.clean(sent).await.unwrap();
    assert_eq!(file.bytes().len(), 100_001);
    assert_eq!(uploads.room_left(), all);
}

#[tokio::test]
async fn what_is_no_form_of_ours_is_refused_and_gives_its_room_back() {
    let uploads = uploads();
    let all = uploads.room_left();
    let large = vec![0; MOST_BYTES + 1];
    let many: Vec<(&str, &[u8])> = (0..10_000).map(|_| ("a", &b"b"[..])).collect();
    let cases = [
        (form(&[("file", b"first")]), Stopped::Stale),
        (form(&[("csrf", b"theirs"), ("file", b"x")]), Stopped::Stale),
        (form(&[("csrf", b"mine"), ("file", b"x"), ("file", b"y")]), Stopped::Stale),
        (form(&[("csrf", &[b'a'; 300])]), Stopped::TooLarge),
        (form(&[("csrf", b"mine"), ("file", &large)]), Stopped::TooLarge),
        (vec![b'x'; MOST_FORM_BYTES + 1], Stopped::TooLarge),
        (form(&many), Stopped::Broken),
        (part("csrf", b"mine"), Stopped::Broken),
        (b"no form at all".to_vec(), Stopped::Broken),
        ([b"--x\r\n".to_vec(), vec![b'h'; 1_000_000]].concat(), Stopped::Broken),
    ];
    for (place, (body, why)) in cases.into_iter().enumerate() {
        assert_eq!(read(&uploads, body).await.map(drop), Err(why), "case {place}");
        assert_eq!(uploads.room_left(), all, "case {place}");
    }
    let other = Request::post("/").header("content-type", "text/plain").body(Body::from("a=1")).unwrap();
    assert_eq!(uploads.read(other, |_| true).await.map(drop), Err(Stopped::Broken));
}

#[tokio::test]
async fn a_trickle_is_cut_off_and_holds_no_more_than_it_sent() {
    let uploads = uploads();
    let all = uploads.room_left();
    // Silence after the start, and one byte at a time: neither goes on for long.
    for trickles in [false, true] {
        let (send, receive) = mpsc::unbounded_channel();
        send.send(
            [part("csrf", b"mine"), b"--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n".to_vec()]
                .concat(),
        )
        .unwrap();
        let drip = tokio::spawn(async move {
            while trickles && send.send(vec![b'a']).is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            tokio::time::sleep(Duration::from_secs(5)).await;
            drop(send);
        });
        let began = std::time::Instant::now();
        let reading = uploads.read(request(Body::new(Arriving(receive))), |_| true);
        let (stopped, ()) = tokio::join!(reading, async {
            tokio::time::sleep(Duration::from_millis(60)).await;
            assert!(all - uploads.room_left() <= 1024, "a slow one holds what it sent");
        });
        assert_eq!(stopped.map(drop), Err(Stopped::Slow), "trickles: {trickles}");
        assert!(began.elapsed() < Duration::from_secs(4));
        assert_eq!(uploads.room_left(), all);
        drip.abort();
    }
}

#[tokio::test]
async fn all_together_hold_no_more_than_there_is_room_for() {
    let uploads = uploads();
    let all = uploads.room_left();
    let body = form(&[("csrf", b"mine"), ("file", &vec![b'a'; MOST_BYTES])]);
    let one = read(&uploads, body.clone()).await.unwrap();
    let two = read(&uploads, body.clone()).await.unwrap();
    assert!(uploads.room_left() < MOST_BYTES);
    assert_eq!(read(&uploads, body.clone()).await.map(drop), Err(Stopped::Full));
    drop((one, two));
    assert_eq!(uploads.room_left(), all);
    // The control: with room it is taken.
    assert!(read(&uploads, body).await.is_ok());

    let places = [uploads.place(), uploads.place()];
    assert!(places.iter().all(Option::is_some) && uploads.place().is_none());
    drop(places);
    assert!(uploads.place().is_some());
}
