//! A second look at a PDF: read again, it may hold the keys that a drawn page needs, and nothing else.

use lopdf::{Dictionary, Document, LoadOptions, Object};

/// Every key of a cleaned file.
const KEYS: [&str; 78] = [
    "AIS",
    "Ascent",
    "AvgWidth",
    "BBox",
    "BM",
    "BaseEncoding",
    "BaseFont",
    "BitsPerComponent",
    "CA",
    "CIDSystemInfo",
    "CIDToGIDMap",
    "CapHeight",
    "ColorSpace",
    "Contents",
    "Count",
    "CropBox",
    "DW",
    "DW2",
    "Decode",
    "DescendantFonts",
    "Descent",
    "Differences",
    "Encoding",
    "ExtGState",
    "Filter",
    "FirstChar",
    "Flags",
    "Font",
    "FontBBox",
    "FontDescriptor",
    "FontFile2",
    "FontName",
    "Group",
    "Height",
    "I",
    "ImageMask",
    "ItalicAngle",
    "K",
    "Kids",
    "LC",
    "LJ",
    "LW",
    "LastChar",
    "Leading",
    "Length",
    "Length1",
    "ML",
    "Mask",
    "Matrix",
    "MaxWidth",
    "MediaBox",
    "MissingWidth",
    "OP",
    "OPM",
    "Ordering",
    "Pages",
    "Parent",
    "Registry",
    "Resources",
    "Root",
    "Rotate",
    "S",
    "SA",
    "SMask",
    "Size",
    "StemH",
    "StemV",
    "Subtype",
    "Supplement",
    "Type",
    "W",
    "W2",
    "Width",
    "Widths",
    "XHeight",
    "XObject",
    "ca",
    "op",
];

/// None if it cannot be read again.
pub(in crate::cleaning) fn extras(bytes: &[u8]) -> Option<Vec<String>> {
    let options = LoadOptions { strict: true, ..LoadOptions::default() };
    let document = Document::load_mem_with_options(bytes, options).ok()?;
    let mut extras = Vec::new();
    if !bytes.starts_with(b"%PDF-1.7\n") || !bytes.trim_ascii_end().ends_with(b"%%EOF") {
        extras.push("something before or after the document".to_owned());
    }
    let ends = bytes.windows(5).filter(|window| window == b"%%EOF").count();
    if ends != 1 {
        extras.push("an earlier version".to_owned());
    }
    of_dictionary(&document.trailer, &mut extras);
    for object in document.objects.values() {
        of_object(object, &mut extras);
    }
    Some(extras)
}

fn of_object(object: &Object, extras: &mut Vec<String>) {
    match object {
        Object::Dictionary(dictionary) => of_dictionary(dictionary, extras),
        Object::Stream(stream) => of_dictionary(&stream.dict, extras),
        Object::Array(list) => list.iter().for_each(|entry| of_object(entry, extras)),
        _ => {}
    }
}

fn of_dictionary(dictionary: &Dictionary, extras: &mut Vec<String>) {
    for (key, value) in dictionary {
        let ours = key.strip_prefix(b"N").is_some_and(|rest| rest.iter().all(u8::is_ascii_digit));
        if !ours && !KEYS.iter().any(|known| known.as_bytes() == key) {
            extras.push(format!("key {}", String::from_utf8_lossy(key)));
        }
        of_object(value, extras);
    }
}
