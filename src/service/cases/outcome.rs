//! What follows when a case is resolved or closed, written in the same transaction: the
//! resolution, one notice for each headquarters recipient, the reporter's outcome, the library draft.

use serde::{Deserialize, Serialize};

use crate::domain::audience::{Audience, AuthorClass, Kind};
use crate::domain::dispute::{Closing, Dispute, Event, Level, Side, VersionHash};
use crate::domain::id::{EnvelopeId, NoticeId, PostId};
use crate::domain::proposal::{Proposal, Resolution, ResolutionKind, TimeTaken};
use crate::domain::prose::Prose;
use crate::service::directory::Directory;
use crate::service::record::{Entry, Place, StaffAct};
use crate::service::{Candor, Problem};
use crate::store::notices::Notice;
use crate::store::{self, Tx};

use super::keyring::{Keyring, open_text};
use super::making::unsalted;

/// The outcome in words for the reporter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeWords {
    Resolved {
        level: Level,
        kind: ResolutionKind,
        finding: Prose,
        actions: Vec<ActionLine>,
        none_needed: bool,
    },
    /// Not a joint dispute; where it belongs.
    NotJoint { belongs: Prose },
}

/// An action as the reporter is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionLine {
    pub what: Prose,
    pub owner: String,
    pub due: crate::clock::Timestamp,
}

impl Candor {
    /// Writes what follows from events, and returns what the journal must say of it.
    pub(super) async fn outcome(
        &self,
        tx: &mut Tx,
        row: &store::cases::Row,
        after: &Dispute,
        events: &[Event],
        ring: &Keyring,
        directory: &Directory,
    ) -> Result<Vec<(Place, Entry)>, Problem> {
        let mut told = Vec::new();
        for event in events {
            match event {
                Event::Resolved { by, version, .. } => {
                    let recipients = self.resolved(tx, row, after, *by, *version, ring, directory).await?;
                    let act =
                        StaffAct::NoticesMade { case: row.id, resolution: after.resolutions, recipients };
                    told.push((None, act.at(self.clock.now())));
                }
                Event::Closed { why: Closing::NotJoint, .. } => {
                    self.not_joint(tx, row, after, events, ring).await?;
                    self.tally(tx, after, "not_joint").await?;
                }
                Event::Lapsed { did_not_act, .. } => {
                    for component in did_not_act {
                        self.tally(tx, after, &format!("lapsed:{component}")).await?;
                    }
                }
                // A level below ends when its time does; nobody is above the Secretary.
                Event::Warned { level: Level::Secretary, percent: 100, .. } => {
                    self.tally(tx, after, "undecided").await?;
                }
                _ => {}
            }
        }
        if after.resolutions > 0 {
            let (remedy_due, reopened) = after.state_for_headquarters();
            store::notices::set_state(tx, row.id, after.resolutions, remedy_due, reopened).await?;
        }
        Ok(told)
    }

    /// Counts something for headquarters, which is told no more of it. A case that somebody at
    /// headquarters is concerned by must not show there, not even as a number.
    async fn tally(&self, tx: &mut Tx, after: &Dispute, what: &str) -> Result<(), Problem> {
        if after.bypass.posts.iter().any(|post| matches!(post, PostId::Headquarters(_))) {
            return Ok(());
        }
        Ok(store::notices::count(tx, what).await?)
    }

