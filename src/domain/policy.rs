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
    Withdraw "withdraw", Sweep "let time count",
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
    /// At Field as for a side; at Council any member of either component's post.
    Member,
}

impl Who {
    const fn words(self) -> &'static str {
        match self {
            Self::Batch => "the batch",
            Self::Clock => "the clock",
            Self::Reporter => "the reporter, by receipt, through a batch",
            Self::Side => "whoever acts for a side",
            Self::Member => "whoever acts for a side; at Council any member",
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
const OPEN: &[StageName] = &[StageName::Field, StageName::Council, StageName::Secretary];

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
    Rule { kind: CommandKind::Write, stages: PANEL, who: Who::Member, guard: "acknowledged" },
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
    Rule { kind: CommandKind::Pressed, stages: OPEN, who: Who::Reporter, guard: "once" },
    Rule { kind: CommandKind::GiveName, stages: OPEN, who: Who::Reporter, guard: "says who may see it" },
    Rule { kind: CommandKind::Withdraw, stages: OPEN, who: Who::Reporter, guard: "" },
    Rule { kind: CommandKind::Sweep, stages: OPEN, who: Who::Clock, guard: "something is due" },
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
        (Who::Side | Who::Member, Actor::Handler(seat)) => {
            if !sees_case(dispute, seat) || !holds(facts.members, seat) {
                return Err(Refusal::NotAllowed);
            }
            // Whose page is frozen has been left behind by the case, whatever stage it is in.
            if !in_stage || frozen_at(dispute, seat).is_some() {
                return Err(Refusal::NotInThisStage);
            }
            if kind == CommandKind::Recuse && seat.post == PostId::Secretary {
                return Ok(None);
            }
            let side = if rule.who == Who::Side || in_field(dispute) {
                acting_side(dispute, seat, facts)
            } else {
                member_side(dispute, seat)
            };
            side.map(Some).ok_or(Refusal::NotAllowed)
        }
        _ => Err(Refusal::NotAllowed),
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
    offered(dispute, &actor, Some(&Facts { fresh: true, ..facts.clone() }))
}

/// What a reporter may do now.
#[must_use]
pub fn reporter_offers(dispute: &Dispute) -> BTreeSet<CommandKind> {
    offered(dispute, &Actor::Reporter, None)
}

fn offered(dispute: &Dispute, actor: &Actor, facts: Option<&Facts<'_>>) -> BTreeSet<CommandKind> {
    let (calendar, nobody) = (super::deadline::Calendar::nowhere(), BTreeMap::new());
    let none = Facts { now: dispute.opened, calendar: &calendar, members: &nobody, fresh: true };
    let facts = facts.unwrap_or(&none);
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
/// except who is left out of it.
#[must_use]
pub fn possible_owners(dispute: &Dispute) -> BTreeSet<PostId> {
    let [raising, concerned] = dispute.council_posts();
    dispute
        .panel_posts()
        .into_iter()
        .chain([raising, concerned])
        .filter(|post| !dispute.bypass.posts.contains(post))
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
    if matches!(audience, Audience::Case | Audience::CouncilOnly) {
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
            (dispute.reached >= Level::Council || dispute.pressed)
                && dispute.council_posts().contains(&seat.post)
                && !dispute.bypass.posts.contains(&seat.post)
        }
        PostId::Secretary => dispute.reached == Level::Secretary,
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
            (Audience::Outcome, _) => {
                matches!(dispute.stage, Stage::Resolved(_)) && !dispute.bypass.posts.contains(&seat.post)
            }
            _ => false,
        },
        PostId::Council(_) => true,
        PostId::Secretary => audience != Audience::Identity,
        PostId::Headquarters(_) => false,
    }
}

/// Whether an event is told to a seat. `pressed`: the reporter said so at or before it.
#[must_use]
pub fn told(event: &Event, seat: &Seat, pressed: bool) -> bool {
    if matches!(event, Event::Warned { .. }) {
        return false;
    }
    if !matches!(seat.post, PostId::Commander(_) | PostId::Alternate(_)) {
        return true;
    }
    match event {
        // Who asks for review may mean the very person who would read it here.
        Event::Pressed { .. } | Event::ReviewAsked { .. } | Event::NameGiven { for_panel: false, .. } => {
            false
        }
        Event::Answered { .. } | Event::Added { .. } | Event::NameGiven { .. } => !pressed,
        _ => true,
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
