//! Phrases that give somebody away, as a table.
//!
//! A phrase is a row of places. A place is a word, several words with `|` between, or a class in angle
//! brackets; `?` after it makes it optional. Marks are places too (`k - 9`). A place after `~` is only
//! looked at, not taken, and the end of the text will do for it.

use std::ops::Range;

use super::Trace;
use super::token::{Token, span};
use super::vocabulary::{FEW, HOURS, LETTER_NAMES, MONTHS, PEOPLE, TENS, TITLES, WEEKDAYS};

const PHRASES: &[(Trace, &str)] = &[
    // Days and dates.
    (Trace::Date, "<weekday>"),
    (Trace::Date, "on|last|this|next|every|the <short-weekday>"),
    (Trace::Date, "<month> .? <day>"),
    (Trace::Date, "the? <day> of? <month>"),
    (Trace::Date, "on|since|until|till|by|before|after|around the <ordinal>"),
    (Trace::Date, "the <late-ordinal>"),
    (Trace::Date, "yesterday|tonight"),
    (Trace::Date, "last|this night|morning|afternoon|evening|week|weekend"),
    (Trace::Date, "the other day|night|morning|week"),
    (Trace::Date, "<few> days|weeks|nights ago"),
    (Trace::Date, "a week|day|few|couple of? days|weeks? ago"),
    (Trace::Date, "christmas|xmas|thanksgiving|easter|halloween|juneteenth"),
    (Trace::Date, "labor|memorial|veterans|columbus|independence day|weekend"),
    (Trace::Date, "new year's"),
    // Times of day.
    (Trace::Time, "<hour> am|pm|o'clock"),
    (Trace::Time, "<hour> a|p . m"),
    (Trace::Time, "noon|midnight|dawn|dusk|sunrise|sunset|sundown"),
    (Trace::Time, "half past|to <hour>"),
    (Trace::Time, "quarter past|to|of <hour>"),
    // Shifts and duty.
    (
        Trace::Shift,
        "day|night|evening|midnight|mid|swing|graveyard|morning|late|early|first|second|third|1st|2nd|3rd|double shift|shifts",
    ),
    (Trace::Shift, "on|off|after|before|during|end|start of? my|our|his|her|that shift"),
    (Trace::Shift, "my|our shift"),
    (Trace::Shift, "on|off shift"),
    (Trace::Shift, "on|worked|working|work|works|pulled nights|mids|swings|midnights|overtime"),
    (Trace::Shift, "on|worked|works days ~<after-days>"),
    (Trace::Shift, "i|i'm|we|we're was|were|am|are? on|off duty"),
    (Trace::Shift, "duty office|desk|room|log|roster"),
    (Trace::Shift, "my|our day|days off"),
    (Trace::Shift, "when|while i was|got|came on|off|back from? duty|leave|vacation"),
    // Being the only one.
    (Trace::Alone, "myself"),
    (Trace::Alone, "just|only me|i|us"),
    (Trace::Alone, "i|me alone|personally"),
    (Trace::Alone, "i|i'm am|was|being? the only"),
    (Trace::Alone, "the only <person>"),
    (Trace::Alone, "the only one here|there|who|in|on|from"),
    (Trace::Alone, "i|i'm was|am|did|handled|worked? it? alone|solo"),
    (Trace::Alone, "on my own"),
    (Trace::Alone, "nobody|none else"),
    (Trace::Alone, "no one|other else|<person>"),
    (Trace::Alone, "no - one else"),
    (Trace::Alone, "besides|except|but me"),
    (Trace::Alone, "other than me"),
    (Trace::Alone, "apart|aside from me"),
    (Trace::Alone, "one of the? few"),
    (Trace::Alone, "i'm|i the am? one who"),
    // Few people.
    (Trace::Count, "both|<few>|one of us"),
    (Trace::Count, "<few> of them|you"),
    (Trace::Count, "couple|few|handful of us"),
    (Trace::Count, "we both|two|three|four"),
    (Trace::Count, "us both|two|three|four|five"),
    (Trace::Count, "<few> <people>"),
    (Trace::Count, "<few> other|more|new|senior <people>"),
    (Trace::Count, "<small> of|out the|our|my|of <few> ~<after-people>"),
    (Trace::Count, "crew|team|squad|staff|office|unit|group|shift of just|only? <few>"),
    (Trace::Count, "<few> - man|woman|person|agent|officer|people"),
    (Trace::Count, "me and my|one|him|her|another|<cap> partner|other|colleague|buddy?"),
    (Trace::Count, "my partner and i|me|myself"),
    (
        Trace::Count,
        "only ever? told|tells|talks|talked|spoke|speaks|knew|showed|asked|called|<cap> to|with? me|us",
    ),
    (Trace::Count, "told|talked|spoke to|with? only me|us"),
    // Names. Shapes find most; these are the ones with a sign before them.
    (Trace::Name, "my name is"),
    (Trace::Name, "call sign|signs"),
    (Trace::Name, "callsign|callsigns|nickname"),
    (Trace::Name, "<letter-name> -? <number>"),
    // Numbers.
    (
        Trace::Number,
        "case|file|incident|event|seizure|warrant|docket|badge|plate|tag|unit|vehicle|truck|boat|car|hull|tail|bus|van|report|subject|referral|phone #|no|number .? #? <code>",
    ),
    (
        Trace::Number,
        "case|file|incident|event|seizure|warrant|docket|badge|plate|tag|hull|tail|report|subject|referral|phone <long-code>",
    ),
    (Trace::Number, "unit|vehicle|truck|boat|car|van|bus <code> ~<not-measure>"),
    // Rooms and spots.
    (
        Trace::Room,
        "room|rm|cubicle|desk|office|bay|lane|gate|locker|booth|hangar|building|bldg|floor|suite|pier|dock|slip|cell|tower #|no|number? .? <spot> ~<not-measure>",
    ),
    (Trace::Room, "mile marker <code>"),
    (Trace::Room, "<storey> floor"),
    (Trace::Room, "my|our|his|her desk|cubicle|locker|booth|truck"),
    // Special jobs.
    (Trace::Specialty, "k9|k9s|canine|canines|srt|bortac|borstar|polygrapher|sniper|armorer"),
    (Trace::Specialty, "k - 9"),
    (Trace::Specialty, "dog handler|handlers"),
    (Trace::Specialty, "firearms|academy instructor|instructors"),
    (Trace::Specialty, "evidence|property custodian"),
    (Trace::Specialty, "union rep|representative|steward|president"),
    (Trace::Specialty, "i'm|as|am|was a|an|the|our only? <specialty>"),
    // People close by.
    (Trace::Relation, "my|our|his|her partner|partners"),
    (Trace::Relation, "informant|informants"),
    (Trace::Relation, "my|our ci|source|snitch|asset"),
    (Trace::Relation, "my|our <title>"),
    (
        Trace::Relation,
        "my wife|husband|spouse|girlfriend|boyfriend|brother|sister|son|daughter|father|mother|cousin|roommate|buddy|trainee|mentor|friend",
    ),
    // The writer's own history.
    (Trace::Past, "came|come|moved|transferred over from"),
    (Trace::Past, "i came|moved|transferred|joined here|from|over|in|out"),
    (
        Trace::Past,
        "i|i've was|been|got transferred|detailed|assigned|posted|stationed|hired|promoted|trained|demoted|reassigned|recruited",
    ),
    (Trace::Past, "i used to work|be|serve|run"),
    (Trace::Past, "i've|my <years> years"),
    (Trace::Past, "i have|had <years> years"),
    (Trace::Past, "with <years> years in|on|of|at"),
    (Trace::Past, "<years> years on|in the job|agency|service|patrol|sector|unit|business"),
    (Trace::Past, "before i joined|came|got|started|transferred"),
    (Trace::Past, "since i got|came|joined|started|transferred|arrived"),
    (Trace::Past, "i'm|am|being new here|to"),
    (Trace::Past, "newest|youngest|oldest <person>"),
    (Trace::Past, "most senior|junior <person>"),
    (Trace::Past, "rookie|probie|probationer"),
    (Trace::Past, "i retire|retired|resigned|quit"),
    (
        Trace::Past,
        "my old|last|former|previous unit|office|sector|station|team|post|job|agency|assignment|shop",
    ),
    (Trace::Past, "as a woman|man|female|male|mother|father|veteran|marine|trainee|rookie"),
    (Trace::Past, "female|woman|male agent|officer|supervisor|pilot"),
    // Where the writer was.
    (Trace::Position, "i was|am|sat|stood|worked on|at|in|behind the <station>"),
    (Trace::Position, "i was|am driving|flying|piloting|steering|boarding|lead|point"),
    (Trace::Position, "i was|am the lead? driver|pilot|passenger|witness|boarder|agent|case"),
    (Trace::Position, "i was there|present|standing|sitting|watching"),
    (Trace::Position, "i was on scene|site"),
];

