//! The two units are chosen in short steps, so that no page lists them all.

use crate::domain::organisation::{Branch, Organisation, Unit};

use super::check::{component_of, unit};
use super::choice::Choice;
use super::draft::Draft;

/// The pages of the form, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    OurBranch,
    OurUnit,
    OtherBranch,
    OtherUnit,
    Write,
}

/// The stretches of the way, as the progress line names them.
pub const JOURNEY: [&str; 4] = ["Your unit", "The other side", "What happens", "Check and send"];

impl Step {
    /// Which stretch this page belongs to, counted from 1.
    #[must_use]
    pub const fn place(self) -> usize {
        match self {
            Self::OurBranch | Self::OurUnit => 1,
            Self::OtherBranch | Self::OtherUnit => 2,
            Self::Write => 3,
        }
    }

    /// The word that a button sends.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OurBranch => "our_branch",
            Self::OurUnit => "our_unit",
            Self::OtherBranch => "other_branch",
            Self::OtherUnit => "other_unit",
            Self::Write => "write",
        }
    }

    /// The page that a button asks for; the furthest if it asks for none, so that the
    /// first unanswered one is shown.
    #[must_use]
    pub fn of(word: &str) -> Self {
        [Self::OurBranch, Self::OurUnit, Self::OtherBranch, Self::OtherUnit]
            .into_iter()
            .find(|step| step.word() == word)
            .unwrap_or(Self::Write)
    }

    /// The fields that this page shows; all others travel unseen.
    #[must_use]
    pub const fn shown(self) -> &'static [&'static str] {
        match self {
            Self::OurBranch => &["our_branch"],
            Self::OurUnit => &["our_unit"],
            // Its one question stands for both fields, which travel on as they were.
            Self::OtherBranch => &[],
            Self::OtherUnit => &["other_unit"],
            Self::Write => &[
                "what_happens",
                "handler",
                "category",
                "document",
                "pace",
                "frequency",
                "since",
                "effect",
                "tried",
                "tried_words",
                "remedy",
                "council_only",
                "name",
                "contact",
                "name_for",
            ],
        }
    }

    /// The name of the question on this page.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::OtherBranch => "other_pick",
            other => other.word(),
        }
    }

    #[must_use]
    pub const fn question(self) -> &'static str {
        match self {
            Self::OurBranch => "Which part of your agency are you in?",
            Self::OurUnit => "Which unit are you in?",
            Self::OtherBranch => "Who is on the other side?",
            Self::OtherUnit => "Which unit is on the other side?",
            Self::Write => "What happens?",
        }
    }

    /// What to say when a page was left without an answer.
    #[must_use]
    pub const fn missing(self) -> &'static str {
        match self {
            Self::OurBranch => "Choose your part of the agency.",
            Self::OurUnit => "Choose your unit.",
            Self::OtherBranch => "Choose the other side.",
            Self::OtherUnit | Self::Write => "Choose the unit of the other side.",
        }
    }

    /// Where the main button leads, and where the way back leads.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::OurBranch => Self::OurUnit,
            Self::OurUnit => Self::OtherBranch,
            Self::OtherBranch | Self::OtherUnit | Self::Write => Self::Write,
        }
    }

    #[must_use]
    pub const fn back(self) -> Option<Self> {
        match self {
            Self::OurBranch => None,
            Self::OurUnit => Some(Self::OurBranch),
            Self::OtherBranch => Some(Self::OurUnit),
            Self::OtherUnit | Self::Write => Some(Self::OtherBranch),
        }
    }
}

/// The page to show: the one asked for, or the first before it that still lacks its answer.
#[must_use]
pub fn reach(wanted: Step, draft: &Draft, organisation: &Organisation) -> Step {
    let mine = unit(organisation, &draft.our_unit);
    let other = unit(organisation, &draft.other_unit);
    let apart = |other: &Unit| {
        mine.is_some_and(|mine| component_of(organisation, mine) != component_of(organisation, other))
    };
    let branch_of_mine =
        mine.filter(|mine| draft.our_branch.is_empty() || mine.branch.as_str() == draft.our_branch);
    let first_lacking = if branch_of_mine.is_none() {
        if branch(organisation, &draft.our_branch).is_none() { Step::OurBranch } else { Step::OurUnit }
    } else if !other.is_some_and(apart) {
        let other_branch = branch(organisation, &draft.other_branch);
        let apart = other_branch.is_some_and(|other| {
            mine.and_then(|mine| component_of(organisation, mine)) != Some(other.component.as_str())
        });
        if apart { Step::OtherUnit } else { Step::OtherBranch }
    } else {
        Step::Write
    };
    wanted.min(first_lacking)
}

fn branch<'a>(organisation: &'a Organisation, id: &str) -> Option<&'a Branch> {
    organisation.branch(&id.into())
}

/// The choices of a page.
#[must_use]
pub fn choices(step: Step, draft: &Draft, organisation: &Organisation) -> Vec<Choice> {
    match step {
        Step::OurBranch => organisation
            .branches
            .iter()
            .map(|branch| {
                Choice::new(branch.id.as_str(), branch.name.as_str(), &draft.our_branch)
                    .hint(component_name(organisation, branch))
            })
            .collect(),
        Step::OurUnit => units_of(&draft.our_branch, &draft.our_unit, organisation),
        Step::OtherBranch => sides(draft, organisation),
        Step::OtherUnit => {
            let of_unit = unit(organisation, &draft.other_unit).map_or("", |unit| unit.branch.as_str());
            let of = if draft.other_branch.is_empty() { of_unit } else { &draft.other_branch };
            units_of(of, &draft.other_unit, organisation)
        }
        Step::Write => Vec::new(),
    }
}

fn component_name<'a>(organisation: &'a Organisation, branch: &Branch) -> &'a str {
    organisation.component(&branch.component).map_or("", |component| &component.name)
}

fn units_of(branch: &str, chosen: &str, organisation: &Organisation) -> Vec<Choice> {
    organisation
        .units_of(&branch.into())
        .into_iter()
        .map(|unit| Choice::new(unit.id.as_str(), unit.name.as_str(), chosen).hint(unit.place.as_str()))
        .collect()
}

/// Units that share our ground first, then the branches of every other component.
fn sides(draft: &Draft, organisation: &Organisation) -> Vec<Choice> {
    let Some(mine) = unit(organisation, &draft.our_unit) else { return Vec::new() };
    let nearby = organisation.counterparts(&mine.id);
    let chosen = if nearby.iter().any(|unit| unit.id.as_str() == draft.other_unit) {
        format!("unit:{}", draft.other_unit)
    } else if !draft.other_branch.is_empty() {
        format!("branch:{}", draft.other_branch)
    } else {
        unit(organisation, &draft.other_unit)
            .map_or_else(String::new, |unit| format!("branch:{}", unit.branch))
    };
    let own = component_of(organisation, mine);
    nearby
        .iter()
        .map(|unit| {
            Choice::new(format!("unit:{}", unit.id), unit.name.as_str(), &chosen).hint(unit.place.as_str())
        })
        .chain(organisation.branches.iter().filter(|branch| Some(branch.component.as_str()) != own).map(
            |branch| {
                Choice::new(
                    format!("branch:{}", branch.id),
                    format!("Another unit of {}", branch.name),
                    &chosen,
                )
            },
        ))
        .collect()
}

#[cfg(test)]
#[path = "steps_tests.rs"]
mod tests;
