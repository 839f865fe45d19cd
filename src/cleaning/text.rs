//! Plain text, letter by letter.

use zeroize::Zeroizing;

use super::{CleanFile, Refused};
use crate::domain::attachment::FileKind;

/// How a text begins that is no plain text, but a page, a card or a program with parts that nobody sees.
const MARKUP: [&str; 7] = ["<", "%!", "BEGIN:", "{\\", "#!", "MIME-Version:", "Return-Path:"];

/// Lines near the start that make it a saved message.
const MESSAGE: [&str; 5] = ["received:", "message-id:", "mime-version:", "x-originating-ip:", "return-path:"];

/// Lines looked at for that.
const FIRST_LINES: usize = 60;

pub(super) fn clean(raw: &[u8]) -> Result<CleanFile, Refused> {
    let text = std::str::from_utf8(raw).map_err(|_| Refused::Unknown)?;
    // What is not seen goes first: behind it a page would not begin like one, and would be one once it is gone.
    let mut letters = text.chars().filter(|c| !is_unseen(*c)).peekable();
    let mut unified = Zeroizing::new(String::with_capacity(text.len()));
    while let Some(letter) = letters.next() {
        unified.push(match letter {
            '\r' => letters.next_if_eq(&'\n').unwrap_or('\n'),
            '\u{2028}' | '\u{2029}' => '\n',
            other => other,
        });
    }
    if unified.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Refused::Unknown);
    }
    let start = unified.trim_start();
    if MARKUP.iter().any(|mark| start.starts_with(mark)) || unified.contains("%PDF-") {
        return Err(Refused::Markup);
    }
    let is_of_a_message = |line: &str| {
        let line = line.to_ascii_lowercase();
        MESSAGE.iter().any(|name| line.starts_with(name))
    };
    if start.lines().take(FIRST_LINES).any(is_of_a_message) {
        return Err(Refused::Markup);
    }
    let mut kept = Zeroizing::new(String::with_capacity(unified.len() + 1));
    for line in unified.lines() {
        // Blanks at the end of a line are seen by nobody, and can carry a mark as well as letters do.
        kept.push_str(line.trim_end());
        kept.push('\n');
    }
    if kept.trim().is_empty() {
        return Err(Refused::Empty);
    }
    let bytes = Zeroizing::new(kept.as_bytes().to_vec());
    Ok(CleanFile { kind: FileKind::Text, bytes })
}

/// Marks without a shape, which can tell one copy of a text from another, or reorder what is read. Words of some
/// scripts look a little different without the two that join and part letters; they can still be read.
pub(super) fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
    )
}