    /// Writes again, for those who may read from now on, what the level above has asked them: the
    /// Council's instruction to the commanders, its question to a working group.
    pub(super) async fn hand_down(
        &self,
        tx: &mut Tx,
        row: &store::cases::Row,
        after: &Dispute,
        events: &[Event],
        ring: &Keyring,
    ) -> Result<(), Problem> {
        let remanded = events.iter().any(|event| matches!(event, Event::Remanded { .. }));
        let assigned = events.iter().any(|event| matches!(event, Event::GroupAssigned { .. }));
        if !remanded && !assigned {
            return Ok(());
        }
        let mut asked: [Option<EnvelopeId>; 2] = [None, None];
        for (_, event) in self.events(tx, row.id).await? {
            let (side, text) = match event {
                // What was said at an earlier entry of the Council is not what both agreed on now.
                Event::Entered { .. } if !remanded => {
                    asked = [None, None];
                    continue;
                }
                Event::RemandAsked { side, instruction, .. } if remanded => (side, instruction),
                Event::GroupAsked { side, task, .. } if assigned => (side, task),
                _ => continue,
            };
            match side {
                Side::Raising => asked[0] = Some(text),
                Side::Concerned => asked[1] = Some(text),
            }
        }
        let (audience, kind) =
            if remanded { (Audience::Room, Kind::Instruction) } else { (Audience::Group, Kind::Task) };
        let mut handed = Vec::new();
        for id in asked.into_iter().flatten() {
            let sealed = store::envelopes::find(tx, id).await?.ok_or(Problem::Damaged)?;
            let text = open_text(self, ring, &sealed)?.ok_or(Problem::Damaged)?;
            // Whoever agrees often says the same again.
            if !handed.contains(&text) {
                self.write_system(tx, row, after, ring, audience, kind, &text).await?;
                handed.push(text);
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "what one attempt has at hand")]
    async fn resolved(
        &self,
        tx: &mut Tx,
        row: &store::cases::Row,
        after: &Dispute,
        by: Level,
        version: VersionHash,
        ring: &Keyring,
        directory: &Directory,
    ) -> Result<Vec<PostId>, Problem> {
        let now = self.clock.now();
        let (envelope, signed) = self.accepted(tx, row, version).await?;
        let sealed = store::envelopes::find(tx, envelope).await?.ok_or(Problem::Damaged)?;
        let opened = open_text(self, ring, &sealed)?.ok_or(Problem::Damaged)?;
        let (_, text) = unsalted(&opened)?;
        let proposal: Proposal = serde_json::from_slice(text).map_err(|_| Problem::Damaged)?;

        let organisation = directory.organisation()?;
        let place = |unit| organisation.shown_place(unit);
        let component = |id| organisation.component(id).map_or_else(String::new, |found| found.short.clone());
        let resolution = Resolution {
            level: by,
            places: [place(&after.sides.raising.unit), place(&after.sides.concerned.unit)],
            components: [
                component(&after.sides.raising.component),
                component(&after.sides.concerned.component),
            ],
            signed,
            time_taken: TimeTaken::of_seconds(now.since(after.opened)),
            proposal,
        };
        let text = zeroize::Zeroizing::new(serde_json::to_vec(&resolution).map_err(|_| Problem::Damaged)?);
        let notice_text =
            self.write_system(tx, row, after, ring, Audience::Outcome, Kind::Resolution, &text).await?;

        let proposal = &resolution.proposal;
        let words = OutcomeWords::Resolved {
            level: by,
            kind: proposal.kind,
            finding: proposal.finding.clone(),
            actions: proposal
                .actions
                .iter()
                .map(|action| ActionLine {
                    what: action.what.clone(),
                    owner: directory.post_name(&action.owner),
                    due: action.due,
                })
                .collect(),
            none_needed: proposal.none_needed,
        };
        let text = zeroize::Zeroizing::new(serde_json::to_vec(&words).map_err(|_| Problem::Damaged)?);
        self.write_system(tx, row, after, ring, Audience::Case, Kind::OutcomeWords, &text).await?;
        let draft = proposal.library_text.as_str().as_bytes();
        self.write_system(tx, row, after, ring, Audience::Outcome, Kind::LibraryDraft, draft).await?;
        self.leave_draft(tx, row, after, by, proposal, directory).await?;

        let due = directory.calendar.due(now, after.standards.headquarters_acknowledgement);
        let mut recipients = Vec::new();
        for recipient in directory.headquarters() {
            if after.bypass.posts.contains(&recipient) {
                continue;
            }
            let notice = Notice {
                id: NoticeId::random(&self.randomness),
                case: row.id,
                resolution: after.resolutions,
                recipient: recipient.clone(),
                raising_unit: row.raising_unit.clone(),
                concerned_unit: row.concerned_unit.clone(),
                level: super::making::level_word(by).to_owned(),
                made_at: now,
                due,
                envelope: notice_text,
                acknowledged: None,
                remedy_due: None,
                reopened: false,
                superseded: false,
            };
            store::notices::insert(tx, &notice).await?;
            self.plan_deliveries(tx, &notice, directory).await?;
            recipients.push(recipient);
        }
        Ok(recipients)
    }

    /// The accepted version's envelope and the posts that signed it, from the journal: the
    /// state holds them no longer once the case is resolved.
    async fn accepted(
        &self,
        tx: &mut Tx,
        row: &store::cases::Row,
        version: VersionHash,
    ) -> Result<(EnvelopeId, Vec<PostId>), Problem> {
        let mut envelope = None;
        let mut signed = Vec::new();
        for (_, event) in self.events(tx, row.id).await? {
            match event {
                Event::Proposed { envelope: id, hash, .. } if hash == version => envelope = Some(id),
                Event::Decided { seat, envelope: id, hash, .. } if hash == version => {
                    envelope = Some(id);
                    signed.push(seat.post);
                }
                Event::Accepted { hash, acceptance, .. } if hash == version => {
                    signed.push(acceptance.seat.post);
                }
                _ => {}
            }
        }
        Ok((envelope.ok_or(Problem::Damaged)?, signed))
    }

    async fn not_joint(
        &self,
        tx: &mut Tx,
        row: &store::cases::Row,
        after: &Dispute,
        events: &[Event],
        ring: &Keyring,
    ) -> Result<(), Problem> {
        let belongs = events.iter().find_map(|event| match event {
            Event::NotJointSigned { signature, .. } => Some(signature.belongs),
            _ => None,
        });
        let sealed =
            store::envelopes::find(tx, belongs.ok_or(Problem::Damaged)?).await?.ok_or(Problem::Damaged)?;
        let opened = open_text(self, ring, &sealed)?.ok_or(Problem::Damaged)?;
        let (_, text) = unsalted(&opened)?;
        let belongs: Prose = serde_json::from_slice(text).map_err(|_| Problem::Damaged)?;
        let words = serde_json::to_vec(&OutcomeWords::NotJoint { belongs }).map_err(|_| Problem::Damaged)?;
        self.write_system(tx, row, after, ring, Audience::Case, Kind::OutcomeWords, &words).await?;
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "what one attempt has at hand")]
    async fn write_system(
        &self,
        tx: &mut Tx,
        row: &store::cases::Row,
        after: &Dispute,
        ring: &Keyring,
        audience: Audience,
        kind: Kind,
        text: &[u8],
    ) -> Result<EnvelopeId, Problem> {
        let mut sealed = self.seal_text(ring, row.id, audience, kind, AuthorClass::System, text)?;
        sealed.case_version = after.version;
        store::envelopes::insert(tx, &sealed).await?;
        Ok(sealed.id)
    }
}
