//! Who may do what and read what: the one place that says so. Pages ask it before they show,
//! the machine asks it before it acts; docs/authorisation.md is printed from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::audience::{Audience, Reader};
use super::dispute::{
    Actor, Command, Dispute, Event, Facts, Level, Member, Refusal, Seat, Side, Stage, StageName,
};
use super::id::PostId;

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
    Withdraw "withdraw", Sweep "let time count", Remand "send back to the commanders",
    AssignGroup "ask a working group", Report "report as a working group", ReferUp "refer up", Decide "decide",
    Direct "direct the Council", ChangePace "change the pace", Done "say that an action is done",
    Verify "verify an action", Waive "waive an action", AnswerReprisal "answer a report of reprisal",
    CheckIn "say whether it works", ReportReprisal "report reprisal", DisputeOutcome "dispute the outcome",
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
        )
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
            Self::AskForReview { .. } => CommandKind::AskForReview,
            Self::Pressed => CommandKind::Pressed,
            Self::GiveName { .. } => CommandKind::GiveName,
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
        }
    }
}

/// Who may give a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Batch,
    Clock,
    /// Whoever holds the receipt, through a batch.
    Reporter,
    /// Whoever acts for a side: at Field the acting post or a delegate of its alternate; at
    /// Council the component's lead, a delegate, or any member while there is no lead.
    Side,
    /// At Field as for a side; at Council any member of either component's post; for its own part a
    /// member of a working group that works, or of the Secretary's post at that level.
    Member,
    /// As `Member`; above the field any member of the Council, too.
    Writer,
    /// A member of the working group that works.
    Group,
    /// A member of the Secretary's post.
    Secretary,
    /// A member of the post that owns an action, or of the same unit's other post.
    Owner,
    /// A commander, alternate or Council member of a side who sees the case.
    EitherSide,
    /// A member of the Council's post of the other component; where that is left out, of the Secretary's.
    ReprisalReader,
}

impl Who {
    const fn words(self) -> &'static str {
        match self {
            Self::Batch => "the batch",
            Self::Clock => "the clock",
            Self::Reporter => "the reporter, by receipt, through a batch",
            Self::Side => "whoever acts for a side",
            Self::Member => {
                "whoever acts for a side; at Council any member; a member of the working group or of the \
                 Secretary's post for themselves"
            }
            Self::Writer => {
                "whoever acts for a side; at Council and before the Secretary any member of the Council; \
                 members of the working group and of the Secretary's post"
            }
            Self::Group => "a member of the working group",
            Self::Secretary => "a member of the Secretary's post",
            Self::Owner => "a member of the owner's post, or of the same unit's other post",
            Self::EitherSide => "a commander, alternate or Council member of a side who sees the case",
            Self::ReprisalReader => {
                "a member of the Council's post of the other component; where it is left out, of the Secretary's"
            }
        }
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub kind: CommandKind,
    pub stages: &'static [StageName],
    pub who: Who,
    /// What else must hold, in words.
    pub guard: &'static str,
}

const FIELD: &[StageName] = &[StageName::Field];
const PANEL: &[StageName] = &[StageName::Field, StageName::Council];
const COUNCIL: &[StageName] = &[StageName::Council];
const SECRETARY: &[StageName] = &[StageName::Secretary];
const RESOLVED: &[StageName] = &[StageName::Resolved];
const DECIDED: &[StageName] = &[StageName::Resolved, StageName::Closed];
const OPEN: &[StageName] = &[StageName::Field, StageName::Council, StageName::Secretary];
const TIMED: &[StageName] =
    &[StageName::Field, StageName::Council, StageName::Secretary, StageName::Resolved];
const ANY: &[StageName] = &StageName::ALL;

