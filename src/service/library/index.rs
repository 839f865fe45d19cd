//! Search among what was published. The index lies in memory beside the entries and is made anew whenever they
//! change, so no machine keeps it in files, both databases rank alike, and nothing sealed is ever near it. Ranking
//! is Okapi BM25 (Robertson and Zaragoza 2009); words are matched without their plural (the S-stemmer of Harman
//! 1991), by their beginning, and, where nobody wrote them so, by a letter or two (Damerau).

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Most letters of a question.
pub const QUESTION_MOST: usize = 100;

/// Words of a question that are looked at.
const WORDS_MOST: usize = 12;

/// Words of the library that one word of a question may stand for.
const MEANT_MOST: usize = 12;

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// How much a match counts that is not the very word.
const BY_BEGINNING: f64 = 0.6;
const MISSPELT: f64 = 0.5;

/// Words in an excerpt.
const EXCERPT: usize = 36;

/// A word of a text and where it stands.
fn words(text: &str) -> impl Iterator<Item = (Range<usize>, String)> + '_ {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        (start..start + word.len(), stem(&word.to_lowercase()))
    })
}

/// A word without its plural.
fn stem(word: &str) -> String {
    let stays = |end: &[&str]| end.iter().any(|end| word.ends_with(end));
    if word.len() < 4 || !word.is_ascii() {
        return word.to_owned();
    }
    if let Some(start) = word.strip_suffix("ies")
        && !stays(&["eies", "aies"])
    {
        return format!("{start}y");
    }
    if word.ends_with("es") && !stays(&["aes", "ees", "oes"]) {
        return word.strip_suffix('s').unwrap_or(word).to_owned();
    }
    if word.ends_with('s') && !stays(&["us", "ss"]) {
        return word.strip_suffix('s').unwrap_or(word).to_owned();
    }
    word.to_owned()
}

/// How many letters differ, a swap of two counting once; none if more than `most`.
fn distance(one: &[char], other: &[char], most: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let width = other.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut now = vec![row + 1; width];
        for (column, against) in other.iter().enumerate() {
            let at = |line: &[usize], place: usize| line.get(place).copied().unwrap_or(usize::MAX - 1);
            let mut cost = (at(&last, column) + usize::from(letter != against))
                .min(at(&last, column + 1) + 1)
                .min(at(&now, column) + 1);
            let swapped = row > 0
                && column > 0
                && one.get(row - 1) == Some(against)
                && other.get(column - 1) == Some(letter);
            if swapped {
                cost = cost.min(at(&before, column - 1) + 1);
            }
            if let Some(place) = now.get_mut(column + 1) {
                *place = cost;
            }
        }
        if now.iter().all(|cost| *cost > most) {
            return None;
        }
        before = std::mem::replace(&mut last, now);
    }
    last.last().copied().filter(|cost| *cost <= most)
}

/// In which texts a word stands, and how often.
type Postings = Vec<(u32, u16)>;

/// A word to look through for misspellings.
#[derive(Debug)]
struct Known {
    letters: Vec<char>,
    /// Which letters it has, a bit each: most words are told apart by that alone.
    has: u32,
    word: String,
}

impl Known {
    fn of(word: &str) -> Self {
        let letters: Vec<char> = word.chars().collect();
        let has = letters.iter().fold(0, |has, letter| has | 1 << (u32::from(*letter) % 32));
        Self { letters, has, word: word.to_owned() }
    }
}

/// The words of all texts.
#[derive(Debug, Default)]
pub(super) struct Index {
    words: BTreeMap<String, Postings>,
    /// Words by their number of letters, to look through for misspellings.
    by_length: BTreeMap<usize, Vec<Known>>,
    lengths: Vec<u32>,
    average: f64,
}

/// What a question comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// What each word of the question may stand for, and how much that counts.
    meant: Vec<Vec<(String, f64)>>,
    /// Words that nobody wrote so, and what was looked for in their place.
    pub respelt: Vec<(String, String)>,
}

impl Asked {
    fn means(&self, word: &str) -> bool {
        self.meant.iter().flatten().any(|(meant, _)| meant == word)
    }
}

