//! Addresses of this site: where a form may send somebody on, and how a name becomes a part of one.

use std::fmt::Write;

use crate::web::routes::Area;

/// Longest address that a form may name, in bytes.
const LONGEST: usize = 300;

/// An address of a staff page of this site, as a form named it; none if it is anything else.
/// A visitor's page is none: nobody is led there from a session (AN-18).
#[must_use]
pub fn same_site(typed: &str) -> Option<&str> {
    let mut bytes = typed.bytes();
    let begins_well = bytes.next() == Some(b'/') && bytes.next().is_some_and(|byte| byte != b'/');
    // Browsers take a backslash for a slash, and drop tabs and line ends before they look.
    let is_plain = typed.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let path = typed.split(['?', '#']).next().unwrap_or_default();
    let fits = typed.len() <= LONGEST && begins_well && is_plain && !Area::of_path(path).is_visitors();
    fits.then_some(typed)
}

/// A name as one part of an address.
#[must_use]
pub fn in_address(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{in_address, same_site};

    #[test]
    fn a_form_leads_on_to_staff_pages_of_this_site_and_nowhere_else() {
        for fine in ["/desk", "/desk/council%3ACBP/case/KLM-4821?done=accept", "/setup/found", "/admin"] {
            assert_eq!(same_site(fine), Some(fine));
        }
        let long = format!("/desk/{}", "a".repeat(300));
        for wrong in [
            "",
            "/",
            "desk",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example/desk",
            "/\t/evil.example",
            "/desk\r\nset-cookie: a=b",
            "/desk é",
            "/write",
            "/return/visit",
            &long,
        ] {
            assert_eq!(same_site(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_post_is_one_part_of_an_address() {
        assert_eq!(in_address("headquarters:CBP/é?"), "headquarters%3ACBP%2F%C3%A9%3F");
        assert_eq!(in_address("secretary"), "secretary");
    }
}
