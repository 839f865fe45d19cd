//! Who may do what and read what: the one place that says so. Pages ask it before they show,
//! the machine asks it before it acts; docs/authorisation.md is printed from it.

use std::collections::{BTreeMap, BTreeSet};

use super::audience::Audience;
use super::dispute::{Actor, Command, Dispute, Facts, Member, Refusal, Seat, Side, Stage, StageName};
use super::id::PostId;

mod reading;
mod rules;

pub use reading::{
    frozen_at, knows_of_a_hold, knows_the_end, may_read, readers, reads_ratings, sees_case, told,
};
pub use rules::{AREAS, RULES, Rule, Who, paper};

use rules::rule;

macro_rules! kinds {
    ($($kind:ident $words:literal),+ $(,)?) => {
        /// A kind of command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CommandKind { $($kind),+ }

        impl CommandKind {
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// What it is called in papers.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$kind => $words),+ }
            }
        }
    };
}

kinds! {
    Open "open", Acknowledge "acknowledge", Recuse "recuse", Delegate "delegate", Ask "ask the reporter",
    Write "write", Propose "propose", Accept "accept", Reject "reject", Extend "extend", Escalate "escalate",
    CloseNotJoint "close as not joint", ShowIdentity "look at the name", Answer "answer", Add "add",
    AskForReview "ask for review", Pressed "say that one is pressed", GiveName "give one's name",
    WithholdName "stop showing one's name",
    Withdraw "withdraw", Sweep "let time count", Remand "send back to the commanders",
    AssignGroup "ask a working group", Report "report as a working group", ReferUp "refer up", Decide "decide",
    Direct "direct the Council", ChangePace "change the pace", Done "say that an action is done",
    Verify "verify an action", Waive "waive an action", AnswerReprisal "answer a report of reprisal",
    CheckIn "say whether it works", ReportReprisal "report reprisal", DisputeOutcome "dispute the outcome",
    Hold "put a legal hold", LiftHold "lift a legal hold", Destroy "destroy what is due",
    Attach "attach a file",
    Rate "rate the outcome", RateByReceipt "rate the outcome by receipt",
}

impl CommandKind {
    /// What follows an outcome.
    pub(in crate::domain) const fn is_about_an_outcome(self) -> bool {
        matches!(
            self,
            Self::Done
                | Self::Verify
                | Self::Waive
                | Self::AnswerReprisal
                | Self::CheckIn
                | Self::ReportReprisal
                | Self::DisputeOutcome
                | Self::Rate
                | Self::RateByReceipt
        )
    }

    /// Keeping and destroying what was written.
    pub(in crate::domain) const fn is_about_keeping(self) -> bool {
        matches!(self, Self::Hold | Self::LiftHold | Self::Destroy)
    }

    /// What only levels above the field know, and the pace.
    pub(in crate::domain) const fn is_above_the_field(self) -> bool {
        matches!(
            self,
            Self::Remand | Self::AssignGroup | Self::Report | Self::Decide | Self::Direct | Self::ChangePace
        )
    }
}

impl Command {
    #[must_use]
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Open(_) => CommandKind::Open,
            Self::Acknowledge { .. } => CommandKind::Acknowledge,
            Self::Recuse { .. } => CommandKind::Recuse,
            Self::Delegate { .. } => CommandKind::Delegate,
            Self::Ask { .. } => CommandKind::Ask,
            Self::Write { .. } => CommandKind::Write,
            Self::Propose { .. } => CommandKind::Propose,
            Self::Accept { .. } => CommandKind::Accept,
            Self::Reject { .. } => CommandKind::Reject,
            Self::Extend { .. } => CommandKind::Extend,
            Self::Escalate { .. } => CommandKind::Escalate,
            Self::CloseNotJoint { .. } => CommandKind::CloseNotJoint,
            Self::ShowIdentity { .. } => CommandKind::ShowIdentity,
            Self::Answer { .. } => CommandKind::Answer,
            Self::Add { .. } => CommandKind::Add,
            Self::Attach { .. } => CommandKind::Attach,
            Self::Rate { .. } => CommandKind::Rate,
            Self::RateByReceipt { .. } => CommandKind::RateByReceipt,
            Self::AskForReview { .. } => CommandKind::AskForReview,
            Self::Pressed => CommandKind::Pressed,
            Self::GiveName { .. } => CommandKind::GiveName,
            Self::WithholdName => CommandKind::WithholdName,
            Self::Withdraw => CommandKind::Withdraw,
            Self::Sweep => CommandKind::Sweep,
            Self::Remand { .. } => CommandKind::Remand,
            Self::AssignGroup { .. } => CommandKind::AssignGroup,
            Self::Report { .. } => CommandKind::Report,
            Self::ReferUp { .. } => CommandKind::ReferUp,
            Self::Decide { .. } => CommandKind::Decide,
            Self::Direct { .. } => CommandKind::Direct,
            Self::ChangePace { .. } => CommandKind::ChangePace,
            Self::Done { .. } => CommandKind::Done,
            Self::Verify { .. } => CommandKind::Verify,
            Self::Waive { .. } => CommandKind::Waive,
            Self::AnswerReprisal { .. } => CommandKind::AnswerReprisal,
            Self::CheckIn { .. } => CommandKind::CheckIn,
            Self::ReportReprisal { .. } => CommandKind::ReportReprisal,
            Self::DisputeOutcome { .. } => CommandKind::DisputeOutcome,
            Self::Hold { .. } => CommandKind::Hold,
            Self::LiftHold { .. } => CommandKind::LiftHold,
            Self::Destroy { .. } => CommandKind::Destroy,
        }
    }
}

