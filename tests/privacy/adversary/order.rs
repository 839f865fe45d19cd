//! An evening on which all twenty write, each at a time that everybody knows: whoever learns in which order
//! the concerns came knows the author of each.

use std::collections::{HashMap, HashSet};

use candor::clock::{DAY, HOUR, Timestamp};
use candor::domain::concern::{Concern, Pace};
use candor::jobs;
use candor::rng::Randomness;
use candor::store::{self, Db};
use sqlx::AssertSqlSafe;

use super::chance::{Guesses, Table};
use super::scene::hexadecimal;
use crate::support::app::{FOUNDED, Reporter, TestApp, concern};
use crate::support::{Engine, block_on};

const AUTHORS: usize = 20;
const SEEDS: u8 = 4;
const CONTROLS: u8 = 2;

/// What can be put in order.
const WAYS: [&str; 6] = [
    "A1/A5: the lines of the desk",
    "A4: the rows of cases",
    "A4: the rows of sealed parts",
    "A4: the journal",
    "A4: where sealed parts lie in the file",
    "A4: where waiting acts lie in the file",
];

/// The guesses by each way.
type Guessed = [Guesses; WAYS.len()];

/// In a list of `count` that came in order, the author who most likely stands at `place`.
fn at_place(place: usize, count: usize) -> usize {
    (2 * place + 1) * AUTHORS / (2 * count)
}

fn ordered(guesses: &mut Guesses, authors: &[usize]) {
    for (place, author) in authors.iter().enumerate() {
        guesses.add(at_place(place, authors.len()) == *author, 1.0 / AUTHORS as f64);
    }
}

async fn rows<T>(app: &TestApp, query: &str) -> Vec<T>
where
    T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
{
    let Db::Sqlite { read, .. } = &app.database.db else { panic!("on SQLite alone") };
    sqlx::query_as(AssertSqlSafe(query)).fetch_all(read).await.unwrap()
}

/// The bytes of the database's file once everything is in it, as large values find their pages again.
struct Copy {
    pages: HashMap<[u8; 16], usize>,
}

impl Copy {
    async fn take(app: &TestApp) -> Self {
        app.database.db.forget_traces().await.unwrap();
        let bytes = std::fs::read(app.database.folder().unwrap().join("candor.db")).unwrap();
        let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
        // The first four bytes of a page of a large value name the next.
        let pages = bytes
            .chunks(size)
            .enumerate()
            .map(|(number, page)| (page[4..20].try_into().unwrap(), number))
            .collect();
        Self { pages }
    }

    /// The first page that holds nothing but a part of this value.
    fn page_of(&self, value: &[u8]) -> Option<usize> {
        value.windows(16).find_map(|part| self.pages.get(part)).copied()
    }
}

/// Plays one evening. Of extraordinary concerns, all twenty open in the next batch.
async fn play(seed: u8, pace: Pace, kept: bool) -> Guessed {
    let app = TestApp::with_seed(Engine::Sqlite, seed).await.unwrap();
    app.leaves_work_behind();
    let mut guessed = Guessed::default();
    let chance = Randomness::labelled([seed; 32]);
    // From 18:05 in New York, after the evening's batch, half an hour apart, until before the morning's.
    let evening = Timestamp(FOUNDED.0 + DAY + 9 * HOUR + 300);
    let mut sent: Vec<(Vec<u8>, Reporter)> = Vec::new();
    for turn in 0..AUTHORS {
        let late = chance.below("late", 300) as i64;
        app.candor.clock.advance_to(evening.plus(turn as i64 * 2_000 + late));
        let reporter = app.raise(&Concern { pace, ..concern() }).await;
        let known: HashSet<Vec<u8>> = sent.iter().map(|(id, _)| id.clone()).collect();
        let ids: Vec<(Vec<u8>,)> = rows(&app, "SELECT id FROM inbox").await;
        let (id,) = ids.into_iter().find(|(id,)| !known.contains(id)).unwrap();
        sent.push((id, reporter));
    }
    let mut inbox_seen = false;
    if kept {
        inbox_seen = waiting(&app, &sent, &mut guessed[5]).await;
    }
    let mut opened = HashSet::new();
    while let Some(slot) = next_slot(&app).await {
        app.candor.clock.advance_to(slot);
        if kept {
            one_by_one(&app, &sent).await;
        }
        jobs::run_once(&app.candor).await.unwrap();
        let mut authors = HashMap::new();
        for (author, (_, reporter)) in sent.iter().enumerate() {
            let cookie = app.cookie(reporter).await;
            if let Some(candor::service::inbox::ReporterView::Case(case)) =
                app.candor.visit(&cookie).await.unwrap()
                && opened.insert(author)
            {
                authors.insert(case.number.clone(), author);
            }
        }
        if kept {
            in_order_of_number(&app, &mut authors).await;
        }
        look(&app, &authors, &mut guessed).await;
        if !inbox_seen {
            inbox_seen = waiting(&app, &sent, &mut guessed[5]).await;
        }
    }
    assert_eq!(opened.len(), AUTHORS);
    app.database.db.close().await;
    guessed
}

