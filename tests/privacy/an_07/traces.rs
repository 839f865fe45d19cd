//! What the last write of an act leaves on the disk beside its row: a log that is not empty, a file whose time
//! is that of the act.

use std::time::SystemTime;

use candor::store::Db;

use crate::support::app::TestApp;

#[derive(Debug, PartialEq, Eq)]
pub struct Traces {
    /// Bytes of the write-ahead log.
    log: u64,
    /// Which file the inbox lies in, and when it was written.
    file: String,
    written: Option<SystemTime>,
}

pub async fn of(app: &TestApp) -> Traces {
    match &app.database.db {
        Db::Sqlite { .. } => {
            let folder = app.database.folder().unwrap();
            let log = std::fs::metadata(folder.join("candor.db-wal")).map_or(0, |log| log.len());
            let written = std::fs::metadata(folder.join("candor.db")).unwrap().modified().unwrap();
            Traces { log, file: "candor.db".to_owned(), written: Some(written) }
        }
        Db::Postgres { pool, .. } => {
            let file: String =
                sqlx::query_scalar("SELECT pg_relation_filepath('inbox')").fetch_one(pool).await.unwrap();
            Traces { log: 0, file, written: None }
        }
    }
}

impl Traces {
    /// On PostgreSQL the trace is the file itself.
    pub fn is_there(&self) -> bool {
        self.log > 0 || self.file.starts_with("base")
    }

    pub fn is_cleared_since(&self, before: &Self) -> bool {
        self.log == 0 && (self.written, &self.file) != (before.written, &before.file)
    }
}
