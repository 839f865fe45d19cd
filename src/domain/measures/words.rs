//! A release read aloud: one sentence for each thing that it says, and the rows of its table.

use std::fmt::Write;

use super::count::{Split, Step, Topic};
use super::release::{Lasted, OfTopic, Parts, Release, Shown, Told};
use super::trend::{Change, Count, Middle, Share, named};

/// What stands where no number does.
pub const NOT_SHOWN: &str = "not shown";

/// Why, wherever it does.
pub const WHY_NOT: &str = "A number is not shown if it is of fewer than 5 cases, requests or people, or of those of one \
                            unit alone, or if it would tell such a number by what is left over. Numbers of all, and of \
                            one direction or component, are rounded to 5.";

#[must_use]
pub const fn title(topic: Topic) -> &'static str {
    match topic {
        Topic::Opened => "Cases opened",
        Topic::Acknowledgement => "Acknowledgements",
        Topic::LevelsEnded => "Levels that ended",
        Topic::Decided => "Cases decided",
        Topic::Actions => "Remedial actions",
        Topic::RatedByCommanders => "Outcomes, as commanders rate them",
        Topic::RatedByReporters => "Outcomes, as reporters rate them",
        Topic::Support => "Support given against asked",
        Topic::Reach => "Reach of what was handed out",
    }
}

/// What a topic counts, as the head of a column.
#[must_use]
pub const fn counted(topic: Topic) -> &'static str {
    match topic {
        Topic::Support => "Requests",
        Topic::Reach => "People",
        _ => "Cases",
    }
}

/// All that a topic counts.
const fn all(topic: Topic) -> &'static str {
    match topic {
        Topic::Support => "All requests",
        Topic::Reach => "All people",
        _ => "All cases",
    }
}

#[must_use]
pub const fn split_title(split: Split) -> &'static str {
    match split {
        Split::Document => "Which governing document the reporter named",
        Split::Repeat => "Disputed again",
        Split::AcknowledgedInTime => "Acknowledged in time",
        Split::Lapses => "Whose time passed without action",
        Split::Extensions => "Extensions",
        Split::Remands => "Sent back by the Council",
        Split::Level => "Where it was decided",
        Split::ActionsInTime => "Verified or waived in time",
        Split::ClearToCommanders => "Clear, as commanders see it",
        Split::FairToCommanders => "Fair, as commanders see it",
        Split::WorksForCommanders => "Works, as commanders see it",
        Split::ClearToReporters => "Clear, as reporters see it",
        Split::FairToReporters => "Fair, as reporters see it",
        Split::WorksForReporters => "Works, as reporters see it",
        Split::Given => "What was given of what was asked",
        Split::ReachedInTime => "Handed out, and acknowledged in time",
    }
}

#[must_use]
pub const fn step_title(step: Step) -> &'static str {
    match step {
        Step::Field => "At the field",
        Step::Council => "At the Council",
        Step::Secretary => "Before the Secretary",
        Step::Whole => "From opening to the decision",
    }
}

/// A number, or that there is none.
#[must_use]
pub fn number(shown: Shown) -> String {
    match shown {
        Shown::Exactly(cases) => cases.to_string(),
        Shown::About(cases) => format!("about {cases}"),
        Shown::Hidden => NOT_SHOWN.to_owned(),
    }
}

/// Whether it is a number.
#[must_use]
pub const fn is_shown(shown: Shown) -> bool {
    !matches!(shown, Shown::Hidden)
}

/// One part of a row told apart.
#[must_use]
pub fn cell(parts: &Parts, column: usize) -> String {
    if parts.most == Some(column) {
        return "three quarters or more".to_owned();
    }
    parts.columns.get(column).map_or_else(String::new, |shown| number(*shown))
}

