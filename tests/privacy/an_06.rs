//! AN-06: what is attached is made anew from what it shows. Words are planted wherever a file can hide some,
//! and searched for in what comes out. The control: each file as sent holds the word.

use std::io::Cursor;

use axum::http::{Method, StatusCode, header};
use candor::cleaning::{CleanFile, Refused, clean, extras};
use candor::domain::attachment::{FileKind, MOST, MOST_BYTES};
use candor::domain::audience::Kind;
use candor::domain::concern::{Concern, HandlerConcerned};
use candor::service::Problem;
use candor::service::inbox::{ReporterAct, ReporterView};
use candor::store::{cases, envelopes};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use crate::support::app::{CONCERNED, RAISING, Reporter, TestApp, concern};
use crate::support::crawl::{differences, everything_that};
use crate::support::http::{Answer, Client};

/// What is planted.
const CANARY: &[u8] = b"canarybird-14-North-Pier";

fn holds_the_word(bytes: &[u8]) -> bool {
    bytes.windows(CANARY.len()).any(|window| window == CANARY)
}

/// A picture of 48 by 32 points, red on the left and blue on the right.
pub fn drawn(format: ImageFormat) -> Vec<u8> {
    let picture =
        RgbImage::from_fn(48, 32, |x, _| if x < 24 { Rgb([250, 10, 10]) } else { Rgb([10, 10, 250]) });
    let mut bytes = Vec::new();
    DynamicImage::from(picture).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// A JPEG with one more segment after its start.
fn with_segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let jpeg = drawn(ImageFormat::Jpeg);
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, content, &jpeg[2..]].concat()
}

/// EXIF with an orientation, a GPS part and a maker's note.
fn exif(orientation: u16) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let length = u32::try_from(CANARY.len()).unwrap();
    // Three entries end at 8 + 2 + 36 + 4 = 50; GPS follows with one, ends at 68; the words lie at 68 and 100.
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    tiff.extend(3_u16.to_le_bytes());
    tiff.extend(entry(0x0110, 2, length, 68));
    tiff.extend(entry(0x0112, 3, 1, u32::from(orientation)));
    tiff.extend(entry(0x8825, 4, 1, 50));
    tiff.extend(0_u32.to_le_bytes());
    tiff.extend(1_u16.to_le_bytes());
    tiff.extend(entry(0x001b, 7, length, 100));
    tiff.extend(0_u32.to_le_bytes());
    tiff.resize(68, 0);
    tiff.extend(CANARY);
    tiff.resize(100, 0);
    tiff.extend(CANARY);
    tiff
}

/// EXIF with a small picture of its own behind the first list, as a camera writes it: often what was there before
/// somebody cut or covered a part.
fn exif_with_a_thumbnail() -> Vec<u8> {
    let small = with_segment(0xfe, CANARY);
    let number = |value: usize| u32::try_from(value).unwrap().to_le_bytes();
    let entry = |tag: u16, value: usize| {
        [&tag.to_le_bytes()[..], &4_u16.to_le_bytes(), &1_u32.to_le_bytes(), &number(value)].concat()
    };
    // The first list is empty and ends at 14; the second has two entries, and the picture follows at 44.
    let mut tiff = b"II*\0\x08\0\0\0\0\0\x0e\0\0\0".to_vec();
    tiff.extend(2_u16.to_le_bytes());
    tiff.extend(entry(0x0201, 44));
    tiff.extend(entry(0x0202, small.len()));
    tiff.extend(0_u32.to_le_bytes());
    assert_eq!(tiff.len(), 44);
    tiff.extend(small);
    tiff
}

fn chunk(name: &[u8], content: &[u8]) -> Vec<u8> {
    let named = [name, content].concat();
    let crc = !named.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1)))
    });
    [&u32::try_from(content.len()).unwrap().to_be_bytes()[..], &named, &crc.to_be_bytes()].concat()
}

/// A PNG with one more chunk after its head.
pub fn with_chunk(name: &[u8], content: &[u8]) -> Vec<u8> {
    let png = drawn(ImageFormat::Png);
    [&png[..33], &chunk(name, content), &png[33..]].concat()
}

fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (name, content) in chunks {
        body.extend(*name);
        body.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        body.extend(*content);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
}

