//! Everything that is tested from outside the crate, as one binary: it links once, and the
//! PostgreSQL cluster and the founded organisation are made once for all tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::large_futures,
    reason = "a test says what is wrong by panicking"
)]

#[macro_use]
mod support;

mod administrator;
mod auditor;
mod authorisation;
mod backup;
mod bad_input;
mod browser;
mod check;
mod command;
mod commander;
mod consent;
mod council;
mod crash;
mod delivery;
mod demonstration;
mod deployment;
mod fuzz;
mod headquarters;
mod house;
mod invariants;
mod killed;
mod leaving;
mod library;
mod machines;
mod measures;
mod members;
mod organisation;
mod packaging;
mod page;
mod privacy;
mod rare_moments;
mod ratings;
mod released;
mod reporter;
mod rotation;
mod secretary;
mod sign_in;
mod soak;
mod start;
mod stopping;
mod store;
mod support_given;
mod tampering;
mod time;
mod two_nodes;
mod working_group;
