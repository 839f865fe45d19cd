//! The demonstration: an organisation and eighteen concerns after the report that Candor answers,
//! played through the same services that people use, on a clock that moves when it is told to.

mod cast;
pub mod data;
mod play;

pub use cast::{Cast, PASSPHRASE, Persona};
pub use play::{advance, play};
