//! What if: a quarter as things are beside one in which something is different.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::domain::deadline::Span;
use crate::domain::forecast::{
    CASES_MOST, Known, Lasting, Outlook, Quantity, Range, Setting, Source, Tested, mean_error,
};
use crate::domain::time::amount;
use crate::service::Problem;
use crate::service::forecast::{Basis, Forecast};
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Fields, Problems};
use crate::web::page::{Page, StaffFrame};

pub const WHAT_IF: &str = "/headquarters/what-if";

#[derive(Template)]
#[template(path = "headquarters/what_if.html")]
struct WhatIfPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    problems: &'a Problems,
    fields: Vec<Shown>,
    quarters: usize,
    habits: Vec<(&'static str, String, bool)>,
    result: Option<Compared>,
    tested: Option<Trial>,
}

/// A field with what stands in it.
struct Shown {
    name: &'static str,
    label: &'static str,
    hint: String,
    value: String,
}

struct Compared {
    reading: String,
    changed: Vec<String>,
    rows: Vec<[String; 4]>,
}

struct Trial {
    reading: String,
    rows: Vec<[String; 5]>,
}

/// A number that can be set.
struct Field {
    name: &'static str,
    label: &'static str,
    most: u32,
    of: fn(&Setting) -> u32,
    set: fn(&mut Setting, u32),
    unit: &'static str,
}

const FIELDS: [Field; 11] = [
    Field {
        name: "cases",
        label: "Cases that a quarter brings",
        most: CASES_MOST,
        of: |setting| setting.cases,
        set: |setting, number| setting.cases = number,
        unit: "cases",
    },
    Field {
        name: "commanders",
        label: "People in each commander\u{2019}s post",
        most: 20,
        of: |setting| setting.commanders,
        set: |setting, number| setting.commanders = number,
        unit: "people",
    },
    Field {
        name: "council",
        label: "People in each Council post",
        most: 50,
        of: |setting| setting.council,
        set: |setting, number| setting.council = number,
        unit: "people",
    },
    Field {
        name: "delegates",
        label: "The Secretary\u{2019}s delegates",
        most: 50,
        of: |setting| setting.delegates,
        set: |setting, number| setting.delegates = number,
        unit: "people",
    },
    Field {
        name: "steps",
        label: "Steps of cases that each takes on a working day",
        most: 50,
        of: |setting| setting.steps_a_day,
        set: |setting, number| setting.steps_a_day = number,
        unit: "steps",
    },
    Field {
        name: "field_days",
        label: "Working days that the commanders have",
        most: 180,
        of: |setting| days(setting.standards.field_resolution),
        set: |setting, number| setting.standards.field_resolution = span(number),
        unit: "working days",
    },
    Field {
        name: "field_extension_days",
        label: "Working days that an extension gives the commanders",
        most: 180,
        of: |setting| days(setting.standards.field_extension),
        set: |setting, number| setting.standards.field_extension = span(number),
        unit: "working days",
    },
    Field {
        name: "silence_days",
        label: "Working days after which a side counts as silent",
        most: 180,
        of: |setting| days(setting.standards.silence),
        set: |setting, number| setting.standards.silence = span(number),
        unit: "working days",
    },
    Field {
        name: "council_days",
        label: "Working days that the Council has",
        most: 180,
        of: |setting| days(setting.standards.council_resolution),
        set: |setting, number| setting.standards.council_resolution = span(number),
        unit: "working days",
    },
    Field {
        name: "council_extension_days",
        label: "Working days that an extension gives the Council",
        most: 180,
        of: |setting| days(setting.standards.council_extension),
        set: |setting, number| setting.standards.council_extension = span(number),
        unit: "working days",
    },
    Field {
        name: "acknowledge_days",
        label: "Working days in which each commander acknowledges",
        most: 180,
        of: |setting| days(setting.standards.field_acknowledgement),
        set: |setting, number| setting.standards.field_acknowledgement = span(number),
        unit: "working days",
    },
];

/// As working days; what is set in hours or days is shown as what comes nearest.
fn days(span: Span) -> u32 {
    match span {
        Span::WorkingDays(days) => u32::from(days),
        Span::Hours(_) | Span::Days(_) => (u32::from(amount(span))
            * if matches!(span, Span::Days(_)) { 5 } else { 1 })
        .div_ceil(if matches!(span, Span::Days(_)) { 7 } else { 24 }),
    }
}

fn span(days: u32) -> Span {
    Span::WorkingDays(u16::try_from(days).unwrap_or(u16::MAX))
}

pub async fn ask(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    let basis = app.candor.forecast_basis(&staff.signed_in).await?;
    let typed = FIELDS.each_ref().map(|field| (field.of)(&basis.setting).to_string());
    Ok(page(&app, &staff, &basis, typed, &Problems::default(), Answer::None)?.into_response())
}

/// What the form is answered with.
enum Answer {
    None,
    Compared(Box<Forecast>, Setting),
    Tested(Vec<Tested>),
}

