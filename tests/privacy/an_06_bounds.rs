//! AN-06: what one file may take. Readers of PDFs and pictures can be kept busy for ever by a small file, so each is
//! cleaned by a process of its own, which the system ends at its bounds of time and memory.

use std::fmt::Write;
use std::io::{Cursor, Read, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use candor::cleaning::apart::{COMMAND, Cleaner};
use candor::cleaning::{Refused, clean};
use candor::web::settings::{LimitSettings, WebSettings};
use candor::web::{self, App};
use image::{ImageFormat, Rgb, RgbImage};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};

use super::an_06::{attach, drawn, pdf, with_chunk};
use crate::support::app::{TestApp, concern};
use crate::support::http::Client;
use crate::support::{Engine, run_on, tell};

/// The program itself, with this many seconds for a file.
pub fn cleaner(seconds: u64) -> Cleaner {
    Cleaner { program: env!("CARGO_BIN_EXE_candor").into(), seconds }
}

/// A paper of some hundred thousand bytes that sends its reader a hundred thousand times over the same eight million
/// letters: a packed list of objects in which each is one text without an end.
fn endless() -> Vec<u8> {
    let mut index = String::new();
    for number in 10..100_010 {
        write!(index, "{number} 0 ").unwrap();
    }
    let letters = [index.as_bytes(), b"(", &vec![b'a'; 8_000_000]].concat();
    let mut packed = Stream::new(Dictionary::new(), letters);
    packed.compress().unwrap();
    let head = format!(
        "<</Type/ObjStm/N 100000/First {}/Filter/FlateDecode/Length {}>>stream\n",
        index.len(),
        packed.content.len()
    );
    let objects: [&[u8]; 4] = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>",
        &[head.as_bytes(), &packed.content, b"\nendstream"].concat(),
    ];
    let mut bytes = b"%PDF-1.5\n".to_vec();
    let mut table = "xref\n0 5\n0000000000 65535 f \n".to_owned();
    for (number, object) in (1..).zip(objects) {
        writeln!(table, "{:010} 00000 n ", bytes.len()).unwrap();
        bytes.extend([format!("{number} 0 obj\n").as_bytes(), object, b"\nendobj\n"].concat());
    }
    let end = format!("trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{}\n%%EOF\n", bytes.len());
    [bytes, table.into_bytes(), end.into_bytes()].concat()
}

/// A paper of one page that is drawn by `content` with these resources.
fn page(document: &mut Document, content: &[u8], resources: Dictionary) -> Vec<u8> {
    let tree = document.new_object_id();
    let content = document.add_object(Stream::new(Dictionary::new(), content.to_vec()));
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => resources,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    let kids = vec![Object::Reference(page)];
    let root = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1 };
    document.objects.insert(tree, Object::Dictionary(root));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// A paper whose fonts share one long list, which each of them needs a copy of.
fn greedy(fonts: u32) -> Vec<u8> {
    let mut document = Document::with_version("1.5");
    let widths = document.add_object(Object::Array(vec![Object::Integer(5); 100_000]));
    let (mut named, mut drawing) = (Dictionary::new(), b"BT ".to_vec());
    for number in 0..fonts {
        let font = document.add_object(dictionary! {
            "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "FirstChar" => 0,
            "LastChar" => 255, "Widths" => widths,
        });
        named.set(format!("F{number}"), font);
        drawing.extend(format!("/F{number} 9 Tf (a) Tj ").bytes());
    }
    drawing.extend(b"ET");
    page(&mut document, &drawing, dictionary! { "Font" => named })
}

#[test]
fn an_06_a_file_that_takes_for_ever_is_broken_off() {
    let raw = endless();
    assert!(raw.len() < 300_000, "{} bytes", raw.len());
    for seconds in [1, 3] {
        let began = Instant::now();
        assert_eq!(cleaner(seconds).clean(&raw).unwrap_err(), Refused::BrokenOff);
        // It was at work until the end, and would be yet: the control of the sample.
        assert!(began.elapsed() >= Duration::from_secs(seconds), "{:?}", began.elapsed());
    }
    // The controls: within the same bound usual files pass, and what is refused is refused with its reason.
    for raw in [drawn(ImageFormat::Jpeg), drawn(ImageFormat::Png), pdf(), b"The gate.".to_vec()] {
        let (apart, here) = (cleaner(20).clean(&raw).unwrap(), clean(&raw).unwrap());
        assert_eq!((apart.kind(), apart.bytes()), (here.kind(), here.bytes()));
    }
    for raw in [&b""[..], b"PK\x03\x04word", b"<html>", b"MZ\x90\0\x03", b"%PDF-1.7\nnothing more"] {
        assert_eq!(cleaner(20).clean(raw), clean(raw));
        assert!(clean(raw).is_err());
    }
    let nowhere = Cleaner { program: "/nowhere/candor".into(), seconds: 1 };
    assert_eq!(nowhere.clean(b"The gate.").unwrap_err(), Refused::BrokenOff);
}

#[test]
fn an_06_a_file_that_takes_all_memory_is_broken_off() {
    assert_eq!(cleaner(600).clean(&greedy(400)).unwrap_err(), Refused::BrokenOff);
    // The control: a few such fonts are a paper like others.
    assert!(cleaner(600).clean(&greedy(3)).is_ok());
}