/// The table of commands.
pub const RULES: &[Rule] = &[
    Rule {
        kind: CommandKind::Open,
        stages: &[],
        who: Who::Batch,
        guard: "an eligible commander on each side, else the Council; once",
    },
    Rule {
        kind: CommandKind::Acknowledge,
        stages: PANEL,
        who: Who::Side,
        guard: "declares to have no part in it; once per entry",
    },
    Rule { kind: CommandKind::Recuse, stages: OPEN, who: Who::Member, guard: "gives a reason" },
    Rule {
        kind: CommandKind::Delegate,
        stages: PANEL,
        who: Who::Side,
        guard: "to a member of the alternate post (Field) or of the same post (Council), at most 90 days",
    },
    Rule {
        kind: CommandKind::Ask,
        stages: PANEL,
        who: Who::Side,
        guard: "acknowledged; one open question at a time",
    },
    Rule {
        kind: CommandKind::Write,
        stages: OPEN,
        who: Who::Writer,
        guard: "acknowledged, on a panel; to the room or the reporter, a working group only to itself and the Council",
    },
    Rule {
        kind: CommandKind::Propose,
        stages: PANEL,
        who: Who::Member,
        guard: "acknowledged; actions with possible owners and future dates, or none needed",
    },
    Rule {
        kind: CommandKind::Accept,
        stages: PANEL,
        who: Who::Side,
        guard: "acknowledged; the version on the table; fresh sign-in; another person of the other component for the second",
    },
    Rule {
        kind: CommandKind::Reject,
        stages: PANEL,
        who: Who::Side,
        guard: "acknowledged; the version on the table; gives a reason",
    },
    Rule {
        kind: CommandKind::Extend,
        stages: PANEL,
        who: Who::Side,
        guard: "acknowledged; both sides; once per level for the whole case",
    },
    Rule {
        kind: CommandKind::Escalate,
        stages: FIELD,
        who: Who::Side,
        guard: "acknowledged; both sides, or one after a first proposal; states a position",
    },
    Rule {
        kind: CommandKind::CloseNotJoint,
        stages: PANEL,
        who: Who::Side,
        guard: "acknowledged; both sides sign; fresh sign-in",
    },
    Rule {
        kind: CommandKind::ShowIdentity,
        stages: PANEL,
        who: Who::Member,
        guard: "acknowledged; fresh sign-in; at Field only if the reporter chose so; recorded and told to the reporter",
    },
    Rule { kind: CommandKind::Answer, stages: OPEN, who: Who::Reporter, guard: "the question that is open" },
    Rule { kind: CommandKind::Add, stages: OPEN, who: Who::Reporter, guard: "" },
    Rule {
        kind: CommandKind::AskForReview,
        stages: PANEL,
        who: Who::Reporter,
        guard: "says who is concerned; at Council only somebody not left out already",
    },
    Rule { kind: CommandKind::Pressed, stages: ANY, who: Who::Reporter, guard: "once" },
    Rule { kind: CommandKind::GiveName, stages: OPEN, who: Who::Reporter, guard: "says who may see it" },
    Rule { kind: CommandKind::Withdraw, stages: OPEN, who: Who::Reporter, guard: "" },
    Rule { kind: CommandKind::Sweep, stages: TIMED, who: Who::Clock, guard: "something is due" },
    Rule {
        kind: CommandKind::Remand,
        stages: COUNCIL,
        who: Who::Side,
        guard: "acknowledged; both leads, each with an instruction; once; not if a handler is concerned or an outcome was disputed; half the time",
    },
    Rule {
        kind: CommandKind::AssignGroup,
        stages: COUNCIL,
        who: Who::Side,
        guard: "acknowledged; both leads name the same group; it has members of both sides, none concerned; once; adds time",
    },
    Rule { kind: CommandKind::Report, stages: COUNCIL, who: Who::Group, guard: "once" },
    Rule {
        kind: CommandKind::ReferUp,
        stages: COUNCIL,
        who: Who::Side,
        guard: "acknowledged; either lead, with a position; the other's absence is recorded",
    },
    Rule {
        kind: CommandKind::Decide,
        stages: SECRETARY,
        who: Who::Secretary,
        guard: "fresh sign-in; actions with possible owners and future dates, or none needed",
    },
    Rule {
        kind: CommandKind::Direct,
        stages: SECRETARY,
        who: Who::Secretary,
        guard: "once; both sides have somebody on the Council; half the time",
    },
    Rule {
        kind: CommandKind::ChangePace,
        stages: PANEL,
        who: Who::Side,
        guard: "acknowledged; gives a reason; up by either side, once per case; down by both",
    },
    Rule {
        kind: CommandKind::Done,
        stages: RESOLVED,
        who: Who::Owner,
        guard: "an action not yet said to be done",
    },
    Rule {
        kind: CommandKind::Verify,
        stages: RESOLVED,
        who: Who::EitherSide,
        guard: "an action of the other side that is said to be done, by somebody else",
    },
    Rule {
        kind: CommandKind::Waive,
        stages: RESOLVED,
        who: Who::EitherSide,
        guard: "both sides, two persons, each with a reason",
    },
    Rule {
        kind: CommandKind::AnswerReprisal,
        stages: ANY,
        who: Who::ReprisalReader,
        guard: "a report that has not been answered",
    },
    Rule {
        kind: CommandKind::CheckIn,
        stages: DECIDED,
        who: Who::Reporter,
        guard: "once when everything is carried out, and from 30, 90 and 180 days after closing",
    },
    Rule { kind: CommandKind::ReportReprisal, stages: ANY, who: Who::Reporter, guard: "" },
    Rule {
        kind: CommandKind::DisputeOutcome,
        stages: DECIDED,
        who: Who::Reporter,
        guard: "within 20 working days of the outcome, or 90 days of closing if it was not carried out or recurred; once per level",
    },
];

