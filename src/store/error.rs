//! Why the store could not do something, read from what a driver says.

/// Why the store could not do something. Never holds a row, a value or a statement:
/// the drivers' own messages print them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else changed the same thing first: load again and decide again.
    #[error("changed meanwhile")]
    Conflict,
    /// A row with this key is there already.
    #[error("already there")]
    Duplicate,
    /// No free connection, or none at all, within the time allowed.
    #[error("the database cannot be reached")]
    Unavailable,
    /// A stored value is not what this program wrote.
    #[error("the database holds something that does not fit")]
    Damaged,
    /// The database has a schema that this program does not know.
    #[error("the database does not fit this version of the program")]
    Schema,
    /// The database has a schema that a newer version of this program made.
    #[error(
        "a newer version of the program has written this database; start that version, nothing was changed"
    )]
    Newer,
    #[error("the database refused a statement")]
    Refused,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::of(&error)
    }
}

impl StoreError {
    pub(super) fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) => {
                if database.is_unique_violation() {
                    return Self::Duplicate;
                }
                match database.code().as_deref() {
                    // PostgreSQL: serialization failure, deadlock. SQLite: busy, locked.
                    Some("40001" | "40P01" | "5" | "6" | "261" | "517") => Self::Conflict,
                    Some(code) if is_away(code) => Self::Unavailable,
                    _ => Self::Refused,
                }
            }
            // A balancer that has no server to go to hangs up, which the driver takes for a wrong answer.
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::BeginFailed => Self::Unavailable,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::RowNotFound => {
                Self::Damaged
            }
            _ => Self::Refused,
        }
    }
}

/// Whether PostgreSQL says that it is no place to go to just now, but will be or another is: a lost connection (class
/// 08), too many of them, stopping or starting (57P01 to 57P03), or a standby, which only reads (25006).
fn is_away(code: &str) -> bool {
    code.starts_with("08") || matches!(code, "53300" | "57P01" | "57P02" | "57P03" | "25006")
}