/// A WebP with place and camera, its pixels the second of its parts.
fn webp_with_parts() -> Vec<u8> {
    let webp = drawn(ImageFormat::WebP);
    // Has EXIF and XMP; 48 by 32.
    let head = [0b0000_1100, 0, 0, 0, 47, 0, 0, 31, 0, 0];
    riff(&[
        (b"VP8X", &head),
        (b"VP8L", &webp[20..]),
        (b"EXIF", &exif(1)),
        (b"XMP ", CANARY),
        (b"junk", CANARY),
    ])
}

/// A GIF-like animation in PNG: a second frame that nobody sees at once.
fn animated() -> Vec<u8> {
    let png = drawn(ImageFormat::Png);
    let control = chunk(b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]);
    let hidden = chunk(b"fdAT", &[&[0, 0, 0, 1][..], CANARY].concat());
    let end = png.len() - 12;
    [&png[..33], &control, &png[33..end], &hidden, &png[end..]].concat()
}

fn photoshop() -> Vec<u8> {
    let iptc = [b"\x1c\x02\x5a\0\x18", CANARY].concat();
    let length = u32::try_from(iptc.len()).unwrap().to_be_bytes();
    [b"Photoshop 3.0\08BIM\x04\x04\0\0", &length[..], &iptc].concat()
}

fn thumbnail() -> Vec<u8> {
    // JFIF with a thumbnail of eight points: their colours are the word.
    [b"JFIF\0\x01\x02\0\0\x01\0\x01\x08\x01", CANARY].concat()
}

