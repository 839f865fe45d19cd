//! AN-10: a case's number is three letters and four digits, and has nothing to do with anything.

use candor::domain::concern::Concern;
use candor::domain::id::UnitId;
use candor::store::cases;

use super::an_07::order::{bound, correlation};
use crate::support::app::{TestApp, concern};

/// A number, when it was given, in which batch, and for which unit.
type Given = (String, u64, u64, &'static str);

/// What is worth how much.
type Worth<'a> = Box<dyn Fn(&Given) -> u64 + 'a>;

/// What numbers tell of anything else.
fn tells(given: &[Given]) -> Vec<String> {
    let mut found = Vec::new();
    let letters = |number: &str| number.bytes().take(3).all(|byte| byte.is_ascii_uppercase());
    let digits = |number: &str| number.len() == 8 && number.bytes().skip(4).all(|byte| byte.is_ascii_digit());
    if !given.iter().all(|(number, ..)| letters(number) && digits(number) && number.as_bytes()[3] == b'-') {
        found.push("not three letters and four digits".to_owned());
    }
    let mut sorted: Vec<_> = given.iter().map(|(number, ..)| number).collect();
    sorted.sort_unstable();
    let worth = |number: &String| sorted.binary_search(&number).unwrap() as u64;
    // Each unit, and each component.
    let units = given.iter().flat_map(|(.., unit)| [*unit, &unit[..3]]);
    let units: std::collections::BTreeSet<_> = units.collect();
    let mut others: Vec<(String, Worth<'_>)> = vec![
        ("the order".to_owned(), Box::new(|given: &Given| given.1)),
        ("the batch".to_owned(), Box::new(|given: &Given| given.2)),
    ];
    for unit in units {
        others.push((unit.to_owned(), Box::new(move |given: &Given| u64::from(given.3.starts_with(unit)))));
    }
    // The whole number, and each of its characters alone.
    let mut parts: Vec<(String, Worth<'_>)> =
        vec![("the number".to_owned(), Box::new(|given: &Given| worth(&given.0)))];
    for at in [0, 1, 2, 4, 5, 6, 7] {
        let part = move |given: &Given| u64::from(given.0.as_bytes()[at]);
        parts.push((format!("character {at}"), Box::new(part)));
    }
    let bound = bound(parts.len() * others.len());
    for (part, of) in &parts {
        for (other, with) in &others {
            let z = correlation(&[given.iter().map(|given| (with(given), of(given))).collect()]);
            if z.abs() > bound {
                found.push(format!("{part} tells {other}: {z:.1} > {bound:.1}"));
            }
        }
    }
    // Whoever knows some numbers knows nothing of the others: no two lie side by side more often than by chance.
    let value = |number: &str| {
        number.bytes().filter(|byte| *byte != b'-').fold(0_i64, |value, byte| {
            value * 36 + i64::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' + 10 })
        })
    };
    let near = given.windows(2).filter(|pair| (value(&pair[0].0) - value(&pair[1].0)).abs() <= 1_000);
    if near.count() > 3 {
        found.push("one follows from another".to_owned());
    }
    found
}

async fn an_10_a_number_tells_nothing(app: TestApp) {
    let mut given: Vec<Given> = Vec::new();
    // Four units, forty each time, over as many batches as that takes.
    let units = [
        ("RIV-EAST", "HAR-EAST"),
        ("HAR-EAST", "RIV-EAST"),
        ("RIV-WEST", "HAR-WEST"),
        ("HAR-WEST", "RIV-WEST"),
    ];
    for round in 0..4 {
        for number in 0..16 {
            let (my_unit, other_unit) = units[number % 4];
            let (my_unit, other_unit) = (UnitId::from(my_unit), UnitId::from(other_unit));
            app.raise(&Concern { my_unit, other_unit, ..concern() }).await;
        }
        app.run_batches().await;
        let mut tx = app.database.read().await;
        for case in cases::identifiers(&mut tx, None, 1_000).await.unwrap() {
            let row = cases::find(&mut tx, case).await.unwrap().unwrap();
            if given.iter().any(|(number, ..)| *number == row.number) {
                continue;
            }
            let unit = units.iter().find(|(unit, _)| *unit == row.raising_unit.as_str()).unwrap().0;
            given.push((row.number, given.len() as u64, round, unit));
        }
    }
    assert_eq!(given.len(), 64);
    assert_eq!(tells(&given), Vec::<String>::new());
    // The controls: a counter, a unit's letter, a day.
    let changed = |number: &dyn Fn(&Given) -> String| -> Vec<Given> {
        given.iter().map(|one| (number(one), one.1, one.2, one.3)).collect()
    };
    let counted = tells(&changed(&|one| format!("AAA-{:04}", one.1)));
    assert!(counted.iter().any(|found| found.contains("the number tells the order")), "{counted:?}");
    assert!(counted.iter().any(|found| found.contains("follows")), "{counted:?}");
    let by_unit = tells(&changed(&|one| format!("{}{}", &one.3[..1], &one.0[1..])));
    assert!(by_unit.iter().any(|found| found.contains("character 0")), "{by_unit:?}");
    let dated = tells(&changed(&|one| format!("{}{}", &one.0[..7], one.2)));
    assert!(dated.iter().any(|found| found.contains("character 7 tells the batch")), "{dated:?}");
    app.leaves_work_behind();
}

on_both!(an_10_a_number_tells_nothing);
