//! The store on both databases: the same schema, the same answers, the same refusals.

mod access;
mod attachments;
mod changes;
mod faults;
mod heads;
mod library;
mod measures;
mod members;
mod outbox;
mod people;
mod portable;
mod racing;
mod readings;
mod records;
mod retention;
mod schema;
mod sealed;
mod sign_in;
mod statements;
mod support;
mod telltales;