/// Every place in which a picture can hide something. `true`: it lies on its side.
fn pictures() -> Vec<(&'static str, Vec<u8>, bool)> {
    let after = |bytes: Vec<u8>, more: &[u8]| [&bytes, more].concat();
    let zip = [b"PK\x03\x04", CANARY].concat();
    let pdf = [b"%PDF-1.7\n", CANARY, b"\n%%EOF"].concat();
    let exif_segment = |turned| [b"Exif\0\0", &exif(turned)[..]].concat();
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0<x>", CANARY, b"</x>"].concat();
    let compressed = [b"note\0\0", CANARY].concat();
    vec![
        ("EXIF with GPS", with_segment(0xe1, &exif_segment(1)), false),
        ("EXIF, turned", with_segment(0xe1, &exif_segment(6)), true),
        (
            "a picture in EXIF",
            with_segment(0xe1, &[b"Exif\0\0", &exif_with_a_thumbnail()[..]].concat()),
            false,
        ),
        ("XMP", with_segment(0xe1, &xmp), false),
        ("IPTC", with_segment(0xed, &photoshop()), false),
        ("comment", with_segment(0xfe, CANARY), false),
        ("thumbnail", with_segment(0xe0, &thumbnail()), false),
        ("colour profile", with_segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", CANARY].concat()), false),
        ("several pictures", with_segment(0xe2, &[b"MPF\0", CANARY].concat()), false),
        ("an archive after a JPEG", after(drawn(ImageFormat::Jpeg), &zip), false),
        ("a second JPEG after it", after(drawn(ImageFormat::Jpeg), &with_segment(0xfe, CANARY)), false),
        ("PNG text", with_chunk(b"tEXt", &[b"Author\0", CANARY].concat()), false),
        ("PNG international text", with_chunk(b"iTXt", &[b"XML\0\0\0\0\0", CANARY].concat()), false),
        ("PNG broken compressed text", with_chunk(b"zTXt", &compressed), false),
        ("PNG EXIF", with_chunk(b"eXIf", &exif(1)), false),
        ("PNG EXIF, turned", with_chunk(b"eXIf", &exif(8)), true),
        ("PNG chunk of its own", with_chunk(b"caNp", CANARY), false),
        ("a PDF after a PNG", after(drawn(ImageFormat::Png), &pdf), false),
        ("a second frame", animated(), false),
        ("WebP parts", webp_with_parts(), false),
        ("something after a WebP", after(drawn(ImageFormat::WebP), CANARY), false),
    ]
}

#[test]
fn an_06_nothing_that_was_hidden_in_a_picture_comes_out() {
    for (what, raw, turned) in pictures() {
        assert!(holds_the_word(&raw), "{what}: the control, the file as sent holds the word");
        let file = clean(&raw).unwrap_or_else(|why| panic!("{what}: {why}"));
        assert!(!holds_the_word(file.bytes()), "{what}");
        assert!(!extras(file.kind(), &raw).is_empty(), "{what}: the control of the second look");
        assert_eq!(extras(file.kind(), file.bytes()), [], "{what}");
        let seen = image::load_from_memory(file.bytes()).unwrap().into_rgb8();
        let expected = if turned { (32, 48) } else { (48, 32) };
        assert_eq!(seen.dimensions(), expected, "{what}: what it shows is there");
        let red = seen.pixels().filter(|pixel| pixel.0[0] > 180 && pixel.0[2] < 80).count();
        assert!((650..=900).contains(&red), "{what}: {red} red points");
    }
}

/// A PDF with a page that says "The gate", and the word in every place that no page shows.
pub fn pdf() -> Vec<u8> {
    use lopdf::{Dictionary, Document, Object, Stream, dictionary};
    let word = || Object::string_literal(CANARY);
    let hidden = |kind: &str| Stream::new(dictionary! { "Type" => kind }, CANARY.to_vec());
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Name" => word(),
    });
    let photograph = with_segment(0xe1, &[b"Exif\0\0", &exif(1)[..]].concat());
    let photograph = document.add_object(Stream::new(
        dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 48, "Height" => 32, "ColorSpace" => "DeviceRGB",
            "BitsPerComponent" => 8, "Filter" => "DCTDecode", "Metadata" => word(), "Name" => word(),
        },
        photograph,
    ));
    let points = document.add_object(Stream::new(
        dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 2, "Height" => 1, "ColorSpace" => "DeviceRGB",
            "BitsPerComponent" => 8,
        },
        [b"\xff\0\0\0\0\xff", CANARY].concat(),
    ));
    let unused = document.add_object(hidden("XObject"));
    let drawing = [
        b"% ",
        CANARY,
        b"\n/Span <</ActualText (",
        CANARY,
        b") /MCID 0>> BDC q 48 0 0 32 0 0 cm /Im0 Do /Im1 Do Q EMC ",
        b"BT /F0 12 Tf 10 700 Td (The gate) Tj ET",
    ]
    .concat();
    let content = document.add_object(Stream::new(Dictionary::new(), drawing));
    let thumbnail = document.add_object(hidden("Thumb"));
    let metadata = document.add_object(hidden("Metadata"));
    let note =
        document.add_object(dictionary! { "Type" => "Annot", "Subtype" => "Text", "Contents" => word() });
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => tree, "Contents" => content, "Thumb" => thumbnail, "Metadata" => metadata,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()], "LastModified" => word(),
        "Annots" => vec![Object::Reference(note)], "PieceInfo" => dictionary! { "Own" => word() },
        "Resources" => dictionary! {
            "Font" => dictionary! { "F0" => font },
            "XObject" => dictionary! { "Im0" => photograph, "Im1" => points, "Im2" => unused },
            "Properties" => dictionary! { "P0" => word() },
        },
    });
    let kids = vec![Object::Reference(page)];
    document
        .objects
        .insert(tree, Object::Dictionary(dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1 }));
    let file = document.add_object(hidden("EmbeddedFile"));
    let catalog = document.add_object(dictionary! {
        "Type" => "Catalog", "Pages" => tree, "Metadata" => metadata, "Lang" => word(),
        "OpenAction" => dictionary! { "S" => "JavaScript", "JS" => word() },
        "Names" => dictionary! { "EmbeddedFiles" => file }, "StructTreeRoot" => dictionary! { "Alt" => word() },
    });
    document.trailer.set("Root", catalog);
    let info = document.add_object(dictionary! { "Author" => word(), "CreationDate" => word() });
    document.trailer.set("Info", info);
    document.trailer.set("ID", vec![word(), word()]);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    [&bytes, &b"\n% "[..], CANARY, b"\nPK\x03\x04", CANARY].concat()
}

#[test]
fn an_06_nothing_that_no_page_shows_stays_in_a_pdf() {
    let raw = pdf();
    assert!(raw.windows(CANARY.len()).filter(|window| *window == CANARY).count() > 20, "the control");
    assert!(extras(FileKind::Pdf, &raw).len() > 10, "the control of the second look");
    let file = clean(&raw).unwrap();
    assert_eq!(extras(FileKind::Pdf, file.bytes()), []);
    assert!(!holds_the_word(file.bytes()));
    // In what is packed as well.
    let read = lopdf::Document::load_mem(file.bytes()).unwrap();
    let mut streams = 0;
    for stream in read.objects.values().filter_map(|object| object.as_stream().ok()) {
        assert!(!holds_the_word(&stream.content));
        if let Ok(unpacked) = stream.get_plain_content() {
            assert!(!holds_the_word(&unpacked));
        }
        streams += 1;
    }
    assert_eq!(streams, 3, "the page, a photograph and a drawing");
    let page = read.page_iter().next().unwrap();
    assert!(String::from_utf8_lossy(&read.get_page_content(page)).contains("(The gate)"));
}

