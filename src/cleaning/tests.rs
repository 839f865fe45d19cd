//! The plain cases; the hostile ones are in tests/privacy.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, RgbaImage};

use super::{Refused, clean, extras};
use crate::domain::attachment::{FileKind, MOST_BYTES};

fn drawn(format: ImageFormat) -> Vec<u8> {
    let picture =
        RgbImage::from_fn(40, 20, |x, _| if x < 20 { Rgb([250, 10, 10]) } else { Rgb([10, 10, 250]) });
    let mut bytes = Vec::new();
    DynamicImage::from(picture).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

#[test]
fn a_picture_keeps_its_kind_and_what_it_shows() {
    for (format, kind) in [
        (ImageFormat::Jpeg, FileKind::Jpeg),
        (ImageFormat::Png, FileKind::Png),
        (ImageFormat::WebP, FileKind::Webp),
    ] {
        let file = clean(&drawn(format)).unwrap();
        assert_eq!(file.kind(), kind);
        let picture = image::load_from_memory_with_format(file.bytes(), format).unwrap().into_rgb8();
        assert_eq!(picture.dimensions(), (40, 20));
        let [red, _, blue] = picture.get_pixel(5, 10).0;
        assert!(red > 200 && blue < 60);
        assert_eq!(extras(kind, file.bytes()), []);
    }
}

#[test]
fn what_lies_under_a_transparent_part_is_gone() {
    let secret = [1, 2, 3];
    let picture = RgbaImage::from_fn(8, 8, |_, _| image::Rgba([secret[0], secret[1], secret[2], 0]));
    let mut bytes = Vec::new();
    DynamicImage::from(picture).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    let file = clean(&bytes).unwrap();
    let seen = image::load_from_memory(file.bytes()).unwrap().into_rgb8();
    assert!(seen.pixels().all(|pixel| pixel.0 == [255; 3]));
}

#[test]
fn text_keeps_its_letters_and_loses_what_is_not_seen() {
    let raw = "\u{FEFF}One\u{200B} line \t\r\nTwo\u{202E}\rDrei Öl 中文\u{E0041}";
    let file = clean(raw.as_bytes()).unwrap();
    assert_eq!(file.kind(), FileKind::Text);
    assert_eq!(std::str::from_utf8(file.bytes()).unwrap(), "One line\nTwo\nDrei Öl 中文\n");
    assert!(!extras(FileKind::Text, raw.as_bytes()).is_empty());
}

#[test]
fn what_is_not_seen_hides_no_page_and_no_message() {
    for raw in [
        "\u{200B}<svg/>",
        "\u{FEFF}\u{FEFF}<html>",
        "%P\u{AD}DF-1.7",
        "Mess\u{2060}age-ID: <1@host>\n\nHello",
    ] {
        assert_eq!(clean(raw.as_bytes()).unwrap_err(), Refused::Markup, "{raw:?}");
    }
    assert_eq!(clean("\u{200B}A < B".as_bytes()).unwrap().bytes(), b"A < B\n", "the control");
}

#[test]
fn letters_that_begin_a_text_like_a_picture_make_it_none() {
    for text in
        ["The ftyp of it\n", "heicftypheic\n", "RIFFs on a WEBP\n", "RIFFraffWEBP\n", "BM, ID3 and GIF8\n"]
    {
        assert_eq!(clean(text.as_bytes()).unwrap().bytes(), text.as_bytes());
    }
}

#[test]
fn what_cannot_be_cleaned_is_refused_with_advice() {
    let refused = |raw: &[u8]| clean(raw).unwrap_err();
    assert_eq!(refused(b""), Refused::Empty);
    assert_eq!(refused(b" \n\t\r\n"), Refused::Empty);
    assert_eq!(refused(&vec![b'a'; MOST_BYTES + 1]), Refused::TooLarge);
    assert_eq!(refused(b"\0\0\0\x18ftypheic0000"), Refused::PhonePicture);
    assert_eq!(refused(b"\0\0\0\x18ftypisom0000"), Refused::Recording);
    assert_eq!(refused(b"GIF89a\x01\0\x01\0\xff"), Refused::OtherPicture);
    assert_eq!(refused(b"PK\x03\x04word/document.xml"), Refused::Office);
    assert_eq!(refused(b"{\\rtf1{\\info{\\author Ada}}}"), Refused::Office);
    assert_eq!(refused(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), Refused::Markup);
    assert_eq!(refused(b"From: a\nMessage-ID: <1@host>\n\nHello"), Refused::Markup);
    assert_eq!(refused(b"MZ\x90\0\x03"), Refused::Unknown);
    assert_eq!(refused(b"caf\xe9"), Refused::Unknown);
    for why in Refused::ALL {
        assert!(why.to_string().ends_with('.') && why.to_string().len() < 180, "{why}");
    }
}

#[test]
fn cut_off_pictures_are_refused_or_cleaned_and_never_more() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let whole = drawn(format);
        for length in 0..whole.len() {
            if let Ok(file) = clean(&whole[..length]) {
                assert_eq!(extras(file.kind(), file.bytes()), [], "{format:?} cut to {length}");
            }
        }
    }
}

