//! Fonts within a PDF: the shapes of letters and how wide they are; not the font's name, maker or licence, and
//! not the text that it says its letters stand for.

use lopdf::{Dictionary, Object, ObjectId, Stream};

use super::{Copying, NO, Taken, named};

/// Fonts that every reader of PDFs has.
const EVERYWHERE: [&[u8]; 14] = [
    b"Courier",
    b"Courier-Bold",
    b"Courier-BoldOblique",
    b"Courier-Oblique",
    b"Helvetica",
    b"Helvetica-Bold",
    b"Helvetica-BoldOblique",
    b"Helvetica-Oblique",
    b"Symbol",
    b"Times-Bold",
    b"Times-BoldItalic",
    b"Times-Italic",
    b"Times-Roman",
    b"ZapfDingbats",
];

const ENCODINGS: [&[u8]; 4] =
    [b"WinAnsiEncoding", b"MacRomanEncoding", b"StandardEncoding", b"MacExpertEncoding"];

/// The tables of a TrueType font that draw letters.
const TABLES: [&[u8; 4]; 10] =
    [b"cmap", b"cvt ", b"fpgm", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp", b"prep"];

impl Copying<'_> {
    pub(super) fn font(&mut self, font: &Dictionary) -> Taken<ObjectId> {
        let kind = self.name_of(font, "Subtype")?;
        let mut made = named("Font");
        made.set("Subtype", Object::Name(kind.clone()));
        let name = match &kind[..] {
            b"Type0" => self.composite(font, &mut made)?,
            b"Type1" | b"TrueType" => self.simple(font, &mut made)?,
            _ => return Err(NO),
        };
        made.set("BaseFont", Object::Name(name));
        Ok(self.made.add_object(made))
    }

    fn name_of(&self, dictionary: &Dictionary, key: &str) -> Taken<Vec<u8>> {
        match self.value(dictionary, key)? {
            Some(Object::Name(name)) => Ok(name),
            _ => Err(NO),
        }
    }

    /// A name of our own for a font that comes with its shapes.
    fn our_name(&self) -> Vec<u8> {
        format!("Font{}", self.made.max_id).into_bytes()
    }

    fn simple(&mut self, font: &Dictionary, made: &mut Dictionary) -> Taken<Vec<u8>> {
        self.copy_numbers(font, &["FirstChar", "LastChar", "Widths"], made)?;
        match self.value(font, "Encoding")? {
            None => {}
            Some(Object::Name(name)) if ENCODINGS.contains(&&name[..]) => {
                made.set("Encoding", Object::Name(name));
            }
            Some(Object::Dictionary(encoding)) => made.set("Encoding", self.encoding(&encoding)?),
            Some(_) => return Err(NO),
        }
        match self.dictionary(font, "FontDescriptor")? {
            Some(descriptor) if descriptor.has(b"FontFile2") => {
                let name = self.our_name();
                let descriptor = self.descriptor(&descriptor, &name)?;
                made.set("FontDescriptor", descriptor);
                Ok(name)
            }
            Some(descriptor) if descriptor.has(b"FontFile") || descriptor.has(b"FontFile3") => Err(NO),
            _ => {
                let name = self.name_of(font, "BaseFont")?;
                if EVERYWHERE.contains(&&name[..]) { Ok(name) } else { Err(NO) }
            }
        }
    }

    fn encoding(&self, encoding: &Dictionary) -> Taken<Dictionary> {
        let mut made = named("Encoding");
        if let Some(Object::Name(base)) = self.value(encoding, "BaseEncoding")? {
            if !ENCODINGS.contains(&&base[..]) {
                return Err(NO);
            }
            made.set("BaseEncoding", Object::Name(base));
        }
        if let Some(Object::Array(differences)) = self.value(encoding, "Differences")? {
            let copied = differences.iter().map(|entry| match self.at(entry)? {
                Object::Integer(code) => Ok(Object::Integer(*code)),
                // The longest name of a usual letter has 19; anything longer is no letter's.
                Object::Name(name) if name.len() < 24 && name.iter().all(|byte| is_of_a_name(*byte)) => {
                    Ok(Object::Name(name.clone()))
                }
                _ => Err(NO),
            });
            made.set("Differences", copied.collect::<Taken<Vec<_>>>()?);
        }
        Ok(made)
    }

    fn composite(&mut self, font: &Dictionary, made: &mut Dictionary) -> Taken<Vec<u8>> {
        let encoding = self.name_of(font, "Encoding")?;
        if !matches!(&encoding[..], b"Identity-H" | b"Identity-V") {
            return Err(NO);
        }
        made.set("Encoding", Object::Name(encoding));
        let Some(Object::Array(descendants)) = self.value(font, "DescendantFonts")? else { return Err(NO) };
        let [descendant] = descendants.as_slice() else { return Err(NO) };
        let Object::Dictionary(descendant) = self.at(descendant)?.clone() else { return Err(NO) };
        if self.name_of(&descendant, "Subtype")? != b"CIDFontType2" {
            return Err(NO);
        }
        let name = self.our_name();
        let mut copied = named("Font");
        copied.set("Subtype", "CIDFontType2");
        copied.set("BaseFont", Object::Name(name.clone()));
        let mut system = Dictionary::new();
        system.set("Registry", Object::string_literal("Adobe"));
        system.set("Ordering", Object::string_literal("Identity"));
        system.set("Supplement", 0);
        copied.set("CIDSystemInfo", system);
        self.copy_numbers(&descendant, &["DW", "W", "DW2", "W2"], &mut copied)?;
        match self.value(&descendant, "CIDToGIDMap")? {
            None => {}
            Some(Object::Name(name)) if name == b"Identity" => copied.set("CIDToGIDMap", "Identity"),
            Some(Object::Stream(map)) => {
                let mut map = self.unpacked(&map)?;
                map.truncate(2 * 65_536);
                let map = self.add(Dictionary::new(), map)?;
                copied.set("CIDToGIDMap", map);
            }
            Some(_) => return Err(NO),
        }
        let descriptor = self.dictionary(&descendant, "FontDescriptor")?.ok_or(NO)?;
        let descriptor = self.descriptor(&descriptor, &name)?;
        copied.set("FontDescriptor", descriptor);
        let copied = self.made.add_object(copied);
        made.set("DescendantFonts", vec![Object::Reference(copied)]);
        Ok(name)
    }

    fn descriptor(&mut self, descriptor: &Dictionary, name: &[u8]) -> Taken<ObjectId> {
        const NUMBERS: [&str; 13] = [
            "Flags",
            "FontBBox",
            "ItalicAngle",
            "Ascent",
            "Descent",
            "Leading",
            "CapHeight",
            "XHeight",
            "StemV",
            "StemH",
            "AvgWidth",
            "MaxWidth",
            "MissingWidth",
        ];
        let mut made = named("FontDescriptor");
        made.set("FontName", Object::Name(name.to_vec()));
        self.copy_numbers(descriptor, &NUMBERS, &mut made)?;
        let Some(Object::Stream(program)) = self.value(descriptor, "FontFile2")? else { return Err(NO) };
        let program = self.shapes(&program)?;
        made.set("FontFile2", program);
        Ok(self.made.add_object(made))
    }

    /// A TrueType font with the tables that draw letters, and no times.
    fn shapes(&mut self, program: &Stream) -> Taken<ObjectId> {
        let bytes = self.unpacked(program)?;
        let made = drawing_tables(&bytes).ok_or(NO)?;
        let mut dictionary = Dictionary::new();
        dictionary.set("Length1", i64::try_from(made.len()).map_err(|_| NO)?);
        self.add(dictionary, made)
    }
}

const fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_')
}

/// The font made anew of its drawing tables (ISO/IEC 14496-22, "Organization of an OpenType font").
fn drawing_tables(font: &[u8]) -> Option<Vec<u8>> {
    let word = |bytes: &[u8]| usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok();
    if !matches!(font.get(..4)?, [0, 1, 0, 0] | b"true") {
        return None;
    }
    let count = usize::from(u16::from_be_bytes(font.get(4..6)?.try_into().ok()?));
    let mut kept: Vec<(&[u8], Vec<u8>)> = Vec::new();
    for record in font.get(12..12 + 16 * count)?.chunks_exact(16) {
        let (tag, offset, length) = (record.get(..4)?, word(record.get(8..12)?)?, word(record.get(12..16)?)?);
        if !TABLES.iter().any(|table| table.as_slice() == tag) || kept.iter().any(|(known, _)| *known == tag)
        {
            continue;
        }
        let mut table = font.get(offset..offset.checked_add(length)?)?.to_vec();
        if tag == b"head" {
            // The sum over the font as it was, and when it was made and changed.
            table.get_mut(8..12)?.fill(0);
            table.get_mut(20..36)?.fill(0);
        }
        kept.push((tag, table));
    }
    let tables = u16::try_from(kept.len()).ok().filter(|count| *count > 0)?;
    let exponent = u16::try_from(tables.ilog2()).ok()?;
    let power = 1_u16 << exponent;
    let mut made = vec![0, 1, 0, 0];
    for value in [tables, power * 16, exponent, tables * 16 - power * 16] {
        made.extend(value.to_be_bytes());
    }
    let mut offset = 12 + 16 * kept.len();
    for (tag, table) in &kept {
        made.extend(*tag);
        made.extend(sum(table).to_be_bytes());
        made.extend(u32::try_from(offset).ok()?.to_be_bytes());
        made.extend(u32::try_from(table.len()).ok()?.to_be_bytes());
        offset += table.len().next_multiple_of(4);
    }
    for (_, table) in &kept {
        made.extend(table);
        made.resize(made.len().next_multiple_of(4), 0);
    }
    Some(made)
}

fn sum(table: &[u8]) -> u32 {
    table.chunks(4).fold(0, |sum: u32, chunk| {
        let mut word = [0; 4];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}
