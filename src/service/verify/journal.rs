//! The journal: its chain, whether each entry is what was committed to, and each signature.

use crate::clock::Timestamp;
use crate::crypto::chain;
use crate::crypto::signature::{self, Verdict};
use crate::domain::dispute::{Event, Level, Seat, VersionHash};
use crate::domain::id::CaseId;
use crate::service::cases::level_word;
use crate::service::record::{Entry, StaffAct};
use crate::service::{Problem, from_hexadecimal};
use crate::store::journal::Row;
use crate::store::{self, Tx};

use super::cases::Told;
use super::{Check, PORTION};

/// What an entry says that it is signed for.
struct Signed {
    seat: Seat,
    hash: VersionHash,
    verdict: Verdict,
    at: Timestamp,
    text: String,
    level: Option<Level>,
    entry: u32,
    is_on_table: bool,
}

impl Check<'_> {
    pub(super) async fn journal(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let mut last = (0_i64, chain::genesis(self.candor.deployment));
        self.hashes.insert(0, last.1);
        let mut opened = 0_u64;
        let mut shut = Vec::new();
        loop {
            let rows = store::check::journal(tx, last.0, PORTION).await?;
            if rows.is_empty() {
                break;
            }
            for (sequence, row) in rows {
                self.report.entries += 1;
                let gap = sequence != last.0 + 1;
                if gap {
                    let missing = match sequence - last.0 {
                        2 => format!("journal row {}: missing", last.0 + 1),
                        _ => format!(
                            "journal row {}: missing, with all up to row {}",
                            last.0 + 1,
                            sequence - 1
                        ),
                    };
                    self.fault(missing);
                }
                let Some(row) = row else {
                    self.fault(format!("journal row {sequence}: it is not as any row that is written here"));
                    last.0 = sequence;
                    continue;
                };
                let case = row.case.map(|(case, _)| case);
                let expected = chain::next(&last.1, sequence.unsigned_abs(), case, &row.commitment);
                // After a gap there is nothing that it could follow from.
                if expected != row.hash && !gap {
                    self.fault(format!(
                        "journal row {sequence}: its hash does not follow from the row before"
                    ));
                }
                self.hashes.insert(sequence, row.hash);
                last = (sequence, row.hash);
                if self.with_key {
                    if self.entry(sequence, &row) {
                        opened += 1;
                    } else {
                        shut.push(sequence);
                    }
                } else if case.is_some() {
                    self.report.events += 1;
                }
            }
        }
        if opened == 0 && !shut.is_empty() {
            self.fault(
                "journal row 1: the service key opens no entry; it is that of another deployment".to_owned(),
            );
        } else {
            for sequence in shut {
                self.fault(format!(
                    "journal row {sequence}: its text is not what was committed to, or belongs to another row"
                ));
            }
        }
        let head = store::journal::head(tx).await?;
        if head.sequence > last.0 {
            self.fault(format!(
                "journal row {}: missing; by its head the journal goes on to row {}",
                last.0 + 1,
                head.sequence
            ));
        } else if (head.sequence, head.hash) != last {
            self.fault(format!(
                "journal head: it names row {}, and the journal ends at row {}",
                head.sequence, last.0
            ));
        }
        Ok(())
    }

    /// Takes an entry in. False if it cannot be opened.
    fn entry(&mut self, sequence: i64, row: &Row) -> bool {
        match (self.candor.read_entry(row), row.case) {
            (Ok(Entry::Case(event)), Some((case, version))) => self.event(sequence, case, version, event),
            (Ok(Entry::Staff { at, act }), None) => {
                self.change_act(sequence, &act);
                self.people.act(sequence, &act);
                self.library.act(sequence, &act);
                self.reading_step(sequence, &act);
                self.support_taken(sequence, &act);
                self.seats.act(&act);
                match act {
                    StaffAct::Restored { made, last, hash } => {
                        self.record_restored(sequence, at, made, (last, &hash));
                    }
                    StaffAct::NoticesMade { case, resolution, recipients } => {
                        self.notices.made(sequence, case, resolution, recipients);
                    }
                    StaffAct::NoticeAcknowledged { notice, by } => {
                        self.notices.acknowledged(notice, sequence, by);
                    }
                    StaffAct::MeasuresPublished { quarter, digest } => {
                        self.measures_published(sequence, quarter, digest);
                    }
                    StaffAct::AccessPhraseSet { version, set, digest, .. } => {
                        self.phrase = Some(super::phrase::Told { entry: sequence, version, set, digest });
                    }
                    _ => {}
                }
            }
            (Ok(_), _) => self.fault(format!("journal row {sequence}: not where it belongs")),
            (Err(_), _) => return false,
        }
        true
    }

    fn event(&mut self, sequence: i64, case: CaseId, version: u32, event: Event) {
        self.report.events += 1;
        let told = self.cases.entry(case).or_default();
        let expected = told.version + 1;
        told.version = version;
        if let Event::Resolved { .. } = &event {
            self.report.resolutions += 1;
        }
        let (unsigned, signed) = (told.lacks_signatures(&event), told.take(sequence, &event));
        told.events.push(event);
        if version != expected {
            self.fault(format!(
                "journal row {sequence}: event {version} of its case, where event {expected} would follow"
            ));
        }
        if unsigned {
            self.fault(format!(
                "journal row {sequence}: it says that the case was resolved, without the signatures that this needs"
            ));
        }
        if let Some(signed) = signed {
            self.signed(sequence, case, &signed);
        }
    }

    fn signed(&mut self, sequence: i64, case: CaseId, signed: &Signed) {
        if self.directory.is_none() {
            return;
        }
        let post = &signed.seat.post;
        let head = signed.text.split_once('.').and_then(|(head, _)| head.parse::<i64>().ok());
        let before = self.signatures.insert(signed.text.clone(), sequence);
        let fault = if !signed.is_on_table {
            "is for a version that was not on the table"
        } else if !self.holds(case, signed) {
            "does not hold"
        } else if head != Some(sequence - 1) {
            "was made at another place of the journal"
        } else {
            self.report.signatures += 1;
            return;
        };
        let replayed = before.map_or_else(String::new, |row| format!("; it is that of journal row {row}"));
        self.fault(format!("journal row {sequence}: the signature of {post} {fault}{replayed}"));
    }

    fn holds(&self, case: CaseId, signed: &Signed) -> bool {
        let read = || {
            let (head, signature) = signed.text.split_once('.')?;
            let statement = signature::Statement {
                deployment: self.candor.deployment,
                case,
                level: level_word(signed.level?),
                entry: signed.entry,
                post: &signed.seat.post,
                version_hash: signed.hash.0,
                verdict: signed.verdict,
                time: signed.at,
                journal_head: *self.hashes.get(&head.parse().ok()?)?,
            };
            let signature = from_hexadecimal(signature)?;
            let account = &signed.seat.account;
            let known = self.directory.as_ref()?.trust.verifying_keys(account, &signed.seat.post);
            Some(
                known
                    .chain(self.keys.get(account))
                    .any(|key| signature::verify(key, &statement, &signature).is_ok()),
            )
        };
        read().unwrap_or(false)
    }
}

