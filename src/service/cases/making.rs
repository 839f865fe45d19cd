//! From what a handler typed to a command, with its texts sealed and its signature made.

use crate::clock::Timestamp;
use crate::crypto::signature::{self, Verdict};
use crate::domain::audience::{Audience, AuthorClass, Kind};
use crate::domain::dispute::{Command, Dispute, Level, Seat, Stage, VersionHash};
use crate::domain::follow_up::Rating;
use crate::domain::id::{AccountId, CaseId, EnvelopeId, GroupId, PostId};
use crate::domain::proposal::Proposal;
use crate::domain::prose::Prose;
use crate::service::accounts::SignedIn;
use crate::service::{Candor, Problem};
use crate::store::envelopes::Envelope;
use crate::store::journal::Head;
use crate::store::{self, Tx};

use super::execute::{Deed, Loaded};
use super::keyring::{Keyring, NewWrap};

/// What a handler can do on a case page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandlerAct {
    Acknowledge {
        no_conflict: bool,
    },
    Recuse {
        reason: Prose,
    },
    Delegate {
        to: AccountId,
        until: Timestamp,
    },
    Ask {
        text: Prose,
    },
    Write {
        text: Prose,
        to_reporter: bool,
    },
    Propose(Proposal),
    Accept {
        hash: VersionHash,
    },
    Reject {
        hash: VersionHash,
        reason: Prose,
    },
    Extend {
        reason: Prose,
    },
    Escalate {
        position: Prose,
    },
    CloseNotJoint {
        belongs: Prose,
    },
    ShowIdentity {
        reason: Prose,
    },
    /// To the commanders again, with what they are to do.
    Remand {
        instruction: Prose,
    },
    AssignGroup {
        group: GroupId,
        task: Prose,
    },
    Report {
        text: Prose,
    },
    ReferUp {
        position: Prose,
    },
    /// The Secretary's decision, in the form of a proposal.
    Decide(Proposal),
    Direct {
        instruction: Prose,
    },
    ChangePace {
        reason: Prose,
    },
    /// Actions count from 0.
    Done {
        action: u16,
        note: Prose,
    },
    Verify {
        action: u16,
        holds: bool,
        note: Prose,
    },
    Waive {
        action: u16,
        reason: Prose,
    },
    AnswerReprisal {
        text: Prose,
    },
    /// Keeps what was written past its time, or no longer.
    Hold {
        reason: Prose,
    },
    LiftHold {
        reason: Prose,
    },
    /// What this side's commander thinks of the outcome; the words may be empty.
    Rate {
        rating: Rating,
        words: Prose,
    },
}

impl HandlerAct {
    /// Whether it must be refused if anything has happened that the person did not see.
    /// A message or an acknowledgement says the same whatever came before it.
    pub(super) const fn needs_unmoved(&self) -> bool {
        match self {
            Self::Propose(_)
            | Self::Accept { .. }
            | Self::Reject { .. }
            | Self::Extend { .. }
            | Self::Escalate { .. }
            | Self::CloseNotJoint { .. }
            | Self::Remand { .. }
            | Self::AssignGroup { .. }
            | Self::ReferUp { .. }
            | Self::Decide(_)
            | Self::Direct { .. }
            | Self::ChangePace { .. }
            | Self::Verify { .. }
            | Self::Waive { .. }
            | Self::Rate { .. } => true,
            Self::Acknowledge { .. }
            | Self::Recuse { .. }
            | Self::Delegate { .. }
            | Self::Ask { .. }
            | Self::Write { .. }
            | Self::ShowIdentity { .. }
            | Self::Report { .. }
            | Self::Done { .. }
            | Self::AnswerReprisal { .. }
            | Self::Hold { .. }
            | Self::LiftHold { .. } => false,
        }
    }
}

/// On what a command is decided. Its signature names the same time as its event, or it would never hold:
/// seconds can pass between two looks at the clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub head: Head,
    pub now: Timestamp,
}

