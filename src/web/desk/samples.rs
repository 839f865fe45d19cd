//! A small organisation and a case in it, for tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::clock::{DAY, Timestamp};
use crate::domain::concern::{Frequency, Month, Pace, Statement, Tried};
use crate::domain::deadline::{Calendar, Standards};
use crate::domain::dispute::{
    Action, Bypass, Dispute, Event, Level, Member, OnTable, Opening, Panel, PerSide, Progress, ProposalTerms,
    Resolved, Seat, Side, SideState, Stage, StageName, Standing, VersionHash,
};
use crate::domain::id::{AccountId, CaseId, EnvelopeId, PostId};
use crate::domain::organisation::{
    Band, Branch, CalendarSettings, Component, Document, Organisation, USUAL_BATCH_HOURS, Unit,
};
use crate::domain::policy::CommandKind;
use crate::domain::proposal::{ActionWords, Comparison, Proposal, ResolutionKind};
use crate::domain::prose::Prose;
use crate::service::cases::{ActionView, CaseView, Entry, GroupView, Kept, Later, ProposalView, SideView};
use crate::web::page::StaffFrame;

use super::around::Around;
use super::typed::Typed;
use super::who::Sheet;

/// Tuesday 24 November 2026, 12:00 in New York.
pub const NOW: Timestamp = Timestamp(1_795_539_600);

/// Everything around a case.
pub struct World {
    organisation: Organisation,
    calendar: Calendar,
    members: BTreeMap<PostId, Vec<Member>>,
    names: BTreeMap<AccountId, String>,
    pub seat: Seat,
}

impl World {
    pub fn around(&self) -> Around<'_> {
        Around {
            organisation: &self.organisation,
            calendar: &self.calendar,
            members: &self.members,
            names: &self.names,
        }
    }

    pub fn sheet(&self) -> Sheet<'_> {
        Sheet {
            frame: StaffFrame::default(),
            csrf: "form-token",
            post: "commander%3Anorth-patrol",
            post_name: "Chief, North",
            seat: &self.seat,
            around: self.around(),
            now: NOW,
        }
    }
}

pub fn account(number: u128) -> AccountId {
    AccountId(uuid::Uuid::from_u128(number))
}

fn commander(unit: &str) -> PostId {
    PostId::Commander(unit.into())
}

pub fn world() -> World {
    let component = |id: &str, name: &str| Component { id: id.into(), name: name.into(), short: name.into() };
    let branch = |id: &str, component: &str, headquarters: &str| Branch {
        id: id.into(),
        name: id.to_uppercase(),
        component: component.into(),
        headquarters: headquarters.into(),
    };
    let unit = |id: &str, name: &str, branch: &str| Unit {
        id: id.into(),
        name: name.into(),
        branch: branch.into(),
        parent: None,
        place: name.into(),
        band: Band::Over99,
        commander: "Chief".into(),
        counterparts: Vec::new(),
    };
    let organisation = Organisation {
        department: "Department".into(),
        council: "Council".into(),
        calendar: CalendarSettings::default(),
        batch_hours: USUAL_BATCH_HOURS.to_vec(),
        components: vec![component("guard", "Guard"), component("inquiries", "Inquiries")],
        branches: vec![branch("patrol", "guard", "capital"), branch("inquiry", "inquiries", "harbour")],
        units: vec![
            unit("north-patrol", "North", "patrol"),
            unit("capital", "Capital", "patrol"),
            unit("north-inquiry", "Hill", "inquiry"),
            unit("harbour", "Harbour", "inquiry"),
        ],
        headquarters: Vec::new(),
        working_groups: Vec::new(),
        categories: Vec::new(),
        documents: vec![Document {
            id: "memo".into(),
            title: "Memorandum".into(),
            date: "2004".into(),
            status: "in force".into(),
            parties: Vec::new(),
            successor: None,
            working_group: None,
        }],
        channels: Vec::new(),
    };
    let member = |number| vec![Member { account: account(number), lead: false }];
    World {
        organisation,
        calendar: Calendar {
            time_zone: jiff::tz::TimeZone::get("America/New_York").unwrap(),
            working_weekdays: [true, true, true, true, true, false, false],
            holidays: BTreeSet::new(),
            batch_hours: vec![6, 18],
            earlier: Vec::new(),
        },
        members: [
            (commander("north-patrol"), member(1)),
            (PostId::Alternate("north-patrol".into()), member(2)),
            (commander("north-inquiry"), member(3)),
        ]
        .into(),
        names: [(account(1), "one".into()), (account(2), "two".into()), (account(3), "three".into())].into(),
        seat: Seat { account: account(1), post: commander("north-patrol"), lead: false },
    }
}

