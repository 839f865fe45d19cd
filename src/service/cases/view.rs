//! One case as one seat may see it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::domain::audience::{Audience, Kind};
use crate::domain::concern::{Identity, Statement};
use crate::domain::dispute::{
    Acceptance, Dispute, Event, Facts, Level, PerSide, Seat, Side, Stage, StageName, VersionHash,
};
use crate::domain::id::{CaseId, CategoryId, DocumentId, EnvelopeId, PostId};
use crate::domain::policy::{self, CommandKind};
use crate::domain::proposal::{Proposal, Resolution};
use crate::domain::prose::Prose;
use crate::service::accounts::{FRESH, SignedIn};
use crate::service::directory::Directory;
use crate::service::library::{Shelf, Shown};
use crate::service::{Candor, Problem};
use crate::store::envelopes::Envelope;
use crate::store::{self, Tx};

use super::Loaded;
use super::file::FileView;
use super::history::{history, is_of_an_outcome};
use super::keyring::{Keyring, open_text};
use super::later::Later;
use super::making::unsalted;
use super::retention::Kept;

/// A message, position or reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The post that wrote it, or "Reporter".
    pub label: String,
    pub mine: bool,
    pub text: Prose,
    /// None for anything of the reporter.
    pub when: Option<Timestamp>,
    pub from_reporter: bool,
}

/// One version of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalView {
    pub number: u32,
    pub hash: VersionHash,
    pub by: String,
    pub level: Level,
    pub proposal: Proposal,
    /// Whether it can be accepted now.
    pub on_table: bool,
    pub accepted_by: Vec<String>,
    /// Which post rejected it, and why.
    pub rejected: Option<(String, Prose)>,
    pub when: Timestamp,
}

/// One side of the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideView {
    pub component: String,
    pub place: String,
    /// The post that acts for it; empty when no panel sits.
    pub post_name: String,
    pub acknowledged: Option<Timestamp>,
    pub wants_extension: bool,
    pub asked_to_escalate: bool,
    pub signed_not_joint: bool,
    pub accepted: Option<Acceptance>,
}

/// A case as one seat may see it.
#[derive(Debug)]
pub struct CaseView {
    pub id: CaseId,
    /// Whose view it is.
    pub seat: Seat,
    pub number: String,
    /// How much of the case's history this page shows; comes back with what is done on it.
    pub seen: u32,
    pub dispute: Dispute,
    pub stage: StageName,
    pub level_due: Option<Timestamp>,
    pub entered: Option<Timestamp>,
    pub statement: Option<Statement>,
    pub council_only: Option<Prose>,
    pub category: Option<String>,
    pub document: Option<String>,
    /// What the reporter attached, as far as this seat reads it.
    pub files: Vec<FileView>,
    pub reporter_thread: Vec<Entry>,
    pub room: Vec<Entry>,
    pub positions: Vec<Entry>,
    pub proposals: Vec<ProposalView>,
    pub offers: BTreeSet<CommandKind>,
    pub my_side: Option<Side>,
    pub sides: PerSide<SideView>,
    pub outcome: Option<Resolution>,
    /// The page shows the case as it was when it left the field.
    pub frozen: bool,
    /// The name, once it was shown to this account.
    pub identity: Option<Identity>,
    /// What is gone, and what is kept longer.
    pub kept: Kept,
    /// What levels above have asked, and what follows an outcome.
    pub later: Later,
    /// The library, and what the concern names of it: its topic and document.
    pub library: Arc<Shelf>,
    pub topic: Option<CategoryId>,
    pub names: Option<DocumentId>,
    /// What has happened, in words, oldest first.
    pub history: Vec<(Timestamp, String)>,
    pub now: Timestamp,
}

impl CaseView {
    /// What the library says on a document or on the concern's topic: with this a proposal that names the document
    /// is compared.
    #[must_use]
    pub fn precedents_of(&self, document: Option<&DocumentId>) -> Vec<&Shown> {
        self.library.precedents(self.topic.as_ref(), document)
    }

    /// What the library says on what is being decided: the newest proposal's document, else the concern's.
    /// Nothing once it is decided or has left this seat, and nothing for a working group, which is asked in other words.
    #[must_use]
    pub fn precedents(&self) -> Vec<&Shown> {
        let is_asked = matches!(self.seat.post, PostId::WorkingGroup(..));
        if self.frozen || is_asked || !matches!(self.dispute.stage, Stage::Panel(_) | Stage::Secretary(_)) {
            return Vec::new();
        }
        match self.proposals.last() {
            Some(newest) => self.precedents_of(newest.proposal.document.as_ref()),
            None => self.precedents_of(self.names.as_ref()),
        }
    }
}

