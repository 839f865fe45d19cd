//! Checking the whole record: the chain, what each entry says, the fold of each case, every
//! signature, people and their keys, the notices, and the heads that lie outside. It names the row at fault.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::crypto::public::VerifyingKey;
use crate::delivery::KeptHead;
use crate::domain::id::{AccountId, CaseId};
use crate::service::{Candor, Directory, Problem};
use crate::store::{self, StoreError, Tx};

mod cases;
mod changes;
mod heads;
mod journal;
mod library;
mod measures;
mod notices;
mod people;
mod phrase;
mod readings;
mod restored;
mod seats;
mod steps;
mod support;
mod texts;

/// Rows read at a time.
const PORTION: i64 = 1_000;

/// Most faults that are listed: one tampering seldom makes more than a few, and the first ones name it.
const LISTED_MOST: usize = 1_000;

/// What the check found and counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Entries of the journal, and those of them about cases.
    pub entries: u64,
    pub events: u64,
    pub cases_by_stage: BTreeMap<String, i64>,
    /// Times a case was resolved.
    pub resolutions: u64,
    /// Signatures under acceptances and decisions that hold.
    pub signatures: u64,
    pub notices: i64,
    /// Different posts that have notices.
    pub notice_recipients: i64,
    /// Heads from outside that fit, and the newest: up to that entry nothing was cut off.
    pub heads: u64,
    pub held_up_to: i64,
    /// What could not be checked and why, a sentence each.
    pub unchecked: Vec<String>,
    /// What is wrong, each naming the row; empty if all is well.
    pub faults: Vec<String>,
}

/// With what the record is checked.
#[derive(Clone, Debug, Default)]
pub struct Checking {
    /// Heads that lie outside, each with its line.
    pub heads: Vec<(usize, KeptHead)>,
    /// The service key is not at hand: what is sealed under it stays shut.
    pub without_key: bool,
}

struct Check<'a> {
    candor: &'a Candor,
    with_key: bool,
    report: Report,
    cases: BTreeMap<CaseId, cases::Told>,
    people: people::Told,
    notices: notices::Told,
    measures: measures::Told,
    changes: changes::ChangesTold,
    library: library::Told,
    readings: readings::Told,
    support: support::Told,
    phrase: Option<phrase::Told>,
    restored: Vec<restored::Told>,
    seats: seats::Then,
    /// Whether the founding leads are known, from whom every seat descends.
    has_founders: bool,
    /// The hash of every entry, by its number; the first is the one before all.
    hashes: BTreeMap<i64, [u8; 32]>,
    /// Signatures seen, and the entry that brought each.
    signatures: BTreeMap<String, i64>,
    keys: BTreeMap<AccountId, VerifyingKey>,
    /// Keys that people have held posts with: some have left since, or have other keys now.
    /// None if people or organisation cannot be read.
    directory: Option<Arc<Directory>>,
}

impl Candor {
    /// Checks the record and counts what is in it.
    pub async fn verify(&self) -> Result<Report, Problem> {
        self.verify_with(&Checking::default()).await
    }

    /// As [`Self::verify`], against heads from outside, and as far as it goes without the service key.
    pub async fn verify_with(&self, checking: &Checking) -> Result<Report, Problem> {
        // What rests is checked, not what is remembered of it.
        *self.directory.write().await = None;
        let mut tx = self.db.read().await?;
        let directory = match self.directory_as_it_rests(&mut tx).await {
            Ok(directory) => Some(directory),
            Err(Problem::Damaged | Problem::Store(StoreError::Damaged)) => None,
            Err(problem) => return Err(problem),
        };
        let mut check = Check {
            candor: self,
            with_key: !checking.without_key,
            report: Report::default(),
            cases: BTreeMap::new(),
            people: people::Told::default(),
            notices: notices::Told::default(),
            measures: measures::Told::default(),
            changes: changes::ChangesTold::default(),
            library: library::Told::default(),
            readings: readings::Told::default(),
            support: support::Told::default(),
            phrase: None,
            restored: Vec::new(),
            seats: seats::Then::default(),
            has_founders: !self.founders.read().await.0.is_empty(),
            hashes: BTreeMap::new(),
            signatures: BTreeMap::new(),
            keys: BTreeMap::new(),
            directory,
        };
        check.people_as_they_rest(&mut tx).await?;
        check.journal(&mut tx).await?;
        check.heads(&checking.heads);
        if check.with_key {
            check.stored_cases(&mut tx).await?;
            check.notices(&mut tx).await?;
            check.measures(&mut tx).await?;
            check.library(&mut tx).await?;
            check.readings(&mut tx).await?;
            check.support(&mut tx).await?;
            if check.directory.is_some() {
                check.proposed_changes(&mut tx).await?;
            }
            check.organisations(&mut tx).await?;
            check.access_phrase(&mut tx).await?;
        }
        check.people(&mut tx).await?;
        let mut report = check.report;
        if checking.without_key {
            report.unchecked.push(
                "Without the service key it is not known what the entries say: not whether each is what was \
                 committed to, whether cases, signatures, notices, accounts, calendar and organisation are what \
                 they say. Only the chain, the heads and the approvals of keys were checked."
                    .to_owned(),
            );
        }
        self.count(&mut tx, &mut report).await?;
        if report.faults.len() > LISTED_MOST {
            let more = report.faults.len() - LISTED_MOST;
            report.faults.truncate(LISTED_MOST);
            report.faults.push(format!("{more} more faults, which are not listed"));
        }
        Ok(report)
    }

    async fn count(&self, tx: &mut Tx, report: &mut Report) -> Result<(), Problem> {
        for (stage, count) in store::cases::count_by_stage(tx).await? {
            report.cases_by_stage.insert(stage.word().to_owned(), count);
        }
        let (_, notices, recipients) = store::notices::totals(tx).await?;
        report.notices = notices;
        report.notice_recipients = recipients;
        Ok(())
    }
}

impl Check<'_> {
    fn fault(&mut self, what: String) {
        self.report.faults.push(what);
    }

    /// Somebody by sign-in name, where people can be read.
    fn person(&self, account: AccountId) -> String {
        let known = self.directory.as_ref().and_then(|directory| directory.names.get(&account).cloned());
        known.unwrap_or_else(|| format!("account with identifier {account}"))
    }

    /// A case as people call it, once its row was read.
    fn name(&self, case: CaseId) -> String {
        match self.cases.get(&case).and_then(|told| told.number.as_ref()) {
            Some(number) => format!("case {number}"),
            None => format!("case with identifier {case}"),
        }
    }

    fn heads(&mut self, heads: &[(usize, KeptHead)]) {
        let restored = std::mem::take(&mut self.restored);
        heads::compare(self.candor.deployment, &self.hashes, heads, &restored, &mut self.report);
    }
}
