//! For auditors: what the journal holds, without content; every showing of an identity; a check of the record.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::clock::Timestamp;
use crate::domain::dispute::Event;
use crate::domain::id::{AccountId, CaseId};
use crate::service::accounts::SignedIn;
use crate::service::directory::Directory;
use crate::service::record::{Entry, StaffAct};
use crate::service::verify::{Checking, Report};
use crate::service::{Candor, Problem};
use crate::store::journal::Row;
use crate::store::{self, Tx};

/// Entries on one page.
pub const PAGE: usize = 50;
/// Most entries taken away at once.
pub const ALL: usize = 10_000;
/// Most entries that are looked through for one page: what is asked for stands sealed, so each is opened.
const LOOKED_THROUGH: usize = 20_000;
const PORTION: i64 = 500;

/// Which entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    All,
    Cases,
    Staff,
    /// Showings of an identity.
    Identity,
}

/// Which part of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub sort: Sort,
    /// A case's number; empty for all.
    pub case: String,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Only entries before this one; the newest first.
    pub before: Option<i64>,
}

/// An entry as an auditor sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub number: i64,
    pub case: String,
    pub kind: String,
    /// The post that acted, and the sign-in name of whoever did so for it.
    pub post: String,
    pub who: String,
    /// Only its day is for showing.
    pub at: Option<Timestamp>,
}

/// A part of the journal, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub lines: Vec<Line>,
    /// Where to go on, if there may be more.
    pub next: Option<i64>,
}

/// The last check of the record that was asked for since the program started.
#[derive(Clone, Debug, Default)]
pub struct LastCheck {
    pub running: bool,
    /// When it ended, how many seconds it took, and what it found; `None` if it could not be made.
    pub ended: Option<(Timestamp, i64, Option<Report>)>,
}

/// Kept in memory alone; that a check was made stands in the journal.
#[derive(Clone, Debug, Default)]
pub struct Checks(Arc<Mutex<LastCheck>>);