fn rule(kind: CommandKind) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.kind == kind)
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
            if !in_stage || (left_behind && !matches!(who, Who::Owner | Who::EitherSide)) {
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
            let mine = || {
                let all = resolved.actions.iter().zip(&resolved.progress);
                all.filter(|(action, _)| dispute.owns(&seat.post, action))
            };
            if mine().next().is_none() {
                return Err(Refusal::NotAllowed);
            }
            let waits = mine().any(|(_, progress)| progress.done.is_none() && !progress.is_settled());
            if waits { Ok(None) } else { Err(Refusal::AlreadyDone) }
        }
        Who::EitherSide => sided(dispute.side_of_post(&seat.post)),
        Who::ReprisalReader => alone(dispute.reprisal_reported && seat.post == dispute.reprisal_post()),
    }
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
/// except who is left out of it, and posts that nobody holds.
#[must_use]
pub fn possible_owners(dispute: &Dispute, members: &BTreeMap<PostId, Vec<Member>>) -> BTreeSet<PostId> {
    let [raising, concerned] = dispute.council_posts();
    dispute
        .panel_posts()
        .into_iter()
        .chain([raising, concerned])
        .filter(|post| !dispute.bypass.posts.contains(post))
        .filter(|post| members.get(post).is_some_and(|held| !held.is_empty()))
        .collect()
}

/// The commanders' posts that read what is written to a case now.
fn field_readers(dispute: &Dispute) -> Vec<PostId> {
    if dispute.field_sat && dispute.frozen.is_empty() {
        not_bypassed(dispute, dispute.panel_posts())
    } else {
        Vec::new()
    }
}

fn not_bypassed(dispute: &Dispute, posts: impl IntoIterator<Item = PostId>) -> Vec<PostId> {
    posts.into_iter().filter(|post| !dispute.bypass.posts.contains(post)).collect()
}

