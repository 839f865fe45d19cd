//! The tables: who may give which command, and who may do what outside cases.

use std::fmt::Write;

use crate::domain::dispute::StageName;

use super::CommandKind;

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
    /// A commander or alternate of a side who knows the outcome, whatever level decided.
    Commander,
    /// Who leads a component's post on the Council, and sees the case.
    Lead,
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
            Self::Commander => "a commander or alternate of a side who knows the outcome",
            Self::Lead => "a lead of either component on the Council who sees the case",
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
const CLOSED: &[StageName] = &[StageName::Closed];
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
        guard: "acknowledged; the version on the table, whose actions have owners who still take part; fresh sign-in; another person of the other component for the second",
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
        kind: CommandKind::Attach,
        stages: OPEN,
        who: Who::Reporter,
        guard: "cleaned; ten files a case; for the Council alone, unless the reporter says otherwise",
    },
    Rule {
        kind: CommandKind::AskForReview,
        stages: PANEL,
        who: Who::Reporter,
        guard: "says who is concerned; at Council only somebody not left out already",
    },
    Rule { kind: CommandKind::Pressed, stages: ANY, who: Who::Reporter, guard: "once" },
    Rule { kind: CommandKind::GiveName, stages: OPEN, who: Who::Reporter, guard: "says who may see it" },
    Rule {
        kind: CommandKind::WithholdName,
        stages: ANY,
        who: Who::Reporter,
        guard: "the name is open to the commanders; for the future alone",
    },
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
        guard: "of an outcome: once when everything is carried out, and from 30, 90 and 180 days after closing",
    },
    Rule { kind: CommandKind::ReportReprisal, stages: ANY, who: Who::Reporter, guard: "" },
    Rule {
        kind: CommandKind::DisputeOutcome,
        stages: DECIDED,
        who: Who::Reporter,
        guard: "within 20 working days of the outcome, or 90 days of closing if it was not carried out or recurred; once per level",
    },
    Rule {
        kind: CommandKind::Rate,
        stages: DECIDED,
        who: Who::Commander,
        guard: "of an outcome in force, once for each side; while its texts are there",
    },
    Rule {
        kind: CommandKind::RateByReceipt,
        stages: DECIDED,
        who: Who::Reporter,
        guard: "of an outcome in force, once; while its texts are there",
    },
    Rule {
        kind: CommandKind::Hold,
        stages: DECIDED,
        who: Who::Lead,
        guard: "gives a reason; not held already; something is left; told to the reporter",
    },
    Rule {
        kind: CommandKind::LiftHold,
        stages: ANY,
        who: Who::Lead,
        guard: "gives a reason; it is held; what is overdue then goes at once",
    },
    Rule {
        kind: CommandKind::Destroy,
        stages: CLOSED,
        who: Who::Clock,
        guard: "not held; texts 90 days after closing, at the latest a year after the resolution in force, or with the receipt while a report of reprisal waits; the receipt after 210 days; what came in between after 300",
    },
];

pub(super) fn rule(kind: CommandKind) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.kind == kind)
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
        "read what was said of an outcome, in points and words, with that outcome",
        "members of both components' posts on the Council, but for who is left out of the case or has stepped aside; where both posts are left out, the Secretary's",
    ),
    (
        "read the joint measures of each quarter that was published",
        "members of the Council's posts and of headquarters posts; whoever runs the program, by candor measures",
    ),
    (
        "ask how a governing document is to be read",
        "commanders, alternates and the Council's leads, from that post",
    ),
    (
        "propose an answer to such a question, or agree to the other side's",
        "members of the document's working group, each for their component; of the Council's post where it has nobody there, and once the time is over; two persons of two components, fresh sign-in",
    ),
    (
        "record what was settled without a concern, or agree to it",
        "a commander or alternate, and one of the other component's unit that was named; two persons, fresh sign-in",
    ),
    (
        "see a question or settlement, end it without an answer",
        "the post that began it, and whoever may answer or agree",
    ),
    ("read the library and its directives, search them", "anybody, with the access phrase where one is set"),
    (
        "let a draft of the library appear or hold it, withdraw an entry",
        "a Council lead, with a reason where it is held or withdrawn; fresh sign-in",
    ),
    (
        "issue a directive, withdraw one of the same post",
        "members of a headquarters post, or a Council lead; fresh sign-in",
    ),
    (
        "bring the roster of field members, print their codes, make a new code",
        "administrators, on pages or, the roster, by candor admin",
    ),
    (
        "sign in as a field member, acknowledge what was handed out, see what one has received",
        "whoever has the number and the code of somebody on the roster; it opens nothing else",
    ),
    (
        "see how far what was handed out has come in a unit, print its muster sheet",
        "commander and alternate of that unit, as shares and words that tell of no single person",
    ),
    (
        "see how far what was handed out has come by agency, branch and unit",
        "members of the Council's posts and of headquarters posts, likewise",
    ),
    (
        "ask what if of a simulated quarter",
        "members of the Council's posts and of headquarters posts, from what was published alone",
    ),
    (
        "ask a unit of the other component for support, withdraw it before it is answered, say what came",
        "commanders, alternates and the Council's leads, from that post; the one that asked",
    ),
    ("answer a request for support, until its date", "commander and alternate of the unit that is asked"),
    (
        "see a request for support",
        "the desk that asked and the desk that is asked: commander and alternate of a unit, the leads of the Council's post",
    ),
    (
        "approve somebody for a post",
        "members of the post; while it has none, a founding Council lead; fresh sign-in",
    ),
    (
        "remove somebody from a post",
        "another member of the post; for its last, a founding Council lead; fresh sign-in",
    ),
    ("found the deployment", "each component's first Council lead, fresh sign-in"),
    (
        "set the organisation and the access phrase, invite people, give a new link, bar an account, ask a post to let somebody go",
        "administrators, on pages or by candor admin, who can open no content and add no reader",
    ),
    (
        "propose a change of the organisation that makes a place finer or a unit smaller",
        "administrators; in force once one Council lead agrees",
    ),
    (
        "agree to such a change of the organisation, or decline it",
        "a Council lead who did not propose it, for that very file in the place of that very one; fresh sign-in",
    ),
    (
        "propose a change of calendar or time standards",
        "administrators; in force once both Council leads agree, or at once if it only moves days off beyond every clock",
    ),
    (
        "agree to a change of calendar or time standards, or decline it",
        "the Council leads of both components, each for that very version; fresh sign-in",
    ),
    (
        "check the record, see its entries without content, account for every showing of an identity",
        "auditors, who hold no post and are no administrators",
    ),
    ("move the simulated clock, sign in as a persona", "anybody, in the demonstration only"),
];

/// docs/authorisation.md, as the tables above say it.
#[must_use]
pub fn paper() -> String {
    let mut text = String::from(
        "# Who may do what\n\nPrinted from `src/domain/policy/rules.rs`; a test compares the two. Whoever lacks a right \
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