impl Candor {
    /// The way to a case for whoever asks: they hold the seat, there is such a case, and the seat sees it.
    /// `NotFound` whichever of these does not hold.
    pub(super) async fn case_for(
        &self,
        tx: &mut Tx,
        signed_in: &SignedIn,
        seat: &Seat,
        number: &str,
    ) -> Result<(Arc<Directory>, CaseId, Loaded), Problem> {
        let directory = self.directory_in(tx).await?;
        if !directory.seats(signed_in.account).contains(seat) {
            return Err(Problem::NotFound);
        }
        let case = store::cases::by_number(tx, number).await?.ok_or(Problem::NotFound)?;
        let loaded = self.load(tx, case).await?.ok_or(Problem::NotFound)?;
        if policy::sees_case(&loaded.dispute, seat) {
            Ok((directory, case, loaded))
        } else {
            Err(Problem::NotFound)
        }
    }

    /// A case by its number. `NotFound` if it is not there, or not for this seat.
    pub async fn case(&self, signed_in: &SignedIn, seat: &Seat, number: &str) -> Result<CaseView, Problem> {
        let mut tx = self.db.read().await?;
        let (directory, case, loaded) = self.case_for(&mut tx, signed_in, seat, number).await?;
        let ring = self.keyring(&mut tx, signed_in, seat, case).await?;
        let events = self.events(&mut tx, case).await?;
        let mut envelopes = BTreeMap::new();
        for envelope in store::envelopes::of_case(&mut tx, case).await? {
            if policy::may_read(&loaded.dispute, seat, envelope.audience, envelope.case_version) {
                envelopes.insert(envelope.id, envelope);
            }
        }
        drop(tx);
        let dispute = loaded.dispute;
        let frozen = policy::frozen_at(&dispute, seat);
        let history = history(&events, seat, &dispute, &directory);
        let reading =
            Reading { candor: self, ring: &ring, envelopes: &envelopes, seat, directory: &directory, frozen };
        let facts = Facts {
            now: self.clock.now(),
            calendar: &directory.calendar,
            members: &directory.acting,
            // Offered all the same: the page then asks for the passphrase.
            fresh: true,
        };
        let organisation = directory.organisation()?;
        let mut view = CaseView {
            id: case,
            seat: seat.clone(),
            number: loaded.row.number,
            seen: u32::try_from(history.len()).unwrap_or(u32::MAX),
            stage: dispute.stage_name(),
            level_due: dispute.level_due(),
            entered: entered(&dispute),
            statement: reading.first_json(Kind::Statement)?,
            council_only: reading.first_json(Kind::CouncilOnly)?,
            category: loaded
                .subject
                .category
                .as_ref()
                .and_then(|id| organisation.category(id))
                .map(|found| found.name.clone()),
            document: loaded
                .subject
                .document
                .as_ref()
                .and_then(|id| organisation.document(id))
                .map(|found| found.title.clone()),
            topic: loaded.subject.category,
            names: loaded.subject.document,
            library: self.shelf().await?,
            files: Vec::new(),
            reporter_thread: Vec::new(),
            room: Vec::new(),
            positions: Vec::new(),
            proposals: Vec::new(),
            offers: policy::offers(&dispute, seat, &facts),
            my_side: side_of(&dispute, seat),
            sides: PerSide {
                raising: side_view(&dispute, Side::Raising, &directory)?,
                concerned: side_view(&dispute, Side::Concerned, &directory)?,
            },
            outcome: reading.last_json(Kind::Resolution)?,
            frozen: frozen.is_some(),
            identity: None,
            kept: Kept::default(),
            later: Later::default(),
            history,
            now: self.clock.now(),
            dispute,
        };
        if view.offers.contains(&CommandKind::AssignGroup) {
            let known = organisation.working_groups.iter();
            let able = known.filter(|group| view.dispute.can_ask(&group.id, &facts));
            view.later.groups = able.map(|group| (group.id.clone(), group.name.clone())).collect();
        }
        view.kept = view.kept(&directory);
        view.later.other_pace = Some(directory.standards(view.dispute.pace.other()));
        reading.fill(&events, &mut view)?;
        Ok(view)
    }

    /// What has happened to a case, as far as it is this seat's to know, in words.
    pub(super) async fn history(
        &self,
        tx: &mut Tx,
        case: CaseId,
        seat: &Seat,
        dispute: &Dispute,
        directory: &Directory,
    ) -> Result<Vec<(Timestamp, String)>, Problem> {
        let events = self.events(tx, case).await?;
        Ok(history(&events, seat, dispute, directory))
    }
}

/// A text with whom it is for.
type ForWhom = (Audience, zeroize::Zeroizing<Vec<u8>>);