#[test]
fn an_06_nothing_that_is_not_seen_stays_in_a_text() {
    let secret: String =
        CANARY.iter().map(|byte| char::from_u32(0xE0000 + u32::from(*byte)).unwrap()).collect();
    let raw = format!("The gate\u{200B}\u{200D}\u{2063} stands open.{secret}   \t\r\nAt night.");
    let file = clean(raw.as_bytes()).unwrap();
    assert_eq!(file.bytes(), b"The gate stands open.\nAt night.\n");
    assert!(!extras(FileKind::Text, raw.as_bytes()).is_empty(), "the control");
}

/// A PNG that says it is this large, and is not.
fn claims(width: u32, height: u32) -> Vec<u8> {
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &head), chunk(b"IDAT", &[0; 20]), chunk(b"IEND", &[])]
        .concat()
}

#[test]
fn an_06_a_picture_that_would_fill_the_memory_is_refused_before_it_does() {
    let mut jpeg = drawn(ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let webp = riff(&[(b"VP8X", &[0, 0, 0, 0, 0xff, 0x3f, 0, 0xff, 0x3f, 0]), (b"VP8L", CANARY)]);
    for (what, raw) in [
        ("PNG", claims(60_000, 60_000)),
        ("PNG, long", claims(29_000, 29_000)),
        ("PNG, to the last point", claims(u32::MAX, 1)),
        ("JPEG", jpeg),
        ("WebP", webp),
    ] {
        let began = std::time::Instant::now();
        let refused = clean(&raw).unwrap_err();
        assert!(matches!(refused, Refused::TooManyPixels | Refused::Unreadable), "{what}: {refused:?}");
        assert!(began.elapsed().as_millis() < 500, "{what} took {:?}", began.elapsed());
    }
    assert_eq!(clean(&claims(60_000, 60_000)).unwrap_err(), Refused::TooManyPixels);
}

#[test]
fn an_06_what_two_programs_read_as_two_things_is_one_thing_or_refused() {
    // Something else first, and a picture or a page behind it.
    let jpeg = drawn(ImageFormat::Jpeg);
    for start in [&b"%PDF-1.4\n"[..], b"PK\x03\x04", b"GIF89a", b"<html>", b"\0\0\0\x18ftypheic"] {
        let raw = [start, &jpeg, CANARY].concat();
        assert!(clean(&raw).is_err(), "{start:?}");
    }
    assert_eq!(clean(b"Some words. %PDF-1.4 more words").unwrap_err(), Refused::Markup);
}

fn text_file(words: &str) -> CleanFile {
    clean(words.as_bytes()).unwrap()
}

fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in parts {
        let file = if *name == "file" {
            "; filename=\"ada-riverton-shift-3.jpg\"\r\nContent-Type: image/x-own"
        } else {
            ""
        };
        body.extend(
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").into_bytes(),
        );
        body.extend(*value);
        body.extend(b"\r\n");
    }
    body.extend(b"--x--\r\n");
    body
}

async fn send(client: &mut Client, body: Vec<u8>) -> Answer {
    client.extra.push(("content-type".to_owned(), "multipart/form-data; boundary=x".to_owned()));
    let answer = client.send(Method::POST, "/return/files", Some(body)).await;
    client.extra.pop();
    answer
}

pub async fn attach(client: &mut Client, readers: &str, file: &[u8]) -> Answer {
    let page = client.get("/return/files").await.ok();
    let token = page.form("/return/files").value("csrf").unwrap().to_owned();
    send(client, form(&[("csrf", token.as_bytes()), ("readers", readers.as_bytes()), ("file", file)])).await
}

/// All bytes of a file, as somebody gets them.
pub async fn given(app: &TestApp, name: &str, number: &str, place: usize) -> Vec<u8> {
    let person = app.person(name).await;
    let id = app.case(name, number).await.unwrap().files[place].id;
    let file = app.candor.case_file(&person.signed_in, &person.seat, number, id).await.unwrap();
    let mut bytes = Vec::new();
    for piece in 0.. {
        let Some(more) = app.candor.piece(&file, piece).await.unwrap() else { break };
        bytes.extend_from_slice(&more);
    }
    assert_eq!(bytes.len(), file.length as usize);
    bytes
}

