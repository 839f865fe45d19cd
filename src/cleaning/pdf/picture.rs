//! Pictures within a PDF: drawn afresh, or their points copied and nothing behind them.

use image::ImageFormat;
use image::codecs::jpeg::JpegEncoder;
use lopdf::{Dictionary, Object, ObjectId, Stream};

use super::{Copying, NO, Taken, named};
use crate::cleaning::picture::{QUALITY, pixels};

/// Points of one picture.
const MOST_POINTS: i64 = 40_000_000;

impl Copying<'_> {
    pub(super) fn picture(&mut self, picture: &Stream, depth: usize) -> Taken<ObjectId> {
        // A mask of a mask of a mask is no picture.
        if depth > 2 || picture.dict.has(b"OC") || picture.dict.has(b"Alternates") {
            return Err(NO);
        }
        let mut made = named("XObject");
        made.set("Subtype", "Image");
        for (key, kind) in [("SMask", depth + 1), ("Mask", depth + 1)] {
            match self.value(&picture.dict, key)? {
                None => {}
                Some(Object::Stream(mask)) if !mask.dict.has(b"Matte") => {
                    let copied = self.picture(&mask, kind)?;
                    made.set(key, copied);
                }
                Some(list @ Object::Array(_)) if key == "Mask" => made.set(key, self.numbers(&list, false)?),
                Some(_) => return Err(NO),
            }
        }
        let filters = match picture.dict.get(b"Filter") {
            Ok(_) => picture.filters().map_err(|_| NO)?,
            Err(_) => Vec::new(),
        };
        match filters.as_slice() {
            [b"DCTDecode"] => self.photograph(picture, made),
            filters if filters.iter().all(|filter| PACKED.contains(filter)) => self.points(picture, made),
            _ => Err(NO),
        }
    }

    /// A JPEG, drawn afresh.
    fn photograph(&mut self, picture: &Stream, mut made: Dictionary) -> Taken<ObjectId> {
        if picture.dict.has(b"Decode") || made.has(b"Mask") {
            return Err(NO);
        }
        // Not turned: a PDF turns its pictures itself.
        let seen = pixels(&picture.content, ImageFormat::Jpeg, false).map_err(|_| NO)?;
        let mut bytes = Vec::new();
        seen.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY)).map_err(|_| NO)?;
        made.set("Width", seen.width());
        made.set("Height", seen.height());
        made.set("ColorSpace", "DeviceRGB");
        made.set("BitsPerComponent", 8);
        made.set("Filter", "DCTDecode");
        Ok(self.made.add_object(Stream::new(made, bytes).with_compression(false)))
    }

    /// Points one by one: as many as the picture has, and not a byte more.
    fn points(&mut self, picture: &Stream, mut made: Dictionary) -> Taken<ObjectId> {
        let whole = |key: &str| -> Taken<Option<i64>> {
            self.value(&picture.dict, key)?.map(|value| value.as_i64().map_err(|_| NO)).transpose()
        };
        let (width, height) = (whole("Width")?.ok_or(NO)?, whole("Height")?.ok_or(NO)?);
        if width < 1 || height < 1 || width.checked_mul(height).is_none_or(|points| points > MOST_POINTS) {
            return Err(NO);
        }
        let is_mask = matches!(self.value(&picture.dict, "ImageMask")?, Some(Object::Boolean(true)));
        let bits = if is_mask { 1 } else { whole("BitsPerComponent")?.ok_or(NO)? };
        if !matches!(bits, 1 | 2 | 4 | 8 | 16) {
            return Err(NO);
        }
        let colours = if is_mask {
            made.set("ImageMask", true);
            1
        } else {
            let space = self.value(&picture.dict, "ColorSpace")?.ok_or(NO)?;
            let (space, colours) = self.colour_space(&space)?;
            made.set("ColorSpace", space);
            colours
        };
        self.copy_numbers(&picture.dict, &["Decode"], &mut made)?;
        made.set("Width", width);
        made.set("Height", height);
        made.set("BitsPerComponent", bits);
        let length = (width * colours * bits + 7) / 8 * height;
        let mut bytes = self.unpacked(picture)?;
        let length = usize::try_from(length).map_err(|_| NO)?;
        if bytes.len() < length {
            return Err(NO);
        }
        bytes.truncate(length);
        self.add(made, bytes)
    }

    /// A space of colours without a profile, and how many numbers a colour has in it.
    pub(super) fn colour_space(&mut self, space: &Object) -> Taken<(Object, i64)> {
        let device = |colours: i64| {
            let name = match colours {
                1 => "DeviceGray",
                3 => "DeviceRGB",
                4 => "DeviceCMYK",
                _ => return Err(NO),
            };
            Ok((Object::from(name), colours))
        };
        let list = match self.at(space)?.clone() {
            Object::Name(name) => {
                return match &name[..] {
                    b"DeviceGray" | b"G" | b"CalGray" => device(1),
                    b"DeviceRGB" | b"RGB" | b"CalRGB" => device(3),
                    b"DeviceCMYK" | b"CMYK" => device(4),
                    _ => Err(NO),
                };
            }
            Object::Array(list) => list,
            _ => return Err(NO),
        };
        let at = |place: usize| list.get(place).ok_or(NO);
        match self.at(at(0)?)?.as_name().map_err(|_| NO)? {
            b"CalGray" => device(1),
            b"CalRGB" => device(3),
            b"ICCBased" => match self.at(at(1)?)? {
                Object::Stream(profile) => {
                    device(profile.dict.get(b"N").and_then(Object::as_i64).map_err(|_| NO)?)
                }
                _ => Err(NO),
            },
            b"Indexed" => {
                // Its colours come of a plain space. Asked beforehand: a space could be its own base, without end.
                let base = self.at(at(1)?)?;
                let first = base.as_array().ok().and_then(|list| list.first());
                if first.is_some_and(|name| {
                    self.at(name).and_then(|name| name.as_name().map_err(|_| NO)) == Ok(b"Indexed")
                }) {
                    return Err(NO);
                }
                let (base, colours) = self.colour_space(at(1)?)?;
                let highest = self.at(at(2)?)?.as_i64().map_err(|_| NO)?;
                // Asked before anything is reckoned with it: it can be any number.
                if !(0..=255).contains(&highest) {
                    return Err(NO);
                }
                let table = match self.at(at(3)?)?.clone() {
                    Object::String(bytes, _) => bytes,
                    Object::Stream(stream) => self.unpacked(&stream)?,
                    _ => return Err(NO),
                };
                let length = usize::try_from((highest + 1) * colours).map_err(|_| NO)?;
                let table = table.get(..length).ok_or(NO)?.to_vec();
                let table = Object::String(table, lopdf::StringFormat::Hexadecimal);
                Ok((Object::Array(vec!["Indexed".into(), base, highest.into(), table]), 1))
            }
            _ => Err(NO),
        }
    }
}

/// Ways of packing that lose nothing.
const PACKED: [&[u8]; 5] =
    [b"FlateDecode", b"LZWDecode", b"ASCII85Decode", b"ASCIIHexDecode", b"RunLengthDecode"];
