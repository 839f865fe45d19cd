//! AN-07: a PostgreSQL that writes down times or statements is spoken of at the start.

use candor::store::Db;

use crate::support::cluster::{Cluster, cluster};
use crate::support::{TestDb, block_on};

async fn usual_settings_tell_nothing(db: TestDb) {
    assert_eq!(db.db.telltale_settings().await.unwrap(), Vec::<&str>::new());
}

/// Each of them alone, on a real server, gives the sentence that names it, and no other.
#[test]
fn every_setting_that_tells_is_named_once() {
    block_on(async {
        if cluster().await.is_none() {
            return;
        }
        let telling = [
            ("archive_mode", "-c archive_mode=on -c archive_command=/bin/false"),
            ("track_commit_timestamp", "-c track_commit_timestamp=on"),
            ("log_min_messages", "-c log_min_messages=warning"),
            ("log_statement", "-c log_statement=mod"),
            ("log_min_duration_statement", "-c log_min_duration_statement=0"),
            ("log_min_duration_sample", "-c log_min_duration_sample=100"),
            ("log_transaction_sample_rate", "-c log_transaction_sample_rate=0.5"),
            ("log_duration", "-c log_duration=on"),
        ];
        let all: Vec<&str> = telling.iter().map(|(_, settings)| *settings).collect();
        let cluster = Cluster::start(&all.join(" ")).expect("one has been started before");
        let db = Db::postgres(cluster.options("postgres")).await.unwrap();
        let warnings = db.telltale_settings().await.unwrap();
        db.close().await;
        assert_eq!(warnings.len(), telling.len());
        for ((name, _), warning) in telling.iter().zip(warnings) {
            assert!(warning.contains(&format!("set {name} = ")), "{warning}");
        }
    });
}

on_both!(usual_settings_tell_nothing);