/// From the form to whoever reads it: cleaned, sealed, and for its readers alone.
async fn an_06_a_file_reaches_its_readers_clean_and_nobody_else(app: TestApp) {
    let at_council = Concern { handler: HandlerConcerned::NotSure, ..concern() };
    let (reporter, number) = app.open_case(&at_council).await;
    let mut client = Client::new(&app.site());
    client.come_back(&reporter.words).await.ok();
    let raw = with_segment(0xe1, &[b"Exif\0\0", &exif(1)[..]].concat());
    let answer = attach(&mut client, "council", &raw).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let page = client.get("/return/files").await.ok();
    page.says("Still waiting").says("Picture (JPEG)").says("for the Council only").says("9 of 10 left");
    assert!(!page.body.contains("ada-riverton"));
    // The same again is the same.
    attach(&mut client, "council", &raw).await;
    attach(&mut client, "all", "The notice on the gate.".as_bytes()).await;
    client.get("/return/files").await.ok().says("8 of 10 left");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM attachment_chunk").await, 0);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM waiting_chunk").await, 2);
    app.run_batches().await;
    assert_eq!(app.database.number("SELECT COUNT(*) FROM attachment_chunk").await, 2);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM waiting_chunk").await, 0);
    client.come_back(&reporter.words).await.ok().says("What you attached").says("for all who handle it");

    let files = app.case("council-guard", &number).await.unwrap().files;
    assert_eq!(files.len(), 2);
    let picture = files.iter().position(|file| file.kind == FileKind::Jpeg).unwrap();
    let got = given(&app, "council-guard", &number, picture).await;
    assert_eq!(got, clean(&raw).unwrap().bytes());
    assert!(holds_the_word(&raw) && !holds_the_word(&got));

    // As a download in no page of ours.
    let mut member = Client::new(&app.site());
    member.sign_in("council-harbour").await;
    let case = member.case(&number).await;
    let links: Vec<_> = case.links().into_iter().filter(|link| link.contains("/file/")).collect();
    assert_eq!(links.len(), 2);
    for link in &links {
        let file = member.get(link).await.ok();
        let header = |name: &str| file.headers[name].to_str().unwrap().to_owned();
        assert!(header("content-disposition").starts_with("attachment; filename=\"file-"));
        assert!(header("content-security-policy").starts_with("sandbox; default-src 'none'"));
        assert_eq!(
            (header("x-content-type-options"), header("cache-control")),
            ("nosniff".into(), "no-store".into())
        );
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
        assert!(
            ["image/jpeg", "text/plain; charset=utf-8"]
                .contains(&header(header::CONTENT_TYPE.as_str()).as_str())
        );
    }
    // Nobody else: not another seat, not another file, and all of that is answered alike.
    let nothing = member.get(&links[0].replace(&links[0][links[0].len() - 4..], "ffff")).await;
    let mut stranger = Client::new(&app.site());
    stranger.sign_in(RAISING).await;
    let theirs = links[0].replace("council%3AHAR", "commander%3ARIV-EAST");
    assert_ne!(theirs, links[0]);
    let refused = stranger.get(&theirs).await;
    assert_eq!((refused.status, nothing.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!(refused.body, nothing.body);
}

/// A file for the Council alone changes nothing that a commander can see, and has no key of theirs.
async fn an_06_a_commander_does_not_learn_of_a_file_for_the_council(app: TestApp) {
    app.leaves_work_behind();
    let (reporter, number) = app.open_case(&concern()).await;
    let commanders = [RAISING, CONCERNED, "guard-east-alternate"];
    for (words, council_only) in [("For the Council.", true), ("For everybody.", false)] {
        app.reporter_acts(&reporter, &ReporterAct::Attach { file: text_file(words), council_only }).await;
        let slot = candor::store::inbox::next_slot(&mut app.database.read().await).await.unwrap().unwrap();
        app.candor.clock.advance_to(slot);
        let before = everything_that(&app, &commanders).await;
        assert_eq!(app.candor.run_batch().await.unwrap().acts, 1);
        let after = everything_that(&app, &commanders).await;
        // The control is the other file.
        assert_eq!(differences(&before, &after).is_empty(), council_only, "{words}");
    }
    let files = app.case(RAISING, &number).await.unwrap().files;
    assert_eq!(files.len(), 1);
    assert_eq!(given(&app, RAISING, &number, 0).await, b"For everybody.\n");
    let mut tx = app.database.read().await;
    let case = cases::by_number(&mut tx, &number).await.unwrap().unwrap();
    let hidden = envelopes::of_case(&mut tx, case).await.unwrap();
    let hidden = hidden.iter().find(|one| one.kind == Kind::Attachment && one.id != files[0].id).unwrap();
    drop(tx);
    let person = app.person(RAISING).await;
    let refused = app.candor.case_file(&person.signed_in, &person.seat, &number, hidden.id).await;
    assert_eq!(refused.map(drop).unwrap_err(), Problem::NotFound);
}

/// Whoever is pressed and chooses the commanders is heard by the Council alone, and nothing shows it (AN-26).
async fn an_06_what_is_attached_under_pressure_stays_with_the_council(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.reporter_acts(&reporter, &ReporterAct::Pressed).await;
    let file = ReporterAct::Attach { file: text_file("They stand behind me."), council_only: false };
    app.reporter_acts(&reporter, &file).await;
    let shown = app.visit(&reporter).await;
    assert!(
        shown.waiting.iter().any(|act| act.what.ends_with("for all who handle it")),
        "{:?}",
        shown.waiting
    );
    app.run_batches().await;
    assert!(!app.visit(&reporter).await.files[0].council_only);
    assert_eq!(app.case(RAISING, &number).await.unwrap().files, []);
    assert_eq!(app.case("council-guard", &number).await.unwrap().files.len(), 1);
}

/// Ten, and no more; a form that is not ours, a visit that is not open and a file that is too large do nothing.
async fn an_06_limits_are_kept_and_said(app: TestApp) {
    let (reporter, _) = app.open_case(&concern()).await;
    let mut client = Client::new(&app.site());
    let over = send(&mut client, form(&[("csrf", b"0"), ("file", b"x")])).await;
    assert_eq!(over.status, StatusCode::UNAUTHORIZED);
    client.come_back(&reporter.words).await.ok();
    let wrong = send(&mut client, form(&[("csrf", b"0"), ("file", b"x")])).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    client.come_back(&reporter.words).await.ok();
    for (file, says) in [
        (&b"PK\x03\x04"[..], "Copy the text instead"),
        (b"", "This file is empty"),
        (b"<html>", "Copy the text that you can read"),
        (&vec![b'a'; MOST_BYTES + 1], "larger than 20 MB"),
    ] {
        let answer = attach(&mut client, "council", file).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        answer.says(says).says("Nothing of the file was kept");
    }
    // What says so beforehand is not even read.
    let size = MOST_BYTES + 100_000;
    client.extra.push(("content-length".to_owned(), size.to_string()));
    let huge = send(&mut client, vec![b'a'; size]).await;
    client.extra.pop();
    assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
    huge.says("A file may have up to 20 MB");
    let parts: Vec<(&str, &[u8])> = (0..10_000).map(|_| ("a", &b"b"[..])).collect();
    assert_eq!(send(&mut client, form(&parts)).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM inbox").await, 0, "nothing of this is kept");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM waiting_chunk").await, 0);

    for place in 0..MOST {
        if place == 4 {
            app.run_batches().await;
            client.come_back(&reporter.words).await.ok();
        }
        let answer = attach(&mut client, "council", format!("File {place}.").as_bytes()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "file {place}: {}", answer.text());
    }
    let full = client.get("/return/files").await.ok();
    full.says("there is no room for more");
    let token = full.forms()[0].value("csrf").unwrap().to_owned();
    let eleventh = form(&[("csrf", token.as_bytes()), ("file", b"The eleventh.")]);
    let answer = send(&mut client, eleventh.clone()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    // One that is taken back makes room, and leaves nothing behind.
    let before = app.database.number("SELECT COUNT(*) FROM waiting_chunk").await;
    let take_back = full.form("/return/act");
    client.submit(&take_back).await.ok();
    assert_eq!(app.database.number("SELECT COUNT(*) FROM waiting_chunk").await, before - 1);
    assert_eq!(send(&mut client, eleventh).await.status, StatusCode::SEE_OTHER);
    app.run_batches().await;
    assert_eq!(app.visit(&reporter).await.files.len(), MOST);
}

/// Straight after sending, while the concern itself still waits.
async fn an_06_a_file_comes_with_a_concern_that_waits(app: TestApp) {
    let empty = app.database.dump().await;
    let reporter = app.raise(&concern()).await;
    let mut client = Client::new(&app.site());
    client.come_back(&reporter.words).await.ok().says("Attach a picture or document");
    attach(&mut client, "all", b"First.").await;
    attach(&mut client, "council", b"Second.").await;
    client.get("/return/visit").await.ok().says("A file: Plain text");
    // Taken back with the concern, and nothing is left of them.
    let page = client.get("/return/visit").await.ok();
    let mut withdraw = page.form("/return/act");
    withdraw.set("withdraw_sure", "yes");
    client.submit(&withdraw).await.ok();
    assert_eq!(app.database.dump().await, empty);

    let reporter = app.raise(&concern()).await;
    let mut client = Client::new(&app.site());
    client.come_back(&reporter.words).await.ok();
    attach(&mut client, "all", b"First.").await;
    attach(&mut client, "council", b"Second.").await;
    for _ in 0..6 {
        app.run_batches().await;
    }
    assert_eq!(app.visit(&reporter).await.files.len(), 2);
    let number = app.only_number().await;
    assert_eq!(given(&app, RAISING, &number, 0).await, b"First.\n");
    assert_eq!(app.case(RAISING, &number).await.unwrap().files.len(), 1);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM waiting_chunk").await, 0);
}

/// An act that comes too late takes its file with it; a file without its act is cleared away.
async fn an_06_what_came_too_late_or_was_cut_off_leaves_nothing(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    let (other, _) = app.open_case(&concern()).await;
    app.reporter_acts(&reporter, &ReporterAct::Attach { file: text_file("Too late."), council_only: true })
        .await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let lost = candor::store::attachments::Piece {
        file: candor::domain::id::EnvelopeId(uuid::Uuid::from_u128(7)),
        number: 0,
    };
    app.database
        .commit(async |tx| candor::store::attachments::insert(tx, lost, b"cut off").await)
        .await
        .unwrap();
    app.reporter_acts(&other, &ReporterAct::Attach { file: text_file("In time."), council_only: true }).await;
    app.run_batches().await;
    assert_eq!(app.database.number("SELECT COUNT(*) FROM waiting_chunk").await, 0);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM attachment_chunk").await, 1);
    let refused = app.visit(&reporter).await.refused;
    assert!(refused.len() == 1 && refused[0].starts_with("A file"), "{refused:?}");
    assert_eq!(app.visit(&other).await.files.len(), 1);
}

/// Sizes at rest are few: a line of text and a small picture are not told apart.
async fn an_06_what_rests_has_one_of_few_sizes(app: TestApp) {
    let (reporter, _) = app.open_case(&concern()).await;
    let noise = "Words that go on and on. ".repeat(9_000);
    for file in [text_file("Short."), clean(&drawn(ImageFormat::Png)).unwrap(), text_file(&noise)] {
        app.reporter_acts(&reporter, &ReporterAct::Attach { file, council_only: true }).await;
    }
    assert!(matches!(reporter_view(&app, &reporter).await, ReporterView::Case(_)));
    let lengths = "SELECT COUNT(DISTINCT LENGTH(body)) FROM waiting_chunk";
    assert_eq!(app.database.number(lengths).await, 1);
    let counts = "SELECT COUNT(*) FROM (SELECT COUNT(*) AS pieces FROM waiting_chunk GROUP BY file) AS files \
                  WHERE pieces IN (1, 4)";
    assert_eq!(app.database.number(counts).await, 3);
    app.run_batches().await;
}

async fn reporter_view(app: &TestApp, reporter: &Reporter) -> ReporterView {
    let cookie = app.cookie(reporter).await;
    app.candor.visit(&cookie).await.unwrap().unwrap()
}

on_both!(
    an_06_a_file_reaches_its_readers_clean_and_nobody_else,
    an_06_a_commander_does_not_learn_of_a_file_for_the_council,
    an_06_what_is_attached_under_pressure_stays_with_the_council,
    an_06_limits_are_kept_and_said,
    an_06_a_file_comes_with_a_concern_that_waits,
    an_06_what_came_too_late_or_was_cut_off_leaves_nothing,
    an_06_what_rests_has_one_of_few_sizes,
);
