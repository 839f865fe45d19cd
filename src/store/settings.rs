//! How PostgreSQL should be set, and what is said where it is not.

/// A setting of PostgreSQL, the values that are as they should be, and a sentence for whoever runs it.
pub(super) type Quiet = (&'static str, &'static [&'static str], &'static str);

/// Settings of PostgreSQL with which what was confirmed can be lost.
pub(super) const LOSING: [Quiet; 3] = [
    ("fsync", &["on"], "PostgreSQL may lose what was confirmed when the machine stops; set fsync = on."),
    (
        "synchronous_commit",
        &["on", "local", "remote_write", "remote_apply"],
        "PostgreSQL confirms what is not on disk yet; set synchronous_commit = on.",
    ),
    (
        "full_page_writes",
        &["on"],
        "PostgreSQL may be left with torn pages when the machine stops; set full_page_writes = on.",
    ),
];

/// Settings of PostgreSQL that tell when somebody wrote or what.
pub(super) const TELLTALES: [Quiet; 8] = [
    (
        "archive_mode",
        &["off"],
        "PostgreSQL archives its transaction log, which tells when each concern was sent; set archive_mode = off.",
    ),
    (
        "track_commit_timestamp",
        &["off"],
        "PostgreSQL keeps the time of every commit, and so of every concern; set track_commit_timestamp = off.",
    ),
    (
        "log_min_messages",
        &["log", "fatal", "panic"],
        "PostgreSQL logs what failed with its time, and with the key that was met twice; set log_min_messages = fatal.",
    ),
    ("log_statement", &["none"], "PostgreSQL logs statements with their times; set log_statement = none."),
    (
        "log_min_duration_statement",
        &["-1"],
        "PostgreSQL logs slow statements with their times; set log_min_duration_statement = -1.",
    ),
    (
        "log_min_duration_sample",
        &["-1"],
        "PostgreSQL logs some statements with their times; set log_min_duration_sample = -1.",
    ),
    (
        "log_transaction_sample_rate",
        &["0"],
        "PostgreSQL logs some transactions whole; set log_transaction_sample_rate = 0.",
    ),
    ("log_duration", &["off"], "PostgreSQL logs a time for every statement; set log_duration = off."),
];
