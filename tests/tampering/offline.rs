//! `candor verify`, the program itself, on a copy: it writes nothing, and says what it cannot check.

use std::path::Path;
use std::process::{Command, Output};

use candor::crypto::secret::ServiceKey;

use super::Played;
use crate::support::app::TestApp;

fn verify(folder: &Path, database: &str, more: &[&str]) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_candor"))
        .arg("verify")
        .args(more)
        .current_dir(folder)
        .env_remove("CANDOR_PRINT")
        .env("CANDOR_DATA_DIR", "copy")
        .env("CANDOR_SERVICE_KEY_FILE", "keys/service.key")
        .env("CANDOR_DATABASE", database)
        .output()
        .unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output, said)
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    found.sort();
    found
}

async fn a_copy_is_checked_without_being_touched(app: TestApp) {
    let played = Played::on(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let (copy, keys) = (folder.path().join("copy"), folder.path().join("keys"));
    std::fs::create_dir(&copy).unwrap();
    std::fs::create_dir(&keys).unwrap();
    let key = ServiceKey::from_bytes([3; 32]).to_hexadecimal();
    std::fs::write(keys.join("service.key"), key.as_bytes()).unwrap();
    std::fs::copy(&app.candor.settings.founders_file, keys.join("founders.toml")).unwrap();
    let head = played.head("2026-06-05").await;
    let heads = folder.path().join("heads.jsonl");
    std::fs::write(&heads, format!("{}\n", serde_json::to_string(&head).unwrap())).unwrap();
    let database = app.database.address();
    if app.is_sqlite() {
        app.candor.db.forget_traces().await.unwrap();
        let file = app.database.folder().unwrap().join("candor.db");
        std::fs::copy(file, copy.join("candor.db")).unwrap();
    }
    let before = files(&copy);
    let heads = heads.display().to_string();
    let (output, said) = verify(folder.path(), &database, &["--heads", &heads]);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Heads from outside that fit: 1") && !said.contains("NOT CHECKED"), "{said}");
    assert_eq!(files(&copy), before, "nothing was written");

    // Without heads and without the service key it says what that leaves open; the chain is checked all the same.
    std::fs::rename(keys.join("service.key"), keys.join("elsewhere")).unwrap();
    let (output, said) = verify(folder.path(), &database, &[]);
    assert!(output.status.success(), "{said}");
    for what in ["NOT CHECKED Without the service key", "NOT CHECKED No heads from outside"] {
        assert!(said.contains(what), "{said}");
    }
    assert!(!keys.join("service.key").exists() && files(&copy) == before);
    if app.is_sqlite() {
        let db = candor::store::Db::sqlite(&copy.join("candor.db")).await.unwrap();
        let candor::store::Db::Sqlite { write, .. } = &db else { panic!() };
        sqlx::query("DELETE FROM journal WHERE sequence = 20").execute(write).await.unwrap();
        db.close().await;
        let (output, said) = verify(folder.path(), &database, &[]);
        assert!(!output.status.success() && said.contains("FAULT journal row 20: missing"), "{said}");
        // Another version's database is left as it is.
        let db = candor::store::Db::sqlite(&copy.join("candor.db")).await.unwrap();
        let candor::store::Db::Sqlite { write, .. } = &db else { panic!() };
        sqlx::query("DELETE FROM _sqlx_migrations WHERE version = 7").execute(write).await.unwrap();
        db.close().await;
        let before = files(&copy);
        let (output, said) = verify(folder.path(), &database, &[]);
        assert!(!output.status.success() && said.contains("of another version of this program"), "{said}");
        assert_eq!(files(&copy), before);
    }
}

on_both!(a_copy_is_checked_without_being_touched);