impl Index {
    /// Over texts, by their place.
    pub(super) fn over<'a>(texts: impl Iterator<Item = Vec<&'a str>>) -> Self {
        let mut words_of: HashMap<String, Postings> = HashMap::new();
        let mut lengths = Vec::new();
        for (place, parts) in texts.enumerate() {
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            let mut length = 0_u32;
            for (_, word) in parts.into_iter().flat_map(words) {
                length += 1;
                let postings = words_of.entry(word).or_default();
                match postings.last_mut() {
                    Some((last, count)) if *last == place => *count = count.saturating_add(1),
                    _ => postings.push((place, 1)),
                }
            }
            lengths.push(length);
        }
        let total: f64 = lengths.iter().map(|length| f64::from(*length)).sum();
        let count = f64::from(u32::try_from(lengths.len().max(1)).unwrap_or(u32::MAX));
        let mut by_length: BTreeMap<usize, Vec<Known>> = BTreeMap::new();
        for known in words_of.keys().map(|word| Known::of(word)) {
            by_length.entry(known.letters.len()).or_default().push(known);
        }
        Self { words: words_of.into_iter().collect(), by_length, lengths, average: (total / count).max(1.0) }
    }

    /// What a question may mean here.
    pub(super) fn ask(&self, question: &str) -> Asked {
        let mut asked = Asked::default();
        for (span, word) in words(question).take(WORDS_MOST) {
            let mut meant = Vec::new();
            if self.words.contains_key(&word) {
                meant.push((word.clone(), 1.0));
            }
            if word.chars().count() >= 3 {
                let longer = self.words.range(word.clone()..).map(|(known, _)| known);
                let longer =
                    longer.take_while(|known| known.starts_with(&word)).filter(|known| **known != word);
                meant.extend(longer.take(MEANT_MOST).map(|known| (known.clone(), BY_BEGINNING)));
            }
            if meant.is_empty() {
                let close = self.close_to(&word);
                if let (Some(best), Some(typed)) = (close.first(), question.get(span)) {
                    asked.respelt.push((typed.to_owned(), best.clone()));
                }
                meant.extend(close.into_iter().map(|known| (known, MISSPELT)));
            }
            asked.meant.push(meant);
        }
        asked
    }

    /// Words that differ by a letter or two, the closest and then the most frequent first.
    fn close_to(&self, word: &str) -> Vec<String> {
        let typed = Known::of(word);
        let length = typed.letters.len();
        let most = match length {
            0..=3 => return Vec::new(),
            4..=7 => 1,
            _ => 2,
        };
        let mut close = Vec::new();
        for (_, all) in self.by_length.range(length.saturating_sub(most)..=length + most) {
            for known in all {
                // A letter in the place of another changes two of these bits, and no change more.
                let bits = usize::try_from((typed.has ^ known.has).count_ones()).unwrap_or(usize::MAX);
                if bits > 2 * most {
                    continue;
                }
                if let Some(distance) = distance(&typed.letters, &known.letters, most) {
                    let count = self.words.get(&known.word).map_or(0, Vec::len);
                    close.push((distance, std::cmp::Reverse(count), &known.word));
                }
            }
        }
        close.sort();
        close.into_iter().take(MEANT_MOST).map(|(_, _, word)| word.clone()).collect()
    }

    /// The texts that answer a question, best first, among those that `counts` lets pass.
    pub(super) fn rank(&self, asked: &Asked, counts: impl Fn(usize) -> Option<f64>) -> Vec<usize> {
        let mut scores: Vec<(f64, u16)> = vec![(0.0, 0); self.lengths.len()];
        let all = f64::from(u32::try_from(self.lengths.len()).unwrap_or(u32::MAX));
        for meant in &asked.meant {
            // The best of what one word may stand for counts, not all of it together.
            let mut best: HashMap<u32, f64> = HashMap::new();
            for (word, weight) in meant {
                let Some(postings) = self.words.get(word) else { continue };
                let found = f64::from(u32::try_from(postings.len()).unwrap_or(u32::MAX));
                let rarity = ((all - found + 0.5) / (found + 0.5)).ln_1p();
                for (place, count) in postings {
                    let length = usize::try_from(*place).ok().and_then(|at| self.lengths.get(at));
                    let length = f64::from(length.copied().unwrap_or(0));
                    let count = f64::from(*count);
                    let norm = K1 * (1.0 - B + B * length / self.average);
                    let score = weight * rarity * count * (K1 + 1.0) / (count + norm);
                    let known = best.entry(*place).or_insert(0.0);
                    *known = known.max(score);
                }
            }
            for (place, score) in best {
                if let Some(sum) = usize::try_from(place).ok().and_then(|at| scores.get_mut(at)) {
                    sum.0 += score;
                    sum.1 += 1;
                }
            }
        }
        let words = f64::from(u32::try_from(asked.meant.len().max(1)).unwrap_or(u32::MAX));
        let mut ranked: Vec<(f64, usize)> = scores
            .into_iter()
            .enumerate()
            .filter(|(_, (_, matched))| *matched > 0)
            .filter_map(|(place, (score, matched))| {
                Some((counts(place)? * score * f64::from(matched) / words, place))
            })
            .collect();
        // Of equals the newer comes first: places are in that order.
        ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        ranked.into_iter().map(|(_, place)| place).collect()
    }
}

