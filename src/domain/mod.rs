//! What a case is. Pure: no clock, chance, storage or cryptography.

#[macro_use]
mod choice;

pub mod agreement;
pub mod attachment;
pub mod audience;
pub mod concern;
pub mod deadline;
pub mod dispute;
pub mod exposure;
pub mod follow_up;
pub mod forecast;
pub mod id;
pub mod library;
pub mod measures;
pub mod organisation;
pub mod policy;
pub mod proposal;
pub mod prose;
pub mod reach;
pub mod reading;
pub mod roster;
pub mod support;
pub mod time;
