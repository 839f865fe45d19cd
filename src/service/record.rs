//! Entries of the journal: how they are made and read.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::crypto::chain;
use crate::crypto::service::Purpose;
use crate::domain::dispute::Event;
use crate::domain::id::{
    AccountId, CaseId, ComponentId, DirectiveId, DraftId, EntryId, MemberId, NoticeId, PostId, ReadingId,
    SupportId, UnitId,
};
use crate::domain::reading::Step;
use crate::domain::support;
use crate::store::journal::{Head, Row};
use crate::store::{self, Tx};

use super::{Candor, Problem};

/// What an entry says. Identifiers and commitments, never text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    Case(Event),
    Staff { at: Timestamp, act: StaffAct },
}

/// What people did outside cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum StaffAct {
    DeploymentMade,
    OrganisationSet {
        version: i64,
        digest: String,
        by: Option<AccountId>,
    },
    Invited {
        account: AccountId,
        by: Option<AccountId>,
        /// As what; entries from before auditors do not say.
        #[serde(default)]
        administrator: Option<bool>,
        #[serde(default)]
        auditor: Option<bool>,
    },
    Activated {
        account: AccountId,
        fingerprint: String,
    },
    Approved {
        account: AccountId,
        post: PostId,
        by: AccountId,
    },
    /// With the version of the post's key that they are in no more.
    Removed {
        account: AccountId,
        post: PostId,
        by: AccountId,
        key_version: u32,
    },
    /// An administrator asked a post to let somebody go.
    RemovalAsked {
        account: AccountId,
        post: PostId,
        by: AccountId,
    },
    Barred {
        account: AccountId,
        by: AccountId,
    },
    Readmitted {
        account: AccountId,
        by: AccountId,
    },
    /// A link to choose a new passphrase, and with it new keys.
    InvitedAgain {
        account: AccountId,
        by: AccountId,
    },
    Founded,
    /// Calendar and time standards: a version proposed, agreed to by a component's lead, declined, in force.
    TimeProposed {
        version: i64,
        digest: String,
        by: AccountId,
    },
    TimeAgreed {
        version: i64,
        digest: String,
        component: ComponentId,
        by: AccountId,
        /// Number of the entry before it, and the lead's signature.
        signature: String,
    },
    TimeDeclined {
        version: i64,
        digest: String,
        by: AccountId,
    },
    TimeSet {
        version: i64,
        digest: String,
        since: Timestamp,
    },
    /// A change of the organisation that needs a Council lead (AN-01): proposed, agreed to, declined. `version`
    /// is the one of the organisation that it would become.
    OrganisationProposed {
        proposal: i64,
        version: i64,
        digest: String,
        by: AccountId,
    },
    OrganisationAgreed {
        proposal: i64,
        version: i64,
        digest: String,
        component: ComponentId,
        by: AccountId,
        /// Number of the entry before it, and the lead's signature.
        signature: String,
    },
    OrganisationDeclined {
        proposal: i64,
        version: i64,
        digest: String,
        by: AccountId,
    },
    /// The access phrase (AN-27) was set, changed or, if `set` is false, removed.
    AccessPhraseSet {
        version: i64,
        set: bool,
        by: AccountId,
        /// SHA-256 of its keyed hash; entries from before it was checked do not say.
        #[serde(default)]
        digest: Option<String>,
    },
    /// Exactly these posts were told of a resolution of a case.
    NoticesMade {
        case: CaseId,
        resolution: u32,
        recipients: Vec<PostId>,
    },
    NoticeAcknowledged {
        notice: NoticeId,
        by: AccountId,
    },
    /// An auditor had the record checked.
    RecordChecked {
        by: AccountId,
        entries: u64,
        faults: u64,
    },
    /// The measures of a quarter, with the hash of what is published.
    MeasuresPublished {
        quarter: String,
        digest: String,
    },
    /// The library's batch of a month: what each entry commits to, in no order that means anything, and
    /// entries whose dispute was opened again or decided anew.
    LibraryPublished {
        month: String,
        digests: Vec<String>,
        superseded: Vec<EntryId>,
    },
    /// A Council lead looked at a draft of the library: it may appear, or is held.
    LibraryDraftSeen {
        draft: DraftId,
        released: bool,
        reworded: bool,
        by: AccountId,
    },
    LibraryWithdrawn {
        entry: EntryId,
        by: AccountId,
    },
    DirectiveIssued {
        directive: DirectiveId,
        post: PostId,
        digest: String,
        by: AccountId,
    },
    DirectiveWithdrawn {
        directive: DirectiveId,
        by: AccountId,
    },
    /// A step about a question or an informal settlement, with the hash of what it says after it.
    ReadingStep {
        reading: ReadingId,
        step: Step,
        version: u32,
        post: PostId,
        component: ComponentId,
        digest: String,
        by: AccountId,
    },
    /// A roster of field members was taken: the hash of its file, and what it came to.
    RosterTaken {
        version: i64,
        digest: String,
        named_units_only: bool,
        people: u64,
        new: u64,
        back: u64,
        moved: u64,
        renamed: u64,
        gone: u64,
        by: AccountId,
    },
    /// The codes of everybody in a unit were printed.
    MemberCodesPrinted {
        unit: UnitId,
        people: u64,
        by: AccountId,
    },
    /// One member was given another code.
    MemberCodeRenewed {
        member: MemberId,
        by: AccountId,
    },
    /// A telling outside that had been given up: to be tried again, or let go.
    DeliverySettled {
        notice: NoticeId,
        again: bool,
        by: AccountId,
    },
    /// A step about a request for support, with the hash of what it says after it.
    SupportStep {
        support: SupportId,
        step: support::Step,
        version: u32,
        post: PostId,
        component: ComponentId,
        digest: String,
        by: AccountId,
    },
    /// The database was restored from a backup: the batch after which that was made, and the entry with which it
    /// ended. What was written after that entry is lost, and heads that lie outside may name it.
    Restored {
        made: Timestamp,
        last: i64,
        hash: String,
    },
}

