//! Reading what a person typed: bodies, query strings and path parameters, each refused through
//! [`Failure`] and so on a plain page.

use std::fmt;

use axum::extract::{FromRequest, FromRequestParts, RawForm, Request};
use axum::http::request::Parts;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::App;
use super::errors::Failure;

/// What was just done, in the address of a page that then says so. Which words mean something is the
/// page's affair.
#[derive(Debug, Deserialize)]
pub struct Done {
    #[serde(default)]
    pub done: String,
}

/// The fields of a form as sent: in order, repeated names kept, for tick boxes. Only valid
/// UTF-8 gets this far, and line ends are `\n`. Wiped when dropped; never in debug output.
#[derive(Default)]
pub struct Fields(Vec<(String, Zeroizing<String>)>);

impl Fields {
    /// The first value under a name; empty if the form had none.
    #[must_use]
    pub fn one(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every value under a name.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a tick box or a button of that name was sent.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// Every name with its value, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    #[cfg(test)]
    pub fn of(fields: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), Zeroizing::new((*value).to_owned()));
        Self(fields.iter().map(owned).collect())
    }

    /// # Errors
    /// [`Failure::Malformed`] if an escape is broken or the text is not UTF-8.
    pub fn parse(body: &[u8]) -> Result<Self, Failure> {
        body.split(|byte| *byte == b'&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let mut halves = pair.splitn(2, |byte| *byte == b'=');
                let name = decode(halves.next().unwrap_or_default())?;
                let value = decode(halves.next().unwrap_or_default())?;
                Ok((name.to_string(), Zeroizing::new(value.replace("\r\n", "\n"))))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fields(…)")
    }
}

fn decode(text: &[u8]) -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hexadecimal(rest.next())? << 4 | hexadecimal(rest.next())?,
            other => *other,
        });
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| Failure::Malformed)?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn hexadecimal(byte: Option<&u8>) -> Result<u8, Failure> {
    byte.and_then(|byte| char::from(*byte).to_digit(16))
        .and_then(|digit| u8::try_from(digit).ok())
        .ok_or(Failure::Malformed)
}

async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<axum::body::Bytes, Failure> {
    match RawForm::from_request(request, state).await {
        Ok(RawForm(bytes)) => Ok(bytes),
        Err(rejection) => Err(Failure::of_status(rejection.into_response().status())),
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        Self::parse(&body(request, state).await?)
    }
}

/// A form read into a type of one's own, for forms without repeated names.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let (parts, content) = request.into_parts();
        let bytes = body(Request::from_parts(parts.clone(), content), state).await?;
        // The decoder below puts a mark where text is not UTF-8; refuse such text instead.
        Fields::parse(&bytes)?;
        let request = Request::from_parts(parts, axum::body::Body::from(bytes));
        match axum::Form::<T>::from_request(request, state).await {
            Ok(axum::Form(typed)) => Ok(Self(typed)),
            Err(rejection) => Err(Failure::of_status(rejection.into_response().status())),
        }
    }
}

/// What follows the `?`.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        let axum::extract::Query(typed) =
            axum::extract::Query::try_from_uri(&parts.uri).map_err(|_| Failure::Malformed)?;
        Ok(Self(typed))
    }
}

/// The parameters in a path. One that cannot be read leads to nothing: the page is not found.
#[derive(Debug)]
pub struct InPath<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for InPath<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let axum::extract::Path(typed) =
            axum::extract::Path::from_request_parts(parts, app).await.map_err(|_| Failure::NotFound)?;
        Ok(Self(typed))
    }
}

/// What is wrong with a form, field by field, in the order of the page. The macros show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

/// One field and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub field: &'static str,
    pub says: String,
}

impl Problems {
    /// Notes that a field needs attention. Never quote what was typed.
    pub fn add(&mut self, field: &'static str, says: impl Into<String>) {
        self.0.push(Problem { field, says: says.into() });
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What to show at a field; empty if nothing is wrong with it.
    #[must_use]
    pub fn of(&self, field: &str) -> &str {
        self.0.iter().find(|problem| problem.field == field).map_or("", |problem| &problem.says)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Fields;
    use crate::web::errors::Failure;

    #[test]
    fn repeated_names_are_kept_and_escapes_undone() {
        let fields = Fields::parse(b"a=1&b=x+y%C3%A9&a=2&c&text=one%0D%0Atwo").unwrap();
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.one("b"), "x yé");
        assert!(fields.has("c") && fields.one("c").is_empty());
        assert!(!fields.has("d"));
        assert_eq!(fields.one("text"), "one\ntwo");
        assert_eq!(format!("{fields:?}"), "Fields(…)");
    }

    #[test]
    fn broken_escapes_and_text_that_is_not_utf8_are_refused() {
        for body in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%FF", b"\xff=1", b"a=%C3"] {
            assert!(matches!(Fields::parse(body), Err(Failure::Malformed)));
        }
    }
}