/// The part of a text that answers best, in pieces: whether each was asked for, and its words. Pieces are parts of
/// the text as it stands; whoever shows them shows them as text.
#[must_use]
pub fn excerpt(text: &str, asked: &Asked) -> Vec<(bool, String)> {
    let all: Vec<(Range<usize>, bool)> = words(text).map(|(span, word)| (span, asked.means(&word))).collect();
    let hits = |from: usize| all.iter().skip(from).take(EXCERPT).filter(|(_, hit)| *hit).count();
    let first = all.iter().position(|(_, hit)| *hit).unwrap_or(0);
    let earliest = first.saturating_sub(4);
    // The first of those with the most hits.
    let best = (earliest..all.len()).rev().max_by_key(|at| hits(*at)).unwrap_or(earliest);
    let from = if all.len() <= EXCERPT { 0 } else { best };
    let shown: Vec<_> = all.iter().skip(from).take(EXCERPT).collect();
    let (Some(start), Some(end)) = (shown.first(), shown.last()) else { return Vec::new() };
    let ends = from + shown.len() >= all.len();
    let (start, end) = (if from == 0 { 0 } else { start.0.start }, if ends { text.len() } else { end.0.end });
    let mut pieces = Vec::new();
    if from > 0 {
        pieces.push((false, "… ".to_owned()));
    }
    let mut at = start;
    let mut add = |hit: bool, span: Range<usize>| {
        if let Some(part) = text.get(span).filter(|part| !part.is_empty()) {
            pieces.push((hit, part.to_owned()));
        }
    };
    for (span, _) in shown.iter().filter(|(_, hit)| *hit) {
        add(false, at..span.start);
        add(true, span.clone());
        at = span.end;
    }
    add(false, at..end);
    if !ends {
        pieces.push((false, " …".to_owned()));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{Index, distance, excerpt, stem};

    const TEXTS: [&str; 4] = [
        "One list for the patrol boat, open to all.",
        "Reports are shared with whoever needs them. A boat is not needed.",
        "Transport of persons: the contract is used first, then boats and boats again.",
        "A refusal names its ground in writing.",
    ];

    fn index() -> Index {
        Index::over(TEXTS.iter().map(|text| vec![*text]))
    }

    fn found(question: &str) -> Vec<usize> {
        let index = index();
        index.rank(&index.ask(question), |_| Some(1.0))
    }

    #[test]
    fn what_says_it_more_often_and_in_fewer_words_comes_first() {
        assert_eq!(found("boat"), [2, 0, 1]);
        // Both words weigh more than one of them twice.
        assert_eq!(found("boat list").first(), Some(&0));
        assert_eq!(found(""), Vec::<usize>::new());
        assert_eq!(found("?!"), Vec::<usize>::new());
    }

    #[test]
    fn plurals_beginnings_and_misspellings_are_found() {
        assert_eq!(found("lists"), [0]);
        assert_eq!(found("transp"), [2]);
        for (typed, meant) in [("tranpsort", "transport"), ("refusall", "refusal"), ("contrakt", "contract")]
        {
            let asked = index().ask(typed);
            assert_eq!(asked.respelt, [(typed.to_owned(), meant.to_owned())], "{typed}");
            assert_eq!(found(typed).len(), 1, "{typed}");
        }
        assert_eq!(found("xyzzy"), Vec::<usize>::new());
    }

    #[test]
    fn what_does_not_count_is_left_out() {
        let index = index();
        let asked = index.ask("boat");
        assert_eq!(index.rank(&asked, |place| (place != 2).then_some(1.0)), [0, 1]);
        assert_eq!(index.rank(&asked, |place| Some(if place == 2 { 0.1 } else { 1.0 })), [0, 1, 2]);
    }

    #[test]
    fn letters_are_counted() {
        let letters = |word: &str| word.chars().collect::<Vec<_>>();
        let between = |one: &str, other: &str| distance(&letters(one), &letters(other), 2);
        assert_eq!(between("boat", "boat"), Some(0));
        assert_eq!(between("boat", "baot"), Some(1));
        assert_eq!(between("boat", "bot"), Some(1));
        assert_eq!(between("boat", "coast"), Some(2));
        assert_eq!(between("boat", "ships"), None);
        assert_eq!(
            (stem("agencies"), stem("boats"), stem("focus")),
            ("agency".into(), "boat".into(), "focus".into())
        );
    }

    #[test]
    fn an_excerpt_is_the_text_itself() {
        let index = index();
        let asked = index.ask("boats");
        let pieces = excerpt(TEXTS[2], &asked);
        let text: String = pieces.iter().map(|(_, part)| part.as_str()).collect();
        assert_eq!(text, TEXTS[2]);
        let hits: Vec<_> = pieces.iter().filter(|(hit, _)| *hit).map(|(_, part)| part.as_str()).collect();
        assert_eq!(hits, ["boats", "boats"]);
        let long = format!("{} boat {}", "x y ".repeat(100), "é ".repeat(100));
        let pieces = excerpt(&long, &asked);
        assert!(pieces.iter().any(|(hit, part)| *hit && part == "boat"));
        assert!(pieces.iter().map(|(_, part)| part.len()).sum::<usize>() < 200);
        assert_eq!(excerpt("", &asked), []);
    }
}
