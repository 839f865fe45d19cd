//! Pictures drawn afresh from their pixels, the right way up.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use zeroize::Zeroizing;

use super::{CleanFile, Refused};
use crate::domain::attachment::{FileKind, MOST_BYTES};

/// Points of a picture.
const MOST_PIXELS: u64 = 40_000_000;

/// Points along one edge.
const LONGEST_EDGE: u32 = 30_000;

/// Bytes of a picture while it is open: four for each point.
const MOST_OPEN: u64 = 4 * MOST_PIXELS;

/// Good enough to read a page by, and what a camera saves.
pub(super) const QUALITY: u8 = 85;

pub(super) fn clean(raw: &[u8], format: ImageFormat) -> Result<CleanFile, Refused> {
    let picture = pixels(raw, format, true)?;
    let kind = match format {
        ImageFormat::Jpeg => FileKind::Jpeg,
        ImageFormat::WebP => FileKind::Webp,
        _ => FileKind::Png,
    };
    let file = drawn(&picture, kind)?;
    // Without loss a photograph can come out far larger than it came in.
    if file.bytes.len() > MOST_BYTES && kind != FileKind::Jpeg {
        drop(file);
        return drawn(&picture, FileKind::Jpeg);
    }
    Ok(file)
}

fn drawn(picture: &RgbImage, kind: FileKind) -> Result<CleanFile, Refused> {
    let mut bytes = Zeroizing::new(Vec::new());
    let done = match kind {
        FileKind::Jpeg => picture.write_with_encoder(JpegEncoder::new_with_quality(&mut *bytes, QUALITY)),
        FileKind::Webp => picture.write_with_encoder(WebPEncoder::new_lossless(&mut *bytes)),
        _ => picture.write_with_encoder(PngEncoder::new(&mut *bytes)),
    };
    done.map(|()| CleanFile { kind, bytes }).map_err(|_| Refused::Unreadable)
}

/// The points of a picture's first frame, the right way up if need be, on white where it was see-through: what
/// lay hidden under a transparent part is gone as well.
pub(super) fn pixels(raw: &[u8], format: ImageFormat, upright: bool) -> Result<RgbImage, Refused> {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(LONGEST_EDGE);
    limits.max_image_height = Some(LONGEST_EDGE);
    limits.max_alloc = Some(MOST_OPEN);
    let mut reader = ImageReader::with_format(Cursor::new(raw), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| why(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_OPEN {
        return Err(Refused::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| why(&error))?;
    if upright {
        picture.apply_orientation(orientation);
    }
    if !picture.color().has_alpha() {
        return Ok(picture.into_rgb8());
    }
    let seen = picture.into_rgba8();
    Ok(RgbImage::from_fn(seen.width(), seen.height(), |x, y| {
        let [red, green, blue, alpha] = seen.get_pixel(x, y).0;
        Rgb([red, green, blue].map(|colour| on_white(colour, alpha)))
    }))
}

fn on_white(colour: u8, alpha: u8) -> u8 {
    let (colour, alpha) = (u32::from(colour), u32::from(alpha));
    u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
}

fn why(error: &image::ImageError) -> Refused {
    if matches!(error, image::ImageError::Limits(_)) { Refused::TooManyPixels } else { Refused::Unreadable }
}
