//! Where the seeds come from: one small thing of every kind that a target reads. Written anew by
//! `cargo test --test suite write_the_seeds -- --ignored`; what fuzzing found beside them lies there under names of its own.

use std::io::Cursor;

use candor::clock::Timestamp;
use candor::domain::concern::{Identity, Pace, Statement};
use candor::domain::deadline::Standards;
use candor::domain::dispute::{Bypass, Event, Opening, PerSide, Standing};
use candor::domain::id::DeploymentId;
use candor::domain::time::TimeSettings;
use candor::rng::Randomness;
use candor::service::backup::records::{End, Opening as BackupOpening, Record, Table};
use candor::service::record::{Entry, StaffAct};
use candor::store::portable::Value;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, RgbaImage};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};

use super::{folder, formats};

struct Folder(&'static str);

impl Folder {
    /// Writes a seed; a target that reads several kinds has the kind in front.
    fn put(&self, name: &str, kind: Option<u8>, bytes: impl AsRef<[u8]>) {
        std::fs::create_dir_all(folder(self.0)).unwrap();
        let whole = kind.iter().chain(bytes.as_ref()).copied().collect::<Vec<u8>>();
        std::fs::write(folder(self.0).join(name), whole).unwrap();
    }
}

fn drawn(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// A JPEG with what a camera adds: its name, and which way up it was held.
fn from_a_camera() -> Vec<u8> {
    let mut bytes = drawn(&small(), ImageFormat::Jpeg);
    let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02\x01\x0f\0\x02\0\0\0\x04Ada\0\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut segment = vec![0xff, 0xe1];
    segment.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    segment.extend(exif);
    bytes.splice(2..2, segment);
    bytes
}

fn small() -> DynamicImage {
    RgbImage::from_fn(12, 8, |x, y| {
        if x < 6 { Rgb([250, 10, 10]) } else { Rgb([10, u8::try_from(y * 20).unwrap(), 250]) }
    })
    .into()
}

fn saved(mut document: Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// A paper of one page, drawn with these resources.
fn paper(drawing: &[u8], resources: impl FnOnce(&mut Document) -> Dictionary) -> Vec<u8> {
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let resources = resources(&mut document);
    let content = document.add_object(Stream::new(Dictionary::new(), drawing.to_vec()));
    let page = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => resources, "Rotate" => 90,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    let kids = vec![Object::Reference(page)];
    let pages = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1 };
    document.objects.insert(tree, Object::Dictionary(pages));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    let info = document.add_object(dictionary! { "Author" => Object::string_literal("Ada") });
    document.trailer.set("Info", info);
    saved(document)
}

/// A font of one table.
fn font() -> Vec<u8> {
    let mut font = vec![0, 1, 0, 0, 0, 1, 0, 16, 0, 0, 0, 0];
    font.extend(b"glyf\0\0\0\0\0\0\0\x1c\0\0\0\x04abcd");
    font
}

fn files() {
    let seeds = Folder("files");
    let clear = RgbaImage::from_fn(6, 6, |x, _| image::Rgba([1, 2, 3, if x < 3 { 0 } else { 200 }]));
    seeds.put("camera.jpg", None, from_a_camera());
    seeds.put("clear.png", None, drawn(&clear.into(), ImageFormat::Png));
    seeds.put("grey.png", None, drawn(&small().into_luma16().into(), ImageFormat::Png));
    seeds.put("small.webp", None, drawn(&small(), ImageFormat::WebP));
    seeds.put("text", None, "\u{FEFF}One\u{200B} line \t\r\nTwo\u{202E}\rDrei Öl 中文\u{E0041}");
    seeds.put("message", None, "From: a\nMessage-ID: <1@host>\n\nHello");
    seeds.put("page", None, "<html>Hello</html>");
    // What was found: behind a mark that is not seen, a page, and letters that begin like a picture.
    seeds.put("hidden-page", None, "\u{200B}<svg/>");
    seeds.put("hidden-message", None, "Mess\u{2060}age-ID: <1@host>\n\nHello");
    seeds.put("like-a-picture", None, "\u{200B}RIFFraffWEBP");
    seeds.put("like-a-phone-picture", None, "\u{AD}heicftypheic");
    for (name, start) in
        [("phone", &b"\0\0\0\x18ftypheic0000"[..]), ("office", b"PK\x03\x04word"), ("sound", b"ID3\x03\xff")]
    {
        seeds.put(name, None, start);
    }
    let letters =
        b"q 40 0 0 20 0 0 cm /Photo Do Q BT /Writing 12 Tf 10 700 Td (The gate) Tj [(a) -20 (b)] TJ ET";
    seeds.put("photograph.pdf", None, paper(letters, |document| {
        let font = dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" };
        let font = document.add_object(font);
        let picture = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 12, "Height" => 8, "ColorSpace" => "DeviceRGB",
            "BitsPerComponent" => 8, "Filter" => "DCTDecode",
        };
        let picture = document.add_object(Stream::new(picture, drawn(&small(), ImageFormat::Jpeg)));
        dictionary! { "Font" => dictionary! { "Writing" => font }, "XObject" => dictionary! { "Photo" => picture } }
    }));
    seeds.put("forms.pdf", None, paper(b"/G gs /F Do /F Do 0.5 g 1 2 3 4 re f", |document| {
        let mask = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 8, "Height" => 1, "ImageMask" => true,
            "Decode" => vec![0.into(), 1.into()],
        };
        let mask = document.add_object(Stream::new(mask, vec![0xaa]));
        let points = dictionary! {
            "Type" => "XObject", "Subtype" => "Image", "Width" => 4, "Height" => 1, "BitsPerComponent" => 2,
            "ColorSpace" => vec![
                "Indexed".into(), "DeviceRGB".into(), 3.into(), Object::string_literal(b"abcdefghijkl".to_vec()),
            ],
            "SMask" => dictionary! {},
        };
        let mut points = Stream::new(points, vec![0b0001_1011]);
        points.dict.remove(b"SMask");
        points.dict.set("Mask", mask);
        let points = document.add_object(points);
        let form = dictionary! {
            "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 9.into(), 9.into()],
            "Group" => dictionary! { "S" => "Transparency", "I" => true },
            "Resources" => dictionary! { "XObject" => dictionary! { "P" => points } },
        };
        let form = document.add_object(Stream::new(form, b"/Tag BMC q /P Do Q EMC".to_vec()));
        let state = dictionary! { "Type" => "ExtGState", "ca" => 0.5, "BM" => "Multiply", "SMask" => "None" };
        dictionary! {
            "XObject" => dictionary! { "F" => form }, "ExtGState" => dictionary! { "G" => state },
        }
    }));
    seeds.put("fonts.pdf", None, paper(b"/CS cs 0 sc BT /A 9 Tf (x) Tj /B 9 Tf <0001> Tj 1 Tr ET", |document| {
        let program = document.add_object(Stream::new(dictionary! { "Length1" => 32 }, font()));
        let descriptor = document.add_object(dictionary! {
            "Type" => "FontDescriptor", "FontName" => "ABCDEF+Some", "Flags" => 4, "FontFile2" => program,
            "FontBBox" => vec![0.into(), 0.into(), 9.into(), 9.into()],
        });
        let simple = document.add_object(dictionary! {
            "Type" => "Font", "Subtype" => "TrueType", "BaseFont" => "ABCDEF+Some", "FontDescriptor" => descriptor,
            "FirstChar" => 120, "LastChar" => 120, "Widths" => vec![500.into()],
            "Encoding" => dictionary! { "BaseEncoding" => "WinAnsiEncoding", "Differences" => vec![120.into(), "a".into()] },
        });
        let map = document.add_object(Stream::new(Dictionary::new(), vec![0, 0, 0, 1]));
        let descendant = document.add_object(dictionary! {
            "Type" => "Font", "Subtype" => "CIDFontType2", "BaseFont" => "ABCDEF+Some", "CIDToGIDMap" => map,
            "CIDSystemInfo" => dictionary! { "Registry" => Object::string_literal("Adobe") },
            "FontDescriptor" => descriptor, "W" => vec![1.into(), vec![500.into()].into()], "DW" => 1000,
        });
        let composite = document.add_object(dictionary! {
            "Type" => "Font", "Subtype" => "Type0", "BaseFont" => "ABCDEF+Some", "Encoding" => "Identity-H",
            "DescendantFonts" => vec![Object::Reference(descendant)],
        });
        let profile = document.add_object(Stream::new(dictionary! { "N" => 1 }, b"profile".to_vec()));
        dictionary! {
            "Font" => dictionary! { "A" => simple, "B" => composite },
            "ColorSpace" => dictionary! { "CS" => vec!["ICCBased".into(), Object::Reference(profile)] },
        }
    }));
}

