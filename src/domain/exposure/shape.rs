//! Details that are known by their shape: written dates, clock times, numbers of things, names, shouting.

use std::ops::Range;

use super::Trace;
use super::token::{Token, span};
use super::vocabulary::{ACRONYMS, FIRST_NAMES, FIRST_NAMES_ALSO_WORDS, HONORIFICS, KNOWN, MONTHS, WEEKDAYS};

type Rule = fn(&[Token<'_>], Option<&Token<'_>>) -> Option<usize>;

/// Each rule looks at the text from one token on, and at the token before it, and says how many it takes.
const RULES: &[(Trace, Rule)] = &[
    (Trace::Date, written_date),
    (Trace::Time, clock_time),
    (Trace::Time, military_time),
    (Trace::Number, identifier),
    (Trace::Number, craft),
    (Trace::Name, titled_name),
    (Trace::Name, whole_name),
    (Trace::Name, first_name),
    (Trace::Name, initials),
    (Trace::Name, signature),
    (Trace::Name, address),
    (Trace::Style, shouting),
    (Trace::Style, doubled_marks),
];

pub(super) fn find(tokens: &[Token<'_>], at: usize, found: &mut Vec<(Trace, Range<usize>)>) {
    let Some(rest) = tokens.get(at..) else { return };
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    for (kind, rule) in RULES {
        if let Some(words) = rule(rest, before).and_then(|length| rest.get(..length)) {
            found.push((*kind, span(words)));
        }
    }
}

/// Whether this token stands directly behind the one before it.
fn glued(token: &Token<'_>) -> bool {
    !token.spaced
}

/// `2006-12-08`, `12/8/2006`, `8.12.06`; two parts (`12/8`) only after a word such as "on".
fn written_date(rest: &[Token<'_>], before: Option<&Token<'_>>) -> Option<usize> {
    let [first, mark, second, more @ ..] = rest else { return None };
    let joined = ["-", "/", "."].contains(&mark.text) && glued(mark) && glued(second);
    if !joined || before.is_some_and(|token| token.is_word() && glued(first)) {
        return None;
    }
    let (a, b) = (first.number()?, second.number()?);
    let day_and_month = |a: u32, b: u32| (1..=31).contains(&a) && (1..=31).contains(&b) && a.min(b) <= 12;
    if let [again, third, ..] = more
        && again.text == mark.text
        && glued(again)
        && glued(third)
        && let Some(c) = third.number()
    {
        let year_first = (1900..2200).contains(&a) && day_and_month(b, c);
        let year_last = day_and_month(a, b) && third.text.len() != 1 && third.text.len() != 3;
        return (year_first || year_last).then_some(5);
    }
    let announced =
        before.is_some_and(|token| token.is_any(&["on", "since", "until", "before", "after", "by", "dated"]));
    (announced && mark.text == "/" && day_and_month(a, b)).then_some(3)
}

/// `4:30`, `16:30`, `4pm`, `1630hrs`.
fn clock_time(rest: &[Token<'_>], _: Option<&Token<'_>>) -> Option<usize> {
    let first = rest.first()?;
    if let [hour, colon, minute, ..] = rest
        && colon.text == ":"
        && glued(colon)
        && glued(minute)
        && hour.number().is_some_and(|hour| hour < 25)
        && minute.text.len() >= 2
        && minute.text.get(..2).and_then(|two| two.parse::<u32>().ok()).is_some_and(|minute| minute < 60)
    {
        let half = rest.get(3).is_some_and(|next| next.is_any(&["am", "pm"]));
        return Some(3 + usize::from(half));
    }
    let digits = first.text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = first.text.len() - digits.len();
    let suffix = ["am", "pm"].iter().any(|end| digits.eq_ignore_ascii_case(end)) && number <= 2
        || ["h", "hrs", "hr", "hours", "am", "pm"].iter().any(|end| digits.eq_ignore_ascii_case(end))
            && number == 4;
    (number > 0 && suffix).then_some(1)
}

/// `0430`; `1630` only after a word such as "at" or before "hours", and never where it may be a year.
fn military_time(rest: &[Token<'_>], before: Option<&Token<'_>>) -> Option<usize> {
    let first = rest.first()?;
    let value = first.number().filter(|_| first.text.len() == 4)?;
    let touches = |token: &Token<'_>| matches!(token.text, "-" | "/" | "#" | "$" | ":" | ".");
    let after = rest.get(1);
    if value / 100 > 23
        || value % 100 > 59
        || (glued(first) && before.is_some_and(touches))
        || after.is_some_and(|next| glued(next) && matches!(next.text, "-" | "/"))
    {
        return None;
    }
    if after.is_some_and(|next| next.is_any(&["hours", "hrs", "hour", "h", "local", "zulu"])) {
        return Some(2);
    }
    let announced = before.is_some_and(|token| {
        token.is_any(&[
            "at", "by", "until", "till", "around", "about", "from", "after", "before", "between", "since",
            "past",
        ])
    });
    let year = (1900..2100).contains(&value);
    (first.text.starts_with('0') || (announced && !year)).then_some(1)
}

/// `LA07-0000`, `TUC-1234`, `N123AB`, `555-0100`, a long row of digits.
fn identifier(rest: &[Token<'_>], before: Option<&Token<'_>>) -> Option<usize> {
    let first = rest.first().filter(|token| token.is_word())?;
    if glued(first) && before.is_some_and(|token| matches!(token.text, "-" | "/" | "." | "$" | "@")) {
        return None;
    }
    let count = |token: &Token<'_>| token.text.bytes().filter(u8::is_ascii_digit).count();
    // Parts joined by hyphens or strokes.
    let mut length = 1;
    let mut digits = count(first);
    while let (Some(mark), Some(next)) = (rest.get(length), rest.get(length + 1)) {
        if !matches!(mark.text, "-" | "/") || !glued(mark) || !glued(next) || count(next) == 0 {
            break;
        }
        digits += count(next);
        length += 2;
    }
    let letters = first.text.chars().filter(|c| c.is_alphabetic()).count();
    if length > 1 {
        // Roads and forms (I-10, I-94, M-16) are known to everybody; so are years (2004-2006).
        let common = letters == 1 && digits < 4 && first.text.len() == 1;
        let years = first.number().is_some_and(|year| (1900..2100).contains(&year));
        return (digits >= 4 - usize::from(letters > 1) && !common && !years).then_some(length);
    }
    let mixed =
        letters > 0 && first.text.starts_with(char::is_alphabetic) && digits >= 3 && first.text.len() >= 5;
    let fiscal = first.text.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("fy"));
    let grouped = rest.get(1).is_some_and(|next| next.text == "," && glued(next));
    let long = first.digits() && digits >= 5 && !grouped;
    ((mixed && !fiscal) || long).then_some(1)
}

/// "on the 38": a bare number after "the" with nothing after it that it could count.
fn craft(rest: &[Token<'_>], before: Option<&Token<'_>>) -> Option<usize> {
    let [the, number, more @ ..] = rest else { return None };
    let year = number.number().is_some_and(|n| (1900..2100).contains(&n));
    if !the.is("the") || !number.digits() || !(2..=4).contains(&number.text.len()) || year {
        return None;
    }
    // "out of the 38, ..." counts something named before.
    if before.is_some_and(|token| token.is("of")) {
        return None;
    }
    let open = more.first().is_none_or(|next| {
        next.is_any(&[
            "we", "i", "he", "she", "they", "it", "and", "or", "but", "to", "when", "at", "off", "on", "in",
            "was", "is", "that", "with", "from", "near", "while", "had", "out", "up", "down",
        ]) || matches!(next.text, "," | "." | "!" | "?" | ";" | ")" | ":")
    });
    open.then_some(2)
}

fn known(token: &Token<'_>) -> bool {
    token.is_any(KNOWN) || token.is_any(MONTHS) || token.is_any(WEEKDAYS) || token.is_any(HONORIFICS)
}

/// "Agent Smith", "Mr. Jones".
fn titled_name(rest: &[Token<'_>], _: Option<&Token<'_>>) -> Option<usize> {
    let title = rest.first().filter(|token| token.is_any(HONORIFICS))?;
    let dotted = rest.get(1).is_some_and(|mark| mark.text == "." && glued(mark) && title.text.len() <= 4);
    let at = 1 + usize::from(dotted);
    let name = rest.get(at)?;
    let fits = name.spaced && name.capitalised() && !known(name) && (dotted || !name.first);
    fits.then(|| {
        at + 1
            + usize::from(
                rest.get(at + 1).is_some_and(|more| more.capitalised() && !known(more) && !more.first),
            )
    })
}

/// Two words with capitals that no list knows: a person's name, or a small place.
fn whole_name(rest: &[Token<'_>], before: Option<&Token<'_>>) -> Option<usize> {
    let [first, second, ..] = rest else { return None };
    // After San, Port and the like it is a town.
    let place = before.is_some_and(|token| {
        token.is_any(&["san", "santa", "port", "fort", "del", "los", "las", "el", "la", "new", "operation"])
    });
    if place
        || !first.capitalised()
        || !second.capitalised()
        || !second.spaced
        || second.first
        || known(second)
    {
        return None;
    }
    let first_name = first.is_any(FIRST_NAMES) || (!first.first && first.is_any(FIRST_NAMES_ALSO_WORDS));
    let unknown = !first.first && !known(first) && before.is_none_or(|token| !token.capitalised());
    (first_name || unknown).then_some(2)
}

/// A first name by itself.
fn first_name(rest: &[Token<'_>], before: Option<&Token<'_>>) -> Option<usize> {
    let name = rest.first().filter(|token| token.capitalised())?;
    let bare = name.text.strip_suffix("'s").or_else(|| name.text.strip_suffix("’s")).unwrap_or(name.text);
    let town =
        before.is_some_and(|token| token.is_any(&["san", "santa", "port", "fort", "west", "lake", "st"]));
    (!town && FIRST_NAMES.iter().any(|first| bare.eq_ignore_ascii_case(first))).then_some(1)
}

/// "J.T.", "J. Smith".
fn initials(rest: &[Token<'_>], before: Option<&Token<'_>>) -> Option<usize> {
    let [first, dot, second, ..] = rest else { return None };
    let letter = |token: &Token<'_>| token.shouted() && token.text.chars().nth(1).is_none();
    if !letter(first)
        || dot.text != "."
        || !glued(dot)
        || before.is_some_and(|token| token.text == "." && glued(first))
    {
        return None;
    }
    if letter(second) && rest.get(3).is_some_and(|dot| dot.text == "." && glued(dot)) {
        let country = matches!((first.text, second.text), ("U", "S" | "K" | "N") | ("D", "C") | ("E", "U"));
        return (!country).then_some(4);
    }
    (second.capitalised() && second.spaced && !known(second) && first.text != "I").then_some(3)
}

/// "-JT": letters in capitals behind a dash that opens a word.
fn signature(rest: &[Token<'_>], _: Option<&Token<'_>>) -> Option<usize> {
    let [dash, letters, ..] = rest else { return None };
    let fits = matches!(dash.text, "-" | "–" | "—" | "~")
        && dash.spaced
        && letters.shouted()
        && (2..=3).contains(&letters.text.chars().count())
        && !letters.is_any(ACRONYMS);
    fits.then_some(2)
}

/// Something of the form name@place.
fn address(rest: &[Token<'_>], _: Option<&Token<'_>>) -> Option<usize> {
    let [name, at, place, ..] = rest else { return None };
    (name.is_word() && at.text == "@" && glued(at) && place.is_word() && glued(place)).then_some(3)
}

/// Three or more words in a row in capitals, at least one of them long and no short form.
fn shouting(rest: &[Token<'_>], before: Option<&Token<'_>>) -> Option<usize> {
    let loud = |token: &Token<'_>| token.shouted();
    // Only from the first word of a row, so that each row is walked once.
    if before.is_some_and(loud) {
        return None;
    }
    let length = rest.iter().take_while(|token| loud(token)).count();
    let words = rest.get(..length)?;
    let plain =
        words.iter().filter(|token| token.text.chars().count() >= 4 && !token.is_any(ACRONYMS)).count();
    (length >= 3 && plain >= 1).then_some(length)
}

/// "!!", "?!", "....", ":)".
fn doubled_marks(rest: &[Token<'_>], before: Option<&Token<'_>>) -> Option<usize> {
    let marks = |token: &Token<'_>| matches!(token.text, "!" | "?");
    let first = rest.first()?;
    if marks(first) && !before.is_some_and(|token| marks(token) && glued(first)) {
        let length = 1 + rest.iter().skip(1).take_while(|token| marks(token) && glued(token)).count();
        return (length >= 2).then_some(length);
    }
    if first.text == "." && !before.is_some_and(|token| token.text == "." && glued(first)) {
        let length = 1 + rest.iter().skip(1).take_while(|token| token.text == "." && glued(token)).count();
        return (length >= 4).then_some(length);
    }
    let [eyes, mouth, ..] = rest else { return None };
    let face =
        matches!(eyes.text, ":" | ";") && eyes.spaced && glued(mouth) && matches!(mouth.text, ")" | "(");
    face.then_some(2)
}
