//! What can be asked of a dispute, by whom, and how it can be refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::deadline::{Calendar, Standards};
use crate::domain::follow_up::{Objection, Rating, Works};
use crate::domain::id::{AccountId, EnvelopeId, GroupId, PostId};

use super::retention::Part;
use super::state::{Bypass, Opening, VersionHash};

/// A person acting from one post.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seat {
    pub account: AccountId,
    pub post: PostId,
    /// Whether this person leads the post (Council).
    pub lead: bool,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Whoever holds the receipt, through a batch.
    Reporter,
    /// The batch itself, opening a case.
    Batch,
    /// Time.
    Clock,
    Handler(Seat),
}

/// A remedial action of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    pub owner: PostId,
    pub due: Timestamp,
}

/// What the machine must know of a proposal; its words are sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalTerms {
    /// Empty only if the proposal says in so many words that no action is needed.
    pub actions: Vec<Action>,
    pub none_needed: bool,
}

/// A request to a dispute. Texts are sealed elsewhere and named by their envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The first command of every case.
    Open(Opening),
    /// "I have read this and have no part in it."
    Acknowledge {
        no_conflict: bool,
    },
    Recuse {
        reason: EnvelopeId,
    },
    /// At Field: to a member of the alternate post. At Council: to a member of the same post.
    Delegate {
        to: AccountId,
        until: Timestamp,
    },
    Ask {
        question: EnvelopeId,
    },
    /// A message, to the room or to the reporter.
    Write {
        message: EnvelopeId,
        to_reporter: bool,
    },
    Propose {
        envelope: EnvelopeId,
        hash: VersionHash,
        terms: ProposalTerms,
    },
    Accept {
        hash: VersionHash,
        signature: String,
    },
    Reject {
        hash: VersionHash,
        reason: EnvelopeId,
    },
    /// Asks for the extension, or agrees to it if the other side asked.
    Extend {
        reason: EnvelopeId,
    },
    /// States this side's position and asks to escalate, or agrees to it.
    Escalate {
        position: EnvelopeId,
    },
    /// Signs that this is not a joint dispute, or agrees to it.
    CloseNotJoint {
        belongs: EnvelopeId,
        signature: String,
    },
    /// The panel member looks at a name that the reporter let them see, or a Council member at one given.
    ShowIdentity {
        reason: EnvelopeId,
    },

    /// Sends it back to the commanders with an instruction, or agrees to that.
    Remand {
        instruction: EnvelopeId,
    },
    /// Puts a question to a working group, or agrees to that.
    AssignGroup {
        group: GroupId,
        task: EnvelopeId,
    },
    /// A working group answers.
    Report {
        report: EnvelopeId,
    },
    /// States this side's position and takes it from the Council to the Secretary.
    ReferUp {
        position: EnvelopeId,
    },
    /// The Secretary's delegate decides.
    Decide {
        envelope: EnvelopeId,
        hash: VersionHash,
        terms: ProposalTerms,
        signature: String,
    },
    /// The Secretary's delegate sends it back to the Council with an instruction.
    Direct {
        instruction: EnvelopeId,
    },
    /// To the other pace, with its time standards: up by one side, down by both.
    ChangePace {
        standards: Standards,
        reason: EnvelopeId,
    },
    /// The owner says that an action is done. Actions count from 0.
    Done {
        action: u16,
        note: EnvelopeId,
    },
    /// The other side says whether it is.
    Verify {
        action: u16,
        holds: bool,
        note: EnvelopeId,
    },
    /// Asks to waive an action, or agrees to that.
    Waive {
        action: u16,
        reason: EnvelopeId,
    },
    AnswerReprisal {
        message: EnvelopeId,
    },
    /// What a side's commander thinks of the outcome.
    Rate {
        rating: Rating,
        words: EnvelopeId,
    },
    /// Keeps what was written past its time, until that is lifted again.
    Hold {
        reason: EnvelopeId,
    },
    LiftHold {
        reason: EnvelopeId,
    },

    // The reporter's, through a batch.
    Answer {
        question: EnvelopeId,
        answer: EnvelopeId,
    },
    Add {
        addition: EnvelopeId,
    },
    /// A file; what it is and its key are sealed.
    Attach {
        attachment: EnvelopeId,
        /// For the Council alone, whatever stage it is in.
        council_only: bool,
    },
    /// A handler is concerned after all: to the Council, `bypass` added to what is left out already.
    AskForReview {
        request: EnvelopeId,
        bypass: Bypass,
    },
    Pressed,
    GiveName {
        identity: EnvelopeId,
        for_panel: bool,
    },
    /// The commanders may see the name no longer; who has seen it has seen it.
    WithholdName,
    Withdraw,
    /// Says whether the outcome works.
    CheckIn {
        works: Works,
        words: EnvelopeId,
    },
    /// To the Council's post of the other component alone (AN-23).
    ReportReprisal {
        report: EnvelopeId,
    },
    DisputeOutcome {
        why: Objection,
        words: EnvelopeId,
    },
    /// What the reporter thinks of the outcome.
    RateByReceipt {
        rating: Rating,
        words: EnvelopeId,
    },

    // The clock's.
    /// Applies whatever is due: a warning or a lapse. Refused with `NothingDue` otherwise.
    Sweep,
    /// Destroys what is due: how many texts and wrapped keys that takes away.
    Destroy {
        part: Part,
        texts: u32,
        keys: u32,
    },
}

