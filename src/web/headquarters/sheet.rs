//! One quarter's measures laid out: sentences, tables and charts, the same for the page, the report and the command.

use askama::Template;

use super::chart::{Axis, Drawing, Mark, SHAPES, Series, draw};
use crate::domain::measures::count::Step;
use crate::domain::measures::release::{OfStep, OfTopic, Parts as Row, Shown, Told};
use crate::domain::measures::trend::{self, Count, Middle, over_quarters, through};
use crate::domain::measures::{Release, Split, words};

/// Quarters that a chart shows at most.
const DRAWN: usize = 6;

/// A quarter.
pub struct Sheet {
    pub name: String,
    pub topics: Vec<Topic>,
    pub steps: Vec<StepSheet>,
}

pub struct Topic {
    pub title: &'static str,
    /// "Cases" or "People".
    pub counted: &'static str,
    pub readings: Vec<String>,
    pub over_time: Option<OverTime>,
    /// For each direction: its name, the pairs of branches that are shown, and how many are not.
    pub branches: Vec<Branches>,
    pub told: Vec<Parts>,
    pub not_told: Option<String>,
}

pub struct Branches {
    pub direction: String,
    pub lines: Vec<(String, String)>,
    pub more: usize,
}

/// Cases told apart.
pub struct Parts {
    pub title: &'static str,
    pub counted: &'static str,
    pub readings: Vec<String>,
    pub heads: Vec<String>,
    pub rows: Vec<(String, Vec<String>)>,
    /// Rows of a long table of which no number is shown.
    pub more: usize,
    pub over_time: Option<OverTime>,
}

/// A step of cases, and how long it took.
pub struct StepSheet {
    pub title: &'static str,
    pub readings: Vec<String>,
    pub heads: Vec<String>,
    pub rows: Vec<(String, Vec<String>)>,
    pub over_time: Option<OverTime>,
}

/// Numbers over the quarters, as a chart and as the table that it is drawn from.
pub struct OverTime {
    pub title: String,
    pub heads: Vec<String>,
    /// A quarter each, oldest first.
    pub rows: Vec<(String, Vec<String>)>,
    pub chart: Option<Drawing>,
    /// What the chart shows, and by which shapes.
    pub key: String,
}

/// The whole report in one file: stylesheet and charts are in it, and nothing is fetched.
#[derive(Template)]
#[template(path = "headquarters/report_file.html")]
struct ReportFile<'a> {
    style: &'a str,
    sheet: &'a Sheet,
}

/// The report of the last of these releases as a page that needs nothing besides itself.
///
/// # Errors
/// [`askama::Error`] if it cannot be written; none if there is no release.
pub fn report_file(releases: &[Release]) -> Option<Result<String, askama::Error>> {
    let sheet = Sheet::of(releases)?;
    Some(ReportFile { style: crate::web::assets::stylesheet(), sheet: &sheet }.render())
}

impl Sheet {
    /// The last of these releases, with those before it for what has changed.
    #[must_use]
    pub fn of(releases: &[Release]) -> Option<Self> {
        let (release, earlier) = releases.split_last()?;
        let before = earlier.last();
        let drawn = releases.get(releases.len().saturating_sub(DRAWN)..).unwrap_or_default();
        let laid = Laid { release, before, drawn };
        Some(Self {
            name: release.period.quarter.words(),
            topics: release.topics.iter().map(|topic| laid.topic(topic)).collect(),
            steps: release.steps.iter().map(|step| laid.step(step)).collect(),
        })
    }
}

struct Laid<'a> {
    release: &'a Release,
    before: Option<&'a Release>,
    /// Those that a chart shows, with the release itself as the last.
    drawn: &'a [Release],
}

