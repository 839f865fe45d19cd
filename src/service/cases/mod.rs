//! Cases: the one way any command runs, and what each reader sees of them.

mod desk;
mod execute;
mod file;
mod history;
mod keyring;
mod later;
mod left_behind;
mod making;
mod outcome;
mod rating;
mod retention;
mod standing;
mod view;

pub use desk::{Again, Desk, DeskEntry};
pub use execute::Deed;
pub use file::{CaseFile, FileView};
pub use later::{ActionView, GroupView, Later, Wish};
pub use making::HandlerAct;
pub use outcome::{ActionLine, OutcomeWords};
pub use rating::{RatedOutcome, RatedOutcomes, RatingView};
pub use retention::Kept;
pub use standing::{ActionStanding, standing_words};
pub use view::{CaseView, Entry, ProposalView, SideView};

pub(super) use execute::associated as row_at_rest;
pub(super) use execute::{Loaded, Newest, Subject, is_current, verified_readers};
pub(super) use file::piece_at_rest;
pub(super) use keyring::open_text;
pub(super) use keyring::{Keyring, wrap_at_rest, wrap_for};
pub(super) use making::{Made, level_word};
pub(super) use retention::first_late;
pub(super) use standing::standing;