pub(super) struct Reading<'a> {
    candor: &'a Candor,
    ring: &'a Keyring,
    envelopes: &'a BTreeMap<EnvelopeId, Envelope>,
    pub(super) seat: &'a Seat,
    pub(super) directory: &'a Directory,
    frozen: Option<u32>,
}

impl Reading<'_> {
    fn bytes(&self, id: EnvelopeId) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, Problem> {
        match self.envelopes.get(&id) {
            Some(envelope) => open_text(self.candor, self.ring, envelope),
            None => Ok(None),
        }
    }

    /// A sealed text with whom it is for.
    pub(super) fn audience_and_bytes(&self, id: EnvelopeId) -> Result<Option<ForWhom>, Problem> {
        let bytes = self.bytes(id)?;
        Ok(self.envelopes.get(&id).map(|envelope| envelope.audience).zip(bytes))
    }

    pub(super) fn prose(&self, id: EnvelopeId) -> Result<Option<Prose>, Problem> {
        let Some(bytes) = self.bytes(id)? else { return Ok(None) };
        let text = std::str::from_utf8(&bytes).map_err(|_| Problem::Damaged)?;
        // What was sealed had been checked against its own limit.
        Prose::parse_optional(text, usize::MAX / 16).map(Some).map_err(|_| Problem::Damaged)
    }

    fn json<T: serde::de::DeserializeOwned>(
        &self,
        envelope: Option<&Envelope>,
    ) -> Result<Option<T>, Problem> {
        let Some(envelope) = envelope else { return Ok(None) };
        let Some(bytes) = open_text(self.candor, self.ring, envelope)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|_| Problem::Damaged)
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl DoubleEndedIterator<Item = &Envelope> {
        let mut found: Vec<_> = self.envelopes.values().filter(|envelope| envelope.kind == kind).collect();
        found.sort_by_key(|envelope| envelope.case_version);
        found.into_iter()
    }

    fn first_json<T: serde::de::DeserializeOwned>(&self, kind: Kind) -> Result<Option<T>, Problem> {
        self.json(self.of_kind(kind).next())
    }

    fn last_json<T: serde::de::DeserializeOwned>(&self, kind: Kind) -> Result<Option<T>, Problem> {
        self.json(self.of_kind(kind).next_back())
    }

    pub(super) fn staff(&self, seat: &Seat, text: Prose, when: Timestamp) -> Entry {
        Entry {
            label: self.directory.post_name(&seat.post),
            mine: *seat == *self.seat,
            text,
            when: Some(when),
            from_reporter: false,
        }
    }

    /// Puts each event's words where they belong on the page.
    fn fill(&self, events: &[(u32, Event)], view: &mut CaseView) -> Result<(), Problem> {
        self.fill_later(events, view)?;
        let mut level = Level::Field;
        for (version, event) in events {
            if self.frozen.is_some_and(|frozen| *version > frozen) && !is_of_an_outcome(event) {
                continue;
            }
            match event {
                Event::Entered { level: entered, .. } => {
                    level = *entered;
                    view.later.wishes.clear();
                }
                Event::Written { seat, .. } if matches!(seat.post, PostId::WorkingGroup(..)) => {
                    self.fill_later_event(event, view)?;
                }
                Event::Asked { at, seat, question: id, .. }
                | Event::Written { at, seat, message: id, to_reporter: true, .. } => {
                    if let Some(text) = self.prose(*id)? {
                        view.reporter_thread.push(self.staff(seat, text, *at));
                    }
                }
                Event::Written { at, seat, message: id, to_reporter: false, .. } => {
                    if let Some(text) = self.prose(*id)? {
                        view.room.push(self.staff(seat, text, *at));
                    }
                }
                Event::Answered { answer: id, .. } | Event::Added { addition: id, .. } => {
                    if let Some(text) = self.prose(*id)? {
                        view.reporter_thread.push(from_reporter("Reporter", text));
                    }
                }
                Event::Attached { attachment, .. } => view.files.extend(self.file(*attachment)?),
                Event::ReviewAsked { request: id, .. } => {
                    if let Some(text) = self.prose(*id)? {
                        view.reporter_thread.push(from_reporter("Reporter asks for review", text));
                    }
                }
                Event::EscalationAsked { at, seat, position: id, .. } => {
                    if let Some(text) = self.prose(*id)? {
                        view.positions.push(self.staff(seat, text, *at));
                    }
                }
                Event::ExtensionAsked { at, seat, reason: id, .. } => {
                    if let Some(text) = self.prose(*id)? {
                        let mut entry = self.staff(seat, text, *at);
                        entry.label.push_str(" asks for more time");
                        view.room.push(entry);
                    }
                }
                Event::NotJointSigned { signature, .. } => {
                    if let Some(bytes) = self.bytes(signature.belongs)? {
                        let (_, text) = unsalted(&bytes)?;
                        let text: Prose = serde_json::from_slice(text).map_err(|_| Problem::Damaged)?;
                        let mut entry = self.staff(&signature.seat, text, signature.at);
                        entry.label.push_str(" signs that this is not a joint dispute; it belongs to");
                        view.room.push(entry);
                    }
                }
                Event::Decided { at, seat, envelope, hash, .. } => {
                    if let Some(bytes) = self.bytes(*envelope)? {
                        let (_, text) = unsalted(&bytes)?;
                        let name = self.directory.post_name(&seat.post);
                        view.proposals.push(ProposalView {
                            number: 1,
                            hash: *hash,
                            by: name.clone(),
                            level,
                            proposal: serde_json::from_slice(text).map_err(|_| Problem::Damaged)?,
                            on_table: false,
                            accepted_by: vec![name],
                            rejected: None,
                            when: *at,
                        });
                    }
                }
                Event::Proposed { at, seat, number, envelope, hash, .. } => {
                    if let Some(bytes) = self.bytes(*envelope)? {
                        let (_, text) = unsalted(&bytes)?;
                        view.proposals.push(ProposalView {
                            number: *number,
                            hash: *hash,
                            by: self.directory.post_name(&seat.post),
                            level,
                            proposal: serde_json::from_slice(text).map_err(|_| Problem::Damaged)?,
                            on_table: on_table(&view.dispute) == Some(*hash),
                            accepted_by: Vec::new(),
                            rejected: None,
                            when: *at,
                        });
                    }
                }
                Event::Accepted { hash, acceptance, .. } => {
                    let name = self.directory.post_name(&acceptance.seat.post);
                    for proposal in view.proposals.iter_mut().filter(|proposal| proposal.hash == *hash) {
                        proposal.accepted_by.push(name.clone());
                    }
                }
                Event::Rejected { seat, hash, reason, .. } => {
                    let reason = self.prose(*reason)?;
                    for proposal in view.proposals.iter_mut().filter(|proposal| proposal.hash == *hash) {
                        proposal.rejected =
                            reason.clone().map(|reason| (self.directory.post_name(&seat.post), reason));
                    }
                }
                // A showing lasts as long as the sign-in that it needed; the next has a reason of its own.
                Event::IdentityShown { at, seat, .. } if seat.account == self.seat.account => {
                    if self.candor.clock.now().since(*at) < FRESH {
                        view.identity = self.last_json(Kind::Identity)?;
                    }
                }
                // And it was of the name that was there.
                Event::NameGiven { .. } => view.identity = None,
                Event::NameWithheld { .. } if is_of_the_field(self.seat) => view.identity = None,
                later => self.fill_later_event(later, view)?,
            }
        }
        Ok(())
    }
}