/// A command with what must be written beside it.
#[derive(Debug)]
pub(in crate::service) struct Made {
    pub command: Command,
    pub letters: Vec<Envelope>,
    /// Versions of audiences that a reporter made: audience, version, wraps.
    pub new_audiences: Vec<(Audience, u32, Vec<NewWrap>)>,
    /// The acting person's keys, for what follows from the command.
    pub keyring: Keyring,
}

impl Made {
    /// A command without texts.
    pub(in crate::service) fn only(command: Command) -> Self {
        Self { command, letters: Vec::new(), new_audiences: Vec::new(), keyring: Keyring::default() }
    }
}

/// The sort of author that a post is.
pub(super) const fn author_class(post: &PostId) -> AuthorClass {
    match post {
        PostId::Commander(_) | PostId::Alternate(_) => AuthorClass::Panel,
        PostId::Council(_) | PostId::Headquarters(_) | PostId::WorkingGroup(..) => AuthorClass::Council,
        PostId::Secretary => AuthorClass::Secretary,
    }
}

/// Where handlers talk among themselves: the Council's own talk is not for the field.
pub(super) const fn among_handlers(dispute: &Dispute, seat: &Seat) -> Audience {
    match &dispute.stage {
        // What a working group reads and writes is its own audience.
        _ if matches!(seat.post, PostId::WorkingGroup(..)) => Audience::Group,
        Stage::Panel(panel) if matches!(panel.level, Level::Field) => Audience::Room,
        _ => Audience::Deliberation,
    }
}

/// A text that is committed to: a random salt, then the text. Both are sealed together, so the
/// commitment tells nothing once they are destroyed.
pub(super) const SALT: usize = 32;

impl Candor {
    /// Does something on a case page. `seen` is how much of the case's history the page showed.
    pub async fn handler_acts(
        &self,
        signed_in: &SignedIn,
        seat: &Seat,
        number: &str,
        seen: u32,
        act: HandlerAct,
    ) -> Result<(), Problem> {
        let mut tx = self.db.read().await?;
        let case = store::cases::by_number(&mut tx, number).await?.ok_or(Problem::NotFound)?;
        drop(tx);
        self.execute(case, &Deed::Handler { signed_in, seat, seen, act: &act }).await
    }