/// Whether an actor may give a kind of command now, and for which side. The answer to all who
/// lack the right is the same, whatever the case is like (invariant 10).
///
/// # Errors
/// [`Refusal::NotAllowed`] to those who lack the right; [`Refusal::NotInThisStage`] to those who
/// see the case, when it has moved on.
pub fn may(
    dispute: &Dispute,
    actor: &Actor,
    kind: CommandKind,
    facts: &Facts<'_>,
) -> Result<Option<Side>, Refusal> {
    let rule = rule(kind).ok_or(Refusal::NotAllowed)?;
    let in_stage = rule.stages.contains(&dispute.stage_name());
    match (rule.who, actor) {
        (Who::Reporter, Actor::Reporter) | (Who::Clock, Actor::Clock) => {
            if in_stage {
                Ok(None)
            } else {
                Err(Refusal::NotInThisStage)
            }
        }
        (Who::Batch | Who::Clock | Who::Reporter, _) | (_, Actor::Batch | Actor::Clock | Actor::Reporter) => {
            Err(Refusal::NotAllowed)
        }
        (who, Actor::Handler(seat)) => {
            if !sees_case(dispute, seat) || !holds(facts.members, seat) {
                return Err(Refusal::NotAllowed);
            }
            // Whose page is frozen has been left behind by the case, whatever stage it is in; an
            // action of its outcome may be theirs all the same.
            let left_behind = frozen_at(dispute, seat).is_some();
            let of_its_outcome = matches!(who, Who::Owner | Who::EitherSide | Who::Commander)
                && !dispute.bypass.posts.contains(&seat.post);
            if !in_stage || (left_behind && !of_its_outcome) {
                return Err(Refusal::NotInThisStage);
            }
            handler_may(dispute, seat, kind, who, facts)
        }
    }
}

/// What a seat that sees the case may do in a stage that fits.
fn handler_may(
    dispute: &Dispute,
    seat: &Seat,
    kind: CommandKind,
    who: Who,
    facts: &Facts<'_>,
) -> Result<Option<Side>, Refusal> {
    let alone = |may: bool| if may { Ok(None) } else { Err(Refusal::NotAllowed) };
    let sided = |side: Option<Side>| side.map(Some).ok_or(Refusal::NotAllowed);
    let working = matches!(seat.post, PostId::WorkingGroup(..))
        && dispute.group.as_ref().is_some_and(|group| group.ended.is_none());
    match who {
        Who::Batch | Who::Clock | Who::Reporter => Err(Refusal::NotAllowed),
        Who::Side => sided(acting_side(dispute, seat, facts)),
        Who::Member | Who::Writer if in_field(dispute) => sided(acting_side(dispute, seat, facts)),
        Who::Member | Who::Writer => match &seat.post {
            // For themselves: their own part in it, their own talk.
            PostId::WorkingGroup(..) if matches!(kind, CommandKind::Recuse | CommandKind::Write) => {
                alone(working)
            }
            PostId::Secretary if matches!(kind, CommandKind::Recuse | CommandKind::Write) => {
                alone(matches!(dispute.stage, Stage::Secretary(_)))
            }
            PostId::Council(_) if who == Who::Writer && dispute.panel().is_none() => alone(true),
            _ => sided(member_side(dispute, seat)),
        },
        Who::Group => alone(working),
        Who::Secretary => alone(seat.post == PostId::Secretary),
        Who::Owner => {
            let Stage::Resolved(resolved) = &dispute.stage else { return Err(Refusal::NotInThisStage) };
            let mine = || resolved.each().filter(|(_, action, _)| dispute.owns(&seat.post, action));
            if mine().next().is_none() {
                return Err(Refusal::NotAllowed);
            }
            let waits = mine().any(|(_, _, progress)| progress.done.is_none() && !progress.is_settled());
            if waits { Ok(None) } else { Err(Refusal::AlreadyDone) }
        }
        Who::EitherSide => sided(dispute.side_of_post(&seat.post)),
        Who::Commander => match &seat.post {
            PostId::Commander(_) | PostId::Alternate(_)
                if may_read(dispute, seat, Audience::Outcome, dispute.version) =>
            {
                sided(dispute.side_of_post(&seat.post))
            }
            _ => Err(Refusal::NotAllowed),
        },
        Who::Lead => alone(seat.lead && dispute.council_posts().contains(&seat.post)),
        Who::ReprisalReader => alone(dispute.reprisal_reported && seat.post == dispute.reprisal_post()),
    }
}