fn prose(text: &str) -> Prose {
    Prose::parse(text, 10_000).unwrap()
}

pub fn proposal(finding: &str) -> Proposal {
    Proposal {
        issue: prose("Calls at night are not answered."),
        finding: prose(finding),
        document: Some("memo".into()),
        kind: ResolutionKind::Clarification,
        actions: vec![ActionWords {
            what: prose("Share a list of duty officers."),
            owner: commander("north-inquiry"),
            due: NOW.plus(30 * DAY),
        }],
        none_needed: false,
        library_text: prose("A call is answered by a named officer."),
        comparison: Comparison::default(),
    }
}

pub fn hash(byte: u8) -> VersionHash {
    VersionHash([byte; 32])
}

/// At Field: two versions by the other side, the second on the table, neither accepted by ours.
pub fn case() -> CaseView {
    let standing = |component: &str, unit: &str| Standing { component: component.into(), unit: unit.into() };
    let state = |post| SideState {
        post,
        delegate: None,
        acknowledged: Some(NOW.plus(-2 * DAY)),
        last_entry: NOW.plus(-DAY),
        wants_extension: false,
        position: None,
        not_joint: None,
        wants_remand: false,
        wants_group: None,
        wants_slower: false,
    };
    let shown = |component: &str, place: &str| SideView {
        component: component.into(),
        place: place.into(),
        post_name: format!("Chief, {place}"),
        acknowledged: Some(NOW.plus(-2 * DAY)),
        wants_extension: false,
        asked_to_escalate: false,
        signed_not_joint: false,
        accepted: None,
    };
    let version = |number, finding| ProposalView {
        number,
        hash: hash(u8::try_from(number).unwrap()),
        by: "Chief, Hill".into(),
        level: Level::Field,
        proposal: proposal(finding),
        on_table: number == 2,
        accepted_by: Vec::new(),
        rejected: None,
        when: NOW.plus(-DAY),
    };
    let panel = Panel {
        level: Level::Field,
        entry: 1,
        entered: NOW.plus(-3 * DAY),
        due: NOW.plus(3 * DAY),
        acknowledge_by: NOW,
        sides: PerSide {
            raising: state(commander("north-patrol")),
            concerned: state(commander("north-inquiry")),
        },
        versions: 2,
        on_table: Some(OnTable {
            number: 2,
            envelope: EnvelopeId(uuid::Uuid::from_u128(9)),
            hash: hash(2),
            by: Side::Concerned,
            proposed: NOW.plus(-DAY),
            terms: ProposalTerms { actions: Vec::new(), none_needed: true },
            accepted: PerSide::default(),
        }),
        warned: 0,
    };
    let opening = Opening {
        sides: PerSide {
            raising: standing("guard", "north-patrol"),
            concerned: standing("inquiries", "north-inquiry"),
        },
        pace: Pace::Routine,
        bypass: Bypass::default(),
        standards: Standards::proposed(Pace::Routine),
        name_for_panel: false,
    };
    let opened = Dispute::fold(&[Event::Opened { at: NOW.plus(-3 * DAY), opening }]).unwrap();
    let dispute = Dispute { version: 9, stage: Stage::Panel(panel), entries: 1, field_sat: true, ..opened };
    CaseView {
        id: CaseId(uuid::Uuid::from_u128(7)),
        seat: Seat { account: account(1), post: commander("north-patrol"), lead: false },
        number: "KLM-4821".into(),
        seen: 6,
        dispute,
        stage: StageName::Field,
        level_due: Some(NOW.plus(3 * DAY)),
        entered: Some(NOW.plus(-3 * DAY)),
        statement: Some(Statement {
            what_happens: prose(
                "When we call at night about a hand over nobody picks up, and in the morning the whole file has \
                 to be written again by hand.",
            ),
            category: None,
            document: Some("memo".into()),
            frequency: Some(Frequency::Often),
            since: Some(Month { year: 2026, month: 3 }),
            effect: Prose::default(),
            tried: Tried::Tried,
            tried_words: Prose::default(),
            remedy: Prose::default(),
        }),
        council_only: None,
        category: None,
        document: Some("Memorandum".into()),
        files: Vec::new(),
        reporter_thread: vec![Entry {
            label: "Reporter".into(),
            mine: false,
            text: prose("It happens <b>every</b> week."),
            when: None,
            from_reporter: true,
        }],
        room: Vec::new(),
        positions: Vec::new(),
        proposals: vec![version(1, "Within four hours."), version(2, "Within two hours.")],
        offers: [CommandKind::Accept, CommandKind::Reject, CommandKind::Propose, CommandKind::Write].into(),
        my_side: Some(Side::Raising),
        sides: PerSide { raising: shown("Guard", "North"), concerned: shown("Inquiries", "Hill") },
        outcome: None,
        frozen: false,
        kept: Kept::default(),
        identity: None,
        later: Later::default(),
        library: Arc::default(),
        topic: None,
        names: Some("memo".into()),
        history: vec![(NOW.plus(-3 * DAY), "The case was opened.".into())],
        now: NOW,
    }
}

