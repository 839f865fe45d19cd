//! Why a file is not taken, and what to do instead.

/// Why a file is not taken. The words are for whoever chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("This file is empty. Choose another one.")]
    Empty,
    #[error(
        "This file is larger than 20 MB. Make the picture smaller or take a part of it, or copy the text instead."
    )]
    TooLarge,
    #[error("This file would be larger than 20 MB once it is cleaned. Make the picture smaller first.")]
    TooLargeAfterwards,
    #[error("This picture has more than 40 million points. Make it smaller, or take a screenshot of it.")]
    TooManyPixels,
    #[error(
        "We cannot read this file: it is damaged or incomplete. Open it yourself and save it again, or take a screenshot of it."
    )]
    Unreadable,
    #[error(
        "Pictures in this phone format (HEIC, AVIF) cannot be cleaned here. Take a screenshot of the picture and attach that."
    )]
    PhonePicture,
    #[error(
        "Pictures in this format cannot be cleaned here. Save it as JPEG or PNG, or take a screenshot of it."
    )]
    OtherPicture,
    #[error(
        "Sound and video cannot be cleaned: voices and places stay in them. Describe in your words what is heard or seen."
    )]
    Recording,
    #[error(
        "Office files and archives keep names and changes that cannot be cleaned here. Copy the text instead, or take a screenshot of it."
    )]
    Office,
    #[error(
        "This is a page or message with hidden parts, not plain text. Copy the text that you can read instead."
    )]
    Markup,
    #[error(
        "This PDF has parts that cannot be cleaned. Copy the text instead, or take a screenshot of the page."
    )]
    Pdf,
    #[error(
        "Cleaning this file took too long or too much memory, and was broken off. Take a screenshot of it, or copy the text instead."
    )]
    BrokenOff,
    #[error("Files of this kind cannot be cleaned. Copy the text instead, or take a screenshot of it.")]
    Unknown,
}

impl Refused {
    pub const ALL: [Self; 13] = [
        Self::Empty,
        Self::TooLarge,
        Self::TooLargeAfterwards,
        Self::TooManyPixels,
        Self::Unreadable,
        Self::PhonePicture,
        Self::OtherPicture,
        Self::Recording,
        Self::Office,
        Self::Markup,
        Self::Pdf,
        Self::Unknown,
        Self::BrokenOff,
    ];
}