/// Whom the key of an audience is wrapped for, for everything written from now on. Council and
/// Secretary are among them from the start, so that escalation rewrites nothing; [`may_read`]
/// says when they may use it.
#[must_use]
pub fn readers(
    dispute: &Dispute,
    audience: Audience,
    headquarters: &[PostId],
    members: &BTreeMap<PostId, Vec<Member>>,
) -> BTreeSet<Reader> {
    let mut posts = not_bypassed(dispute, dispute.council_posts());
    if audience != Audience::Identity {
        posts.push(PostId::Secretary);
    }
    match audience {
        // The one part of a case that the Council's own post of the reporter's component does not read.
        Audience::Reprisal => posts = vec![dispute.reprisal_post()],
        Audience::Group => match &dispute.group {
            Some(group) if group.ended.is_none() => posts.extend(dispute.group_posts(&group.group)),
            Some(_) => {}
            None => return BTreeSet::new(),
        },
        Audience::Case | Audience::Room => posts.extend(field_readers(dispute)),
        Audience::Identity if dispute.name_for_panel => posts.extend(field_readers(dispute)),
        Audience::Outcome => {
            if dispute.field_sat {
                posts.extend(not_bypassed(dispute, dispute.panel_posts()));
            }
            posts.extend(not_bypassed(dispute, headquarters.iter().cloned()));
        }
        Audience::CouncilOnly | Audience::Deliberation | Audience::Identity => {}
    }
    let mut readers: BTreeSet<Reader> =
        posts.into_iter().flat_map(|post| without_recused(dispute, post, members)).collect();
    if matches!(audience, Audience::Case | Audience::CouncilOnly | Audience::Reprisal) {
        readers.insert(Reader::Receipt);
    }
    readers
}

/// A post, or, where one of its members stepped aside, each of the others by name.
fn without_recused(dispute: &Dispute, post: PostId, members: &BTreeMap<PostId, Vec<Member>>) -> Vec<Reader> {
    let held = members.get(&post).map(Vec::as_slice).unwrap_or_default();
    if held.iter().any(|member| dispute.has_recused(member.account)) {
        held.iter()
            .filter(|member| !dispute.has_recused(member.account))
            .map(|member| Reader::Account(member.account))
            .collect()
    } else {
        vec![Reader::Post(post)]
    }
}

/// The version at which a seat's page froze, if the case has left it behind.
#[must_use]
pub fn frozen_at(dispute: &Dispute, seat: &Seat) -> Option<u32> {
    dispute.frozen.iter().find(|(post, _)| *post == seat.post).map(|(_, version)| *version)
}

/// Whether a seat sees that the case is there.
#[must_use]
pub fn sees_case(dispute: &Dispute, seat: &Seat) -> bool {
    if dispute.has_recused(seat.account) || dispute.set_aside.contains(&seat.post) {
        return false;
    }
    match &seat.post {
        PostId::Commander(_) | PostId::Alternate(_) => {
            frozen_at(dispute, seat).is_some()
                || (dispute.field_sat
                    && dispute.panel_posts().contains(&seat.post)
                    && !dispute.bypass.posts.contains(&seat.post))
        }
        PostId::Council(_) => {
            let reads_reprisal = dispute.reprisal_reported && seat.post == dispute.reprisal_post();
            (dispute.reached >= Level::Council || dispute.pressed || reads_reprisal)
                && dispute.council_posts().contains(&seat.post)
                && !dispute.bypass.posts.contains(&seat.post)
        }
        PostId::Secretary => {
            dispute.reached == Level::Secretary
                || (dispute.reprisal_reported && seat.post == dispute.reprisal_post())
        }
        PostId::WorkingGroup(_, name) => dispute
            .group
            .as_ref()
            .is_some_and(|group| group.group == *name && dispute.group_posts(name).contains(&seat.post)),
        PostId::Headquarters(_) => false,
    }
}

