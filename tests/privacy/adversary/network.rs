//! A3, who has the proxy's log of everybody at work: when, how many bytes up and down, nothing of what is inside;
//! and A1's desk beside it, with the text of each concern and the batch that opened it.
//!
//! The design does not promise that a work network learns nothing: the first page says to use one's own. So two
//! things are held here. A log in which the author's visit does not stand tells nothing. And a log in which it
//! stands beside others that sent something does not tell, by sizes, which of them wrote this one. How much a
//! log tells otherwise is measured and printed; docs/anonymity-figures.md has it.

use std::cell::Cell;
use std::collections::BTreeMap;

use candor::clock::Timestamp;
use candor::domain::deadline::Calendar;

use super::chance::{Guesses, Table};
use super::scene::{COLLEAGUES, REACH};
use super::wire::{CLASS, Shape, Visitor, Wire};
use crate::support::app::{FOUNDED, TestApp};
use crate::support::{Engine, block_on};

/// The lengths of texts that people send, in characters.
const LENGTHS: [usize; 12] = [70, 150, 230, 320, 450, 600, 750, 900, 1_100, 1_300, 1_500, 1_700];

const TRIALS: usize = 300;

/// What each visit weighs, by the length of its text.
struct Measured {
    read: Shape,
    /// Sent without scripts, and with.
    bare: BTreeMap<usize, Shape>,
    filled: BTreeMap<usize, Shape>,
    /// Coming back to a case of such a text; and the same without padding.
    visit: BTreeMap<usize, Shape>,
    visit_unpadded: BTreeMap<usize, Shape>,
}

async fn measure() -> Measured {
    let app = TestApp::with_seed(Engine::Sqlite, 90).await.unwrap();
    app.leaves_work_behind();
    let wire = Wire::start(&app).await;
    let mut reader = Visitor::new(&wire, false);
    for path in ["/", "/library"] {
        reader.get(path).await;
    }
    let mut measured = Measured {
        read: reader.shape,
        bare: BTreeMap::new(),
        filled: BTreeMap::new(),
        visit: BTreeMap::new(),
        visit_unpadded: BTreeMap::new(),
    };
    let mut receipts = Vec::new();
    for length in LENGTHS {
        let mut bare = Visitor::new(&wire, false);
        receipts.push((length, bare.writes(length).await));
        measured.bare.insert(length, bare.shape);
        let mut filled = Visitor::new(&wire, true);
        filled.writes(length).await;
        measured.filled.insert(length, filled.shape);
    }
    // Twenty open in each batch.
    app.run_batches().await;
    for (length, words) in receipts {
        let mut visitor = Visitor::new(&wire, true);
        let padding = visitor.comes_back(&words).await;
        let mut unpadded = visitor.shape.clone();
        unpadded.last_mut().unwrap().1 -= padding;
        measured.visit.insert(length, visitor.shape);
        measured.visit_unpadded.insert(length, unpadded);
    }
    measured
}

/// What others do beside the author, in the two days before the case opens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    Read,
    /// Fill the form in, and leave it on the review page.
    GiveUp,
    Send,
}

struct Logged<'a> {
    who: usize,
    at: Timestamp,
    shape: &'a [(usize, usize)],
}

struct Network<'a> {
    measured: &'a Measured,
    /// The batches of the weeks in which it plays.
    batches: Vec<Timestamp>,
    chance: Cell<u64>,
}

fn distance(one: &[(usize, usize)], other: &[(usize, usize)]) -> usize {
    if one.len() != other.len() {
        return 1_000_000 + one.len().abs_diff(other.len());
    }
    one.iter().zip(other).map(|(one, other)| one.0.abs_diff(other.0) + one.1.abs_diff(other.1)).sum()
}

fn classes(shape: &[(usize, usize)]) -> Vec<(usize, usize)> {
    shape.iter().map(|(up, down)| (up / CLASS, down / CLASS)).collect()
}