/// Whether members of a post read the measures of each quarter. They are the same for all of them.
#[must_use]
pub const fn reads_measures(post: &PostId) -> bool {
    matches!(post, PostId::Council(_) | PostId::Headquarters(_))
}

fn holds(members: &BTreeMap<PostId, Vec<Member>>, seat: &Seat) -> bool {
    members.get(&seat.post).is_some_and(|members| members.iter().any(|member| member.account == seat.account))
}

fn in_field(dispute: &Dispute) -> bool {
    dispute.stage_name() == StageName::Field
}

fn member_side(dispute: &Dispute, seat: &Seat) -> Option<Side> {
    let panel = dispute.panel()?;
    Side::BOTH.into_iter().find(|side| panel.sides.get(*side).post == seat.post)
}

/// The side for which a seat may act.
fn acting_side(dispute: &Dispute, seat: &Seat, facts: &Facts<'_>) -> Option<Side> {
    let panel = dispute.panel()?;
    let side = panel.side_of(&seat.post)?;
    let state = panel.sides.get(side);
    let delegated = state.delegate.is_some_and(|(to, until)| to == seat.account && until > facts.now);
    let acts = match &seat.post {
        PostId::Council(_) => {
            let led = facts.members.get(&seat.post).is_some_and(|members| {
                members.iter().any(|member| member.lead && !dispute.has_recused(member.account))
            });
            seat.lead || delegated || !led
        }
        post => state.post == *post || (delegated && matches!(post, PostId::Alternate(_))),
    };
    acts.then_some(side)
}

/// What a seat may do now, for showing it. Whether it signed in afresh is asked when it acts.
#[must_use]
pub fn offers(dispute: &Dispute, seat: &Seat, facts: &Facts<'_>) -> BTreeSet<CommandKind> {
    let actor = Actor::Handler(seat.clone());
    offered(dispute, &actor, &Facts { fresh: true, ..facts.clone() })
}

/// What a reporter may do now.
#[must_use]
pub fn reporter_offers(dispute: &Dispute, facts: &Facts<'_>) -> BTreeSet<CommandKind> {
    offered(dispute, &Actor::Reporter, facts)
}

fn offered(dispute: &Dispute, actor: &Actor, facts: &Facts<'_>) -> BTreeSet<CommandKind> {
    CommandKind::ALL
        .iter()
        .copied()
        .filter(|kind| {
            may(dispute, actor, *kind, facts)
                .and_then(|side| super::dispute::guard(dispute, side, *kind, facts))
                .is_ok()
        })
        .collect()
}

/// The posts that may own an action of a case: both sides' commanders and alternates and both Council posts,
/// except who is left out of it or was set aside, and posts that nobody holds.
#[must_use]
pub fn possible_owners(dispute: &Dispute, members: &BTreeMap<PostId, Vec<Member>>) -> BTreeSet<PostId> {
    let [raising, concerned] = dispute.council_posts();
    dispute
        .panel_posts()
        .into_iter()
        .chain([raising, concerned])
        .filter(|post| !dispute.bypass.posts.contains(post) && !dispute.set_aside.contains(post))
        .filter(|post| members.get(post).is_some_and(|held| !held.is_empty()))
        .collect()
}