const PERSON: &[&str] = &[
    "person",
    "agent",
    "officer",
    "supervisor",
    "analyst",
    "pilot",
    "driver",
    "guy",
    "man",
    "woman",
    "female",
    "male",
    "deputy",
    "inspector",
    "investigator",
    "specialist",
    "handler",
    "medic",
    "employee",
    "witness",
];
const SPECIALTIES: &[&str] = &[
    "pilot",
    "analyst",
    "medic",
    "emt",
    "linguist",
    "translator",
    "interpreter",
    "instructor",
    "mechanic",
    "technician",
    "supervisor",
    "trainee",
    "intern",
    "diver",
    "chaplain",
    "dispatcher",
    "handler",
    "liaison",
    "paralegal",
    "custodian",
];
const STATIONS: &[&str] = &[
    "bow",
    "stern",
    "helm",
    "wheel",
    "console",
    "radio",
    "radios",
    "scope",
    "cockpit",
    "gate",
    "tower",
    "ramp",
    "dock",
    "booth",
    "boat",
    "truck",
    "plane",
    "helicopter",
    "scene",
    "desk",
    "back",
    "front",
    "perimeter",
];
/// What follows a count of people and hardly one of things: "3 of the 5 on my shift".
const AFTER_PEOPLE: &[&str] =
    &["on", "in", "at", "who", "working", "here", "there", "assigned", "left", ",", ".", "!", "?"];
