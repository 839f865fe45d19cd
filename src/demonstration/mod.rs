//! The demonstration: an organisation and eighteen concerns after the report that Candor answers.

pub mod data;