impl Laid<'_> {
    fn topic(&self, topic: &OfTopic) -> Topic {
        let branches = topic.directions.iter().zip(&topic.branches).filter(|(_, lines)| !lines.is_empty());
        let whole = words::whole(topic);
        Topic {
            title: words::title(topic.topic),
            counted: words::counted(topic.topic),
            readings: [Some(whole), words::counted_before(topic, self.before)]
                .into_iter()
                .flatten()
                .collect(),
            over_time: self.counts(topic),
            branches: branches
                .map(|(direction, lines)| {
                    let (shown, hidden): (Vec<_>, Vec<_>) =
                        lines.iter().partition(|line| words::is_shown(line.count));
                    Branches {
                        direction: direction.name.clone(),
                        lines: shown
                            .into_iter()
                            .map(|line| (line.name.clone(), words::number(line.count)))
                            .collect(),
                        more: hidden.len(),
                    }
                })
                .collect(),
            told: topic.told.iter().map(|told| self.parts(topic, told)).collect(),
            not_told: words::not_told(topic),
        }
    }

    /// The whole of a topic and its directions, quarter by quarter; drawn is the whole.
    fn counts(&self, topic: &OfTopic) -> Option<OverTime> {
        let of = [None, Some(0), Some(1)];
        let shown = |release: &Release, of: Option<usize>| {
            let topic = release.topic(topic.topic)?;
            of.map_or(Some(topic.together), |of| topic.directions.get(of).map(|line| line.count))
        };
        let cell = |release: &Release, of| shown(release, of).map_or_else(not_measured, words::number);
        let series = through(self.drawn, |release| {
            let count = Count::of(shown(release, None)?)?;
            Some(Mark { value: Some(f64::from(count.shown)), low: count.low, high: count.high })
        });
        let chart = draw(&[series], Axis::Numbers)?;
        let rows = self.drawn.iter().map(|release| {
            (release.period.quarter.words(), of.iter().map(|of| cell(release, *of)).collect())
        });
        Some(OverTime {
            title: format!("{}, quarter by quarter", words::title(topic.topic)),
            heads: of.iter().map(|of| words::of_topic(topic, *of)).collect(),
            rows: rows.collect(),
            chart: Some(chart),
            key: format!(
                "{}. The line shows how many chance alone could have made of it.",
                words::of_topic(topic, None)
            ),
        })
    }

    fn parts(&self, topic: &OfTopic, told: &Told) -> Parts {
        let before = |of| self.before.and_then(|before| before.parts(told.split, of));
        let heads: Vec<String> = told.rows.iter().map(|row| words::of_topic(topic, row.of)).collect();
        // Of many documents those alone of which something is shown.
        let is_told = |at: usize| {
            let number = |row: &Row| row.columns.get(at).is_some_and(|shown| words::is_shown(*shown));
            told.rows.iter().any(|row| row.most == Some(at) || number(row))
        };
        let rows: Vec<(String, Vec<String>)> = told
            .columns
            .iter()
            .enumerate()
            .filter(|(at, _)| told.split != Split::Document || is_told(*at))
            .map(|(at, column)| (column.clone(), told.rows.iter().map(|row| words::cell(row, at)).collect()))
            .collect();
        let mut readings: Vec<String> =
            told.rows.iter().map(|row| words::told(self.release, told, row, before(row.of))).collect();
        let over_time = if told.split == Split::Document {
            readings.extend(words::named_again(self.drawn));
            self.documents(&rows)
        } else {
            self.shares(told, &heads)
        };
        Parts {
            title: words::split_title(told.split),
            counted: words::counted(topic.topic),
            readings,
            more: told.columns.len() - rows.len(),
            heads,
            rows,
            over_time,
        }
    }

    /// The share of the first column, quarter by quarter.
    fn shares(&self, told: &Told, heads: &[String]) -> Option<OverTime> {
        let first = told.columns.first()?;
        let series: Vec<_> =
            told.rows.iter().map(|row| over_quarters(self.drawn, told.split, row.of)).collect();
        let percent = |share: f64| share * 100.0;
        let marks: Vec<Series> = series
            .iter()
            .map(|one| {
                let mark = |share: &trend::Share| Mark {
                    value: share.share.map(percent),
                    low: percent(share.low),
                    high: percent(share.high),
                };
                one.iter().map(|(quarter, share)| (*quarter, share.as_ref().map(mark))).collect()
            })
            .collect();
        let chart = draw(&marks, Axis::Percent)?;
        let cell = |mark: Option<&Option<Mark>>| match mark.copied().flatten() {
            None => words::NOT_SHOWN.to_owned(),
            Some(Mark { value: Some(value), low, high }) => {
                format!("{value:.0} % ({low:.0} to {high:.0})")
            }
            Some(Mark { value: None, low, high }) => format!("{low:.0} to {high:.0} %"),
        };
        let rows = self.drawn.iter().enumerate().map(|(at, release)| {
            let cells = marks.iter().map(|series| cell(series.get(at).map(|(_, mark)| mark)));
            (release.period.quarter.words(), cells.collect())
        });
        Some(OverTime {
            title: format!("Share \u{201c}{first}\u{201d}, quarter by quarter"),
            rows: rows.collect(),
            chart: Some(chart),
            key: format!(
                "Share \u{201c}{first}\u{201d}. {} The line shows how far the true share may lie away.",
                shapes(heads)
            ),
            heads: heads.to_vec(),
        })
    }

    /// How often the documents that are shown now were named in the quarters before.
    fn documents(&self, rows: &[(String, Vec<String>)]) -> Option<OverTime> {
        if rows.is_empty() || self.drawn.len() < 2 {
            return None;
        }
        let cell = |release: &Release, name: &String| {
            trend::named(release, Split::Document, None, name)
                .map_or_else(|| words::NOT_SHOWN.to_owned(), |(parts, column)| words::cell(parts, column))
        };
        Some(OverTime {
            title: "Named, quarter by quarter".to_owned(),
            heads: rows.iter().map(|(name, _)| name.clone()).collect(),
            rows: self
                .drawn
                .iter()
                .map(|release| {
                    let cells = rows.iter().map(|(name, _)| cell(release, name));
                    (release.period.quarter.words(), cells.collect())
                })
                .collect(),
            chart: None,
            key: String::new(),
        })
    }

    fn step(&self, step: &OfStep) -> StepSheet {
        let heads: Vec<String> = step.rows.iter().map(|row| words::of(self.release, row.of)).collect();
        let middles: Vec<Middle> =
            step.rows.iter().map(|row| Middle::of(self.release, step.step, row)).collect();
        let cells = |what: &dyn Fn(&Middle) -> Option<String>| {
            middles.iter().map(|middle| what(middle).unwrap_or_else(|| words::NOT_SHOWN.to_owned())).collect()
        };
        let rows = vec![
            (
                "Half took so many working days or less".to_owned(),
                cells(&|middle| Some(middle.median.to_string())),
            ),
            (
                "The middle half".to_owned(),
                cells(&|middle| middle.quartiles.map(|(low, high)| format!("{low} to {high}"))),
            ),
            (
                "The middle may stand for".to_owned(),
                cells(&|middle| middle.range.map(|(low, high)| format!("{low:.0} to {high:.0}"))),
            ),
        ];
        StepSheet {
            title: words::step_title(step.step),
            readings: (step.rows.iter())
                .map(|row| words::lasted(self.release, step.step, row, self.before))
                .collect(),
            rows: if heads.is_empty() { Vec::new() } else { rows },
            over_time: self.days(step, &heads),
            heads,
        }
    }

    /// The median of a step, quarter by quarter.
    fn days(&self, step: &OfStep, heads: &[String]) -> Option<OverTime> {
        let middle = |release: &Release, of| {
            let row = trend::lasted(release, step.step, of)?;
            Some(Middle::of(release, step.step, row))
        };
        let mark = |middle: Middle| {
            let median = f64::from(middle.median);
            let (low, high) = middle.range.unwrap_or((median, median));
            Mark { value: Some(median), low, high }
        };
        let series: Vec<Series> = step
            .rows
            .iter()
            .map(|row| through(self.drawn, |release| middle(release, row.of).map(mark)))
            .collect();
        let chart = draw(&series, Axis::Numbers)?;
        let cell = |middle: Middle| match middle.quartiles {
            Some((first, third)) => format!("{} (middle half {first} to {third})", middle.median),
            None => middle.median.to_string(),
        };
        let rows = self.drawn.iter().map(|release| {
            let cells = step
                .rows
                .iter()
                .map(|row| middle(release, row.of).map_or_else(|| words::NOT_SHOWN.to_owned(), cell));
            (release.period.quarter.words(), cells.collect())
        });
        let what = if step.step == Step::Whole {
            "From opening to the decision"
        } else {
            words::step_title(step.step)
        };
        Some(OverTime {
            title: format!("{what}: working days, quarter by quarter"),
            rows: rows.collect(),
            chart: Some(chart),
            key: format!(
                "Working days that half took or less. {} The line shows what the middle may stand for.",
                shapes(heads)
            ),
            heads: heads.to_vec(),
        })
    }
}

