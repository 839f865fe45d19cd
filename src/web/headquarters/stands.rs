//! How it goes with the actions of a resolution, and what has become of the resolution itself.

use crate::domain::deadline::Calendar;
use crate::service::Directory;
use crate::service::notices::NoticeView;
use crate::web::when;

/// One action of a notice, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ActionRow {
    pub what: String,
    pub owner: String,
    pub due: String,
    /// Where it stands; empty where the resolution holds no longer.
    pub words: &'static str,
    pub overdue: bool,
    pub settled: bool,
}

/// The actions of a notice, overdue ones first.
pub(super) fn actions(notice: &NoticeView, directory: &Directory) -> Vec<ActionRow> {
    let standing = notice.actions.iter().map(Some).chain(std::iter::repeat(None));
    let mut rows: Vec<ActionRow> = notice
        .resolution
        .proposal
        .actions
        .iter()
        .zip(standing)
        .map(|(action, standing)| ActionRow {
            what: action.what.as_str().to_owned(),
            owner: directory.post_name(&action.owner),
            due: when::day(action.due, &directory.calendar),
            words: standing.map_or("", |standing| standing.words),
            overdue: standing.is_some_and(|standing| standing.overdue),
            settled: standing.is_some_and(|standing| standing.settled),
        })
        .collect();
    // Sorting is stable: the others stay in the order of the resolution.
    rows.sort_by_key(|row| !row.overdue);
    rows
}

/// What calls for attention, as marks: kind and word.
pub(super) fn marks(notice: &NoticeView) -> Vec<(&'static str, &'static str)> {
    [
        (notice.overdue, ("error", "Overdue")),
        (notice.reopened, ("warning", "Reopened")),
        (notice.superseded, ("info", "Replaced")),
        (notice.actions.iter().any(|action| action.overdue), ("warning", "Action overdue")),
    ]
    .into_iter()
    .filter_map(|(is, mark)| is.then_some(mark))
    .collect()
}

/// How it goes with all of its actions, in one or two sentences.
pub(super) fn summary(notice: &NoticeView, directory: &Directory, calendar: &Calendar) -> String {
    if notice.superseded {
        return "A later resolution has replaced this one.".to_owned();
    }
    if notice.reopened {
        return "The reporter does not accept it, and it is being decided again.".to_owned();
    }
    let all = notice.actions.len();
    let settled = notice.actions.iter().filter(|action| action.settled).count();
    let next = notice.actions.iter().filter(|action| !action.settled).min_by_key(|action| action.due);
    match next {
        _ if notice.resolution.proposal.actions.is_empty() => "No action is needed.".to_owned(),
        // Left out of the case since: nothing more is told.
        _ if all == 0 => String::new(),
        None => format!("Actions settled: {all} of {all}."),
        Some(next) => format!(
            "Actions settled: {settled} of {all}. Next: {}, by {}: {}.",
            directory.post_name(&next.owner),
            when::day(next.due, calendar),
            next.words.to_lowercase()
        ),
    }
}
