//! The demonstration: an organisation and eighteen concerns after the report that Candor answers,
//! played through the same services that people use, on a clock that moves when it is told to.

mod cast;
pub mod data;
mod director;
mod earlier;
mod members;
mod play;
mod questions;
mod support;

pub use cast::{Cast, FieldMember, PASSPHRASE, Persona, Played, Sight};
pub use earlier::{BEFORE, earlier};
pub use play::{advance, finish, play, play_from};
