//! Two versions of a text, compared word by word.

use similar::{Algorithm, ChangeTag, TextDiff};

/// What became of a piece of text between two versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Same,
    Added,
    Removed,
}

/// A piece of a compared text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub mark: Mark,
    pub text: String,
}

/// The older and the newer version as one text, neighbouring pieces of a kind put together.
#[must_use]
pub fn compare(older: &str, newer: &str) -> Vec<Piece> {
    let difference = TextDiff::configure().algorithm(Algorithm::Patience).diff_unicode_words(older, newer);
    let mut pieces: Vec<Piece> = Vec::new();
    for change in difference.iter_all_changes() {
        let mark = match change.tag() {
            ChangeTag::Equal => Mark::Same,
            ChangeTag::Insert => Mark::Added,
            ChangeTag::Delete => Mark::Removed,
        };
        match pieces.last_mut() {
            Some(last) if last.mark == mark => last.text.push_str(change.value()),
            _ => pieces.push(Piece { mark, text: change.value().to_owned() }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{Mark, Piece, compare};

    fn side(pieces: &[Piece], without: Mark) -> String {
        pieces.iter().filter(|piece| piece.mark != without).map(|piece| piece.text.as_str()).collect()
    }

    #[test]
    fn both_versions_can_be_read_from_the_comparison() {
        for (older, newer) in [
            ("", ""),
            ("", "All new."),
            ("We call within four hours.", "We call within two hours, and name an officer."),
            ("Line one.\nLine two.", "Line one.\n\nLine three – très bien."),
        ] {
            let pieces = compare(older, newer);
            assert_eq!(side(&pieces, Mark::Added), older);
            assert_eq!(side(&pieces, Mark::Removed), newer);
        }
    }

    #[test]
    fn only_the_words_that_changed_are_marked() {
        let pieces = compare("within four hours", "within two hours");
        let marked: Vec<_> = pieces.iter().filter(|piece| piece.mark != Mark::Same).collect();
        assert_eq!(marked.len(), 2);
        assert!(marked.iter().any(|piece| piece.mark == Mark::Removed && piece.text == "four"));
        assert!(marked.iter().any(|piece| piece.mark == Mark::Added && piece.text == "two"));
        assert!(compare("same", "same").iter().all(|piece| piece.mark == Mark::Same));
    }
}