/// What stands where a quarter before did not measure something.
fn not_measured() -> String {
    words::number(Shown::Hidden)
}

fn shapes(heads: &[String]) -> String {
    let shapes: Vec<String> =
        heads.iter().zip(SHAPES).map(|(head, shape)| format!("{shape}: {head}")).collect();
    match shapes.as_slice() {
        [_, _, ..] => format!("{}.", capital(&shapes.join("; "))),
        _ => heads.first().map_or_else(String::new, |head| format!("{head}.")),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::clock::Timestamp;
    use crate::domain::measures::release::{Lasted, Line};
    use crate::domain::measures::{Period, Quarter, Topic as Counted};

    /// A quarter in which so many cases were opened, the first column of each split has so many of forty, and half
    /// took so many days.
    fn release(quarter: Quarter, opened: u32, first: u32, median: u32) -> Release {
        let starts = Timestamp(1_767_243_600);
        let line = |name: &str| Line { name: name.to_owned(), count: Shown::About(opened / 2) };
        let topic = |topic, told| OfTopic {
            topic,
            together: Shown::About(opened),
            directions: [line("raised by A about B"), line("raised by B about A")],
            branches: [Vec::new(), Vec::new()],
            told,
        };
        let told = |split, columns: &[&str], shown: &[u32]| Told {
            split,
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            rows: vec![Row {
                of: None,
                columns: shown.iter().map(|cases| Shown::Exactly(*cases)).collect(),
                most: None,
            }],
        };
        let documents = told(Split::Document, &["Memo", "Rules"], &[first, 40 - first]);
        let lapses = told(Split::Lapses, &["none", "by A", "by B", "by both"], &[first, 30 - first, 5, 5]);
        let row = Lasted { of: None, median, quartiles: Some((median - 2, median + 2)) };
        Release {
            period: Period { quarter, starts, ends: starts },
            directions: ["raised by A about B", "raised by B about A"].map(ToOwned::to_owned),
            topics: vec![
                topic(Counted::Opened, vec![documents]),
                topic(Counted::LevelsEnded, vec![lapses]),
                topic(Counted::Decided, Vec::new()),
            ],
            steps: vec![OfStep { step: Step::Whole, rows: vec![row] }],
        }
    }

    /// Whatever a chart shows stands in the table under it, and every kind of number has a sentence of its change.
    #[test]
    fn a_chart_has_its_numbers_in_a_table_and_a_sentence() {
        let first = Quarter::of(date(2026, 1, 1));
        let releases = [release(first, 20, 8, 20), release(first.next(), 80, 26, 6)];
        let sheet = Sheet::of(&releases).unwrap();
        let [opened, ended, decided] = sheet.topics.as_slice() else { panic!() };
        assert!(opened.readings[1].ends_with("was about 20: it has risen by more than chance explains."));
        let counts = opened.over_time.as_ref().unwrap();
        assert!(counts.chart.as_ref().unwrap().to_string().matches("<circle").count() == 2);
        let row = |number: &str, half: &str| vec![number.to_owned(), half.to_owned(), half.to_owned()];
        assert_eq!(counts.rows[0], ("January to March 2026".to_owned(), row("about 20", "about 10")));
        assert_eq!(counts.rows[1].1, row("about 80", "about 40"));
        // Of four columns the share is that of the first.
        let lapses = &ended.told[0];
        assert!(
            lapses.readings[0].contains("that is 65 percent of 40 \u{201c}none\u{201d}")
                && lapses.readings[0].contains("it has risen by more than chance explains"),
            "{:?}",
            lapses.readings
        );
        let shares = lapses.over_time.as_ref().unwrap();
        assert_eq!(shares.rows[1].1, ["65 % (50 to 78)"]);
        assert!(shares.chart.is_some());
        // A document of two quarters was disputed again; it has no chart, for names do not fit under one.
        let documents = &opened.told[0];
        assert!(
            documents.readings.contains(
                &"\u{201c}Memo\u{201d} was disputed again: 26 cases, after 8 in January to March 2026."
                    .to_owned()
            )
        );
        let named = documents.over_time.as_ref().unwrap();
        assert_eq!(
            (named.heads.as_slice(), named.rows[0].1.as_slice()),
            (&["Memo".to_owned(), "Rules".to_owned()][..], &["8".to_owned(), "32".to_owned()][..])
        );
        // Times fell beyond their notches: 1.58 · 4 / √78 is under a day.
        let step = &sheet.steps[0];
        assert!(
            step.readings[0]
                .contains("from 5 to 7. The quarter before it was 20 working days: it has fallen"),
            "{:?}",
            step.readings
        );
        assert_eq!(step.rows[1], ("The middle half".to_owned(), vec!["4 to 8".to_owned()]));
        assert_eq!(step.over_time.as_ref().unwrap().rows[0].1, ["20 (middle half 18 to 22)"]);
        assert!(decided.told.is_empty());
    }

    /// The same numbers again say of no change that it is one, and a first quarter says nothing of one.
    #[test]
    fn what_may_be_chance_is_not_said_to_have_changed() {
        let first = Quarter::of(date(2026, 1, 1));
        let releases = [release(first, 20, 10, 10), release(first.next(), 25, 12, 11)];
        let words = |releases: &[Release]| {
            let sheet = Sheet::of(releases).unwrap();
            let told = sheet
                .topics
                .iter()
                .flat_map(|topic| topic.told.iter().flat_map(|parts| parts.readings.clone()));
            let whole = sheet.topics.iter().flat_map(|topic| topic.readings.clone());
            let steps = sheet.steps.iter().flat_map(|step| step.readings.clone());
            told.chain(whole).chain(steps).collect::<Vec<_>>().join(" ")
        };
        let both = words(&releases);
        assert!(
            both.matches("the difference may be chance").count() >= 4
                && !both.contains("by more than chance"),
            "{both}"
        );
        assert!(!words(&releases[..1]).contains("The quarter before"));
        assert!(Sheet::of(&[]).is_none());
    }

    #[test]
    fn a_report_needs_nothing_besides_itself() {
        let first = Quarter::of(date(2026, 1, 1));
        let page = report_file(&[release(first, 20, 8, 20)]).unwrap().unwrap();
        assert!(
            page.contains("<svg")
                && page.contains("@media print")
                && page.contains("Joint measures, January to March 2026")
        );
        for outside in ["src=", "href=", "url(", "<script", "<details"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
