//! Why a request could not be answered as asked, and the plain page that says so.
//!
//! Handlers return a [`Failure`]; the finishing layer shows it in the layout of the part of the
//! site that was asked for. Whatever axum itself refuses goes the same way.

mod words;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::page::{self, StaffFrame, VisitorFrame};
use super::routes::Area;
use super::settings::WebSettings;
use crate::service::Problem;
use crate::store::StoreError;
use words::Plain;

/// Why a request could not be answered as asked. None of it ever quotes the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A form or address that no page of ours sends.
    #[error("malformed")]
    Malformed,
    #[error("not found")]
    NotFound,
    /// Not for this person. It looks like [`Failure::NotFound`], byte for byte, status included.
    #[error("forbidden")]
    Forbidden,
    /// Sent from a page of another site, or from none.
    #[error("sent from elsewhere")]
    Elsewhere,
    /// The form belongs to another session or an earlier one.
    #[error("form of another session")]
    StaleForm,
    #[error("method not allowed")]
    Method,
    /// Somebody else was quicker: what the form was about has changed.
    #[error("changed meanwhile")]
    Changed,
    #[error("too large")]
    TooLarge,
    #[error("media type not supported")]
    MediaType,
    /// A well-formed form with fields missing or impossible; pages show problems themselves.
    #[error("unprocessable")]
    Unprocessable,
    /// Too many requests from one address.
    #[error("too many requests")]
    TooMany { seconds: u64 },
    /// A fault of ours. The sentence is fixed text: it is what the log gets.
    #[error("{0}")]
    Internal(&'static str),
    /// Too much going on at once, or something needed is away.
    #[error("busy")]
    Busy { seconds: u64 },
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::NotFound => Self::NotFound,
            Problem::Refused(_) | Problem::Moved(_) | Problem::SignInAgain => Self::Changed,
            Problem::Busy { retry_after } => Self::Busy { seconds: u64::from(retry_after) },
            Problem::NotFounded => Self::Busy { seconds: 3_600 },
            Problem::FoundersMissing => Self::Busy { seconds: 60 },
            Problem::Unusable(_) => Self::Unprocessable,
            Problem::Store(StoreError::Unavailable | StoreError::Conflict) => Self::Busy { seconds: 5 },
            Problem::Store(_) => Self::Internal("the database refused something"),
            Problem::Damaged => Self::Internal("something stored could not be opened"),
        }
    }
}

impl Failure {
    /// The nearest failure to a status that something else answered with.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::Method,
            StatusCode::CONFLICT => Self::Changed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::MediaType,
            StatusCode::UNPROCESSABLE_ENTITY => Self::Unprocessable,
            StatusCode::TOO_MANY_REQUESTS => Self::TooMany { seconds: 60 },
            StatusCode::SERVICE_UNAVAILABLE => Self::Busy { seconds: 30 },
            other if other.is_client_error() => Self::Malformed,
            _ => Self::Internal("a request ended in an unexpected status"),
        }
    }

    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::NotFound | Self::Forbidden => StatusCode::NOT_FOUND,
            Self::Elsewhere | Self::StaleForm => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Changed => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// In how many seconds trying again makes sense.
    const fn wait(&self) -> Option<u64> {
        match self {
            Self::TooMany { seconds } | Self::Busy { seconds } => Some(*seconds),
            _ => None,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.wait() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error_visitor.html")]
struct VisitorsPage<'a> {
    frame: VisitorFrame,
    plain: &'a Plain,
}

#[derive(Template)]
#[template(path = "error_staff.html")]
struct StaffPage<'a> {
    frame: StaffFrame,
    plain: &'a Plain,
}

/// Writes the plain page of a failure over whatever the response held. Nothing in it depends on
/// who asks, so that a page that is not there and one that is not for you cannot be told apart.
pub(super) fn show(response: &mut Response, failure: &Failure, area: Area, settings: &WebSettings) {
    let plain = Plain::of(failure, area.is_visitors());
    let demonstration = settings.demonstration;
    let rendered = if area.is_visitors() {
        VisitorsPage { frame: VisitorFrame { demonstration }, plain: &plain }.render()
    } else {
        StaffPage { frame: StaffFrame { demonstration, ..StaffFrame::default() }, plain: &plain }.render()
    };
    *response.status_mut() = failure.status();
    let html =
        rendered.unwrap_or_else(|_| "<!doctype html><html><p>Please try again later.</p></html>".into());
    page::write(response, html, area.is_visitors());
}
