//! Checking the whole record: the chain, what each entry says, the fold of each case, every
//! signature, the notices. It names the row at fault.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use crate::crypto::chain;
use crate::crypto::signature::{self, Verdict};
use crate::domain::dispute::{Acceptance, Dispute, Event, Level, Seat, VersionHash};
use crate::domain::id::{AccountId, CaseId, PostId};
use crate::service::record::{Entry, StaffAct};
use crate::service::{Candor, Directory, Problem, from_hexadecimal};
use crate::store::{self, Tx};

use super::cases::level_word;

mod time;

/// Entries read at a time.
const PORTION: i64 = 1_000;

/// What the check found and counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Entries of the journal about cases.
    pub events: u64,
    pub cases_by_stage: BTreeMap<String, i64>,
    /// Times a case was resolved.
    pub resolutions: u64,
    pub notices: i64,
    /// Different posts that have notices.
    pub notice_recipients: i64,
    /// What is wrong, each naming the row; empty if all is well.
    pub faults: Vec<String>,
}

/// What the journal says about one case.
#[derive(Default)]
struct Told {
    events: Vec<Event>,
    /// The version, level entry and level in force while folding.
    entry: u32,
    level: Option<Level>,
    resolutions: u32,
}

struct Check<'a> {
    candor: &'a Candor,
    report: Report,
    cases: BTreeMap<CaseId, Told>,
    /// Whom the journal says each resolution was told to.
    told: BTreeMap<(CaseId, u32), Vec<PostId>>,
    time: time::TimeTold,
    hashes: BTreeMap<i64, [u8; 32]>,
    keys: BTreeMap<AccountId, crate::crypto::secret::VerifyingKey>,
    /// Keys that people have held posts with: some have left since, or have other keys now.
    directory: Arc<Directory>,
}

impl Candor {
    /// Checks the record and counts what is in it.
    pub async fn verify(&self) -> Result<Report, Problem> {
        let mut tx = self.db.read().await?;
        let mut check = Check {
            candor: self,
            report: Report::default(),
            cases: BTreeMap::new(),
            told: BTreeMap::new(),
            time: time::TimeTold::default(),
            hashes: BTreeMap::new(),
            keys: BTreeMap::new(),
            directory: self.directory_in(&mut tx).await?,
        };
        for account in store::accounts::all(&mut tx).await? {
            if let Some(keys) = account.keys
                && let Ok(key) = crate::crypto::secret::VerifyingKey::from_bytes(&keys.signing_public)
            {
                check.keys.insert(account.id, key);
            }
        }
        check.journal(&mut tx).await?;
        check.stored_cases(&mut tx).await?;
        check.notices(&mut tx).await?;
        check.time_settings(&mut tx).await?;
        let mut report = check.report;
        for (stage, count) in store::cases::count_by_stage(&mut tx).await? {
            report.cases_by_stage.insert(stage.word().to_owned(), count);
        }
        let (_, notices, recipients) = store::notices::totals(&mut tx).await?;
        report.notices = notices;
        report.notice_recipients = recipients;
        Ok(report)
    }
}

