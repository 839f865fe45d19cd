//! Twenty reporters among two dozen colleagues, who write one after the other over two months.

use std::collections::BTreeSet;

use axum::http::Method;
use candor::clock::{DAY, HOUR, Timestamp};
use candor::crypto::canonical::Canonical;
use candor::crypto::secret::ServiceKey;
use candor::crypto::service::{Purpose, ServiceKeys};
use candor::domain::concern::{Concern, HandlerConcerned};
use candor::domain::id::{CaseId, PostId};
use candor::rng::Randomness;
use candor::store::{self, Db};
use sqlx::AssertSqlSafe;

use crate::support::Engine;
use crate::support::app::{FOUNDED, ORGANISATION, PASSPHRASE, TestApp, concern, prose};
use crate::support::http::Client;
use crate::support::site::{filled, routes};

pub const COLLEAGUES: usize = 24;
pub const REPORTERS: usize = 20;
const TEAM: usize = 4;

/// How far before its batch an act can lie: it is drawn from the next four, and there are two a day.
pub const REACH: i64 = 2 * DAY;

/// What a hidden section adds to its text where it is stored as long as it is typed.
const SEALED: usize = 60;

/// The protection that is off. It is switched off by how the scene is built, never in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Off {
    Nothing,
    /// A concern becomes a case as soon as it is sent.
    Batches,
    /// Teams of four have a commander and are shown.
    Place,
    /// The Council-only section is stored as long as it was typed.
    Padding,
    /// The time of the act is written beside the case.
    Time,
}

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A1: whichever commander has the case on the desk.
    Commander,
    /// A5: a lead of the Council, to which every case goes because its commanders may be concerned.
    Council,
}

/// Somebody of the unit, as everybody there knows them.
#[derive(Clone, Copy, Debug)]
pub struct Colleague {
    /// When they are at a screen of their own, each day: minutes after midnight.
    pub minute: i64,
    pub team: usize,
    /// How much they write when they write.
    pub words: usize,
}

/// What can be had of one case.
#[derive(Clone, Debug)]
pub struct Sight {
    /// When it was there for the first time.
    pub seen: Timestamp,
    /// Times shown or stored with it that lie before that, within the reach of a batch.
    pub times: Vec<i64>,
    pub place: String,
    /// Bytes of what is sealed, as far as they can be counted.
    pub size: usize,
}

/// A case, who wrote it, and what an account and a copy of the database with the service key tell of it.
#[derive(Clone, Debug)]
pub struct Found {
    pub author: usize,
    pub page: Sight,
    pub copy: Sight,
    /// The case beside every page that accounts like this one, at headquarters and the administrator's have in the end.
    pub pages: Sight,
}

/// The people of one seed. Each has an hour of the day of their own.
pub fn colleagues(chance: &Randomness) -> Vec<Colleague> {
    let mut hours: Vec<i64> = (0..COLLEAGUES as i64).collect();
    chance.shuffle("hours", &mut hours);
    let mut words: Vec<usize> = (0..COLLEAGUES).map(|rank| 40 + 80 * rank).collect();
    chance.shuffle("words", &mut words);
    let minute = |hour: i64| hour * 60 + chance.below("minute", 50) as i64;
    (0..COLLEAGUES)
        .map(|one| Colleague { minute: minute(hours[one]), team: one / TEAM, words: words[one] })
        .collect()
}

fn team(team: usize) -> (String, String) {
    (format!("RIV-E{team}"), format!("Patrol, East {team}"))
}

