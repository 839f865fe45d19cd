//! The fields of a form of somebody signed in, repeated names kept, for tick boxes.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use zeroize::Zeroize;

/// What a form sent, in order; line ends are `\n`. Wiped when dropped; never in debug output.
#[derive(Default)]
pub struct Sent(Vec<(String, String)>);

impl Sent {
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

    #[cfg(test)]
    pub fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }
}

impl<'de> Deserialize<'de> for Sent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Sent;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the fields of a form")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sent, A::Error> {
                let mut sent = Sent::default();
                while let Some((name, mut value)) = map.next_entry::<String, String>()? {
                    sent.0.push((name, value.replace("\r\n", "\n")));
                    value.zeroize();
                }
                Ok(sent)
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|(_, value)| value.zeroize());
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sent(…)")
    }
}

#[cfg(test)]
mod tests {
    use axum::Form;
    use axum::extract::FromRequest;
    use axum::http::Request;

    use super::Sent;

    #[tokio::test]
    async fn repeated_names_are_kept_and_nothing_is_in_debug_output() {
        let request = Request::post("/")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from("notice=1&file=a%0D%0Ab&notice=2"))
            .unwrap();
        let Form(sent) = Form::<Sent>::from_request(request, &()).await.unwrap();
        assert_eq!(sent.all("notice").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(sent.one("file"), "a\nb");
        assert!(!sent.has("other"));
        assert_eq!(format!("{sent:?}"), "Sent(…)");
    }
}