impl Told {
    /// Takes an event in, and returns what it says to be signed.
    fn take(&mut self, sequence: i64, event: &Event) -> Option<Signed> {
        match event {
            Event::Entered { level, .. } => {
                self.entry += 1;
                self.level = Some(*level);
                self.on_table = None;
                self.accepted.clear();
            }
            Event::Proposed { hash, .. } => {
                self.on_table = Some(*hash);
                self.accepted.clear();
            }
            Event::Decided { hash, .. } => self.on_table = Some(*hash),
            Event::Accepted { side, acceptance, .. } => {
                self.accepted.insert(*side, acceptance.seat.clone());
            }
            Event::Resolved { .. } => self.resolved.push(sequence),
            _ => {}
        }
        let (hash, verdict, seat, at, text) = match event {
            Event::Accepted { hash, acceptance, .. } => {
                (*hash, Verdict::Accept, &acceptance.seat, acceptance.at, &acceptance.signature)
            }
            Event::Decided { at, seat, hash, signature, .. } => {
                (*hash, Verdict::Decide, seat, *at, signature)
            }
            _ => return None,
        };
        Some(Signed {
            seat: seat.clone(),
            hash,
            verdict,
            at,
            text: text.clone(),
            level: self.level,
            entry: self.entry,
            is_on_table: self.on_table == Some(hash),
        })
    }

    /// Whether an event resolves the case without what resolves it: two people's acceptance of the version
    /// on the table, or the Secretary's decision.
    fn lacks_signatures(&self, event: &Event) -> bool {
        let Event::Resolved { by, version, .. } = event else { return false };
        let accepted: Vec<&Seat> = self.accepted.values().collect();
        let by_two = matches!(accepted.as_slice(), [one, other] if one.account != other.account);
        self.on_table != Some(*version) || (*by != Level::Secretary && !by_two)
    }
}
