//! The two sides of a case: where each stands and what each wants.

use crate::clock::Timestamp;
use crate::domain::dispute::{Side, Stage};
use crate::domain::id::PostId;
use crate::service::cases::CaseView;

use super::act::side_word;
use super::around::Around;
use super::proposal_words::{self, Line};
use crate::web::when;

/// Where one side stands.
pub struct Standing {
    pub word: &'static str,
    pub component: String,
    pub place: String,
    pub post_name: String,
    pub mine: bool,
    pub facts: Vec<(&'static str, String)>,
}

/// What one side wants, as far as it has said.
pub struct Position {
    pub component: String,
    pub place: String,
    pub stated: Option<(String, String)>,
    /// The newest version that came from this side.
    pub proposed: Option<(u32, Vec<Line>)>,
    pub rejected: Vec<(u32, String)>,
}

#[must_use]
pub fn standing(view: &CaseView, side: Side, around: &Around<'_>) -> Standing {
    let shown = view.sides.get(side);
    let at = |at: Timestamp| when::moment(at, view.now, around.calendar);
    let mut facts = Vec::new();
    if let Stage::Panel(panel) = &view.dispute.stage
        && !view.frozen
    {
        let asks = panel.sides.get(side);
        facts.push((
            "Acknowledged",
            shown.acknowledged.map_or_else(|| "Not yet".to_owned(), |when| format!("Yes, {}", at(when))),
        ));
        if view.proposals.iter().any(|version| version.on_table) {
            let signed = shown.accepted.as_ref();
            facts.push((
                "Signed the version on the table",
                signed
                    .map_or_else(|| "Not yet".to_owned(), |acceptance| format!("Yes, {}", at(acceptance.at))),
            ));
        }
        for (is, what) in [
            (shown.wants_extension, "More time"),
            (shown.asked_to_escalate, "To escalate"),
            (shown.signed_not_joint, "To close as not joint"),
            (asks.wants_remand, "To send it back to the commanders"),
            (asks.wants_group.is_some(), "A working group"),
            (asks.wants_slower, "The routine pace"),
        ] {
            if is {
                facts.push(("Asks for", what.to_owned()));
            }
        }
    }
    Standing {
        word: side_word(side),
        component: shown.component.clone(),
        place: shown.place.clone(),
        post_name: shown.post_name.clone(),
        mine: view.my_side == Some(side),
        facts,
    }
}

/// What a side has said so far. A position carries the name of the post that stated it.
#[must_use]
pub fn position(view: &CaseView, side: Side, around: &Around<'_>) -> Position {
    let standing = view.dispute.sides.get(side);
    let names = [
        PostId::Commander(standing.unit.clone()),
        PostId::Alternate(standing.unit.clone()),
        PostId::Council(standing.component.clone()),
    ]
    .map(|post| around.post_name(&post));
    let shown = view.sides.get(side);
    let newest = view.proposals.iter().rfind(|version| names.contains(&version.by));
    Position {
        component: shown.component.clone(),
        place: shown.place.clone(),
        stated: view
            .positions
            .iter()
            .rfind(|entry| names.contains(&entry.label))
            .map(|entry| (entry.label.clone(), entry.text.as_str().to_owned())),
        proposed: newest.map(|version| {
            let mut lines = proposal_words::lines(&version.proposal, around, &view.library);
            lines.retain(|line| matches!(line.label, "Finding" | "Type" | "Actions"));
            (version.number, lines)
        }),
        rejected: view
            .proposals
            .iter()
            .filter_map(|version| Some((version.number, version.rejected.as_ref()?)))
            .filter(|(_, (who, _))| names.contains(who))
            .map(|(number, (_, why))| (number, why.as_str().to_owned()))
            .collect(),
    }
}
