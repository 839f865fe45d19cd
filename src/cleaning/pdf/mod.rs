//! A PDF copied part by part into a new one: pages, what is drawn on them, and the fonts and pictures that are
//! drawn with. A part is copied when a page draws it, value by value, and only if every value is known here.
//! What adds nothing to what is seen is left behind; what cannot be judged makes the whole file refused.

mod check;
mod font;
mod picture;

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use lopdf::content::{Content, Operation};
use lopdf::xref::XrefType;
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream};
use zeroize::Zeroizing;

use super::{CleanFile, Refused};
use crate::domain::attachment::FileKind;

pub(super) use check::extras;

const MOST_PAGES: usize = 200;

/// Bytes of everything that is unpacked.
const MOST_UNPACKED: usize = 128 * 1024 * 1024;

/// Bytes of one unpacked part.
const MOST_OF_ONE: usize = 64 * 1024 * 1024;

/// Forms within forms.
const DEEPEST: usize = 8;

/// Operators that say all they say with numbers and letters.
const PLAIN: [&str; 58] = [
    "b", "B", "b*", "B*", "c", "cm", "d", "f", "F", "f*", "G", "g", "h", "i", "j", "J", "K", "k", "l", "m",
    "M", "n", "q", "Q", "re", "RG", "rg", "s", "S", "sc", "SC", "scn", "SCN", "v", "w", "W", "W*", "y", "BT",
    "ET", "T*", "Tc", "Td", "TD", "TJ", "Tj", "TL", "Tm", "Tr", "Ts", "Tw", "Tz", "'", "\"", "g", "k", "rg",
    "re",
];

/// Operators that only mark what is drawn: dropped.
const MARKS: [&str; 8] = ["BMC", "BDC", "EMC", "MP", "DP", "BX", "EX", "ri"];

type Taken<T> = Result<T, Refused>;

const NO: Refused = Refused::Pdf;

pub(super) fn clean(raw: &[u8]) -> Taken<CleanFile> {
    let options = LoadOptions { max_decompressed_size: Some(MOST_OF_ONE / 4), ..LoadOptions::default() };
    let source = Document::load_mem_with_options(raw, options).map_err(|_| NO)?;
    let catalog = source.catalog().map_err(|_| NO)?;
    // Layers could be hidden; what is locked was locked for a reason.
    if source.is_encrypted()
        || source.was_encrypted()
        || source.trailer.has(b"Encrypt")
        || catalog.has(b"OCProperties")
    {
        return Err(NO);
    }
    let pages: Vec<ObjectId> = source.page_iter().take(MOST_PAGES + 1).collect();
    if pages.is_empty() || pages.len() > MOST_PAGES {
        return Err(NO);
    }
    let mut copying = Copying {
        source: &source,
        made: Document::with_version("1.7"),
        left: MOST_UNPACKED,
        known: BTreeMap::new(),
    };
    copying.made.reference_table.cross_reference_type = XrefType::CrossReferenceTable;
    let tree = copying.made.new_object_id();
    let mut kids = Vec::with_capacity(pages.len());
    for page in pages {
        kids.push(Object::Reference(copying.page(page, tree)?));
    }
    let mut made = copying.made;
    let mut root = named("Pages");
    root.set("Count", i64::try_from(kids.len()).map_err(|_| NO)?);
    root.set("Kids", kids);
    made.objects.insert(tree, Object::Dictionary(root));
    let mut catalog = named("Catalog");
    catalog.set("Pages", tree);
    let catalog = made.add_object(catalog);
    made.trailer.set("Root", catalog);
    let mut bytes = Zeroizing::new(Vec::new());
    made.save_to(&mut *bytes).map_err(|_| NO)?;
    Ok(CleanFile { kind: FileKind::Pdf, bytes })
}

fn named(name: &str) -> Dictionary {
    let mut dictionary = Dictionary::new();
    dictionary.set("Type", name);
    dictionary
}