impl StaffAct {
    pub(super) fn at(self, at: Timestamp) -> Entry {
        Entry::Staff { at, act: self }
    }
}

/// What an entry belongs to: a case and its version after the event, or nothing.
pub type Place = Option<(CaseId, u32)>;

const SALT: usize = 16;

/// Bound to its place in the journal, so that entries cannot trade bodies.
pub(super) fn associated(sequence: i64, place: Place) -> Vec<u8> {
    let canonical = crate::crypto::canonical::Canonical::new("candor journal body 1")
        .number(u64::try_from(sequence).unwrap_or(u64::MAX));
    match place {
        Some((case, version)) => canonical.bytes(case.as_bytes()).number(u64::from(version)).finish(),
        None => canonical.finish(),
    }
}

impl Candor {
    /// Adds entries after `head` and returns the new head. The head must be held by
    /// [`store::journal::lock_head`] in the same transaction.
    pub(super) async fn record(
        &self,
        tx: &mut Tx,
        head: Head,
        entries: &[(Place, Entry)],
    ) -> Result<Head, Problem> {
        let mut rows = Vec::with_capacity(entries.len());
        let mut last = head;
        for (place, entry) in entries {
            let salt: [u8; SALT] = self.randomness.bytes("journal salt");
            let text = Zeroizing::new(serde_json::to_vec(entry).map_err(|_| Problem::Damaged)?);
            let sequence = last.sequence + 1;
            let commitment = chain::commitment(&salt, &text);
            let hash =
                chain::next(&last.hash, sequence.unsigned_abs(), place.map(|(case, _)| case), &commitment);
            let mut body = Zeroizing::new(salt.to_vec());
            body.extend_from_slice(&text);
            rows.push(Row {
                sequence,
                case: *place,
                commitment,
                hash,
                body: self.keys.seal(
                    Purpose::Journal,
                    &associated(sequence, *place),
                    &body,
                    &self.randomness,
                )?,
            });
            last = Head { sequence, hash };
        }
        store::journal::append(tx, head, &rows).await?;
        Ok(last)
    }

    /// Reads an entry back and checks that it is what its commitment says.
    pub(super) fn read_entry(&self, row: &Row) -> Result<Entry, Problem> {
        let body = self.keys.open(Purpose::Journal, &associated(row.sequence, row.case), &row.body)?;
        let (salt, text) = body.split_at_checked(SALT).ok_or(Problem::Damaged)?;
        let salt: [u8; SALT] = salt.try_into().map_err(|_| Problem::Damaged)?;
        if chain::commitment(&salt, text) != row.commitment {
            return Err(Problem::Damaged);
        }
        serde_json::from_slice(text).map_err(|_| Problem::Damaged)
    }

    /// The events of a case, oldest first, each with the case's version after it.
    pub(super) async fn events(&self, tx: &mut Tx, case: CaseId) -> Result<Vec<(u32, Event)>, Problem> {
        let mut events = Vec::new();
        for row in store::journal::of_case(tx, case).await? {
            let Some((_, version)) = row.case else { return Err(Problem::Damaged) };
            match self.read_entry(&row)? {
                Entry::Case(event) => events.push((version, event)),
                Entry::Staff { .. } => return Err(Problem::Damaged),
            }
        }
        Ok(events)
    }

    /// Adds one act of staff to the journal.
    pub(super) async fn record_act(&self, tx: &mut Tx, act: StaffAct) -> Result<(), Problem> {
        let head = store::journal::lock_head(tx).await?;
        self.record(tx, head, &[(None, act.at(self.clock.now()))]).await?;
        Ok(())
    }
}
