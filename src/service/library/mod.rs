//! The field library: drafts that resolutions leave, the month's batch that publishes them, what everybody reads.

mod directive;
mod documents;
mod draft;
mod index;
mod keep;
mod publish;
mod shelf;

pub use directive::{Directive, NewDirective, TEXT_MOST, TITLE_MOST, UNITS_MOST, issues};
pub use documents::{DocumentChange, Documents};
pub use index::{Asked, QUESTION_MOST, excerpt};
pub use keep::{WaitingDraft, Why};
pub use publish::Published;
pub use shelf::{Among, Answer, Answers, COMPARED_MOST, Shelf, Shown};

pub(super) use directive::directive_digest;
pub(super) use draft::{draft_at_rest, link_at_rest};
pub(super) use publish::digest;