/// A number, as it is.
fn number(object: &Object) -> Taken<Object> {
    match object {
        Object::Integer(_) | Object::Real(_) => Ok(object.clone()),
        _ => Err(NO),
    }
}

struct Copying<'a> {
    source: &'a Document,
    made: Document,
    /// Bytes that may still be unpacked.
    left: usize,
    /// Where what was copied lies in the new file.
    known: BTreeMap<ObjectId, ObjectId>,
}

/// What one page or form draws with, under names of our own.
#[derive(Default)]
struct Drawn {
    names: BTreeMap<(&'static str, Vec<u8>), String>,
    resources: BTreeMap<&'static str, Dictionary>,
}

impl<'a> Copying<'a> {
    fn at<'b>(&'b self, object: &'b Object) -> Taken<&'b Object>
    where
        'a: 'b,
    {
        self.source.dereference(object).map(|(_, object)| object).map_err(|_| NO)
    }

    fn value(&self, dictionary: &Dictionary, key: &str) -> Taken<Option<Object>> {
        match dictionary.get(key.as_bytes()) {
            Ok(object) => Ok(Some(self.at(object)?.clone()).filter(|object| !object.is_null())),
            Err(_) => Ok(None),
        }
    }

    fn dictionary(&self, dictionary: &Dictionary, key: &str) -> Taken<Option<Dictionary>> {
        match self.value(dictionary, key)? {
            None => Ok(None),
            Some(Object::Dictionary(found)) => Ok(Some(found)),
            Some(_) => Err(NO),
        }
    }

    /// A list of numbers, perhaps of lists of numbers.
    fn numbers(&self, object: &Object, nested: bool) -> Taken<Object> {
        let Object::Array(list) = self.at(object)? else { return Err(NO) };
        let copied = list.iter().map(|entry| match self.at(entry)? {
            Object::Array(_) if nested => self.numbers(entry, false),
            plain => number(plain),
        });
        copied.collect::<Taken<Vec<_>>>().map(Object::Array)
    }

    /// Copies those of the keys that are there and hold a number or a list of numbers.
    fn copy_numbers(&self, from: &Dictionary, keys: &[&str], to: &mut Dictionary) -> Taken<()> {
        for key in keys {
            if let Some(value) = self.value(from, key)? {
                let copied = if matches!(value, Object::Array(_)) {
                    self.numbers(&value, true)
                } else {
                    number(&value)
                };
                to.set(*key, copied?);
            }
        }
        Ok(())
    }

    fn unpacked(&mut self, stream: &Stream) -> Taken<Vec<u8>> {
        let bytes = stream.get_plain_content_with_limit(self.left.min(MOST_OF_ONE)).map_err(|_| NO)?;
        self.left = self.left.checked_sub(bytes.len()).ok_or(NO)?;
        Ok(bytes)
    }

    /// Puts a stream into the new file, packed. Not by lopdf: at its level of packing two scanned pages work a processor
    /// for a minute.
    fn add(&mut self, mut dictionary: Dictionary, bytes: Vec<u8>) -> Taken<ObjectId> {
        let mut packing = ZlibEncoder::new(Vec::new(), Compression::default());
        packing.write_all(&bytes).map_err(|_| NO)?;
        let packed = packing.finish().map_err(|_| NO)?;
        let shorter = packed.len() < bytes.len();
        if shorter {
            dictionary.set("Filter", "FlateDecode");
        }
        let stream = Stream::new(dictionary, if shorter { packed } else { bytes });
        Ok(self.made.add_object(stream.with_compression(false)))
    }

    /// What a page has, or the pages above it.
    fn inherited(&self, page: &Dictionary, key: &str) -> Taken<Option<Object>> {
        let mut page = page.clone();
        for _ in 0..32 {
            if let Some(value) = self.value(&page, key)? {
                return Ok(Some(value));
            }
            match self.dictionary(&page, "Parent")? {
                Some(parent) => page = parent,
                None => return Ok(None),
            }
        }
        Err(NO)
    }