fn paper() -> lopdf::Document {
    use lopdf::{Dictionary, Object, Stream, dictionary};
    let mut document = lopdf::Document::with_version("1.5");
    let tree = document.new_object_id();
    let font = document
        .add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
    let picture = dictionary! {
        "Type" => "XObject", "Subtype" => "Image", "Width" => 40, "Height" => 20, "ColorSpace" => "DeviceRGB",
        "BitsPerComponent" => 8, "Filter" => "DCTDecode",
    };
    let picture = document.add_object(Stream::new(picture, drawn(ImageFormat::Jpeg)));
    let drawing = b"q 40 0 0 20 0 0 cm /Photo Do Q BT /Writing 12 Tf 10 700 Td (The gate) Tj ET".to_vec();
    let content = document.add_object(Stream::new(Dictionary::new(), drawing));
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => tree, "Contents" => content,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Resources" => dictionary! {
            "Font" => dictionary! { "Writing" => font }, "XObject" => dictionary! { "Photo" => picture },
        },
    });
    let kids = vec![Object::Reference(page)];
    document
        .objects
        .insert(tree, Object::Dictionary(dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1 }));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    document
}

fn saved(mut document: lopdf::Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_plain_pdf_keeps_what_its_pages_show() {
    let file = clean(&saved(paper())).unwrap();
    assert_eq!(file.kind(), FileKind::Pdf);
    assert_eq!(extras(FileKind::Pdf, file.bytes()), []);
    let read = lopdf::Document::load_mem(file.bytes()).unwrap();
    let page = read.page_iter().next().unwrap();
    let content = String::from_utf8(read.get_page_content(page)).unwrap();
    assert!(
        content.contains("(The gate)") && content.contains("/N0 Do") && content.contains("/N1 12 Tf"),
        "{content}"
    );
    assert_eq!(read.get_page_images(page).unwrap().len(), 1);
    // Clean once is clean for good.
    assert!(clean(file.bytes()).is_ok());
}

#[test]
fn what_a_pdf_could_hide_behind_makes_it_refused() {
    use lopdf::{Object, dictionary};
    let with = |change: &dyn Fn(&mut lopdf::Document)| {
        let mut document = paper();
        change(&mut document);
        clean(&saved(document))
    };
    let drawing = |text: &'static [u8]| {
        with(&move |document: &mut lopdf::Document| {
            let page = document.page_iter().next().unwrap();
            let content = document.get_page_contents(page)[0];
            document
                .get_object_mut(content)
                .unwrap()
                .as_stream_mut()
                .unwrap()
                .set_plain_content(text.to_vec());
        })
    };
    assert!(drawing(b"BT /Writing 9 Tf (seen) Tj ET").is_ok(), "the control");
    for text in [
        &b"BT 3 Tr /Writing 9 Tf (not seen) Tj ET"[..],
        b"q BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI Q",
        b"/Nothing Do",
        b"/Pattern cs /P1 scn",
        b"/Sh1 sh",
    ] {
        assert_eq!(drawing(text).unwrap_err(), Refused::Pdf, "{}", String::from_utf8_lossy(text));
    }
    let layers = with(&|document| {
        document.catalog_mut().unwrap().set("OCProperties", dictionary! { "OCGs" => Vec::<Object>::new() });
    });
    assert_eq!(layers.unwrap_err(), Refused::Pdf);
    assert_eq!(clean(b"%PDF-1.7\nnothing more").unwrap_err(), Refused::Pdf);
    let whole = saved(paper());
    for length in (0..whole.len()).step_by(61) {
        if let Ok(file) = clean(&whole[..length]) {
            assert_eq!(extras(file.kind(), file.bytes()), [], "cut to {length}");
        }
    }
}

#[test]
fn a_table_of_colours_has_as_many_as_it_says_and_256_at_most() {
    use lopdf::{Object, dictionary};
    let with = |highest: i64| {
        let mut document = paper();
        let page = document.page_iter().next().unwrap();
        let content = document.get_page_contents(page)[0];
        let drawing = document.get_object_mut(content).unwrap().as_stream_mut().unwrap();
        drawing.set_plain_content(b"/Colours cs 0 sc 0 0 9 9 re f".to_vec());
        let table = Object::string_literal(b"abcdefghijkl".to_vec());
        let colours = vec!["Indexed".into(), "DeviceRGB".into(), highest.into(), table];
        let resources = dictionary! { "ColorSpace" => dictionary! { "Colours" => colours } };
        document.get_object_mut(page).unwrap().as_dict_mut().unwrap().set("Resources", resources);
        clean(&saved(document))
    };
    assert!(with(3).is_ok() && with(0).is_ok(), "the control");
    for highest in [-1, 4, 256, i64::MAX, i64::MIN] {
        assert_eq!(with(highest).unwrap_err(), Refused::Pdf, "{highest}");
    }
}