/// Whether a seat may read now what was written to an audience at a version of the case.
#[must_use]
pub fn may_read(dispute: &Dispute, seat: &Seat, audience: Audience, written_at: u32) -> bool {
    if !sees_case(dispute, seat) {
        return false;
    }
    match &seat.post {
        PostId::Commander(_) | PostId::Alternate(_) => match (audience, frozen_at(dispute, seat)) {
            (Audience::Case | Audience::Room, Some(frozen)) => written_at <= frozen,
            (Audience::Case | Audience::Room, None) => true,
            (Audience::Identity, None) => dispute.name_for_panel,
            (Audience::Outcome, _) => dispute.resolutions > 0 && !dispute.bypass.posts.contains(&seat.post),
            _ => false,
        },
        PostId::Council(_) | PostId::Secretary if audience == Audience::Reprisal => {
            seat.post == dispute.reprisal_post()
        }
        PostId::Council(_) => true,
        PostId::Secretary => audience != Audience::Identity,
        PostId::WorkingGroup(..) => audience == Audience::Group,
        PostId::Headquarters(_) => false,
    }
}

/// Whether an event is told to a seat. `pressed`: the reporter said so at or before it.
#[must_use]
pub fn told(dispute: &Dispute, event: &Event, seat: &Seat, pressed: bool) -> bool {
    let reads_reprisal = seat.post == dispute.reprisal_post();
    if matches!(event, Event::Warned { .. }) {
        return false;
    }
    if matches!(event, Event::ReprisalReported { .. } | Event::ReprisalAnswered { .. }) {
        // `may_read` says for whom; nobody else hears that there is one.
        return reads_reprisal;
    }
    match &seat.post {
        PostId::Commander(_) | PostId::Alternate(_) => {}
        PostId::WorkingGroup(..) => return told_to_group(event),
        PostId::Council(_) | PostId::Secretary | PostId::Headquarters(_) => return true,
    }
    match event {
        // Who asks for review may mean the very person who would read it here.
        Event::Pressed { .. }
        | Event::ReviewAsked { .. }
        | Event::OutcomeDisputed { .. }
        | Event::NameGiven { for_panel: false, .. } => false,
        Event::Answered { .. } | Event::Added { .. } | Event::NameGiven { .. } | Event::CheckedIn { .. } => {
            !pressed
        }
        _ => true,
    }
}

/// A working group hears of its own part only.
fn told_to_group(event: &Event) -> bool {
    match event {
        Event::GroupAssigned { .. } | Event::GroupReported { .. } | Event::GroupLapsed { .. } => true,
        Event::Written { seat, .. } => matches!(seat.post, PostId::WorkingGroup(..)),
        _ => false,
    }
}

/// What is done outside cases, and by whom.
pub const AREAS: &[(&str, &str)] = &[
    (
        "read what the site is, raise a concern, come back by receipt",
        "anybody without a staff session in the browser",
    ),
    ("see the desk of a post, its cases and its notices", "members of that post"),
    ("acknowledge a notice", "members of the headquarters post it is addressed to"),
    (
        "approve somebody for a post",
        "members of the post; while it has none, a founding Council lead; fresh sign-in",
    ),
    ("found the deployment", "each component's first Council lead, fresh sign-in"),
    ("set the organisation, invite people", "administrators, who can open no content and add no reader"),
    ("move the simulated clock, sign in as a persona", "anybody, in the demonstration only"),
];

/// docs/authorisation.md, as the tables above say it.
#[must_use]
pub fn paper() -> String {
    let mut text = String::from(
        "# Who may do what\n\nPrinted from `src/domain/policy.rs`; a test compares the two. Whoever lacks a right \
         is answered as if the case were not there.\n\n## Commands on a case\n\n\
         | Command | Stages | Who | What else must hold |\n|---|---|---|---|\n",
    );
    for rule in RULES {
        let stages: Vec<_> = rule.stages.iter().map(|stage| stage.word()).collect();
        let stages = if stages.is_empty() { "before any".to_owned() } else { stages.join(", ") };
        let _ =
            writeln!(text, "| {} | {stages} | {} | {} |", rule.kind.words(), rule.who.words(), rule.guard);
    }
    text.push_str("\n## Everything else\n\n| What | Who |\n|---|---|\n");
    for (what, who) in AREAS {
        let _ = writeln!(text, "| {what} | {who} |");
    }
    text
}
