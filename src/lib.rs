//! Candor: field personnel of two agencies raise concerns, anonymously or under
//! their name; the two local commanders resolve them together; headquarters is
//! told of every resolution. See docs/architecture.md for how the rooms stack.

pub mod cleaning;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod delivery;
pub mod demonstration;
pub mod domain;
pub mod jobs;
pub mod rng;
pub mod service;
pub mod store;
pub mod web;