impl Check<'_> {
    fn fault(&mut self, what: String) {
        self.report.faults.push(what);
    }

    async fn journal(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let mut last = (0_i64, chain::genesis(self.candor.deployment));
        self.hashes.insert(0, last.1);
        loop {
            let rows = store::journal::after(tx, last.0, PORTION).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let sequence = row.sequence;
                if sequence != last.0 + 1 {
                    self.fault(format!("journal row {}: missing", last.0 + 1));
                }
                let case = row.case.map(|(case, _)| case);
                let expected = chain::next(&last.1, sequence.unsigned_abs(), case, &row.commitment);
                if expected != row.hash {
                    self.fault(format!(
                        "journal row {sequence}: its hash does not follow from the row before"
                    ));
                }
                self.hashes.insert(sequence, row.hash);
                last = (sequence, row.hash);
                match (self.candor.read_entry(&row), row.case) {
                    (Ok(Entry::Case(event)), Some((case, version))) => {
                        self.event(sequence, case, version, event);
                    }
                    (Ok(Entry::Staff { act, .. }), None) => {
                        self.time_act(sequence, &act);
                        if let StaffAct::NoticesMade { case, resolution, recipients } = act {
                            self.told.insert((case, resolution), recipients);
                        }
                    }
                    (Ok(_), _) => self.fault(format!("journal row {sequence}: not where it belongs")),
                    (Err(_), _) => {
                        self.fault(format!("journal row {sequence}: its text is not what was committed to"));
                    }
                }
            }
        }
        let head = store::journal::head(tx).await?;
        if (head.sequence, head.hash) != last {
            self.fault(format!("journal row {}: the journal ends at {} instead", head.sequence, last.0));
        }
        Ok(())
    }

    fn event(&mut self, sequence: i64, case: CaseId, version: u32, event: Event) {
        self.report.events += 1;
        let told = self.cases.entry(case).or_default();
        let count = u32::try_from(told.events.len()).unwrap_or(u32::MAX);
        let follows = version == count + 1;
        if let Event::Entered { level, .. } = &event {
            told.entry += 1;
            told.level = Some(*level);
        }
        if let Event::Resolved { .. } = &event {
            told.resolutions += 1;
            self.report.resolutions += 1;
        }
        let (level, entry) = (told.level, told.entry);
        let signed = match &event {
            Event::Accepted { hash, acceptance, .. } => {
                let Acceptance { seat, at, signature } = acceptance;
                Some((Verdict::Accept, Some(*hash), seat.clone(), *at, signature.clone()))
            }
            Event::Decided { at, seat, hash, signature, .. } => {
                Some((Verdict::Decide, Some(*hash), seat.clone(), *at, signature.clone()))
            }
            _ => None,
        };
        told.events.push(event);
        if !follows {
            self.fault(format!("journal row {sequence}: not the next event of its case"));
        }
        if let (Some((verdict, Some(hash), seat, at, signature)), Some(level)) = (signed, level)
            && !self.signature_holds(case, level, entry, &seat, hash, verdict, at, &signature)
        {
            self.fault(format!("journal row {sequence}: the signature of {} does not hold", seat.post));
        }
    }

    #[expect(clippy::too_many_arguments, reason = "each is part of what was signed")]
    fn signature_holds(
        &self,
        case: CaseId,
        level: Level,
        entry: u32,
        seat: &Seat,
        hash: VersionHash,
        verdict: Verdict,
        at: crate::clock::Timestamp,
        text: &str,
    ) -> bool {
        let Some((head, signature)) = text.split_once('.') else { return false };
        let Some(head) = head.parse().ok().and_then(|sequence: i64| self.hashes.get(&sequence)) else {
            return false;
        };
        let Some(signature) = from_hexadecimal(signature) else { return false };
        let statement = signature::Statement {
            deployment: self.candor.deployment,
            case,
            level: level_word(level),
            entry,
            post: &seat.post,
            version_hash: hash.0,
            verdict,
            time: at,
            journal_head: *head,
        };
        let known = self.directory.trust.verifying_keys(&seat.account, &seat.post);
        known
            .chain(self.keys.get(&seat.account))
            .any(|key| signature::verify(key, &statement, &signature).is_ok())
    }

    async fn stored_cases(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let mut after = None;
        let mut stored = BTreeSet::new();
        loop {
            let ids = store::cases::identifiers(tx, after, PORTION).await?;
            let Some(last) = ids.last() else { break };
            after = Some(*last);
            for id in ids {
                stored.insert(id);
                let loaded = self.candor.load(tx, id).await;
                let told = self.cases.get(&id).and_then(|told| Dispute::fold(&told.events));
                match (loaded, told) {
                    (Ok(Some(loaded)), Some(told)) => {
                        if loaded.dispute != told {
                            self.fault(format!(
                                "case {}: its state is not what its events say",
                                loaded.row.number
                            ));
                        }
                        if loaded.row.version != told.version
                            || loaded.row.stage != told.stage_name()
                            || loaded.row.level_due != told.level_due()
                        {
                            self.fault(format!(
                                "case {}: version, stage or deadline is not what its events say",
                                loaded.row.number
                            ));
                        }
                    }
                    (Ok(Some(loaded)), None) => {
                        self.fault(format!("case {}: the journal does not know it", loaded.row.number));
                    }
                    _ => self.fault(format!("case with identifier {id}: cannot be opened")),
                }
            }
        }
        let lost: Vec<_> = self.cases.keys().filter(|id| !stored.contains(id)).copied().collect();
        for id in lost {
            self.fault(format!("case with identifier {id}: in the journal, but its row is missing"));
        }
        Ok(())
    }

    /// Each resolution was told to exactly those whom the journal names.
    async fn notices(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let resolved: Vec<_> = self
            .cases
            .iter()
            .flat_map(|(id, told)| (1..=told.resolutions).map(|number| (*id, number)))
            .collect();
        for (case, number) in resolved {
            let recipients = self.told.get(&(case, number)).cloned().unwrap_or_default();
            let mut stored: Vec<_> = store::notices::of_case(tx, case)
                .await?
                .into_iter()
                .filter(|notice| notice.resolution == number)
                .map(|notice| notice.recipient)
                .collect();
            if recipients.is_empty() {
                self.fault(format!("case with identifier {case}, resolution {number}: told to nobody"));
            }
            for recipient in recipients {
                match stored.iter().position(|found| *found == recipient) {
                    Some(at) => drop(stored.remove(at)),
                    None => self.fault(format!(
                        "case with identifier {case}, resolution {number}: the notice for {recipient} is missing"
                    )),
                }
            }
            for recipient in stored {
                self.fault(format!(
                    "case with identifier {case}, resolution {number}: a notice for {recipient} that was never made"
                ));
            }
        }
        Ok(())
    }
}