impl Network<'_> {
    /// SplitMix64: a hundred thousand draws of the program's own source would take a minute.
    fn below(&self, bound: usize) -> usize {
        self.chance.set(self.chance.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut mixed = self.chance.get();
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    fn shuffled<T>(&self, items: impl IntoIterator<Item = T>) -> Vec<T> {
        let mut items: Vec<T> = items.into_iter().collect();
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
        items
    }

    fn length(&self) -> usize {
        LENGTHS[self.below(LENGTHS.len())]
    }

    fn slot(&self, at: Timestamp) -> Timestamp {
        self.batches[self.batches.partition_point(|batch| *batch <= at) + self.below(4)]
    }

    fn within_reach(&self, of: Timestamp) -> Timestamp {
        of.plus(-1 - self.below(REACH.unsigned_abs() as usize - 1) as i64)
    }

    /// One concern: whether the best guess names its author, and how likely it is by chance.
    fn concern(
        &self,
        others: Others,
        count: usize,
        with_scripts: bool,
        batches: bool,
        own_network: bool,
    ) -> (bool, f64) {
        let sizes = if with_scripts { &self.measured.filled } else { &self.measured.bare };
        let people = self.shuffled(0..COLLEAGUES);
        let author = people[0];
        let at = FOUNDED.plus(self.below(14 * 86_400) as i64);
        let opened = if batches { self.slot(at) } else { at.plus(1) };
        let length = self.length();
        let mut log = Vec::new();
        // Everybody reads now and then: the library is for everyone.
        for who in 0..COLLEAGUES {
            log.push(Logged { who, at: self.within_reach(opened), shape: &self.measured.read });
        }
        for who in people.iter().skip(1).take(count) {
            let shape = match others {
                Others::Read => self.measured.read.as_slice(),
                Others::GiveUp => &sizes[&self.length()][..5],
                Others::Send => &sizes[&self.length()],
            };
            log.push(Logged { who: *who, at: self.within_reach(opened), shape });
        }
        if !own_network {
            log.push(Logged { who: author, at, shape: &sizes[&length] });
        }
        // Whoever has logs can try the site, and knows what sending a text of this length weighs.
        let wanted = &sizes[&length];
        let likeliest = log
            .iter()
            .filter(|one| one.at < opened && opened.since(one.at) <= REACH)
            .min_by_key(|one| (distance(one.shape, wanted), opened.since(one.at)))
            .unwrap();
        let alike = log.iter().filter(|one| classes(one.shape) == classes(wanted)).count();
        // Those among whom the sizes must not tell: whoever sent as much to a class; or, as the design has it that
        // readers hide a writer, all who were there.
        let candidates = if own_network || others != Others::Send { COLLEAGUES } else { alike.max(1) };
        (likeliest.who == author, 1.0 / candidates as f64)
    }

    fn concerns(
        &self,
        others: Others,
        count: usize,
        with_scripts: bool,
        batches: bool,
        own_network: bool,
    ) -> Guesses {
        let mut guesses = Guesses::default();
        for _ in 0..TRIALS {
            let (hit, chance) = self.concern(others, count, with_scripts, batches, own_network);
            guesses.add(hit, chance);
        }
        guesses
    }

    /// `count` others come back to cases of their own: who of them reads this one?
    fn visits(&self, count: usize, sizes: &BTreeMap<usize, Shape>) -> Guesses {
        let mut guesses = Guesses::default();
        for _ in 0..TRIALS {
            let mut all = self.shuffled(LENGTHS);
            all.truncate(count + 1);
            let author = self.below(all.len());
            let wanted = &sizes[&all[author]];
            let likeliest = (0..all.len()).min_by_key(|one| distance(&sizes[&all[*one]], wanted)).unwrap();
            let padded = |length: &usize| classes(&self.measured.visit[length]);
            let alike = all.iter().filter(|length| padded(length) == padded(&all[author])).count();
            guesses.add(likeliest == author, 1.0 / alike as f64);
        }
        guesses
    }

    /// What the design takes for granted, were writing to look like reading: each of the others is on the site in a
    /// slot with this probability. Several acts of one reporter are put together.
    fn presence(&self, often: f64, acts: usize) -> Guesses {
        let mut guesses = Guesses::default();
        let slots = 28 * 2;
        for _ in 0..TRIALS {
            let author = self.below(COLLEAGUES);
            let here = |_: usize| (self.below(1_000_000) as f64) < often * 1e6;
            let mut there: Vec<Vec<usize>> =
                (0..COLLEAGUES).map(|_| (0..slots).map(|slot| usize::from(here(slot))).collect()).collect();
            let opened: Vec<usize> = (0..acts)
                .map(|_| {
                    let slot = self.below(slots - 4);
                    there[author][slot] = 1;
                    slot + 1 + self.below(4)
                })
                .collect();
            let score = |who: usize| -> usize {
                opened
                    .iter()
                    .map(|batch| there[who][batch.saturating_sub(4)..*batch].iter().sum::<usize>())
                    .product()
            };
            let likeliest = self.shuffled(0..COLLEAGUES).into_iter().max_by_key(|who| score(*who)).unwrap();
            guesses.add(likeliest == author, 1.0 / COLLEAGUES as f64);
        }
        guesses
    }

    fn print_curves(&self) {
        use std::fmt::Write;
        let mut text =
            "\nA3 with A1: how often the author is named, by what others do in the same two days\n"
                .to_owned();
        text.push_str("  others | read only | give the form up | send, no scripts | send, scripts | author's own network\n");
        for count in [0, 1, 2, 5, 11, 23] {
            let percent =
                |others, scripts, own| 100.0 * self.concerns(others, count, scripts, true, own).success();
            let _ = writeln!(
                text,
                "  {count:>6} | {:>7.1} % | {:>14.1} % | {:>14.1} % | {:>11.1} % | {:>10.1} %",
                percent(Others::Read, true, false),
                percent(Others::GiveUp, true, false),
                percent(Others::Send, false, false),
                percent(Others::Send, true, false),
                percent(Others::Send, true, true),
            );
        }
        text.push_str(
            "Were writing to look like reading: by how many of 23 others are on the site in each half day\n",
        );
        text.push_str("  others | one act | three acts | ten acts\n");
        for often in [0.0, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0] {
            let percent = |acts| 100.0 * self.presence(often, acts).success();
            let others = often * (COLLEAGUES - 1) as f64;
            let _ = writeln!(
                text,
                "  {others:>6.1} | {:>5.1} % | {:>8.1} % | {:>6.1} %",
                percent(1),
                percent(3),
                percent(10)
            );
        }
        let _ = writeln!(text, "A reader's requests: {:?}", self.measured.read);
        for length in [LENGTHS[0], LENGTHS[11]] {
            let _ = writeln!(text, "{length} characters, no scripts: {:?}", self.measured.bare[&length]);
            let _ = writeln!(text, "{length} characters, scripts:    {:?}", self.measured.filled[&length]);
            let _ = writeln!(text, "coming back to {length} characters: {:?}", self.measured.visit[&length]);
        }
        super::print(&text);
    }
}

#[test]
fn the_adversary_with_the_proxys_log_does_no_better_than_chance_where_the_advice_is_followed() {
    let measured = block_on(measure());
    let network = Network {
        measured: &measured,
        batches: Calendar::united_states().next_batches(FOUNDED, 40),
        chance: Cell::new(91),
    };
    let send = Others::Send;
    let mut table = Table::default();
    table.protected(
        "A3: the author wrote on a network of their own",
        network.concerns(send, 5, true, true, true),
    );
    table.control(
        "A3: the author wrote at work, others only read",
        network.concerns(Others::Read, 23, true, true, false),
    );
    for count in [2, 5, 11] {
        let filled = network.concerns(send, count, true, true, false);
        table.protected(&format!("A3: at work, {count} others send something too"), filled);
        let bare = network.concerns(send, count, false, true, false);
        table.control(&format!("A3: the same, forms not filled up ({count} others)"), bare);
        let at_once = network.concerns(send, count, true, false, false);
        table.control(&format!("A3: the same, a concern opens at once ({count} others)"), at_once);
    }
    table.protected("A3: which of 8 who come back reads this case", network.visits(7, &measured.visit));
    table.control("A3: the same, pages not padded", network.visits(7, &measured.visit_unpadded));
    if super::is_asked_for() {
        network.print_curves();
    }
    table.judge("A3 with A1: the proxy's log of everybody, and the commander's desk");
    // What is measured is what is claimed: readers hide nobody who writes at work, and senders do.
    assert!(network.concerns(Others::Read, 23, true, true, false).success() > 0.9);
}