pub async fn answer(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let basis = app.candor.forecast_basis(&staff.signed_in).await?;
    let mut problems = Problems::default();
    let mut then = basis.setting;
    for field in &FIELDS {
        let typed = form.one(field.name).trim();
        match typed.parse() {
            // What was not touched stays as it is, though it may be set in hours.
            Ok(number) if number == (field.of)(&basis.setting) => {}
            Ok(number) if (1..=field.most).contains(&number) => (field.set)(&mut then, number),
            _ => problems
                .add(field.name, format!("Give a whole number from 1 to {} {}.", field.most, field.unit)),
        }
    }
    let typed = FIELDS.each_ref().map(|field| form.one(field.name).chars().take(TYPED_MOST).collect());
    let answer = if !problems.is_empty() {
        Ok(Answer::None)
    } else if form.one("do") == "test" {
        basis.back_test().await.map(Answer::Tested)
    } else {
        basis.forecast(then).await.map(|forecast| Answer::Compared(Box::new(forecast), then))
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(Problem::Busy { .. }) => {
            problems.add("cases", "Another forecast is being worked out. Please try again in half a minute.");
            Answer::None
        }
        Err(problem) => return Err(problem.into()),
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page(&app, &staff, &basis, typed, &problems, answer)?.with_status(status).into_response())
}

/// How much of a field that cannot be read is shown again.
const TYPED_MOST: usize = 20;

fn page(
    app: &App,
    staff: &Staff,
    basis: &Basis,
    typed: [String; FIELDS.len()],
    problems: &Problems,
    answer: Answer,
) -> Result<Page, Failure> {
    let fields = FIELDS.iter().zip(typed).map(|(field, value)| Shown {
        name: field.name,
        label: field.label,
        hint: format!("Now {}. From 1 to {} {}.", (field.of)(&basis.setting), field.most, field.unit),
        value,
    });
    let (result, tested) = match answer {
        Answer::None => (None, None),
        Answer::Compared(forecast, then) => (Some(compared(&forecast, &basis.setting, &then)), None),
        Answer::Tested(tested) => (None, Some(trial(&tested))),
    };
    Page::of(&WhatIfPage {
        frame: staff.frame(app, &staff.signed_in.sign_in_name),
        csrf: &staff.signed_in.csrf,
        problems,
        fields: fields.collect(),
        quarters: basis.quarters(),
        habits: habits(basis),
        result,
        tested,
    })
}

/// What people are taken to do, and whether that was published.
fn habits(basis: &Basis) -> Vec<(&'static str, String, bool)> {
    let habits = &basis.habits;
    let share = |name, known: Known| (name, percent(known.share), known.source == Source::Published);
    let lasting = |name, lasting: Lasting| {
        let (low, high) = lasting.quartiles;
        let s = if (lasting.median - 1.0).abs() < 0.5 { "" } else { "s" };
        let says =
            format!("{:.0} working day{s}, half of all between {low:.0} and {high:.0}", lasting.median);
        (name, says, lasting.source == Source::Published)
    };
    vec![
        share("Cases that both sides acknowledge in time", habits.acknowledged),
        share("Levels whose time passes without action", habits.lapses),
        share("Decided cases that the commanders do not settle", habits.beyond_field),
        share("Of those, cases that the Council does not settle either", habits.beyond_council),
        share("Levels that are extended", habits.extensions),
        share("Levels sent back to the commanders", habits.remands),
        lasting("The commanders take", habits.field),
        lasting("The Council takes", habits.council),
        lasting("The Secretary takes", habits.secretary),
    ]
}