/// The usual organisation with six teams under one unit; where places are not made coarse, each is
/// written down as large enough, and has a commander.
async fn with_teams(app: &TestApp, shown: bool) {
    use std::fmt::Write;
    let mut file = ORGANISATION.to_owned();
    let band = if shown { "10-24" } else { "0-4" };
    for one in 0..COLLEAGUES / TEAM {
        let (id, name) = team(one);
        let commander = if shown { "commander = \"Team Leader\"\n" } else { "" };
        let _ = write!(
            file,
            "\n[[units]]\nid = \"{id}\"\nname = \"{name}\"\nbranch = \"RIV-PAT\"\nparent = \"RIV-EAST\"\n\
             place = \"Eastbank {one}\"\nstrength = \"{band}\"\n{commander}"
        );
    }
    let (administrator, _) = app.administrator().await;
    if !shown {
        app.candor.set_organisation(&administrator, &file).await.unwrap();
        return;
    }
    // Nobody but a Council lead could let this pass (AN-01).
    let version = app.database.number("SELECT MAX(version) FROM organisation").await;
    app.candor.change_organisation(&administrator, version, &file).await.unwrap();
    let lead = app.person("council-guard").await.signed_in;
    let about = candor::domain::agreement::About::Organisation;
    let proposed =
        app.candor.change(&lead, about).await.unwrap().waiting.expect("it waits for a lead").version;
    app.candor.agree(&lead, about, proposed).await.unwrap();
    for one in 0..COLLEAGUES / TEAM {
        let post = PostId::Commander(team(one).0.as_str().into());
        let link =
            app.candor.invite(&administrator, &format!("team-{one}"), false, &[(post, false)]).await.unwrap();
        app.candor.activate(&link, PASSPHRASE).await.unwrap();
    }
    for waiting in app.candor.to_approve(&lead).await.unwrap() {
        app.candor.approve(&lead, waiting.account, &waiting.post).await.unwrap();
    }
}

/// Plays one seed: the people, and every case there was.
pub async fn play(seed: u8, reader: Reader, off: Off) -> (Vec<Colleague>, Vec<Found>) {
    let app = TestApp::with_seed(Engine::Sqlite, seed).await.unwrap();
    app.leaves_work_behind();
    with_teams(&app, off == Off::Place).await;
    let chance = Randomness::labelled([seed; 32]);
    let people = colleagues(&chance);
    let mut authors: Vec<usize> = (0..COLLEAGUES).collect();
    chance.shuffle("authors", &mut authors);
    let midnight = FOUNDED.0 - FOUNDED.0.rem_euclid(DAY) + DAY;
    let mut found = Vec::new();
    for (turn, author) in authors.into_iter().take(REPORTERS).enumerate() {
        let person = people[author];
        let late = chance.below("late", 240) as i64;
        let at = Timestamp(midnight + turn as i64 * 3 * DAY + person.minute * 60 + late);
        app.candor.clock.advance_to(at);
        let handler = match reader {
            Reader::Commander => HandlerConcerned::No,
            Reader::Council => HandlerConcerned::BothSides,
        };
        let concern = Concern {
            my_unit: team(person.team).0.as_str().into(),
            council_only: prose(&"x".repeat(person.words)),
            handler,
            ..concern()
        };
        let reporter = app.raise(&concern).await;
        if off == Off::Batches {
            app.database.run(&format!("UPDATE inbox SET slot = {}", at.0)).await;
        }
        app.run_batches().await;
        let number = app.visit(&reporter).await.number;
        let case = store::cases::by_number(&mut app.database.read().await, &number).await.unwrap().unwrap();
        disclose(&app, case, off, at, person.words).await;
        let commander =
            if off == Off::Place { format!("team-{}", person.team) } else { "guard-east".to_owned() };
        let name = match reader {
            Reader::Commander => commander.as_str(),
            Reader::Council => "council-guard",
        };
        let page = page(&app, name, &number).await;
        found.push(Found { author, pages: page.clone(), page, copy: copy(&app, case).await });
    }
    // The desk of a team that has a commander of its own shows its own cases alone.
    let names: &[&str] = match reader {
        Reader::Commander => &["guard-east", "harbour-east", "administrator"],
        Reader::Council => &["council-guard", "council-harbour", "office-guard", "administrator"],
    };
    let all = times_on_pages(&app, names).await;
    for one in &mut found {
        one.pages.times = earlier(all.iter().copied(), one.pages.seen);
    }
    app.database.db.close().await;
    (people, found)
}

/// Writes down what a protection would have kept from being written.
async fn disclose(app: &TestApp, case: CaseId, off: Off, at: Timestamp, words: usize) {
    let id = hexadecimal(case.as_bytes());
    match off {
        Off::Time => {
            app.database.run(&format!("UPDATE waiting SET since = {} WHERE case_id = x'{id}'", at.0)).await;
        }
        Off::Padding => {
            let length = SEALED + words;
            let kind = candor::domain::audience::Kind::CouncilOnly.code();
            app.database
                .run(&format!(
                    "UPDATE envelope SET body = substr(body, 1, {length}) WHERE case_id = x'{id}' AND kind = {kind}"
                ))
                .await;
        }
        Off::Nothing | Off::Batches | Off::Place => {}
    }
}

pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn earlier(times: impl IntoIterator<Item = i64>, seen: Timestamp) -> Vec<i64> {
    times.into_iter().filter(|time| (seen.0 - REACH..seen.0).contains(time)).collect()
}

/// What an account has: the line on its desk, and the case itself with everything that its page is made from.
async fn page(app: &TestApp, name: &str, number: &str) -> Sight {
    let person = app.person(name).await;
    let desk = app.candor.desk(&person.signed_in, &person.seat, 0).await.unwrap();
    let line = [&desk.waiting, &desk.in_motion, &desk.ended]
        .into_iter()
        .flatten()
        .find(|line| line.number == number)
        .unwrap_or_else(|| panic!("{name} has no {number}"));
    let view = app.candor.case(&person.signed_in, &person.seat, number).await.unwrap();
    let mut times = vec![line.since.0, line.due.0];
    times.extend(view.entered.map(|time| time.0));
    times.extend(view.history.iter().map(|(time, _)| time.0));
    varints_in(&postcard::to_allocvec(&view.dispute).unwrap(), &mut times);
    Sight { seen: app.now(), times: earlier(times, app.now()), place: line.raising.clone(), size: 0 }
}

/// Every time that stands on any page of these people, but for full hours: batches and deadlines fall on those.
async fn times_on_pages(app: &TestApp, names: &[&str]) -> Vec<i64> {
    let site = app.site();
    let mut times = Vec::new();
    for name in names {
        let mut client = Client::new(&site);
        let first = client.sign_in(name).await;
        let mut waiting: Vec<String> = first.links();
        waiting.push(first.path.clone());
        waiting.extend(routes().iter().filter(|route| route.method == Method::GET).map(filled));
        let mut known = BTreeSet::new();
        while let Some(path) = waiting.pop() {
            // Acts are forms and hold no more than their case's page.
            let is_act = path.split_once("/case/").is_some_and(|(_, rest)| rest.contains('/'));
            let ends = ["/leave", "sign-out", "/static", "#"].iter().any(|own| path.contains(own));
            // When this very session began.
            let own = ["second-factor", "sessions"].iter().any(|own| path.contains(own));
            if is_act || ends || own || !known.insert(path.clone()) {
                continue;
            }
            assert!(known.len() < 500, "{name} can go on for ever, last to {path}");
            let answer = client.clone().get(&path).await;
            waiting.extend(answer.links());
            times.extend(times_in(&answer.text()));
        }
    }
    times.retain(|time| time % HOUR != 0);
    times
}

/// Times as pages write them: "Tuesday 2 June, 14:05", perhaps with a year; in New York.
fn times_in(text: &str) -> Vec<i64> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let parts: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != ':').filter(|part| !part.is_empty()).collect();
    let mut times = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let Some(month) = MONTHS.iter().position(|month| month == part) else { continue };
        let day = at.checked_sub(1).and_then(|before| parts[before].parse::<i8>().ok());
        let mut after = parts[at + 1..].iter();
        let mut next = after.next();
        let year = next.and_then(|part| part.parse::<i16>().ok()).filter(|year| *year > 1_000);
        if year.is_some() {
            next = after.next();
        }
        let clock = next.and_then(|part| part.split_once(':'));
        let Some((day, (hour, minute))) = day.zip(clock) else { continue };
        let (Ok(hour), Ok(minute)) = (hour.parse::<i8>(), minute.parse::<i8>()) else { continue };
        let date = jiff::civil::Date::new(year.unwrap_or(2026), month as i8 + 1, day).unwrap();
        let moment = date.at(hour, minute, 0, 0).in_tz("America/New_York").unwrap();
        times.push(moment.timestamp().as_second());
    }
    times
}

#[test]
fn times_are_read_off_pages_as_they_stand_there() {
    assert_eq!(times_in("Since Monday 1 June, 09:00 it waits."), [FOUNDED.0]);
    assert_eq!(times_in("on Monday 1 June 2026, 09:01."), [FOUNDED.0 + 60]);
    assert_eq!(times_in("on 1 June 2026, with 3 of 4"), Vec::<i64>::new());
}

