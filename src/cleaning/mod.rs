//! Attached files made anew, so that nothing comes along but what they show (AN-06).
//!
//! What the bytes are decides, never a name or a stated type. Pictures are drawn afresh from their pixels,
//! text is kept letter by letter, a PDF is copied part by part as far as every part is known. Whatever is left
//! is refused, with what to do instead. What comes out is looked through once more before it is believed.
//! Pure computation: no file, clock or chance; `apart` gives it a process of its own.

pub mod apart;
mod check;
mod pdf;
mod picture;
mod refused;
mod text;

use zeroize::Zeroizing;

use crate::domain::attachment::{FileKind, MOST_BYTES};

pub use check::{Extra, extras};
pub use refused::Refused;

/// A file that holds nothing but what it shows.
#[derive(Clone, PartialEq, Eq)]
pub struct CleanFile {
    kind: FileKind,
    bytes: Zeroizing<Vec<u8>>,
}

impl CleanFile {
    #[must_use]
    pub const fn kind(&self) -> FileKind {
        self.kind
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl std::fmt::Debug for CleanFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CleanFile({:?}, …)", self.kind)
    }
}

/// Makes a file anew.
///
/// # Errors
/// If it is nothing that can be cleaned: then what to do instead.
pub fn clean(raw: &[u8]) -> Result<CleanFile, Refused> {
    if raw.is_empty() {
        return Err(Refused::Empty);
    }
    if raw.len() > MOST_BYTES {
        return Err(Refused::TooLarge);
    }
    let file = match looks_like(raw) {
        Looks::Picture(format) => picture::clean(raw, format)?,
        Looks::Text => text::clean(raw)?,
        Looks::Pdf => pdf::clean(raw)?,
        Looks::Refused(why) => return Err(why),
    };
    if file.bytes.len() > MOST_BYTES {
        return Err(Refused::TooLargeAfterwards);
    }
    // A fault of a library that leaves something in is found here.
    if extras(file.kind, &file.bytes).is_empty() { Ok(file) } else { Err(Refused::Unreadable) }
}

enum Looks {
    Picture(image::ImageFormat),
    Text,
    Pdf,
    Refused(Refused),
}

/// What the first bytes say. Only what begins a format at its very first byte counts as that format.
fn looks_like(raw: &[u8]) -> Looks {
    let at = |from: usize, what: &[u8]| raw.get(from..).is_some_and(|rest| rest.starts_with(what));
    if at(0, b"\xff\xd8\xff") {
        return Looks::Picture(image::ImageFormat::Jpeg);
    }
    if at(0, b"\x89PNG\r\n\x1a\n") {
        return Looks::Picture(image::ImageFormat::Png);
    }
    if at(0, b"RIFF") && at(8, b"WEBP") && !is_plain(raw) {
        return Looks::Picture(image::ImageFormat::WebP);
    }
    if at(0, b"%PDF-") {
        return Looks::Pdf;
    }
    if at(4, b"ftyp") && !is_plain(raw) {
        let pictures: [&[u8]; 6] = [b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif"];
        let picture = pictures.into_iter().any(|brand| at(8, brand));
        return Looks::Refused(if picture { Refused::PhonePicture } else { Refused::Recording });
    }
    let other_pictures: [&[u8]; 4] = [b"GIF8", b"II*\0", b"MM\0*", b"BM"];
    if other_pictures.into_iter().any(|start| at(0, start)) && !is_plain(raw) {
        return Looks::Refused(Refused::OtherPicture);
    }
    let office: [&[u8]; 3] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"{\\rtf"];
    if office.into_iter().any(|start| at(0, start)) {
        return Looks::Refused(Refused::Office);
    }
    let recordings: [&[u8]; 5] = [b"ID3", b"\xff\xfb", b"OggS", b"fLaC", b"\x1a\x45\xdf\xa3"];
    if (at(0, b"RIFF") || recordings.into_iter().any(|start| at(0, start))) && !is_plain(raw) {
        return Looks::Refused(Refused::Recording);
    }
    Looks::Text
}

/// Whether it can be read as it stands, so that letters which happen to begin it like a picture do not make it one.
fn is_plain(raw: &[u8]) -> bool {
    std::str::from_utf8(raw).is_ok_and(|text| text.chars().all(|c| !c.is_control() || c.is_whitespace()))
}

#[cfg(test)]
mod tests;