impl Checks {
    fn change<T>(&self, change: impl FnOnce(&mut LastCheck) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Candor {
    /// Part of the journal, for an auditor.
    pub async fn audit(&self, by: &SignedIn, wanted: &Wanted, most: usize) -> Result<Part, Problem> {
        auditor(by)?;
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let of_case = if wanted.case.is_empty() {
            None
        } else {
            match store::cases::by_number(&mut tx, &wanted.case).await? {
                Some(case) => Some(case),
                None => return Ok(Part::default()),
            }
        };
        let mut numbers = BTreeMap::new();
        let mut part = Part::default();
        let mut before = wanted.before.unwrap_or(i64::MAX);
        let mut seen = 0;
        loop {
            let rows = match of_case {
                Some(case) => {
                    let mut rows = store::journal::of_case(&mut tx, case).await?;
                    rows.retain(|row| row.sequence < before);
                    rows.reverse();
                    rows
                }
                None => store::journal::before(&mut tx, before, PORTION).await?,
            };
            let ended = of_case.is_some() || rows.is_empty();
            for row in rows {
                if part.lines.len() == most || seen == LOOKED_THROUGH {
                    part.next = Some(before);
                    return Ok(part);
                }
                before = row.sequence;
                seen += 1;
                if let Some(line) = self.line(&mut tx, &row, wanted, &directory, &mut numbers).await? {
                    part.lines.push(line);
                }
            }
            if ended {
                return Ok(part);
            }
        }
    }

    async fn line(
        &self,
        tx: &mut Tx,
        row: &Row,
        wanted: &Wanted,
        directory: &Directory,
        numbers: &mut BTreeMap<CaseId, String>,
    ) -> Result<Option<Line>, Problem> {
        // A row that does not open is for the check to name; here it shows as one.
        let Ok(entry) = self.read_entry(row) else {
            return Ok((wanted.sort == Sort::All).then(|| Line {
                number: row.sequence,
                case: String::new(),
                kind: "cannot be opened; check the record".to_owned(),
                post: String::new(),
                who: String::new(),
                at: None,
            }));
        };
        let fits = match (wanted.sort, &entry) {
            (Sort::All, _) | (Sort::Cases, Entry::Case(_)) | (Sort::Staff, Entry::Staff { .. }) => true,
            (Sort::Identity, Entry::Case(event)) => matches!(event, Event::IdentityShown { .. }),
            _ => false,
        };
        let value = serde_json::to_value(&entry).map_err(|_| Problem::Damaged)?;
        let said = said(&value);
        let is_in_time = |at: Timestamp| {
            wanted.from.is_none_or(|from| at >= from) && wanted.until.is_none_or(|until| at < until)
        };
        if !fits || !said.at.is_none_or(is_in_time) {
            return Ok(None);
        }
        let of = match (row.case, &entry) {
            (Some((case, _)), _) => Some(case),
            (None, Entry::Staff { act: StaffAct::NoticesMade { case, .. }, .. }) => Some(*case),
            _ => None,
        };
        let case = match of {
            None => String::new(),
            Some(of) => {
                if let std::collections::btree_map::Entry::Vacant(unknown) = numbers.entry(of) {
                    let found = store::cases::find(tx, of).await?;
                    unknown.insert(found.map(|row| row.number).unwrap_or_default());
                }
                numbers.get(&of).cloned().unwrap_or_default()
            }
        };
        let post = said.post.parse().map_or_else(|_| String::new(), |post| directory.post_name(&post));
        let who = said.who.parse::<AccountId>().ok().and_then(|who| directory.names.get(&who).cloned());
        let kind = if is_the_reporters(&entry) { "the reporter acted".to_owned() } else { said.kind };
        Ok(Some(Line { number: row.sequence, case, kind, post, who: who.unwrap_or_default(), at: said.at }))
    }

    /// Has the record checked, beside everything else; one check at a time. Returns whether it was begun.
    pub fn begin_check(&self, by: &SignedIn) -> Result<bool, Problem> {
        auditor(by)?;
        if self.checks.change(|last| std::mem::replace(&mut last.running, true)) {
            return Ok(false);
        }
        let (candor, account) = (self.clone(), by.account);
        tokio::spawn(async move {
            let began = candor.clock.now();
            let report = Box::pin(candor.verify_with(&Checking::default())).await.ok();
            if let Some(report) = &report {
                let faults = u64::try_from(report.faults.len()).unwrap_or(u64::MAX);
                candor.write_check(account, report.entries, faults).await;
            }
            let now = candor.clock.now();
            candor.checks.change(|last| {
                *last = LastCheck { running: false, ended: Some((now, now.since(began), report)) };
            });
        });
        Ok(true)
    }

    async fn write_check(&self, by: AccountId, entries: u64, faults: u64) {
        let write = async {
            let mut tx = self.db.write().await?;
            self.record_act(&mut tx, StaffAct::RecordChecked { by, entries, faults }).await?;
            Ok::<_, Problem>(tx.commit().await?)
        };
        if let Err(problem) = write.await {
            tracing::error!(cause = problem.code(), "that the record was checked could not be written down");
        }
    }

    /// The last check that an auditor asked for.
    pub fn last_check(&self, by: &SignedIn) -> Result<LastCheck, Problem> {
        auditor(by)?;
        Ok(self.checks.change(|last| last.clone()))
    }
}

fn auditor(by: &SignedIn) -> Result<(), Problem> {
    if by.auditor { Ok(()) } else { Err(Problem::NotFound) }
}

/// What a reporter does is not told apart: whether they are pressed, report reprisal or give a name is not
/// for an auditor.
const fn is_the_reporters(entry: &Entry) -> bool {
    matches!(
        entry,
        Entry::Case(
            Event::Answered { .. }
                | Event::Added { .. }
                | Event::Attached { .. }
                | Event::ReviewAsked { .. }
                | Event::Pressed { .. }
                | Event::NameGiven { .. }
                | Event::NameWithheld { .. }
                | Event::CheckedIn { .. }
                | Event::ReprisalReported { .. }
                | Event::OutcomeDisputed { .. }
                | Event::RatedByReporter { .. }
        )
    )
}

struct Said {
    kind: String,
    post: String,
    who: String,
    at: Option<Timestamp>,
}

/// What an entry says of itself: its kind, who, and when; nothing else is taken out of it.
fn said(entry: &Value) -> Said {
    let (inner, tag, outer) = match (entry.get("case"), entry.get("staff")) {
        (Some(event), _) => (event, "event", event),
        (_, Some(staff)) => (staff.get("act").unwrap_or(&Value::Null), "act", staff),
        _ => (&Value::Null, "event", &Value::Null),
    };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let signed = ["acceptance", "signature"]
        .into_iter()
        .find_map(|name| inner.get(name).filter(|value| value.is_object()))
        .unwrap_or(inner);
    let seat = signed.get("seat").unwrap_or(inner);
    let at = outer.get("at").or_else(|| signed.get("at")).and_then(Value::as_i64).map(Timestamp);
    let who = inner.get("by").filter(|by| by.as_str().is_some_and(|by| by.len() > 30));
    Said {
        kind: text(inner.get(tag)).replace('_', " "),
        post: text(seat.get("post")),
        who: text(who.or_else(|| seat.get("account"))),
        at,
    }
}
