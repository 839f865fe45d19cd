//! Stylesheet, scripts and icon: compiled in, compressed beforehand, and named by their content,
//! so that a browser may keep them for good and a change has a new name.
//!
//! The `.gz` files are made with `gzip -9 -n`; a test holds each to its source.

use std::fmt::Write;
use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::errors::Failure;
use super::form::InPath;
use super::routes::{Area, Routes};

/// One file.
#[derive(Debug)]
pub struct Asset {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
}

macro_rules! asset {
    ($stem:literal, $extension:literal, $content_type:literal) => {
        Asset {
            stem: $stem,
            extension: $extension,
            content_type: $content_type,
            plain: include_bytes!(concat!("../../static/", $stem, ".", $extension)),
            gzip: include_bytes!(concat!("../../static/", $stem, ".", $extension, ".gz")),
        }
    };
}

static ALL: [Asset; 6] = [
    asset!("candor", "css", "text/css; charset=utf-8"),
    asset!("attach", "js", "text/javascript; charset=utf-8"),
    asset!("exit", "js", "text/javascript; charset=utf-8"),
    asset!("guard", "js", "text/javascript; charset=utf-8"),
    asset!("icon", "svg", "image/svg+xml"),
    asset!("passkey", "js", "text/javascript; charset=utf-8"),
];

static NAMES: LazyLock<[String; 6]> = LazyLock::new(|| ALL.each_ref().map(Asset::name));

impl Asset {
    fn name(&self) -> String {
        let mut name = format!("{}.", self.stem);
        for byte in Sha256::digest(self.plain).iter().take(8) {
            let _ = write!(name, "{byte:02x}");
        }
        name + "." + self.extension
    }
}

/// The stylesheet's text, for a page that must need nothing besides itself.
#[must_use]
pub fn stylesheet() -> &'static str {
    let [style, ..] = &ALL;
    std::str::from_utf8(style.plain).unwrap_or_default()
}

/// The address of a file in `static/`, for templates: `{{ crate::web::assets::url("candor.css") }}`.
#[must_use]
pub fn url(file: &str) -> String {
    ALL.iter()
        .zip(NAMES.iter())
        .find(|(asset, _)| {
            file.strip_prefix(asset.stem).is_some_and(|rest| rest.strip_prefix('.') == Some(asset.extension))
        })
        .map_or_else(String::new, |(_, name)| format!("/static/{name}"))
}

/// Marks a response that may be kept: the header layer takes this from nobody else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lasting;

pub(super) fn routes() -> Routes {
    Routes::of(Area::Assets).get("/static/{name}", file)
}

async fn file(InPath(name): InPath<String>, headers: HeaderMap) -> Result<Response, Failure> {
    let (asset, _) =
        ALL.iter().zip(NAMES.iter()).find(|(_, known)| **known == name).ok_or(Failure::NotFound)?;
    let mut response = if takes_gzip(&headers) {
        let mut response = asset.gzip.into_response();
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response
    } else {
        asset.plain.into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response.extensions_mut().insert(Lasting);
    Ok(response)
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok()).any(|line| {
        line.split(',').any(|part| {
            let mut halves = part.split(';').map(str::trim);
            halves.next() == Some("gzip")
                && !halves.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00"))
        })
    })
}

/// Browsers ask for this by themselves; the pages name their own icon.
pub(super) async fn no_icon() -> StatusCode {
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::{ALL, takes_gzip, url};

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1))
            })
        })
    }

    /// A gzip file ends with the checksum and the length of what it unpacks to.
    #[test]
    fn every_compressed_file_is_that_of_its_source() {
        for asset in &ALL {
            let (_, trailer) = asset.gzip.split_at(asset.gzip.len() - 8);
            let mut expected = crc32(asset.plain).to_le_bytes().to_vec();
            expected.extend(u32::try_from(asset.plain.len()).unwrap().to_le_bytes());
            assert_eq!(trailer, expected, "run: gzip -9 -n -k -f static/{}.{}", asset.stem, asset.extension);
            assert_eq!(asset.gzip[4..8], [0; 4], "{} carries the time it was made", asset.stem);
        }
    }

    #[test]
    fn the_stylesheet_stays_within_its_budget() {
        assert!(ALL[0].plain.len() <= 14_000, "{} bytes", ALL[0].plain.len());
    }

    #[test]
    fn a_name_follows_from_the_content() {
        let address = url("candor.css");
        assert!(address.starts_with("/static/candor.") && address.contains(".css"));
        assert_eq!(address.len(), "/static/candor..css".len() + 16);
        assert_eq!(url("candor.js"), "");
    }

    #[test]
    fn gzip_is_sent_only_to_whoever_takes_it() {
        let asks = |text| {
            let mut headers = HeaderMap::new();
            headers.insert("accept-encoding", HeaderValue::from_static(text));
            takes_gzip(&headers)
        };
        assert!(asks("gzip") && asks("br, gzip;q=0.5") && asks("deflate,gzip"));
        assert!(!asks("br") && !asks("gzip;q=0") && !asks("x-gzip"));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