fn texts() {
    let seeds = Folder("texts");
    let deployed = Randomness::labelled([3; 32]);
    seeds.put("prose", Some(0), "\u{19}A line.\r\nAnother \u{202e}one\tÖ ");
    let told = "On Friday 8 June at 6:30 pm my partner and I, Agent John Smith, saw truck #4471 in Room 12. I was the only one \
                on night shift!!";
    seeds.put("traces", Some(1), told);
    seeds.put(
        "receipt",
        Some(2),
        candor::crypto::receipt::ReceiptPhrase::draw(&deployed).to_text().as_bytes(),
    );
    seeds.put("code", Some(3), candor::crypto::factor::RecoveryCode::draw(&deployed).to_text().as_bytes());
    seeds.put("token", Some(3), "0aF9".repeat(16));
    seeds.put("signs-in-a-hash", Some(3), "+f".repeat(32));
    seeds.put("fingerprint", Some(3), "01234 56789 01234 56789 01234 56789 01234 56789");
    for (at, name) in
        ["commander:RIV-EAST", "group:RIV:BOATS", "secretary", "council:CBP", "extraordinary", "3-9", "ab-12"]
            .iter()
            .enumerate()
    {
        seeds.put(&format!("name-{at}"), Some(4), name);
    }
    for (at, date) in ["2026-11", "2026-Q2", "2026-11-27", "2199-12"].iter().enumerate() {
        seeds.put(&format!("date-{at}"), Some(5), date);
    }
    seeds.put("form", Some(6), "what_happens=One%0D%0Atwo+%C3%96&handler=no&handler=yes&=&x");
    let head = "sec-fetch-site: same-origin\ncookie: a=b; __Host-staff=00ff; __Host-visit=x\norigin: https://candor.example\n\
                referer: https://candor.example/write\nhost: candor.example";
    seeds.put("head", Some(7), head);
    seeds.put(
        "address",
        Some(8),
        "\0\0\0\0x-forwarded-for: 6.6.6.6, 1.1.1.1, 10.0.0.2\nx-forwarded-for: ::ffff:10.0.0.1",
    );
}