    /// Seals a handler's texts, signs if need be, and names the command.
    pub(super) async fn make(
        &self,
        tx: &mut Tx,
        signed_in: &SignedIn,
        seat: &Seat,
        loaded: &Loaded,
        moment: Moment,
        act: &HandlerAct,
    ) -> Result<Made, Problem> {
        let ring = self.keyring(tx, signed_in, seat, loaded.row.id).await?;
        let directory = self.directory_in(tx).await?;
        if let HandlerAct::Propose(proposal) | HandlerAct::Decide(proposal) = act {
            let (topic, document) = (loaded.subject.category.as_ref(), proposal.document.as_ref());
            self.compared(tx, topic, document, &proposal.comparison).await?;
        }
        let mut letters = Vec::new();
        let command = {
            let mut letter = |audience: Audience, kind: Kind, text: &[u8]| -> Result<EnvelopeId, Problem> {
                let author = author_class(&seat.post);
                let sealed = self.seal_text(&ring, loaded.row.id, audience, kind, author, text)?;
                let id = sealed.id;
                letters.push(sealed);
                Ok(id)
            };
            let among = among_handlers(&loaded.dispute, seat);
            match act {
                HandlerAct::Acknowledge { no_conflict } => Command::Acknowledge { no_conflict: *no_conflict },
                HandlerAct::Recuse { reason } => {
                    Command::Recuse { reason: letter(among, Kind::Reason, reason.as_str().as_bytes())? }
                }
                HandlerAct::Delegate { to, until } => Command::Delegate { to: *to, until: *until },
                HandlerAct::Ask { text } => Command::Ask {
                    question: letter(Audience::Case, Kind::MessageToReporter, text.as_str().as_bytes())?,
                },
                HandlerAct::Write { text, to_reporter: true } => Command::Write {
                    message: letter(Audience::Case, Kind::MessageToReporter, text.as_str().as_bytes())?,
                    to_reporter: true,
                },
                HandlerAct::Write { text, to_reporter: false } => Command::Write {
                    message: letter(among, Kind::RoomMessage, text.as_str().as_bytes())?,
                    to_reporter: false,
                },
                HandlerAct::Propose(proposal) => {
                    let (hash, bytes) = self.commit(proposal)?;
                    Command::Propose {
                        envelope: letter(among, Kind::Proposal, &bytes)?,
                        hash,
                        terms: proposal.terms(),
                    }
                }
                HandlerAct::Accept { hash } => {
                    let signature = self.sign(
                        signed_in,
                        seat,
                        loaded.row.id,
                        &loaded.dispute,
                        *hash,
                        Verdict::Accept,
                        moment,
                    )?;
                    Command::Accept { hash: *hash, signature }
                }
                HandlerAct::Reject { hash, reason } => Command::Reject {
                    hash: *hash,
                    reason: letter(among, Kind::Rejection, reason.as_str().as_bytes())?,
                },
                HandlerAct::Extend { reason } => {
                    Command::Extend { reason: letter(among, Kind::Reason, reason.as_str().as_bytes())? }
                }
                HandlerAct::Escalate { position } => Command::Escalate {
                    position: letter(Audience::Room, Kind::Position, position.as_str().as_bytes())?,
                },
                HandlerAct::CloseNotJoint { belongs } => {
                    let (hash, bytes) = self.commit(belongs)?;
                    let signature = self.sign(
                        signed_in,
                        seat,
                        loaded.row.id,
                        &loaded.dispute,
                        hash,
                        Verdict::NotJoint,
                        moment,
                    )?;
                    Command::CloseNotJoint { belongs: letter(among, Kind::NotJoint, &bytes)?, signature }
                }
                HandlerAct::ShowIdentity { reason } => {
                    Command::ShowIdentity { reason: letter(among, Kind::Reason, reason.as_str().as_bytes())? }
                }
                HandlerAct::Remand { instruction } => Command::Remand {
                    instruction: letter(among, Kind::Instruction, instruction.as_str().as_bytes())?,
                },
                HandlerAct::AssignGroup { group, task } => Command::AssignGroup {
                    group: group.clone(),
                    task: letter(among, Kind::Task, task.as_str().as_bytes())?,
                },
                HandlerAct::Report { text } => Command::Report {
                    report: letter(Audience::Group, Kind::Report, text.as_str().as_bytes())?,
                },
                HandlerAct::ReferUp { position } => Command::ReferUp {
                    position: letter(among, Kind::Position, position.as_str().as_bytes())?,
                },
                HandlerAct::Decide(proposal) => {
                    let (hash, bytes) = self.commit(proposal)?;
                    let signature = self.sign(
                        signed_in,
                        seat,
                        loaded.row.id,
                        &loaded.dispute,
                        hash,
                        Verdict::Decide,
                        moment,
                    )?;
                    let envelope = letter(among, Kind::Proposal, &bytes)?;
                    Command::Decide { envelope, hash, terms: proposal.terms(), signature }
                }
                HandlerAct::Direct { instruction } => Command::Direct {
                    instruction: letter(among, Kind::Instruction, instruction.as_str().as_bytes())?,
                },
                HandlerAct::ChangePace { reason } => Command::ChangePace {
                    standards: directory.standards(loaded.dispute.pace.other()),
                    reason: letter(among, Kind::Reason, reason.as_str().as_bytes())?,
                },
                // Headquarters sees what becomes of an action, so its notes are for the readers of the outcome.
                HandlerAct::Done { action, note } => Command::Done {
                    action: *action,
                    note: letter(Audience::Outcome, Kind::ActionNote, note.as_str().as_bytes())?,
                },
                HandlerAct::Verify { action, holds, note } => Command::Verify {
                    action: *action,
                    holds: *holds,
                    note: letter(Audience::Outcome, Kind::ActionNote, note.as_str().as_bytes())?,
                },
                HandlerAct::Waive { action, reason } => Command::Waive {
                    action: *action,
                    reason: letter(Audience::Outcome, Kind::ActionNote, reason.as_str().as_bytes())?,
                },
                HandlerAct::AnswerReprisal { text } => Command::AnswerReprisal {
                    message: letter(Audience::Reprisal, Kind::ReprisalAnswer, text.as_str().as_bytes())?,
                },
                HandlerAct::Hold { reason } => {
                    Command::Hold { reason: letter(among, Kind::Reason, reason.as_str().as_bytes())? }
                }
                // Under a key of its own: whoever writes it is no reader.
                HandlerAct::Rate { rating, words } => {
                    return self.make_rating(tx, seat, loaded, ring, *rating, words).await;
                }
                HandlerAct::LiftHold { reason } => {
                    Command::LiftHold { reason: letter(among, Kind::Reason, reason.as_str().as_bytes())? }
                }
            }
        };
        Ok(Made { command, letters, new_audiences: Vec::new(), keyring: ring })
    }