/// A holder of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub account: AccountId,
    pub lead: bool,
}

/// What the machine is told of the world.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    pub now: Timestamp,
    pub calendar: &'a Calendar,
    /// Members of every post that could have to do with this case; a post without members is absent or empty.
    pub members: &'a BTreeMap<PostId, Vec<Member>>,
    /// Whether this person signed in afresh within ten minutes.
    pub fresh: bool,
}

/// Why a command changes nothing. The words are for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The same for all who may not, whatever the case is like (invariant 10).
    #[error("This is not open to you.")]
    NotAllowed,
    #[error("The case has moved on since you opened this page.")]
    NotInThisStage,
    #[error("You have already done this.")]
    AlreadyDone,
    #[error("This can be done once, and it has been.")]
    OnceOnly,
    #[error("Please acknowledge the case first.")]
    AcknowledgeFirst,
    #[error("Declare that you have no part in this, or recuse yourself.")]
    ConflictNotDeclared,
    #[error("A question to the reporter is still open; wait for the answer or write a message.")]
    QuestionOpen,
    #[error("This question is no longer open.")]
    NoSuchQuestion,
    #[error("There is no proposal on the table.")]
    NothingOnTable,
    #[error("A newer version of the proposal is on the table.")]
    NotThisVersion,
    #[error("Two different people must accept.")]
    SamePerson,
    #[error("Give at least one action, or say that none is needed.")]
    NoAction,
    #[error("Say either which actions are needed or that none is.")]
    ActionsAndNone,
    #[error("This post can not own an action in this case.")]
    OwnerNotPossible,
    #[error("An action is due in the past.")]
    DueInThePast,
    #[error("One side alone can escalate only after a first proposal.")]
    ProposeFirst,
    #[error("Delegate to a person who may act for this post.")]
    NotADelegate,
    #[error("The date must lie in the future, at most 90 days ahead.")]
    BadDate,
    #[error("Please confirm your passphrase first.")]
    SignInAgain,
    #[error("No name was given to be shown to you.")]
    NoName,
    #[error("Your name is not open to the commanders.")]
    NameNotOpen,
    #[error("This case can not go back to the commanders.")]
    NoWayBack,
    #[error("Nobody is there to take it up.")]
    NobodyThere,
    #[error("A working group needs a member of each side, none of them concerned by this case.")]
    NotBothSides,
    #[error("There is no such action in this case.")]
    NoSuchAction,
    #[error("The owner has not yet said that this is done.")]
    NotYetDone,
    #[error("Nobody decides above the Secretary.")]
    NothingAbove,
    #[error("The time for this has passed, or has not yet come.")]
    NotNow,
    #[error("Nothing is due.")]
    NothingDue,
    #[error("Nothing is left of this case that could be kept.")]
    NothingLeft,
}