/// Nothing that reads may be under way when a copy is taken: it would keep the log from being emptied.
async fn next_slot(app: &TestApp) -> Option<Timestamp> {
    let mut tx = app.database.read().await;
    store::inbox::next_slot(&mut tx).await.unwrap()
}

/// The control: what is due is opened in the order in which it was sent.
async fn one_by_one(app: &TestApp, sent: &[(Vec<u8>, Reporter)]) {
    const ASIDE: i64 = 1_000_000_000;
    app.database.run(&format!("UPDATE inbox SET slot = slot + {ASIDE} WHERE slot <= {}", app.now().0)).await;
    for (id, _) in sent {
        let id = hexadecimal(id);
        let taken =
            format!("UPDATE inbox SET slot = slot - {ASIDE} WHERE id = x'{id}' AND slot > {ASIDE} * 2");
        if app.database.run(&taken).await > 0 {
            app.candor.run_batch().await.unwrap();
        }
    }
}

/// The control: numbers are given in turn.
async fn in_order_of_number(app: &TestApp, authors: &mut HashMap<String, usize>) {
    let all: Vec<_> = authors.drain().collect();
    for (number, author) in all {
        let in_turn = format!("AAA-{author:04}");
        app.database.run(&format!("UPDATE cases SET number = '{in_turn}' WHERE number = '{number}'")).await;
        authors.insert(in_turn, author);
    }
}

/// Puts what a batch has opened in every order that can be seen, and names an author for each.
async fn look(app: &TestApp, authors: &HashMap<String, usize>, guessed: &mut Guessed) {
    let of = |numbers: Vec<(String,)>| -> Vec<usize> {
        let mut known = HashSet::new();
        let first = numbers.into_iter().filter(|(number,)| known.insert(number.clone()));
        first.filter_map(|(number,)| authors.get(&number).copied()).collect()
    };
    let person = app.person("guard-east").await;
    let desk = app.candor.desk(&person.signed_in, &person.seat, 0).await.unwrap();
    ordered(&mut guessed[0], &of(desk.waiting.into_iter().map(|line| (line.number,)).collect()));
    for (way, query) in [
        (1, "SELECT number FROM cases ORDER BY rowid"),
        (2, "SELECT k.number FROM envelope e JOIN cases k ON k.id = e.case_id ORDER BY e.rowid"),
        (3, "SELECT k.number FROM journal j JOIN cases k ON k.id = j.case_id ORDER BY j.sequence"),
    ] {
        ordered(&mut guessed[way], &of(rows(app, query).await));
    }
    let copy = Copy::take(app).await;
    let bodies: Vec<(String, Vec<u8>)> =
        rows(app, "SELECT k.number, e.body FROM envelope e JOIN cases k ON k.id = e.case_id").await;
    let mut places: Vec<(usize, String)> =
        bodies.into_iter().filter_map(|(number, body)| Some((copy.page_of(&body)?, number))).collect();
    places.sort();
    assert!(places.len() >= authors.len(), "sealed parts were found in the file");
    ordered(&mut guessed[4], &of(places.into_iter().map(|(_, number)| (number,)).collect()));
}

/// Names an author for each act that still waits, by where it lies in the file. The service key opens the body,
/// which says to which case it belongs. Returns whether any waits.
async fn waiting(app: &TestApp, sent: &[(Vec<u8>, Reporter)], guesses: &mut Guesses) -> bool {
    let copy = Copy::take(app).await;
    let bodies: Vec<(Vec<u8>, Vec<u8>)> = rows(app, "SELECT id, body FROM inbox").await;
    let count = bodies.len();
    let mut places: Vec<(usize, usize)> = bodies
        .into_iter()
        .filter_map(|(id, body)| {
            let author = sent.iter().position(|(known, _)| *known == id)?;
            Some((copy.page_of(&body)?, author))
        })
        .collect();
    assert_eq!(places.len(), count, "waiting acts were found in the file");
    places.sort_unstable();
    ordered(guesses, &places.into_iter().map(|(_, author)| author).collect::<Vec<_>>());
    count > 0
}

#[test]
fn the_adversary_finds_no_order_in_what_came_in_one_evening() {
    let mut table = Table::default();
    let mut protected = Guessed::default();
    let mut control = Guessed::default();
    for (seed, pace) in (0..SEEDS).flat_map(|seed| [(seed, Pace::Routine), (seed, Pace::Extraordinary)]) {
        let all = block_on(play(40 + seed, pace, false));
        protected.iter_mut().zip(all).for_each(|(sum, one)| sum.join(one));
    }
    for seed in 0..CONTROLS {
        let all = block_on(play(40 + seed, Pace::Extraordinary, true));
        control.iter_mut().zip(all).for_each(|(sum, one)| sum.join(one));
    }
    for (way, (protected, control)) in WAYS.iter().zip(protected.into_iter().zip(control)) {
        table.protected(way, protected);
        table.control(&format!("{way}, order kept"), control);
    }
    table.judge("A1, A4 and A5: twenty concerns of one evening, by their order");
}