const AFTER_DAYS: &[&str] = &[
    "was", "were", "is", "are", "had", "and", "or", "with", "we", "i", "they", "he", "she", "too", "here",
    "then", ",", ".", "!", "?", ";",
];
/// After these a number is an amount, not the name of a thing.
const MEASURES: &[&str] = &[
    "hour", "hours", "day", "days", "week", "weeks", "month", "months", "year", "years", "minute", "minutes",
    "percent", "%", "times", "people", "agents", "officers", "miles", "of",
];

pub(super) fn find(tokens: &[Token<'_>], at: usize, found: &mut Vec<(Trace, Range<usize>)>) {
    let Some(rest) = tokens.get(at..) else { return };
    for (kind, phrase) in PHRASES {
        if let Some(length) = matched(rest, phrase)
            && let Some(words) = rest.get(..length)
        {
            found.push((*kind, span(words)));
        }
    }
}

/// How many tokens at the beginning of `rest` a phrase takes.
fn matched(rest: &[Token<'_>], phrase: &str) -> Option<usize> {
    let mut length = 0;
    for place in phrase.split(' ') {
        if let Some(ahead) = place.strip_prefix('~') {
            if rest.get(length).is_some_and(|token| !fits(*token, ahead)) {
                return None;
            }
            continue;
        }
        let optional = place.strip_suffix('?');
        match rest.get(length) {
            Some(token) if fits(*token, optional.unwrap_or(place)) => length += 1,
            _ if optional.is_some() => {}
            _ => return None,
        }
    }
    Some(length)
}

fn fits(token: Token<'_>, place: &str) -> bool {
    place
        .split('|')
        .any(|choice| if choice.starts_with('<') { in_class(token, choice) } else { token.is(choice) })
}

fn in_class(token: Token<'_>, class: &str) -> bool {
    let few =
        || token.is_any(FEW) || token.number().is_some_and(|n| (2..=9).contains(&n) && token.text.len() == 1);
    match class {
        "<weekday>" => token.is_any(WEEKDAYS),
        "<short-weekday>" => {
            token.is_any(&["mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"])
        }
        // "may" and "march" are words, "May" and "March" months.
        "<month>" => token.is_any(MONTHS) && token.text.starts_with(char::is_uppercase),
        "<day>" => token.day().is_some(),
        "<ordinal>" => token.day().is_some() && !token.digits(),
        "<late-ordinal>" => token.day().is_some_and(|day| day > 3) && !token.digits(),
        "<hour>" => token.is_any(HOURS) || token.number().is_some_and(|n| (1..=12).contains(&n)),
        "<number>" => token.digits() || token.is_any(HOURS),
        "<few>" => few(),
        "<small>" => few() || token.is_any(&["one", "1"]),
        "<years>" => token.number().is_some_and(|n| n < 60) || token.is_any(HOURS) || token.is_any(TENS),
        "<code>" => token.text.contains(|c: char| c.is_ascii_digit()),
        "<long-code>" => is_long_code(token),
        "<spot>" => {
            token.text.contains(|c: char| c.is_ascii_digit())
                || (token.text.len() == 1 && token.shouted() && token.text != "I")
        }
        "<storey>" => {
            token.is_any(&["ground", "first", "second", "third", "fourth", "top"]) || token.day().is_some()
        }
        "<person>" => token.is_any(PERSON),
        "<people>" => token.is_any(PEOPLE),
        "<title>" => token.is_any(TITLES),
        "<cap>" => token.capitalised(),
        "<letter-name>" => token.is_any(LETTER_NAMES) && token.text.starts_with(char::is_uppercase),
        "<specialty>" => token.is_any(SPECIALTIES),
        "<station>" => token.is_any(STATIONS),
        "<after-people>" => token.is_any(AFTER_PEOPLE),
        "<after-days>" => token.is_any(AFTER_DAYS),
        "<not-measure>" => !token.is_any(MEASURES),
        _ => false,
    }
}

/// A number long enough to name one thing and not a year, or letters and digits mixed.
fn is_long_code(token: Token<'_>) -> bool {
    let digits = token.text.bytes().filter(u8::is_ascii_digit).count();
    let year = token.number().is_some_and(|n| (1900..2100).contains(&n));
    (digits >= 3 && !year) || (digits > 0 && !token.digits() && token.day().is_none())
}