    /// Salts and commits to something that will be signed: its hash, and the bytes to seal.
    fn commit(
        &self,
        what: &impl serde::Serialize,
    ) -> Result<(VersionHash, zeroize::Zeroizing<Vec<u8>>), Problem> {
        let salt: [u8; SALT] = self.randomness.bytes("version salt");
        let text = zeroize::Zeroizing::new(serde_json::to_vec(what).map_err(|_| Problem::Damaged)?);
        let hash = VersionHash(signature::version_hash(&salt, &text));
        let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(SALT + text.len()));
        bytes.extend_from_slice(&salt);
        bytes.extend_from_slice(&text);
        Ok((hash, bytes))
    }

    /// Signs a verdict on a version. Without a fresh sign-in there is no signing key to sign with.
    #[expect(clippy::too_many_arguments, reason = "each is part of what is signed")]
    fn sign(
        &self,
        signed_in: &SignedIn,
        seat: &Seat,
        case: CaseId,
        dispute: &Dispute,
        hash: VersionHash,
        verdict: Verdict,
        moment: Moment,
    ) -> Result<String, Problem> {
        let key = signed_in.signing.as_ref().ok_or(Problem::SignInAgain)?;
        let (level, entry) = match &dispute.stage {
            Stage::Panel(panel) => (panel.level, panel.entry),
            Stage::Secretary(stage) => (Level::Secretary, stage.entry),
            // `decide` refuses it.
            Stage::Resolved(_) | Stage::Closed(_) => return Ok(String::new()),
        };
        let statement = signature::Statement {
            deployment: self.deployment,
            case,
            level: level_word(level),
            entry,
            post: &seat.post,
            version_hash: hash.0,
            verdict,
            time: moment.now,
            journal_head: moment.head.hash,
        };
        let signature = Hexadecimal(&signature::sign(key, &statement)).to_string();
        // The head is named so that the signature can be checked from the journal alone.
        Ok(format!("{}.{signature}", moment.head.sequence))
    }
}

/// The word for a level inside signatures.
pub(in crate::service) const fn level_word(level: Level) -> &'static str {
    match level {
        Level::Field => "field",
        Level::Council => "council",
        Level::Secretary => "secretary",
    }
}

struct Hexadecimal<'a>(&'a [u8]);

impl std::fmt::Display for Hexadecimal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A salted text, opened again.
pub(super) fn unsalted(bytes: &[u8]) -> Result<(&[u8], &[u8]), Problem> {
    bytes.split_at_checked(SALT).ok_or(Problem::Damaged)
}