/// A form from pairs of name and value.
pub fn typed(pairs: &[(&str, &str)]) -> Typed {
    let mut typed = Typed::default();
    for (name, value) in pairs {
        typed.put(name, *value);
    }
    typed
}

/// Resolved at Field: an action of the other side, so far.
pub fn resolved() -> CaseView {
    let mut view = case();
    let action = ActionWords { owner: commander("north-inquiry"), ..proposal("x").actions.remove(0) };
    view.dispute.stage = Stage::Resolved(Resolved {
        by: Level::Field,
        at: NOW.plus(-DAY),
        entry: 1,
        version: Some(hash(2)),
        actions: vec![Action { owner: action.owner.clone(), due: action.due }],
        progress: vec![Progress::default()],
    });
    view.stage = StageName::Resolved;
    view.my_side = None;
    view.offers = [CommandKind::Waive].into();
    view.later.actions = vec![ActionView {
        index: 0,
        what: action.what,
        owner: action.owner,
        owner_name: "Chief, Hill".into(),
        due: action.due,
        progress: Progress::default(),
        notes: Vec::new(),
    }];
    view
}

/// A working group's view of a case before the Council.
pub fn asked_of_a_group() -> CaseView {
    let mut view = case();
    view.seat.post = PostId::WorkingGroup("guard".into(), "boats".into());
    let entry = |text: &str| Entry {
        label: "The Council".into(),
        mine: false,
        text: prose(text),
        when: Some(NOW.plus(-DAY)),
        from_reporter: false,
    };
    view.later.group = Some(GroupView {
        group: "boats".into(),
        name: "Boats".into(),
        assigned: NOW.plus(-DAY),
        due: NOW.plus(9 * DAY),
        ended: None,
        tasks: vec![entry("Which order works elsewhere?")],
        talk: Vec::new(),
        report: None,
    });
    view.offers = [CommandKind::Report, CommandKind::Write, CommandKind::Recuse].into();
    view
}