const fn name(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::DecidedInField => "Decided by the commanders",
        Quantity::DecidedByCouncil => "Decided by the Council",
        Quantity::DecidedBySecretary => "Decided by the Secretary",
        Quantity::Lapses => "Levels whose time passes without action",
        Quantity::AcknowledgedInTime => "Cases acknowledged in time by both sides",
        Quantity::Days => "Working days from opening to the decision, median",
        Quantity::Open => "Cases open when the quarter ends",
        Quantity::WaitForCommander => "Working days that a step waits for a commander",
        Quantity::WaitForCouncil => "Working days that a step waits for the Council",
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A number as people say it.
fn number(quantity: Quantity, value: f64) -> String {
    if quantity.is_share() {
        percent(value)
    } else if matches!(quantity, Quantity::WaitForCommander | Quantity::WaitForCouncil) {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

fn range(quantity: Quantity, range: Option<Range>) -> String {
    let Some(range) = range else { return "nothing to take it of".to_owned() };
    let [low, middle, high] = [range.low, range.middle, range.high].map(|value| number(quantity, value));
    format!("{middle} ({low} to {high})")
}

/// A difference in words: which way it goes, or that chance alone could make it.
fn difference(quantity: Quantity, range: Option<Range>) -> String {
    let Some(range) = range else { return "cannot be said".to_owned() };
    let unit = |value: f64| {
        if quantity.is_share() { format!("{:+.0} points", value * 100.0) } else { format!("{value:+.1}") }
    };
    if range.low >= 0.0 && range.high <= 0.0 {
        return "none".to_owned();
    }
    let moved = range.low > 0.0 || range.high < 0.0;
    let says = format!("{} ({} to {})", unit(range.middle), unit(range.low), unit(range.high));
    if moved { says } else { format!("{says}, may be chance") }
}

fn compared(forecast: &Forecast, now: &Setting, then: &Setting) -> Compared {
    let changed: Vec<String> = FIELDS
        .iter()
        .filter(|field| (field.of)(now) != (field.of)(then))
        .map(|field| format!("{}: {} instead of {}", field.label, (field.of)(then), (field.of)(now)))
        .collect();
    let row = |quantity: Quantity| {
        [
            name(quantity).to_owned(),
            range(quantity, forecast.now.range(quantity)),
            range(quantity, forecast.then.range(quantity)),
            difference(quantity, forecast.then.difference(&forecast.now, quantity)),
        ]
    };
    Compared {
        reading: reading(&forecast.now, &forecast.then, !changed.is_empty()),
        changed,
        rows: Quantity::ALL.map(row).to_vec(),
    }
}

/// The table in one sentence.
fn reading(now: &Outlook, then: &Outlook, changed: bool) -> String {
    if !changed {
        return "Nothing was changed: this is what the next quarter looks like if all stays as it is."
            .to_owned();
    }
    let moved: Vec<String> = [Quantity::Lapses, Quantity::DecidedInField, Quantity::Days, Quantity::Open]
        .into_iter()
        .filter_map(|quantity| {
            let range = then.difference(now, quantity)?;
            let way = if range.low > 0.0 {
                "more"
            } else if range.high < 0.0 {
                "fewer"
            } else {
                return None;
            };
            let says = match quantity {
                Quantity::Lapses => "levels lapse",
                Quantity::DecidedInField => "cases are decided by the commanders",
                Quantity::Days => "working days pass until a decision",
                _ => "cases are open when the quarter ends",
            };
            Some(format!("{way} {says}"))
        })
        .collect();
    if moved.is_empty() {
        "Nothing would change that could be told from chance.".to_owned()
    } else {
        format!("In at least nineteen of twenty simulated quarters {}.", moved.join(", and "))
    }
}

fn trial(tested: &[Tested]) -> Trial {
    let held = tested.iter().filter(|tested| tested.forecast.holds(tested.came)).count();
    let reading = if tested.is_empty() {
        "There is nothing to try it against yet: it takes two published quarters with numbers that are shown."
            .to_owned()
    } else {
        let shares = mean_error(tested, Quantity::is_share)
            .map(|error| format!(" Shares were off by {:.0} points on average.", error * 100.0));
        let days = mean_error(tested, |quantity| quantity == Quantity::Days)
            .map(|error| format!(" Working days were off by {error:.1} on average."));
        format!(
            "Of {} numbers {held} lay where they were forecast; nine of ten should.{}{}",
            tested.len(),
            shares.unwrap_or_default(),
            days.unwrap_or_default()
        )
    };
    let row = |tested: &Tested| {
        [
            tested.quarter.words(),
            name(tested.quantity).to_owned(),
            range(tested.quantity, Some(tested.forecast)),
            number(tested.quantity, tested.came),
            if tested.forecast.holds(tested.came) { "yes" } else { "no" }.to_owned(),
        ]
    };
    Trial { reading, rows: tested.iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::deadline::Standards;

    #[test]
    fn times_in_other_units_are_shown_as_working_days() {
        for (span, shown) in [(Span::WorkingDays(15), 15), (Span::Hours(72), 3), (Span::Days(30), 22)] {
            assert_eq!(days(span), shown);
        }
    }

    #[test]
    fn a_difference_says_whether_chance_could_make_it() {
        let of = |low, middle, high| difference(Quantity::Lapses, Some(Range { low, middle, high }));
        assert_eq!(of(0.02, 0.05, 0.08), "+5 points (+2 points to +8 points)");
        assert!(of(-0.02, 0.01, 0.08).ends_with("may be chance"));
        assert_eq!(of(0.0, 0.0, 0.0), "none");
    }

    #[test]
    fn every_field_sets_what_it_shows() {
        let standards = Standards::proposed(crate::domain::concern::Pace::Routine);
        let mut setting = Setting {
            cases: 1,
            units: 1,
            commanders: 1,
            council: 1,
            delegates: 1,
            steps_a_day: 1,
            standards,
        };
        for (number, field) in (7..).zip(&FIELDS) {
            (field.set)(&mut setting, number);
            assert_eq!((field.of)(&setting), number, "{}", field.name);
        }
        for (number, field) in (7..).zip(&FIELDS) {
            assert_eq!((field.of)(&setting), number, "{} is its own", field.name);
        }
    }
}
