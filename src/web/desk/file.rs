//! An attached file on its way to whoever reads it: as a download that a browser opens in no page of ours.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use tokio::sync::mpsc;

use crate::domain::attachment::size_label;
use crate::service::Problem;
use crate::service::cases::CaseView;
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::form::InPath;
use crate::web::layers::headers::Sandboxed;

use super::who::Here;

/// A file on the case page.
pub struct FileLine {
    pub href: String,
    pub label: String,
    pub council_only: bool,
}

/// The files that this reader has, as the page lists them.
pub fn lines(view: &CaseView, address: &str) -> Vec<FileLine> {
    view.files
        .iter()
        .zip(1..)
        .map(|(file, place)| FileLine {
            href: format!("{address}/file/{}", file.id),
            label: format!("File {place}: {}, {}", file.kind.label(), size_label(u64::from(file.length))),
            council_only: file.council_only,
        })
        .collect()
}

/// The file itself. One that is not there and one that is not for this reader are answered alike.
pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath((post, number, id)): InPath<(String, String, String)>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    let id = id.parse().map_err(|_| Failure::NotFound)?;
    let file = app.candor.case_file(&here.staff.signed_in, &here.seat, &number, id).await?;
    // What is damaged is found before the answer begins.
    let first = app.candor.piece(&file, 0).await?;
    let name = format!("attachment; filename=\"file-{}.{}\"", file.place, file.kind.extension());
    let name = HeaderValue::from_str(&name).map_err(|_| Failure::Internal("a file has no name"))?;
    let (kind, length) = (file.kind, file.length);
    let (send, receive) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut next = Ok(first);
        let mut number = 0;
        loop {
            let piece = match next {
                Ok(None) => return,
                Ok(Some(bytes)) => Ok(Bytes::copy_from_slice(&bytes)),
                Err(problem) => Err(problem),
            };
            let over = piece.is_err();
            // Whoever asked has gone away, or the file is damaged.
            if send.send(piece).await.is_err() || over {
                return;
            }
            number += 1;
            next = app.candor.piece(&file, number).await;
        }
    });
    let mut response = Body::new(Given(receive)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind.content_type()));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CONTENT_DISPOSITION, name);
    response.extensions_mut().insert(Sandboxed);
    Ok(response)
}

/// Pieces as they are opened, one at a time.
struct Given(mpsc::Receiver<Result<Bytes, Problem>>);

impl HttpBody for Given {
    type Data = Bytes;
    type Error = Problem;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Problem>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
