//! The simulation against cases of which the answer is known, and against its own worlds.

use std::sync::LazyLock;

use super::*;
use crate::domain::concern::Pace;
use crate::domain::measures::Split;
use crate::domain::measures::release::{Lasted, OfStep, OfTopic, Parts, Release, Shown, Told};
use crate::domain::measures::{Quarter, Topic, count::Step};

static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::united_states);
static STANDARDS: LazyLock<Standards> = LazyLock::new(|| Standards::proposed(Pace::Routine));

/// The morning of 2 January 2026 in New York.
const START: Timestamp = Timestamp(1_767_366_000);

fn setting() -> Setting {
    Setting {
        cases: 40,
        units: 10,
        commanders: 1,
        council: 3,
        delegates: 1,
        steps_a_day: 3,
        standards: *STANDARDS,
    }
}

/// Habits that are known as well as can be.
fn habits_of(lapses: f64, beyond_field: f64, median: f64) -> Habits {
    let sure = |share| Known::published(share, 100_000);
    let lasting =
        |median: f64| Lasting { median, quartiles: (median * 0.7, median * 1.4), source: Source::Published };
    Habits {
        acknowledged: sure(0.9),
        lapses: sure(lapses),
        beyond_field: sure(beyond_field),
        beyond_council: sure(0.3),
        extensions: sure(0.1),
        remands: sure(0.0),
        field: lasting(median),
        council: lasting(8.0),
        secretary: lasting(8.0),
    }
}

fn outlook(habits: &Habits, setting: Setting, runs: u32) -> Outlook {
    simulate(&Question {
        habits,
        measured_under: &STANDARDS,
        setting,
        calendar: &CALENDAR,
        start: START,
        seed: 7,
        runs,
    })
}

fn middle(outlook: &Outlook, quantity: Quantity) -> f64 {
    outlook.range(quantity).unwrap().middle
}

#[test]
fn the_same_question_has_the_same_answer() {
    let habits = habits_of(0.1, 0.3, 8.0);
    let one = outlook(&habits, setting(), 3);
    assert_eq!(one, outlook(&habits, setting(), 3));
    assert_eq!(one.difference(&one, Quantity::Lapses).unwrap(), Range { low: 0.0, middle: 0.0, high: 0.0 });
    // As many cases as were asked for, give or take what chance does.
    let opened: u32 = one.runs.iter().map(|counts| counts.opened).sum();
    assert!((90..=150).contains(&opened), "{opened}");
}

/// What the habits say comes out again, where the standards are those under which they were measured.
#[test]
fn habits_come_out_as_they_went_in() {
    for (lapses, beyond, median) in [(0.02, 0.1, 5.0), (0.2, 0.35, 8.0), (0.4, 0.5, 6.0)] {
        let outlook =
            outlook(&habits_of(lapses, beyond, median), Setting { cases: 150, units: 75, ..setting() }, 8);
        let found = middle(&outlook, Quantity::Lapses);
        assert!((found - lapses).abs() < 0.08, "lapses {lapses}: {found}");
        let field = middle(&outlook, Quantity::DecidedInField);
        assert!((field - (1.0 - beyond)).abs() < 0.1, "decided in the field {}: {field}", 1.0 - beyond);
        let acknowledged = middle(&outlook, Quantity::AcknowledgedInTime);
        assert!((acknowledged - 0.9).abs() < 0.06, "{acknowledged}");
    }
}

#[test]
fn people_who_act_at_once_let_nothing_lapse() {
    let outlook = outlook(&habits_of(0.0, 0.0, 2.0), setting(), 6);
    assert!(middle(&outlook, Quantity::Lapses) < 0.01);
    assert!(middle(&outlook, Quantity::DecidedInField) > 0.99);
    assert!(middle(&outlook, Quantity::Days) <= 5.0);
}

#[test]
fn too_few_people_let_cases_wait_and_lapse() {
    let habits = habits_of(0.05, 0.2, 6.0);
    let few = Setting { cases: 150, units: 2, steps_a_day: 1, ..setting() };
    let [few, many] = [few, Setting { commanders: 10, ..few }].map(|setting| outlook(&habits, setting, 5));
    for quantity in [Quantity::Lapses, Quantity::WaitForCommander] {
        let more = few.difference(&many, quantity).unwrap();
        assert!(more.low > 0.0, "{quantity:?}: {more:?}");
    }
    assert!(middle(&many, Quantity::WaitForCommander) < 0.5);
}

#[test]
fn more_time_lets_no_more_lapse_and_less_time_no_fewer() {
    let habits = habits_of(0.25, 0.4, 10.0);
    let with = |days| {
        let standards = Standards { field_resolution: Span::WorkingDays(days), ..*STANDARDS };
        outlook(&habits, Setting { standards, ..setting() }, 12)
    };
    let [short, now, long] = [with(6), with(15), with(40)];
    assert!(short.difference(&now, Quantity::Lapses).unwrap().low > 0.0);
    assert!(long.difference(&now, Quantity::Lapses).unwrap().high <= 0.05);
    assert!(middle(&long, Quantity::DecidedInField) > middle(&short, Quantity::DecidedInField));
}

fn whole(days: f64) -> u32 {
    (0..1_000).find(|number| f64::from(*number) + 0.5 > days).unwrap()
}

