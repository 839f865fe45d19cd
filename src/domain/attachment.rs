//! Attached files: which kinds there are, how many and how large they may be. The codes are part of sealed
//! formats: never change one.

/// Files of one case, those that wait for their batch included.
pub const MOST: usize = 10;

/// Bytes of one file, as it comes and as it is kept.
pub const MOST_BYTES: usize = 20 * 1024 * 1024;

/// What a cleaned file is. Nothing else is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    Jpeg = 1,
    Png = 2,
    Webp = 3,
    Text = 4,
    Pdf = 5,
}

impl FileKind {
    pub const ALL: [Self; 5] = [Self::Jpeg, Self::Png, Self::Webp, Self::Text, Self::Pdf];

    /// The number that stands for this in sealed bytes.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What a page calls it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Jpeg => "Picture (JPEG)",
            Self::Png => "Picture (PNG)",
            Self::Webp => "Picture (WebP)",
            Self::Text => "Plain text",
            Self::Pdf => "Document (PDF)",
        }
    }

    /// How the name ends under which it is given out.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Text => "txt",
            Self::Pdf => "pdf",
        }
    }

    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Text => "text/plain; charset=utf-8",
            Self::Pdf => "application/pdf",
        }
    }
}

/// A size for people: "300 kB", "1.2 MB".
#[must_use]
pub fn size_label(bytes: u64) -> String {
    match bytes {
        0..1_000 => "under 1 kB".to_owned(),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::{FileKind, size_label};

    #[test]
    fn codes_stand_for_one_kind_each() {
        for kind in FileKind::ALL {
            assert_eq!(FileKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!((FileKind::from_code(0), FileKind::from_code(6)), (None, None));
    }

    #[test]
    fn sizes_are_said_in_round_numbers() {
        assert_eq!(size_label(999), "under 1 kB");
        assert_eq!(size_label(300_400), "300 kB");
        assert_eq!(size_label(1_250_000), "1.2 MB");
    }
}
