//! Looks for anything in a copy that tells when an act came.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::acts::Act;
use super::order::{bound, correlation};
use crate::privacy::copy::{Copy, Value};

/// Fewer acts than this say nothing.
const LEAST: usize = 30;

/// Neighbours in the order of the journal that are looked at: what one act frees, the next one fills.
const NEIGHBOURS: [isize; 4] = [-2, -1, 1, 2];

pub struct Looked {
    pub orders: usize,
    pub findings: Vec<String>,
}

/// An act, the name of a mark of it, and its bytes.
type Mark<'a> = (usize, &'static str, &'a [u8]);

/// What was found where: by act.
type Positions = BTreeMap<usize, u64>;

/// Everything in which acts of one kind stand in some order: its name, and where each stands.
type Orders = BTreeMap<(String, &'static str), Positions>;

/// The orders in which acts stand, as far as they have to do with when the acts came.
pub fn telling(copy: &Copy, acts: &[Act]) -> Looked {
    let mut orders = Orders::new();
    in_tables(copy, acts, &mut orders);
    in_files(copy, acts, &mut orders);
    let written = written(&orders, acts.len());
    let mut looked: Vec<(String, f64)> = Vec::new();
    for ((name, kind), positions) in &orders {
        if positions.len() < LEAST {
            continue;
        }
        let mut slots: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for act in positions.keys() {
            slots.entry(acts[*act].slot).or_default().push(*act);
        }
        let groups: Vec<_> = slots
            .values()
            .map(|group| group.iter().map(|act| (acts[*act].came(), positions[act])).collect())
            .collect();
        looked.push((format!("{kind}: {name}"), correlation(&groups)));
        for far in NEIGHBOURS {
            let groups: Vec<_> = slots
                .values()
                .map(|group| {
                    let mut group: Vec<_> = group.iter().filter(|act| written[**act].is_some()).collect();
                    group.sort_by_key(|act| written[**act]);
                    (0..group.len())
                        .filter_map(|at| {
                            let other = group.get(at.checked_add_signed(far)?)?;
                            Some((acts[*group[at]].came(), positions[*other]))
                        })
                        .collect()
                })
                .collect();
            looked.push((format!("{kind}: {name}, {far} in the journal"), correlation(&groups)));
        }
    }
    let bound = bound(looked.len());
    let mut findings: Vec<_> = looked.iter().filter(|(_, found)| found.abs() > bound).collect();
    findings.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()));
    let findings =
        findings.into_iter().map(|(name, found)| format!("{name}: {found:.1} > {bound:.1}")).collect();
    Looked { orders: looked.len(), findings }
}

/// In how many files, or under how many kinds of acts, marks of this name lie.
pub fn files_with(copy: &Copy, acts: &[Act], mark: &str) -> Vec<String> {
    let mut orders = Orders::new();
    in_files(copy, acts, &mut orders);
    orders
        .into_iter()
        .filter(|((name, _), _)| name.starts_with(mark) && name.ends_with("first"))
        .map(|((name, kind), found)| format!("{kind}: {name}, {} times", found.len()))
        .collect()
}

/// The order in which the batches carried the acts out, as anybody reads it off the journal.
fn written(orders: &Orders, count: usize) -> Vec<Option<u64>> {
    let mut written = vec![None; count];
    for ((name, _), positions) in orders {
        if name == "entry in table journal, first row" {
            for (act, at) in positions {
                written[*act] = Some(*at);
            }
        }
    }
    written
}