/// A quarter as the measures would publish it if nothing had to be kept back.
fn published(counts: &outlook::Counts, quarter: Quarter, lasting: &Habits) -> Release {
    let told = |split, columns: &[u32]| Told {
        split,
        columns: columns.iter().map(ToString::to_string).collect(),
        rows: vec![Parts {
            of: None,
            columns: columns.iter().copied().map(Shown::Exactly).collect(),
            most: None,
        }],
    };
    let line = || crate::domain::measures::release::Line { name: String::new(), count: Shown::Hidden };
    let [field, council, secretary] = counts.decided;
    let topic = |topic, together, told| OfTopic {
        topic,
        together,
        directions: [line(), line()],
        branches: [vec![], vec![]],
        told,
    };
    let lasted = |step, lasting: Lasting| OfStep {
        step,
        rows: vec![Lasted {
            of: None,
            median: whole(lasting.median),
            quartiles: Some((whole(lasting.quartiles.0), whole(lasting.quartiles.1))),
        }],
    };
    let whole = Quantity::Days.of(counts).unwrap_or(8.0);
    Release {
        period: quarter.period(&CALENDAR, None).unwrap(),
        directions: [String::new(), String::new()],
        topics: vec![
            topic(Topic::Opened, Shown::About(counts.opened.div_ceil(5) * 5), vec![]),
            topic(
                Topic::Acknowledgement,
                Shown::Exactly(counts.acknowledgements),
                vec![told(
                    Split::AcknowledgedInTime,
                    &[counts.acknowledged_in_time, counts.acknowledgements - counts.acknowledged_in_time],
                )],
            ),
            topic(
                Topic::LevelsEnded,
                Shown::Exactly(counts.levels_ended),
                vec![told(
                    Split::Lapses,
                    &[counts.levels_ended - counts.levels_lapsed, counts.levels_lapsed, 0, 0],
                )],
            ),
            topic(
                Topic::Decided,
                Shown::Exactly(field + council + secretary),
                vec![told(Split::Level, &[field, council, secretary, 0])],
            ),
        ],
        steps: vec![
            lasted(Step::Field, lasting.field),
            lasted(Step::Council, lasting.council),
            lasted(
                Step::Whole,
                Lasting { median: whole, quartiles: (whole, whole), source: Source::Published },
            ),
        ],
    }
}

/// Worlds of which the truth is known: two quarters each, the second forecast from what was published of the first.
#[test]
fn nine_of_ten_numbers_lie_where_they_were_forecast() {
    let mut all = Vec::new();
    for world in 0..8_u32 {
        let truth = habits_of(0.05 + 0.03 * f64::from(world % 4), 0.35, 5.0 + f64::from(world % 3) * 2.0);
        let quarters = simulate(&Question {
            habits: &truth,
            measured_under: &STANDARDS,
            setting: setting(),
            calendar: &CALENDAR,
            start: START,
            seed: u64::from(world) + 1_000,
            runs: 2,
        });
        let first = Quarter::of(jiff::civil::date(2026, 7, 1));
        let releases: Vec<Release> = quarters
            .runs
            .iter()
            .zip([first, first.next()])
            .map(|(counts, quarter)| published(counts, quarter, &truth))
            .collect();
        all.extend(back_test(&releases, &setting(), &CALENDAR, 1));
    }
    let held = u32::try_from(all.iter().filter(|tested| tested.forecast.holds(tested.came)).count()).unwrap();
    let shares = mean_error(&all, Quantity::is_share).unwrap() * 100.0;
    let days = mean_error(&all, |quantity| quantity == Quantity::Days).unwrap();
    let all = u32::try_from(all.len()).unwrap();
    let share = f64::from(held) / f64::from(all);
    assert!(all >= 40, "{all} numbers were tried");
    println!(
        "{held} of {all} lie where nine of ten should; shares off by {shares:.1} points, medians by {days:.1} days"
    );
    // docs/measures.md has the figures; far beyond them something is wrong.
    assert!(shares < 12.0 && days < 3.0, "shares off by {shares:.1} points, medians by {days:.1} days");
    // So few vary by chance: if nine of ten are held on average, fewer than three of four are never seen.
    assert!(share >= 0.75, "{held} of {all} lie where nine of ten should");
    // The other way round: forecasts that are too sure would hold fewer.
    assert!(share < 1.0, "intervals that hold everything say nothing");
}

#[test]
fn what_is_kept_back_is_supposed_and_not_guessed() {
    let none = habits(&[], &STANDARDS);
    assert!(
        [none.acknowledged, none.lapses, none.beyond_field]
            .iter()
            .all(|known| known.source == Source::Supposed)
    );
    let truth = habits_of(0.1, 0.3, 7.0);
    let counts = outlook(&truth, setting(), 1).runs.remove(0);
    let mut release = published(&counts, Quarter::of(jiff::civil::date(2026, 7, 1)), &truth);
    assert_eq!(habits(std::slice::from_ref(&release), &STANDARDS).lapses.source, Source::Published);
    for told in release.topics.iter_mut().flat_map(|topic| &mut topic.told) {
        if let Some(first) = told.rows.iter_mut().find_map(|row| row.columns.first_mut()) {
            *first = Shown::Hidden;
        }
    }
    let kept = habits(std::slice::from_ref(&release), &STANDARDS);
    assert_eq!(kept.lapses.source, Source::Supposed);
    assert_eq!(value(&release, Quantity::Lapses), None);
}