const fn is_of_the_field(seat: &Seat) -> bool {
    matches!(seat.post, PostId::Commander(_) | PostId::Alternate(_))
}

pub(super) fn from_reporter(label: &str, text: Prose) -> Entry {
    Entry { label: label.to_owned(), mine: false, text, when: None, from_reporter: true }
}

fn on_table(dispute: &Dispute) -> Option<VersionHash> {
    match &dispute.stage {
        Stage::Panel(panel) => panel.on_table.as_ref().map(|table| table.hash),
        _ => None,
    }
}

fn entered(dispute: &Dispute) -> Option<Timestamp> {
    match &dispute.stage {
        Stage::Panel(panel) => Some(panel.entered),
        Stage::Secretary(stage) => Some(stage.entered),
        Stage::Resolved(_) | Stage::Closed(_) => None,
    }
}

fn side_of(dispute: &Dispute, seat: &Seat) -> Option<Side> {
    let Stage::Panel(panel) = &dispute.stage else { return None };
    panel.side_of(&seat.post)
}

fn side_view(dispute: &Dispute, side: Side, directory: &Directory) -> Result<SideView, Problem> {
    let standing = dispute.sides.get(side);
    let organisation = directory.organisation()?;
    let mut view = SideView {
        component: organisation
            .component(&standing.component)
            .map_or_else(|| standing.component.to_string(), |component| component.short.clone()),
        place: organisation.shown_place(&standing.unit),
        post_name: String::new(),
        acknowledged: None,
        wants_extension: false,
        asked_to_escalate: false,
        signed_not_joint: false,
        accepted: None,
    };
    if let Stage::Panel(panel) = &dispute.stage {
        let state = panel.sides.get(side);
        view.post_name = directory.post_name(&state.post);
        view.acknowledged = state.acknowledged;
        view.wants_extension = state.wants_extension;
        view.asked_to_escalate = state.position.is_some();
        view.signed_not_joint = state.not_joint.is_some();
        view.accepted = panel.on_table.as_ref().and_then(|table| table.accepted.get(side).clone());
    }
    Ok(view)
}