    fn page(&mut self, id: ObjectId, tree: ObjectId) -> Taken<ObjectId> {
        let page = self.source.get_dictionary(id).map_err(|_| NO)?.clone();
        let mut made = named("Page");
        made.set("Parent", tree);
        for key in ["MediaBox", "CropBox"] {
            if let Some(value) = self.inherited(&page, key)? {
                made.set(key, self.numbers(&value, false)?);
            }
        }
        if let Some(turned) = self.inherited(&page, "Rotate")? {
            made.set("Rotate", number(&turned)?);
        }
        let content =
            self.source.get_page_content_with_limit(id, self.left.min(MOST_OF_ONE)).map_err(|_| NO)?;
        self.left = self.left.checked_sub(content.len()).ok_or(NO)?;
        let resources = match self.inherited(&page, "Resources")? {
            Some(Object::Dictionary(resources)) => resources,
            None => Dictionary::new(),
            Some(_) => return Err(NO),
        };
        let (content, resources) = self.content(&content, &resources, 0)?;
        made.set("Resources", resources);
        made.set("Contents", self.add(Dictionary::new(), content)?);
        Ok(self.made.add_object(made))
    }

    /// What draws a page or a form, operation by operation, and what it draws with.
    fn content(
        &mut self,
        bytes: &[u8],
        resources: &Dictionary,
        depth: usize,
    ) -> Taken<(Vec<u8>, Dictionary)> {
        if depth > DEEPEST {
            return Err(NO);
        }
        let read = Content::decode(bytes).map_err(|_| NO)?;
        let mut drawn = Drawn::default();
        let mut operations = Vec::with_capacity(read.operations.len());
        for Operation { operator, operands } in read.operations {
            let name = operator.as_str();
            if MARKS.contains(&name) {
                continue;
            }
            let operands = match name {
                "Tf" | "Do" | "gs" | "cs" | "CS" => {
                    self.with_name(name, &operands, resources, &mut drawn, depth)?
                }
                // Letters that are there and are not seen.
                "Tr" if !matches!(operands.as_slice(), [Object::Integer(0..=2 | 4..=6)]) => return Err(NO),
                _ if PLAIN.contains(&name) => operands.iter().map(plain).collect::<Taken<_>>()?,
                _ => return Err(NO),
            };
            operations.push(Operation { operator, operands });
        }
        let bytes = Content { operations }.encode().map_err(|_| NO)?;
        let mut resources = Dictionary::new();
        for (kind, entries) in drawn.resources {
            resources.set(kind, entries);
        }
        Ok((bytes, resources))
    }

    fn with_name(
        &mut self,
        operator: &str,
        operands: &[Object],
        resources: &Dictionary,
        drawn: &mut Drawn,
        depth: usize,
    ) -> Taken<Vec<Object>> {
        let (Some(Object::Name(name)), rest) = (operands.first(), operands.get(1..).unwrap_or_default())
        else {
            return Err(NO);
        };
        let kind = match operator {
            "Tf" => "Font",
            "Do" => "XObject",
            "gs" => "ExtGState",
            _ if matches!(&name[..], b"DeviceGray" | b"DeviceRGB" | b"DeviceCMYK") => {
                return Ok(vec![Object::Name(name.clone())]);
            }
            _ => "ColorSpace",
        };
        let known = drawn.names.get(&(kind, name.clone())).cloned();
        let ours = if let Some(ours) = known {
            ours
        } else {
            // Without a copy of all that the page could draw with, for each thing that it does.
            let entries = self.at(resources.get(kind.as_bytes()).map_err(|_| NO)?)?;
            let object = entries.as_dict().and_then(|entries| entries.get(name)).map_err(|_| NO)?.clone();
            let copied = self.resource(kind, &object, resources, depth)?;
            let ours = format!("N{}", drawn.names.len());
            drawn.resources.entry(kind).or_default().set(ours.as_bytes(), copied);
            drawn.names.insert((kind, name.clone()), ours.clone());
            ours
        };
        let mut all = vec![Object::Name(ours.into_bytes())];
        for operand in rest {
            all.push(number(operand)?);
        }
        Ok(all)
    }