/// It would be followed without end: a colour stands for a colour of the same space.
#[test]
fn an_06_a_space_of_colours_that_is_its_own_base_is_refused() {
    let with_base = |own: bool| {
        let mut document = Document::with_version("1.5");
        let space = document.new_object_id();
        let base = if own { Object::Reference(space) } else { "DeviceRGB".into() };
        let table = Object::String(vec![0, 0, 0, 255, 255, 255], lopdf::StringFormat::Hexadecimal);
        document.objects.insert(space, Object::Array(vec!["Indexed".into(), base, 1.into(), table]));
        let picture = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 1, "Height" => 1, "BitsPerComponent" => 8,
            "ColorSpace" => space,
        };
        let picture = document.add_object(Stream::new(picture, vec![1]));
        page(&mut document, b"/P Do", dictionary! { "XObject" => dictionary! { "P" => picture } })
    };
    assert_eq!(clean(&with_base(true)).unwrap_err(), Refused::Pdf);
    assert!(clean(&with_base(false)).is_ok(), "the control");
}

/// Whoever sends such a file holds up nobody for longer than its bound.
async fn the_next_is_taken(app: TestApp) {
    let limits = LimitSettings { cleaner: Some(cleaner(2)), ..LimitSettings::default() };
    let site = web::router(App::new(app.candor.clone(), WebSettings { limits, ..WebSettings::default() }));
    let (reporter, _) = app.open_case(&concern()).await;
    let mut client = Client::new(&site);
    client.come_back(&reporter.words).await.ok();
    let answer = attach(&mut client, "council", &endless()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    answer.says("broken off").says("Nothing of the file was kept");
    let answer = attach(&mut client, "council", &drawn(ImageFormat::Jpeg)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    client.get("/return/files").await.ok().says("9 of 10 left");
    app.leaves_work_behind();
}

#[test]
fn an_06_after_a_file_that_was_broken_off_the_next_is_taken() {
    run_on(Engine::Sqlite, the_next_is_taken);
}

/// Cleans a file apart. Returns how long it took, and the most memory it had, in MiB.
fn measured(raw: &[u8]) -> (Duration, u64, u8) {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_candor"))
        .args([COMMAND, "--seconds", "600"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    let reading = std::thread::spawn(move || {
        let mut answer = Vec::new();
        output.read_to_end(&mut answer).map(|_| answer)
    });
    child.stdin.take().unwrap().write_all(raw).unwrap();
    // The most only grows, and is there to be read until the process ends.
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        if let Some(line) = status.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
            most = line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let took = began.elapsed();
    let answer = reading.join().unwrap().unwrap();
    assert!(child.wait().unwrap().success());
    (took, most, *answer.last().unwrap())
}

/// Two million bytes or less that unpack to four hundred, in parts of a picture that nobody sees: no more of it is unpacked
/// than an open picture may take up.
#[test]
fn an_06_what_would_unpack_to_fill_the_memory_is_not_unpacked() {
    const MILLIONS: u64 = 400;
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..MILLIONS {
        packed.write_all(&vec![b'a'; 1_000_000]).unwrap();
    }
    let packed = packed.finish().unwrap();
    let unpacked = std::io::copy(&mut flate2::read::ZlibDecoder::new(&*packed), &mut std::io::sink());
    assert_eq!(unpacked.unwrap(), MILLIONS * 1_000_000, "the control: that is what it holds");
    for (name, start) in [("iCCP", &b"own\0\0"[..]), ("zTXt", b"note\0\0"), ("iTXt", b"note\0\x01\0\0\0")] {
        let raw = with_chunk(name.as_bytes(), &[start, &packed].concat());
        assert!(raw.len() < 3_000_000, "{name}: {} bytes", raw.len());
        let (took, most, code) = measured(&raw);
        assert!(most < 350, "{name}: {most} MiB, answer {code}");
        assert!(took < Duration::from_secs(30), "{name}: {took:?}");
    }
}

/// `cargo test --test suite the_largest -- --ignored --nocapture` prints what docs/anonymity-figures.md has.
#[test]
#[ignore = "measures for a minute or more"]
fn an_06_the_largest_files_stay_within_their_memory() {
    // As much noise as 20 MB hold: a JPEG forgets most of it.
    let noise = |width: u32, bits: u32| {
        RgbImage::from_fn(width, 5_700, |x, y| {
            let mixed = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503);
            let colour = |shift: u32| u8::try_from((mixed >> shift) & bits).unwrap();
            Rgb([colour(3), colour(13), 90])
        })
    };
    let mut files = Vec::new();
    for (name, format, width, bits) in [
        ("JPEG", ImageFormat::Jpeg, 7_000, 0x3f),
        ("PNG", ImageFormat::Png, 5_800, 1),
        ("WebP", ImageFormat::WebP, 7_000, 1),
    ] {
        let mut raw = Vec::new();
        noise(width, bits).write_to(&mut Cursor::new(&mut raw), format).unwrap();
        files.push((name, raw));
    }
    let mut document = Document::with_version("1.5");
    let mut pictures = Dictionary::new();
    for name in ["A", "B"] {
        let picture = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 5_000, "Height" => 4_000,
            "BitsPerComponent" => 8, "ColorSpace" => "DeviceRGB",
        };
        let points = noise(7_000, 0x3f).as_raw().iter().map(|point| point & 0x11).take(60_000_000).collect();
        let mut picture = Stream::new(picture, points);
        picture.compress().unwrap();
        pictures.set(name, document.add_object(picture));
    }
    files.push(("PDF", page(&mut document, b"/A Do /B Do", dictionary! { "XObject" => pictures })));
    for (name, raw) in files {
        let kilobytes = raw.len() / 1000;
        let (took, most, code) = measured(&raw);
        tell(&format!("{name} of {kilobytes} kB: {took:.1?}, {most} MiB at most, answer {code}"));
        assert!(most < 900, "{most} MiB");
        assert!(code < 0x80, "{name} was not measured but refused");
    }
}