/// The whole of a topic in one sentence.
#[must_use]
pub fn whole(topic: &OfTopic) -> String {
    let cases = match topic.together {
        Shown::Hidden => {
            return match topic.topic {
                Topic::Opened => "Fewer than 5 cases were opened, or one unit has raised them all: not shown.",
                Topic::Acknowledgement => {
                    "In fewer than 5 cases, or in those of one unit only, acknowledgements were due: not shown."
                }
                Topic::LevelsEnded => {
                    "In fewer than 5 cases, or in those of one unit only, a level ended: not shown."
                }
                Topic::Decided => "Fewer than 5 cases were decided, or one unit has raised them all: not shown.",
                Topic::Actions => {
                    "In fewer than 5 cases, or in those of one unit only, actions were due: not shown."
                }
                Topic::RatedByCommanders => {
                    "Commanders rated the outcomes of too few cases, or of all but too few: not shown."
                }
                Topic::RatedByReporters => {
                    "Reporters rated the outcomes of too few cases, or of all but too few: not shown."
                }
                Topic::Support => {
                    "Fewer than 5 requests for support were due, or one unit has asked them all: not shown."
                }
                Topic::Reach => {
                    "Fewer than 5 people, or those of one unit only, had something to acknowledge: not shown."
                }
            }
            .to_owned();
        }
        shown => number(shown),
    };
    let said = match topic.topic {
        Topic::Opened => format!("{cases} cases were opened"),
        Topic::Acknowledgement => format!("in {cases} cases the first acknowledgements were due"),
        Topic::LevelsEnded => format!("in {cases} cases a level came to its end"),
        Topic::Decided => format!("{cases} cases were decided, or closed as not joint"),
        Topic::Actions => format!("in {cases} cases actions were due"),
        Topic::RatedByCommanders => {
            format!("in {cases} cases commanders rated the outcome; where both did, the lower points count")
        }
        Topic::RatedByReporters => format!("in {cases} cases the reporter rated the outcome"),
        Topic::Support => format!("{cases} requests for support were due"),
        Topic::Reach => format!("{cases} people had something to acknowledge by a day of this quarter"),
    };
    if !topic.topic.by_direction() {
        return capital(&format!("{said}."));
    }
    let [one, other] = &topic.directions;
    match (one.count, other.count) {
        (Shown::Hidden, _) | (_, Shown::Hidden) => {
            let each = if topic.topic == Topic::Reach { "of each component" } else { "in each direction" };
            capital(&format!("{said}; how many {each} is not shown."))
        }
        (first, second) => capital(&format!(
            "{said}: {} {}, and {} {}.",
            number(first),
            one.name,
            number(second),
            other.name
        )),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn percent(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

/// Whose cases a row is of.
#[must_use]
pub fn of(release: &Release, of: Option<usize>) -> String {
    let direction = of.and_then(|of| release.directions.get(of));
    direction.map_or_else(|| "All cases".to_owned(), |name| capital(name))
}

/// Whose cases, or which people, a row of a topic is of.
#[must_use]
pub fn of_topic(topic: &OfTopic, of: Option<usize>) -> String {
    let line = of.and_then(|of| topic.directions.get(of));
    line.map_or_else(|| all(topic.topic).to_owned(), |line| capital(&line.name))
}

/// The whole of a topic beside that of the quarter before, in one sentence; none if one of them is not shown.
#[must_use]
pub fn counted_before(topic: &OfTopic, before: Option<&Release>) -> Option<String> {
    let earlier = before?.topic(topic.topic)?.together;
    let (now, was) = (Count::of(topic.together)?, Count::of(earlier)?);
    Some(change(&number(earlier), Change::between((was.low, was.high), (now.low, now.high))))
}

/// Documents that are named in more than one quarter, this one among them: a sentence for each.
#[must_use]
pub fn named_again(releases: &[Release]) -> Vec<String> {
    let Some((release, earlier)) = releases.split_last() else { return Vec::new() };
    let told = release.topics.iter().flat_map(|topic| &topic.told).find(|told| told.split == Split::Document);
    let Some(told) = told else { return Vec::new() };
    let exactly = |release: &Release, name: &str| {
        let (parts, column) = named(release, Split::Document, None, name)?;
        match parts.columns.get(column) {
            Some(Shown::Exactly(cases)) => Some(*cases),
            _ => None,
        }
    };
    let again = told.columns.iter().filter_map(|name| {
        let now = exactly(release, name)?;
        let before: Vec<String> = earlier
            .iter()
            .filter_map(|release| {
                Some(format!("{} in {}", exactly(release, name)?, release.period.quarter.words()))
            })
            .collect();
        (!before.is_empty()).then(|| {
            format!("\u{201c}{name}\u{201d} was disputed again: {now} cases, after {}.", before.join(", "))
        })
    });
    again.collect()
}

/// A row told apart, in one sentence; with the quarter before, if that says the same. The share is that of the
/// first column.
#[must_use]
pub fn told(release: &Release, told: &Told, row: &Parts, before: Option<&Parts>) -> String {
    let topic = release.topics.iter().find(|topic| topic.told.iter().any(|known| known.split == told.split));
    let whose = topic.map_or_else(|| of(release, row.of), |topic| of_topic(topic, row.of));
    if let Some(most) = row.most.and_then(|most| told.columns.get(most)) {
        return format!(
            "{whose}: at least three quarters were \u{201c}{most}\u{201d}; how many exactly is not shown."
        );
    }
    if told.split == Split::Document {
        return most_named(&whose, told, row);
    }
    let mut sum = 0;
    let mut listed = String::new();
    let mut hidden = false;
    for (name, shown) in told.columns.iter().zip(&row.columns) {
        match shown {
            Shown::Exactly(cases) | Shown::About(cases) => {
                sum += cases;
                let _ = write!(
                    listed,
                    "{}\u{201c}{name}\u{201d} in {cases}",
                    if listed.is_empty() { "" } else { ", " }
                );
            }
            Shown::Hidden => hidden = true,
        }
    }
    if hidden {
        return format!("{whose}: {listed}; the rest is not shown, and so no share can be said.");
    }
    let first = told.columns.first().map(String::as_str).unwrap_or_default();
    let Some(share) = Share::of_column(row, 0) else { return format!("{whose}: {listed}.") };
    // Of two columns the share is plainly that of the first.
    let of_first =
        if told.columns.len() > 2 { format!(" of {sum} \u{201c}{first}\u{201d}") } else { String::new() };
    let mut said = format!(
        "{whose}: {listed}, that is {} percent{of_first}; with so few it may stand for anything from {} to {} percent.",
        percent(share.share.unwrap_or_default()),
        percent(share.low),
        percent(share.high)
    );
    if let Some(earlier) = before.and_then(|before| Share::of_column(before, 0)) {
        let was = match earlier.share {
            Some(share) => format!("{} percent", percent(share)),
            None => format!("from {} to {} percent", percent(earlier.low), percent(earlier.high)),
        };
        said.push(' ');
        said.push_str(&change(&was, Change::between((earlier.low, earlier.high), (share.low, share.high))));
    }
    said
}

fn most_named(whose: &str, told: &Told, row: &Parts) -> String {
    let named = told.columns.iter().zip(&row.columns);
    let shown = named.filter_map(|(name, shown)| match shown {
        Shown::Exactly(cases) | Shown::About(cases) => Some((*cases, name)),
        Shown::Hidden => None,
    });
    match shown.max_by_key(|(cases, _)| *cases) {
        Some((cases, name)) => {
            format!("{whose}: named most often was \u{201c}{name}\u{201d}, in {cases} cases.")
        }
        None => format!("{whose}: {NOT_SHOWN}."),
    }
}

/// The ways of telling a topic's cases apart of which nothing can be told.
#[must_use]
pub fn not_told(topic: &OfTopic) -> Option<String> {
    let missing: Vec<String> = topic
        .topic
        .splits()
        .iter()
        .filter(|split| topic.told.iter().all(|told| told.split != **split))
        .map(|split| split_title(*split).to_owned())
        .collect();
    (is_shown(topic.together) && !missing.is_empty()).then(|| {
        format!("Not shown, for too few cases: \u{201c}{}\u{201d}.", missing.join("\u{201d}, \u{201c}"))
    })
}

/// What can be said of a change.
fn change(was: &str, change: Change) -> String {
    let what = match change {
        Change::Risen => "it has risen by more than chance explains",
        Change::Fallen => "it has fallen by more than chance explains",
        Change::MayBeChance => "the difference may be chance",
    };
    format!("The quarter before it was {was}: {what}.")
}

/// How long a step took, in one sentence; with how sure its middle is, and the quarter before.
#[must_use]
pub fn lasted(release: &Release, step: Step, row: &Lasted, before: Option<&Release>) -> String {
    let days =
        |days: u32| if days == 1 { "1 working day".to_owned() } else { format!("{days} working days") };
    let whose = of(release, row.of);
    let middle = Middle::of(release, step, row);
    let mut said = match row.quartiles {
        Some((first, third)) => format!(
            "{whose}: half took {} or less; the middle half {first} to {}.",
            days(row.median),
            days(third)
        ),
        None => format!("{whose}: half took {} or less.", days(row.median)),
    };
    let Some((low, high)) = middle.range else { return said };
    let _ = write!(said, " With so few cases the middle may stand for anything from {low:.0} to {high:.0}.");
    let earlier = before.and_then(|before| {
        let row = super::trend::lasted(before, step, row.of)?;
        Some((row.median, Middle::of(before, step, row).range?))
    });
    if let Some((median, range)) = earlier {
        said.push(' ');
        said.push_str(&change(&days(median), Change::between(range, (low, high))));
    }
    said
}

/// The columns of [`rows`].
pub const COLUMNS: [&str; 5] = ["Quarter", "Measure", "Cases", "What", "Number"];

/// The whole release as a table, for a spreadsheet or a program.
#[must_use]
pub fn rows(release: &Release) -> Vec<[String; 5]> {
    let quarter = release.period.quarter.to_string();
    let mut rows = Vec::new();
    let mut row = |measure: &str, whose: String, what: &str, number: String| {
        rows.push([quarter.clone(), measure.to_owned(), whose, what.to_owned(), number]);
    };
    for topic in &release.topics {
        let measure = title(topic.topic);
        row(measure, of_topic(topic, None), "all", number(topic.together));
        let directions = topic.directions.iter().filter(|_| topic.topic.by_direction());
        for (index, line) in directions.enumerate() {
            row(measure, capital(&line.name), "all", number(line.count));
            for branch in topic.branches.get(index).into_iter().flatten() {
                row(measure, branch.name.clone(), "all", number(branch.count));
            }
        }
        for told in &topic.told {
            for parts in &told.rows {
                for (index, column) in told.columns.iter().enumerate() {
                    let told = split_title(told.split);
                    row(told, of_topic(topic, parts.of), column, cell(parts, index));
                }
            }
        }
    }
    for step in &release.steps {
        for lasted in &step.rows {
            let measure = format!("Working days: {}", step_title(step.step).to_lowercase());
            row(&measure, of(release, lasted.of), "median", lasted.median.to_string());
            if let Some((first, third)) = lasted.quartiles {
                row(&measure, of(release, lasted.of), "first quartile", first.to_string());
                row(&measure, of(release, lasted.of), "third quartile", third.to_string());
            }
        }
    }
    rows
}