    fn resource(&mut self, kind: &str, object: &Object, around: &Dictionary, depth: usize) -> Taken<Object> {
        let id = object.as_reference().ok();
        if let Some(known) = id.and_then(|id| self.known.get(&id)) {
            return Ok(Object::Reference(*known));
        }
        let copied = match (kind, self.at(object)?.clone()) {
            ("Font", Object::Dictionary(font)) => self.font(&font)?,
            ("ExtGState", Object::Dictionary(state)) => return self.graphics_state(&state),
            ("ColorSpace", space) => return self.colour_space(&space).map(|(space, _)| space),
            ("XObject", Object::Stream(stream)) => {
                match stream.dict.get(b"Subtype").and_then(Object::as_name) {
                    Ok(b"Image") => self.picture(&stream, 0)?,
                    Ok(b"Form") => self.form(&stream, around, depth)?,
                    _ => return Err(NO),
                }
            }
            _ => return Err(NO),
        };
        if let Some(id) = id {
            self.known.insert(id, copied);
        }
        Ok(Object::Reference(copied))
    }

    fn form(&mut self, form: &Stream, around: &Dictionary, depth: usize) -> Taken<ObjectId> {
        if form.dict.has(b"OC") || form.dict.has(b"Ref") {
            return Err(NO);
        }
        let mut made = named("XObject");
        made.set("Subtype", "Form");
        self.copy_numbers(&form.dict, &["BBox", "Matrix"], &mut made)?;
        if let Some(group) = self.dictionary(&form.dict, "Group")? {
            let mut copied = Dictionary::new();
            copied.set("S", "Transparency");
            for key in ["I", "K"] {
                if let Some(value) = self.value(&group, key)? {
                    copied.set(key, value.as_bool().map_err(|_| NO)?);
                }
            }
            made.set("Group", copied);
        }
        let resources = self.dictionary(&form.dict, "Resources")?.unwrap_or_else(|| around.clone());
        let bytes = self.unpacked(form)?;
        let (bytes, resources) = self.content(&bytes, &resources, depth + 1)?;
        made.set("Resources", resources);
        self.add(made, bytes)
    }

    fn graphics_state(&self, state: &Dictionary) -> Taken<Object> {
        let mut made = named("ExtGState");
        self.copy_numbers(state, &["LW", "LC", "LJ", "ML", "CA", "ca", "OPM"], &mut made)?;
        for key in ["AIS", "SA", "OP", "op"] {
            if let Some(value) = self.value(state, key)? {
                made.set(key, value.as_bool().map_err(|_| NO)?);
            }
        }
        match self.value(state, "BM")? {
            None => {}
            Some(Object::Name(name)) if name == b"Normal" || name == b"Multiply" || name == b"Compatible" => {
                made.set("BM", Object::Name(name));
            }
            Some(_) => return Err(NO),
        }
        match self.value(state, "SMask")? {
            None => {}
            Some(Object::Name(name)) if name == b"None" => made.set("SMask", "None"),
            Some(_) => return Err(NO),
        }
        if state.has(b"Font") || state.has(b"TR") || state.has(b"TR2") || state.has(b"HT") {
            return Err(NO);
        }
        Ok(Object::Dictionary(made))
    }
}

/// An operand without a name: numbers and letters.
fn plain(object: &Object) -> Taken<Object> {
    match object {
        Object::Integer(_) | Object::Real(_) | Object::String(..) => Ok(object.clone()),
        Object::Array(list) => list.iter().map(plain).collect::<Taken<Vec<_>>>().map(Object::Array),
        _ => Err(NO),
    }
}
