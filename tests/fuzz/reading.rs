//! docs/dispute.md, read as two tables: which command may be given where and by whom, and which ways lead
//! from stage to stage. The machine is held against them command by command.

use std::collections::{BTreeMap, BTreeSet};

use candor::domain::dispute::{Actor, Dispute, Side, StageName};
use candor::domain::id::PostId;
use candor::domain::policy::CommandKind;

const PAPER: &str = include_str!("../../docs/dispute.md");

/// Who may give a command, as the page says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Batch,
    Clock,
    Reporter,
    /// The posts that act for the sides where the panel sits.
    Side,
    Council,
    WorkingGroup,
    Secretary,
    /// A post that may own an action: of either side's unit or component.
    Owner,
    /// Who leads a component's post on the Council.
    Lead,
    /// The people of the sides, whatever level decided.
    SidesPeople,
    /// Of those the commanders and their alternates.
    SidesCommanders,
}

/// Both tables.
#[derive(Debug)]
pub struct Reading {
    commands: BTreeMap<CommandKind, (BTreeSet<Option<StageName>>, BTreeSet<Who>)>,
    ways: BTreeSet<(Option<StageName>, CommandKind, StageName)>,
}

impl Reading {
    /// Reads the page. Panics at a word that it does not know, and at a command that is missing.
    #[must_use]
    pub fn of_the_page() -> Self {
        Self::of(PAPER)
    }

    /// Reads a text in the form of the page.
    #[must_use]
    pub fn of(paper: &str) -> Self {
        let mut commands = BTreeMap::new();
        for row in rows(paper, "| Command | Where | Who |") {
            let kind = kind(row[0]);
            let said = (stages(row[1]), row[2].split(", ").map(who).collect());
            assert!(commands.insert(kind, said).is_none(), "{} stands twice on the page", row[0]);
        }
        for kind in CommandKind::ALL {
            assert!(commands.contains_key(kind), "{} is not on the page", kind.words());
        }
        let mut ways = BTreeSet::new();
        for row in rows(paper, "| From | By | To |") {
            for from in stages(row[0]) {
                for by in row[1].split(", ") {
                    for to in stages(row[2]).into_iter().flatten() {
                        ways.insert((from, kind(by), to));
                    }
                }
            }
        }
        Self { commands, ways }
    }

    /// Faults of an accepted command: one that the page does not allow, or that leads where no way leads.
    #[must_use]
    pub fn faults(
        &self,
        before: Option<&Dispute>,
        actor: &Actor,
        kind: CommandKind,
        after: &Dispute,
    ) -> Vec<String> {
        let from = before.map(Dispute::stage_name);
        let mut faults = Vec::new();
        let Some((stages, people)) = self.commands.get(&kind) else {
            return vec![format!("{} is not on the page", kind.words())];
        };
        if !stages.contains(&from) {
            faults.push(format!("{} was accepted at {from:?}", kind.words()));
        }
        if !people.iter().any(|who| is(*who, before, actor)) {
            faults.push(format!("{} was accepted from {actor:?} at {from:?}", kind.words()));
        }
        let to = after.stage_name();
        if from != Some(to) && !self.ways.contains(&(from, kind, to)) {
            faults.push(format!("{} led from {from:?} to {to:?}", kind.words()));
        }
        faults
    }

    /// The ways that the page knows.
    pub fn ways(&self) -> impl Iterator<Item = &(Option<StageName>, CommandKind, StageName)> {
        self.ways.iter()
    }
}

fn rows<'a>(paper: &'a str, head: &str) -> Vec<Vec<&'a str>> {
    let table = paper.split(head).nth(1).unwrap_or_else(|| panic!("the page has no table {head}"));
    table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

fn kind(words: &str) -> CommandKind {
    let found = CommandKind::ALL.iter().copied().find(|kind| kind.words() == words);
    found.unwrap_or_else(|| panic!("the page names a command that there is not: {words}"))
}

fn stages(words: &str) -> BTreeSet<Option<StageName>> {
    let open = [StageName::Field, StageName::Council, StageName::Secretary];
    let mut stages = BTreeSet::new();
    for word in words.split(", ") {
        match word {
            "nowhere" => stages.extend([None]),
            "Field" => stages.extend([Some(StageName::Field)]),
            "Council" => stages.extend([Some(StageName::Council)]),
            "Secretary" => stages.extend([Some(StageName::Secretary)]),
            "Resolved" => stages.extend([Some(StageName::Resolved)]),
            "Closed" => stages.extend([Some(StageName::Closed)]),
            "open stages" => stages.extend(open.map(Some)),
            "any stage" => stages.extend(StageName::ALL.map(Some)),
            other => panic!("the page names a stage that there is not: {other}"),
        }
    }
    stages
}

fn who(word: &str) -> Who {
    match word {
        "batch" => Who::Batch,
        "clock" => Who::Clock,
        "reporter" => Who::Reporter,
        "a side" => Who::Side,
        "Council" => Who::Council,
        "working group" => Who::WorkingGroup,
        "Secretary" => Who::Secretary,
        "owner" => Who::Owner,
        "a lead" => Who::Lead,
        "a side's people" => Who::SidesPeople,
        "a side's commanders" => Who::SidesCommanders,
        other => panic!("the page names somebody whom there is not: {other}"),
    }
}

fn is(who: Who, before: Option<&Dispute>, actor: &Actor) -> bool {
    let seat = match actor {
        Actor::Batch => return who == Who::Batch,
        Actor::Clock => return who == Who::Clock,
        Actor::Reporter => return who == Who::Reporter,
        Actor::Handler(seat) => seat,
    };
    let Some(dispute) = before else { return false };
    // Nobody who is left out of a case or has stepped aside does anything in it.
    if dispute.bypass.posts.contains(&seat.post) || dispute.recused.contains(&seat.account) {
        return false;
    }
    let units = [&dispute.sides.raising.unit, &dispute.sides.concerned.unit];
    let components = [&dispute.sides.raising.component, &dispute.sides.concerned.component];
    let of_a_side = match &seat.post {
        PostId::Commander(unit) | PostId::Alternate(unit) => units.contains(&unit),
        PostId::Council(component) => components.contains(&component),
        _ => false,
    };
    match who {
        Who::Batch | Who::Clock | Who::Reporter => false,
        Who::Side => match (dispute.stage_name(), &seat.post) {
            (StageName::Field, PostId::Commander(_) | PostId::Alternate(_))
            | (StageName::Council, PostId::Council(_)) => of_a_side,
            _ => false,
        },
        // At Field the Council has no part in it.
        Who::Council => matches!(seat.post, PostId::Council(_)) && of_a_side,
        Who::Lead => matches!(seat.post, PostId::Council(_)) && of_a_side && seat.lead,
        Who::WorkingGroup => dispute.group.as_ref().is_some_and(|group| {
            group.ended.is_none()
                && Side::BOTH.iter().any(|side| {
                    let component = dispute.sides.get(*side).component.clone();
                    seat.post == PostId::WorkingGroup(component, group.group.clone())
                })
        }),
        Who::Secretary => seat.post == PostId::Secretary,
        Who::Owner | Who::SidesPeople => of_a_side,
        Who::SidesCommanders => of_a_side && matches!(seat.post, PostId::Commander(_) | PostId::Alternate(_)),
    }
}
