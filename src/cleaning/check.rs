//! A second look at a cleaned file, by other means than those that made it: its container may hold the parts
//! that the picture needs, and nothing else.

use crate::domain::attachment::FileKind;

use super::text::is_unseen;

/// A part of a file that does not belong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra(pub String);

/// What a file holds beyond what it shows. Empty for every file that was cleaned.
#[must_use]
pub fn extras(kind: FileKind, bytes: &[u8]) -> Vec<Extra> {
    let found = match kind {
        FileKind::Jpeg => of_jpeg(bytes),
        FileKind::Png => of_png(bytes),
        FileKind::Webp => of_webp(bytes),
        FileKind::Text => of_text(bytes),
        FileKind::Pdf => super::pdf::extras(bytes),
    };
    found.unwrap_or_else(|| vec!["not whole".to_owned()]).into_iter().map(Extra).collect()
}

/// The segments of a JPEG up to its one scan, and that it ends where its picture ends.
fn of_jpeg(bytes: &[u8]) -> Option<Vec<String>> {
    let mut extras = Vec::new();
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let (head, after) = rest.split_first_chunk::<4>()?;
        let [0xff, marker, high, low] = *head else { return None };
        let length = usize::from(u16::from_be_bytes([high, low])).checked_sub(2)?;
        let (segment, after) = after.split_at_checked(length)?;
        let plain = match marker {
            // JFIF without a thumbnail; tables; the frame; the scan.
            0xe0 => segment.len() == 14 && segment.starts_with(b"JFIF\0"),
            0xdb | 0xc4 | 0xc0 | 0xda => true,
            _ => false,
        };
        if !plain {
            extras.push(format!("segment {marker:02x}"));
        }
        rest = after;
        if marker == 0xda {
            break;
        }
    }
    // Inside the scan a 0xff is followed by zero; the first that is not ends it.
    let end = rest.array_windows::<2>().position(|pair| pair[0] == 0xff && pair[1] != 0)?;
    if rest.get(end..)? != b"\xff\xd9" {
        extras.push("something after the picture".to_owned());
    }
    Some(extras)
}

fn of_png(bytes: &[u8]) -> Option<Vec<String>> {
    let mut extras = Vec::new();
    let mut rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    loop {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (name, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let after = after.get(length.checked_add(4)?..)?;
        match name {
            b"IHDR" | b"IDAT" => {}
            b"IEND" => {
                if !after.is_empty() || length > 0 {
                    extras.push("something after the picture".to_owned());
                }
                return Some(extras);
            }
            other => extras.push(format!("chunk {}", String::from_utf8_lossy(other))),
        }
        rest = after;
    }
}

fn of_webp(bytes: &[u8]) -> Option<Vec<String>> {
    let (size, rest) = bytes.strip_prefix(b"RIFF")?.split_first_chunk::<4>()?;
    let mut extras = Vec::new();
    if usize::try_from(u32::from_le_bytes(*size)).ok()? != rest.len() {
        extras.push("something after the picture".to_owned());
    }
    let mut rest = rest.strip_prefix(b"WEBP")?;
    while !rest.is_empty() {
        let (name, after) = rest.split_first_chunk::<4>()?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        if name != b"VP8L" {
            extras.push(format!("chunk {}", String::from_utf8_lossy(name)));
        }
        rest = after.get(length.checked_next_multiple_of(2)?..)?;
    }
    Some(extras)
}

fn of_text(bytes: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let unseen = text.chars().any(|c| is_unseen(c) || (c.is_control() && c != '\n' && c != '\t'));
    Some(if unseen { vec!["something that is not seen".to_owned()] } else { Vec::new() })
}