fn formats() {
    let seeds = Folder("formats");
    let deployment = DeploymentId(uuid::Uuid::from_u128(1));
    seeds.put("padded", Some(0), [0, 0, 0, 4, b't', b'e', b'x', b't']);
    let records = [
        Record::Opening(BackupOpening { schema: 17, deployment, last_entry: 9, head: "ab".repeat(32) }),
        Record::Table(Table { name: "cases".to_owned(), columns: vec!["id".to_owned()] }),
        Record::Row(vec![
            Value::Null,
            Value::Number(-3),
            Value::Text("ß".to_owned()),
            Value::Bytes(vec![0; 7]),
        ]),
        Record::EndOfTable(End { rows: 1, digest: "00".repeat(32) }),
        Record::Closing([7; 32]),
        Record::Padding,
    ];
    let records: Vec<u8> = records.iter().flat_map(|record| record.to_bytes().unwrap()).collect();
    seeds.put("records", Some(1), records);
    seeds.put("row-of-nothings", Some(1), [&[3, 0, 0, 1, 44][..], &[0; 300]].concat());
    seeds.put("header", Some(2), formats::header_of_a_backup());
    seeds.put("approval", Some(3), formats::approval().to_bytes());
    seeds.put("removal", Some(3), formats::removal().to_bytes());
    seeds.put("described", Some(3), [&[1][..], &[5; 32], &[4, 1, 0, 0, 0, 7]].concat());
    seeds.put("reader", Some(4), formats::approval().grant.post_public.as_bytes());
    seeds.put("verifying", Some(4), formats::approval().grant.account_public.verifying.as_bytes());
    let statement = r#"{"what_happens":"Line","category":"boats","document":null,"frequency":"often","since":{"year":2006,"month":11},"effect":"","tried":"not_safe","tried_words":"","remedy":"A rule"}"#;
    assert!(Statement::from_bytes(statement.as_bytes()).is_ok());
    seeds.put("statement", Some(5), statement);
    let identity = r#"{"name":"N","contact":"C","for_panel":true}"#;
    assert!(Identity::from_bytes(identity.as_bytes()).is_ok());
    seeds.put("identity", Some(5), identity);
    seeds.put("proposal", Some(5), r#"{"issue":"I.","finding":"F.","document":null,"kind":"clarification","actions":[{"what":"W","owner":"commander:A","due":9}],"none_needed":false,"library_text":"L.","departs":"Why."}"#);
    seeds.put("time", Some(5), serde_json::to_vec(&TimeSettings::initial(None)).unwrap());
    let standing = |name: &str| Standing { component: name.into(), unit: name.into() };
    let opening = Opening {
        sides: PerSide { raising: standing("a"), concerned: standing("b") },
        pace: Pace::Routine,
        bypass: Bypass::default(),
        standards: Standards::proposed(Pace::Routine),
        name_for_panel: false,
    };
    let opened = Event::Opened { at: Timestamp(1), opening };
    let founded = Entry::Staff { at: Timestamp(1), act: StaffAct::Founded };
    seeds.put("event", Some(6), serde_json::to_vec(&Entry::Case(opened.clone())).unwrap());
    seeds.put("act", Some(6), serde_json::to_vec(&founded).unwrap());
    seeds.put("case", Some(6), serde_json::to_vec(&vec![opened]).unwrap());
    let head = format!(
        r#"{{"deployment":"{}","number":7,"hash":"{}","day":"2026-06-01"}}"#,
        deployment.0,
        "ab".repeat(32)
    );
    seeds.put("heads", Some(7), format!("{head}\n{}\n{head}\n", &head[..40]));
    for (which, (name, sealed, _)) in formats::everything_sealed().into_iter().enumerate() {
        let which = u8::try_from(which).unwrap();
        seeds.put(&format!("{name}-changed"), Some(8), [which, 200, 0, 9, 1]);
        if sealed.len() < 500 {
            seeds.put(&format!("{name}-itself"), Some(8), [&[which, 200][..], &sealed[1..]].concat());
        }
    }
    let data = [[7; 32].as_slice(), &[0x1d, 0, 0, 0, 1], &[0x30, 6, 2, 1, 1, 2, 1, 1]].concat();
    seeds.put("passkey-shown", Some(9), [&[1][..], &data].concat());
    seeds.put("passkey-made", Some(9), [&[2][..], &attestation()].concat());
    seeds.put("passkey-bare", Some(9), "\0{\"id\":\"AQID\",\"rawId\":\"AQID\",\"type\":\"public-key\",\"extensions\":{},\"response\":{\"authenticatorData\":\"AA\",\"clientDataJSON\":\"AA\",\"signature\":\"AA\",\"userHandle\":null}}");
}

/// What a device makes of a new key: the generator of P-256.
fn attestation() -> Vec<u8> {
    let mut data = <sha2::Sha256 as sha2::Digest>::digest(b"candor.example.gov").to_vec();
    data.extend([0x41, 0, 0, 0, 1]);
    data.extend([0; 16]);
    data.extend([0, 3, 1, 2, 3, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
    data.extend([
        0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77,
        0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    ]);
    data.extend([0x22, 0x58, 32]);
    data.extend([
        0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b,
        0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
    ]);
    let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
    object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    object.extend(data);
    object
}

fn configuration() {
    let seeds = Folder("configuration");
    let set = |line: &dyn Fn(&str, &str) -> String| {
        let settings = candor::config::SETTINGS.iter();
        settings
            .map(|(name, _, example)| line(name, &example.replace('…', "abcdefgh")))
            .collect::<Vec<_>>()
            .join("\n")
    };
    seeds.put("settings", Some(0), set(&|name, example| format!("{name} = \"{example}\"")));
    seeds.put(
        "lists",
        Some(0),
        "trusted_proxies = [\"127.0.0.1\", \"::1\"]\nbehind_tls = true\ndrain_seconds = 7\n",
    );
    seeds.put(
        "variables",
        Some(1),
        set(&|name, example| format!("CANDOR_{}={example}", name.to_uppercase())),
    );
    for (name, found) in [
        ("unheard-item", "trusted_proxies = [\"127.0.0.1\", 5]"),
        ("unheard-entry", "mail_to = { \"headquarters:A\" = 5 }"),
        ("unheard-word", "webhook_private_addresses = \"perhaps\""),
        ("key-beside-data", "service_key_file = \"./candor-data/key\""),
        ("heads-beside-data", "heads_file = \"x/../candor-data/heads\""),
        ("onion-with-a-blank", "onion_location = \"http://a b.onion\""),
        ("neutral-site-with-letters", "neutral_site = \"https://wetter.example/für\""),
        ("two-slashes", "public_address = \"https://a.example//\""),
    ] {
        seeds.put(name, Some(0), found);
    }
    seeds.put("organisation", Some(2), include_str!("../support/organisation.toml"));
    let times = "[calendar]\ntime_zone = \"America/Chicago\"\nworking_weekdays = [\"monday\"]\nextra_holidays = [2026-11-27, \
                 \"2026-11-28\"]\n[batches]\nhours = [6, 12, 18]\n";
    seeds.put("times", Some(2), times);
    seeds.put("roster", Some(3), "\u{feff}Unit,Number,Name\r\nRIV-EAST,a-1,\"Rivers, A. \"\"Ada\"\"\"\r\n\r\n HAR-EAST , 7 , Björn  \n");
    seeds.put("key", Some(4), "0aF9".repeat(16));
    let founders = "deployment = \"00000000-0000-0000-0000-000000000001\"\n[founders.RIV]\naccount = \
                    \"00000000-0000-0000-0000-000000000002\"\nfingerprint = \"01234 56789 01234 56789 01234 56789 01234 56789\"\n";
    seeds.put("founders", Some(5), founders);
    seeds.put("secrets", Some(6), "# for A\nheadquarters:A = whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
    seeds.put("secret", Some(6), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
}

fn requests() {
    let seeds = Folder("requests");
    // Whoever it is: a form of theirs as it stands, and one with what would show in a page.
    for who in 0..17 {
        seeds.put(&format!("form-{who}"), None, [who, 0, 0, who, 0]);
        seeds.put(
            &format!("typed-{who}"),
            None,
            [&[who, 0, 0, 1, 1, 0, 0, 0, 11][..], b"x<canary>'\""].concat(),
        );
        seeds.put(&format!("link-{who}"), None, [&[who, 3, 0, who, 6][..], b"q=x%22"].concat());
    }
    seeds.put("stale", None, [1, 0x20, 0, 3, 0]);
    seeds.put("foreign", None, [1, 0x40, 0, 3, 0]);
    seeds.put("route", None, [&[2, 2, 0, 40, 200, 4][..], b"a/..", &[3], b"b=c"].concat());
    let upload = "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n@csrf@\r\n--b\r\nContent-Disposition: form-data; \
                  name=\"readers\"\r\n\r\ncouncil\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n\
                  Some text.\r\n--b--\r\n";
    let routes = candor::web::routes();
    let place = routes
        .recorded()
        .iter()
        .position(|route| {
            route.path == candor::web::addresses::FILES && route.method == axum::http::Method::POST
        })
        .unwrap();
    let [high, low] = u16::try_from(place).unwrap().to_be_bytes();
    for who in 11..17 {
        seeds.put(
            &format!("upload-{who}"),
            None,
            [&[who, 2, high, low, 200, 0, 1][..], upload.as_bytes()].concat(),
        );
    }
    let bare = "GET /write HTTP/1.1\r\nHost: candor.example\r\nCookie: @cookie@\r\n\r\n";
    seeds.put("bare", None, [&[0, 255][..], bare.as_bytes()].concat());
    let sent = "POST /return HTTP/1.1\r\nHost: candor.example\r\nSec-Fetch-Site: same-origin\r\nContent-Type: \
                application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwords\r\n2\r\n=a\r\n0\r\n\r\n";
    seeds.put("chunked", None, [&[0, 255][..], sent.as_bytes()].concat());
    // A step after the other: a first page, then a form of the page that it leads to.
    for third in 0..4 {
        seeds.put(
            &format!("steps-{third}"),
            None,
            [0, 0, 0, 0, 1, 2, 0, third, 0, 0, 1, 2, 0, third, 0, 0, 1, 3, 0, 0],
        );
    }
}

fn dispute() {
    let seeds = Folder("dispute");
    let randomness = Randomness::labelled([7; 32]);
    for at in 0..6 {
        seeds.put(&format!("course-{at}"), None, randomness.bytes::<512>("seed"));
    }
}

#[test]
#[ignore = "writes into the tree"]
fn write_the_seeds() {
    for write in [files, texts, formats, configuration, requests, dispute] {
        write();
    }
}
