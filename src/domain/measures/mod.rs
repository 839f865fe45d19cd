//! Joint measures of a quarter: what is counted, what of it may be told, and in which words.
//!
//! A quarter's cases are followed from their events alone ([`follow`]), put onto sheets ([`count`]), and
//! what a small number could give away is taken out before anything is kept ([`suppress`]). Published once,
//! a release never changes. docs/measures.md has the rules and why they hold.

pub mod count;
pub mod follow;
pub mod quarter;
mod rated;
pub mod reached;
pub mod release;
pub mod support;
pub mod suppress;
pub mod trend;
pub mod words;

pub use count::{Split, Topic, sheets};
pub use follow::Followed;
pub use quarter::{Period, Quarter};
pub use reached::{Reached, reach_sheet};
pub use release::Release;
pub use suppress::Rules;
