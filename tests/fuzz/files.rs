//! Whatever somebody attaches, it is refused, or what comes out holds what is seen and nothing else.

use std::io::Cursor;

use candor::cleaning::{CleanFile, Refused, clean, extras};
use candor::domain::attachment::{FileKind, MOST_BYTES};
use image::{ImageFormat, ImageReader};

/// Points beyond which a picture is left to the tests of limits.
const SLOW: u64 = 500_000;

/// Whether a file says at its beginning that it is a large picture.
#[must_use]
pub fn is_slow(raw: &[u8]) -> bool {
    let Ok(reader) = ImageReader::new(Cursor::new(raw)).with_guessed_format() else { return false };
    reader.into_dimensions().is_ok_and(|(width, height)| u64::from(width) * u64::from(height) > SLOW)
}

/// None where those who read for us gave up: then the process ends that does it, and the file is refused.
fn cleaned(raw: &[u8]) -> Option<Result<CleanFile, Refused>> {
    std::panic::catch_unwind(|| clean(raw)).ok()
}

/// Cleans a file, and what came out once more.
pub fn look(raw: &[u8]) {
    let Some(Ok(file)) = cleaned(raw) else { return };
    assert!(file.bytes().len() <= MOST_BYTES, "it is larger than any file may be");
    assert_eq!(extras(file.kind(), file.bytes()), [], "{:?} has something beside what it shows", file.kind());
    match file.kind() {
        FileKind::Text => text(raw, &file),
        FileKind::Jpeg => picture(&file, ImageFormat::Jpeg),
        FileKind::Png => picture(&file, ImageFormat::Png),
        FileKind::Webp => picture(&file, ImageFormat::WebP),
        FileKind::Pdf => paper(&file),
    }
    // Clean once is clean for good: what comes out is taken again, as what it is.
    let again = match cleaned(file.bytes()) {
        Some(Ok(again)) => again,
        Some(Err(why)) => panic!("{:?} that was cleaned is refused: {why}", file.kind()),
        None => panic!("{:?} that was cleaned makes its reader give up", file.kind()),
    };
    assert_eq!(again.kind(), file.kind());
    match file.kind() {
        // A photograph loses a little each time it is saved.
        FileKind::Jpeg => assert_eq!(size(&again, ImageFormat::Jpeg), size(&file, ImageFormat::Jpeg)),
        FileKind::Pdf if has_photograph(&file) => {}
        _ => assert!(again.bytes() == file.bytes(), "{:?} changes when it is cleaned again", file.kind()),
    }
}

/// Every letter was there before, in the same order, and is seen.
fn text(raw: &[u8], file: &CleanFile) {
    let raw = std::str::from_utf8(raw).expect("only text becomes text");
    let text = std::str::from_utf8(file.bytes()).expect("text is UTF-8");
    let mut before = raw.chars().filter(|letter| !letter.is_whitespace());
    for letter in text.chars().filter(|letter| !letter.is_whitespace()) {
        assert!(before.any(|other| other == letter), "{letter:?} came from nowhere");
    }
    assert!(text.ends_with('\n') && !text.trim().is_empty());
    assert!(text.lines().all(|line| line.trim_end() == line), "a line ends in blanks");
    assert!(!text.contains(['\0', '\r', '\u{1b}', '\u{7f}', '\u{200b}', '\u{202e}', '\u{feff}', '\u{2028}']));
    let start = text.trim_start();
    for mark in ["<", "%!", "%PDF-", "{\\rtf", "#!", "BEGIN:VCARD", "MIME-Version:"] {
        assert!(!start.starts_with(mark), "it begins like a page, a card or a program: {mark}");
    }
}

fn size(file: &CleanFile, format: ImageFormat) -> (u32, u32) {
    ImageReader::with_format(Cursor::new(file.bytes()), format).into_dimensions().expect("it is a picture")
}

/// It opens as what it is, and no bytes of it are those in which cameras and programs leave their traces.
fn picture(file: &CleanFile, format: ImageFormat) {
    let opened = image::load_from_memory_with_format(file.bytes(), format).expect("it opens");
    assert!(!opened.color().has_alpha(), "something may lie under what is seen");
    // Only in front of the points themselves: those can be any bytes.
    let head = &file.bytes()[..file.bytes().len().min(40)];
    for trace in
        [&b"Exif"[..], b"ICC_PROFILE", b"http://ns.adobe", b"Photoshop", b"tEXt", b"iTXt", b"eXIf", b"XMP "]
    {
        assert!(
            !head.windows(trace.len()).any(|part| part == trace),
            "{} is left",
            String::from_utf8_lossy(trace)
        );
    }
}

fn has_photograph(file: &CleanFile) -> bool {
    file.bytes().windows(9).any(|part| part == b"DCTDecode")
}

/// Read by itself: nothing in it acts, tells of its making, or is there without being drawn from a page.
fn paper(file: &CleanFile) {
    use lopdf::{Document, Object};
    let document = Document::load_mem(file.bytes()).expect("it opens");
    assert!(document.page_iter().next().is_some(), "it has no page");
    assert!(!document.trailer.has(b"Info") && !document.trailer.has(b"ID"), "it tells of its making");
    for object in document.objects.values() {
        let dictionary = match object {
            Object::Dictionary(dictionary) => dictionary,
            Object::Stream(stream) => &stream.dict,
            _ => continue,
        };
        for key in [
            "Metadata",
            "PieceInfo",
            "LastModified",
            "AA",
            "OpenAction",
            "A",
            "URI",
            "JS",
            "Names",
            "Annots",
            "AcroForm",
            "StructTreeRoot",
            "ToUnicode",
            "Thumb",
            "OC",
            "EF",
            "Author",
            "Producer",
            "CreationDate",
        ] {
            assert!(!dictionary.has(key.as_bytes()), "/{key} is left");
        }
    }
    let mut reached = std::collections::BTreeSet::new();
    let mut waiting = vec![document.trailer.get(b"Root").and_then(Object::as_reference).expect("a root")];
    while let Some(id) = waiting.pop() {
        if reached.insert(id) {
            references(document.get_object(id).expect("every reference leads somewhere"), &mut waiting);
        }
    }
    assert_eq!(reached.len(), document.objects.len(), "some parts are drawn by no page");
}

fn references(object: &lopdf::Object, found: &mut Vec<lopdf::ObjectId>) {
    use lopdf::Object;
    match object {
        Object::Reference(id) => found.push(*id),
        Object::Array(list) => list.iter().for_each(|entry| references(entry, found)),
        Object::Dictionary(dictionary) => dictionary.iter().for_each(|(_, value)| references(value, found)),
        Object::Stream(stream) => stream.dict.iter().for_each(|(_, value)| references(value, found)),
        _ => {}
    }
}