/// A4: the case's rows as they rest, with what the service key opens of them.
async fn copy(app: &TestApp, case: CaseId) -> Sight {
    let id = hexadecimal(case.as_bytes());
    let keys = ServiceKeys::new(&ServiceKey::from_bytes([3; 32]));
    let mut tx = app.database.read().await;
    let row = store::cases::find(&mut tx, case).await.unwrap().unwrap();
    let place = app.candor.directory().await.unwrap().organisation().unwrap().shown_place(&row.raising_unit);
    let bodies: usize = store::envelopes::of_case(&mut tx, case)
        .await
        .unwrap()
        .iter()
        .map(|envelope| envelope.body.len())
        .sum();
    drop(tx);
    let Db::Sqlite { read, .. } = &app.database.db else { panic!("on SQLite alone") };
    let columns: Vec<(i64, i64)> =
        sqlx::query_as(AssertSqlSafe(format!("SELECT since, due FROM waiting WHERE case_id = x'{id}'")))
            .fetch_all(read)
            .await
            .unwrap();
    let journal: Vec<(i64, i64, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT sequence, case_version, body FROM journal WHERE case_id = x'{id}'"
    )))
    .fetch_all(read)
    .await
    .unwrap();
    let mut times: Vec<i64> = columns.into_iter().flat_map(|(since, due)| [since, due]).collect();
    times.extend([row.released_week, row.level_due.map_or(0, |due| due.0)]);
    let state = Canonical::new("candor case row 1").bytes(case.as_bytes()).text("state").finish();
    varints_in(&keys.open(Purpose::CaseRow, &state, &row.state).unwrap(), &mut times);
    for (sequence, version, body) in journal {
        let place = Canonical::new("candor journal body 1")
            .number(sequence.unsigned_abs())
            .bytes(case.as_bytes())
            .number(version.unsigned_abs())
            .finish();
        varints_in(&keys.open(Purpose::Journal, &place, &body).unwrap(), &mut times);
    }
    let seen = app.now();
    Sight { seen, times: earlier(times, seen), place, size: bodies }
}

/// Every number that could stand anywhere in these bytes, as a serialised time would.
fn varints_in(bytes: &[u8], found: &mut Vec<i64>) {
    for start in 0..bytes.len() {
        let mut value = 0_u64;
        for (index, byte) in bytes[start..].iter().take(6).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                let signed = (value >> 1) as i64;
                found.push(if value & 1 == 0 { signed } else { !signed });
                break;
            }
        }
    }
}

/// The likeliest authors of all cases together: whoever fits one case best is taken for its author first, and for no
/// other's.
pub fn guess_together(people: &[Colleague], sights: &[&Sight]) -> Vec<usize> {
    let unlikely = |case: usize, one: usize| {
        let sight = sights[case];
        let at = sight.times.iter().copied().min().unwrap_or(sight.seen.0);
        let here = sight.place == "Patrol, East" || sight.place == team(people[one].team).1;
        (!here, (at - people[one].minute * 60).rem_euclid(DAY))
    };
    let mut pairs: Vec<(usize, usize)> =
        (0..sights.len()).flat_map(|case| (0..people.len()).map(move |one| (case, one))).collect();
    pairs.sort_by_key(|(case, one)| unlikely(*case, *one));
    let mut named = vec![usize::MAX; sights.len()];
    for (case, one) in pairs {
        if named[case] == usize::MAX && !named.contains(&one) {
            named[case] = one;
        }
    }
    named
}

/// The likeliest author. What tells more counts for more: the place shuts out, then how long somebody writes,
/// then who was at a screen just before the earliest time there is.
pub fn guess(people: &[Colleague], sight: &Sight, smallest: usize, sizes_vary: bool) -> usize {
    let at = sight.times.iter().copied().min().unwrap_or(sight.seen.0);
    let unlikely = |person: &Colleague| {
        let here = sight.place == "Patrol, East" || sight.place == team(person.team).1;
        // The shortest text seen stands for the one who writes least.
        let least = people.iter().map(|person| person.words).min().unwrap_or(0);
        let length = (sight.size - smallest.min(sight.size)).abs_diff(person.words - least);
        let since = (at - person.minute * 60).rem_euclid(DAY);
        (!here, if sizes_vary { length } else { 0 }, since)
    };
    (0..people.len()).min_by_key(|one| unlikely(&people[*one])).unwrap()
}