fn in_tables(copy: &Copy, acts: &[Act], orders: &mut Orders) {
    let mut known: HashMap<&[u8], (usize, &'static str)> = HashMap::new();
    for (number, act) in acts.iter().enumerate() {
        for (name, bytes) in &act.marks {
            known.insert(bytes, (number, name));
        }
    }
    for (table, stored) in &copy.tables {
        // What a value is worth in the order of its column.
        let worth: Vec<BTreeMap<&Value, u64>> = (0..stored.columns.len())
            .map(|column| {
                let all: BTreeSet<_> = stored.rows.iter().map(|row| &row[column]).collect();
                all.into_iter().zip(0..).collect()
            })
            .collect();
        for (at, row) in (0..).zip(&stored.rows) {
            for value in row {
                let Value::Bytes(bytes) = value else { continue };
                let Some((act, mark)) = known.get(&bytes[..]) else { continue };
                let mut put = |what: &str, position: u64, last: bool| {
                    let place = format!("{mark} in table {table}, {what}");
                    let positions = orders.entry((place, acts[*act].kind)).or_default();
                    if last {
                        positions.insert(*act, position);
                    } else {
                        positions.entry(*act).or_insert(position);
                    }
                };
                put("first row", at, false);
                put("last row", at, true);
                for (column, value) in row.iter().enumerate() {
                    put(&stored.columns[column], worth[column][value], false);
                }
            }
        }
    }
}

fn in_files(copy: &Copy, acts: &[Act], orders: &mut Orders) {
    let mut known: HashMap<[u8; 8], Vec<Mark<'_>>> = HashMap::new();
    let mut begins = vec![false; 1 << 16];
    for (number, act) in acts.iter().enumerate() {
        for (name, bytes) in &act.marks {
            begins[usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))] = true;
            known.entry(bytes[..8].try_into().unwrap()).or_default().push((number, name, bytes));
        }
    }
    for (file, bytes) in &copy.files {
        let file = file.split('/').next_back().unwrap_or_default();
        for at in 0..bytes.len().saturating_sub(8) {
            if !begins[usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]))] {
                continue;
            }
            let Some(found) = known.get(&bytes[at..at + 8]) else { continue };
            for (act, mark, wanted) in found {
                if bytes[at..].starts_with(wanted) {
                    let place = |which: &str| (format!("{mark} in file {file}, {which}"), acts[*act].kind);
                    orders.entry(place("first")).or_default().entry(*act).or_insert(at as u64);
                    orders.entry(place("last")).or_default().insert(*act, at as u64);
                }
            }
        }
    }
}

/// Where one of these seconds stands: as a number or as digits in a row, or as bytes in a file.
pub fn seconds_in(copy: &Copy, seconds: &BTreeSet<i64>) -> Vec<String> {
    let mut found = BTreeSet::new();
    let parts = |text: &str| -> Vec<i64> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
    };
    for (name, table) in &copy.tables {
        for row in &table.rows {
            for (column, value) in table.columns.iter().zip(row) {
                let told = match value {
                    Value::Integer(number) => {
                        [1, 1_000, 1_000_000].iter().any(|part| seconds.contains(&(number / part)))
                    }
                    Value::Text(text) => parts(text).iter().any(|number| seconds.contains(number)),
                    Value::Null | Value::Bytes(_) => false,
                };
                if told {
                    found.insert(format!("{name}.{column}"));
                }
            }
        }
    }
    for (name, bytes) in &copy.files {
        found.extend(in_bytes(bytes, seconds).into_iter().map(|how| format!("{how} in the bytes of {name}")));
    }
    found.into_iter().collect()
}

/// Eight bytes or ten digits that are a second never come by chance. Four bytes do, in some gigabytes of sealed
/// text: there are as many of them as chance allows, or somebody wrote them.
#[expect(clippy::cast_precision_loss, reason = "some million bytes")]
fn in_bytes(bytes: &[u8], seconds: &BTreeSet<i64>) -> Vec<String> {
    let short: BTreeSet<u32> = seconds.iter().map(|second| u32::try_from(*second).unwrap()).collect();
    let heads: BTreeSet<u16> = short.iter().map(|second| u16::try_from(second >> 16).unwrap()).collect();
    let mut head = vec![false; 1 << 16];
    for one in &heads {
        head[usize::from(*one)] = true;
    }
    let (mut big, mut little) = (0_u32, 0_u32);
    let mut found = Vec::new();
    for at in 0..bytes.len().saturating_sub(4) {
        let (high, low) = ([bytes[at], bytes[at + 1]], [bytes[at + 2], bytes[at + 3]]);
        if head[usize::from(u16::from_be_bytes(high))]
            && short.contains(&u32::from_be_bytes([high[0], high[1], low[0], low[1]]))
        {
            big += 1;
            if at >= 4 && bytes[at - 4..at] == [0; 4] {
                found.push("eight bytes, the largest first,".to_owned());
            }
        }
        if head[usize::from(u16::from_le_bytes(low))]
            && short.contains(&u32::from_le_bytes([high[0], high[1], low[0], low[1]]))
        {
            little += 1;
            if bytes.get(at + 4..at + 8) == Some(&[0; 4]) {
                found.push("eight bytes, the smallest first,".to_owned());
            }
        }
        // Ten digits: "178…".
        if bytes[at..].starts_with(b"178")
            && let Some(digits) = bytes.get(at..at + 10)
            && let Ok(text) = std::str::from_utf8(digits)
            && text.parse().is_ok_and(|number: i64| seconds.contains(&number))
        {
            found.push("digits".to_owned());
        }
    }
    let chance = bytes.len() as f64 * short.len() as f64 / 2.0_f64.powi(32);
    let most = chance + 6.0 * chance.sqrt() + 6.0;
    for (how, times) in [("the largest first", big), ("the smallest first", little)] {
        if f64::from(times) > most {
            found.push(format!("four bytes, {how}, {times} times and not {chance:.1}"));
        }
    }
    found
}
