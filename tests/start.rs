//! The program itself, started as an operator starts it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::support::TestDb;

/// Serves from a folder of its own, on any free port.
fn serve(folder: &Path, database: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_candor"))
        .arg("serve")
        .current_dir(folder)
        .env_remove("CANDOR_PRINT")
        .env("CANDOR_LISTEN", "127.0.0.1:0")
        .env("CANDOR_DATABASE", database)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// How it ended, if it did so within half a minute.
fn ended(program: &mut Child) -> Option<ExitStatus> {
    for _ in 0..300 {
        if let Some(status) = program.try_wait().unwrap() {
            return Some(status);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    program.kill().unwrap();
    program.wait().unwrap();
    None
}

/// A key is made for a new deployment and never for one that is there: what it holds would be lost.
async fn a_deployment_without_its_key_is_not_given_another(database: TestDb) {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("candor-keys/service.key");
    let address = database.address();
    // The control: an empty database gets a deployment and its key.
    let mut first = serve(folder.path(), &address);
    let mut said = BufReader::new(first.stdout.take().unwrap()).lines();
    let link = said.find(|line| line.as_ref().unwrap().contains("/setup/join/"));
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(link.is_some(), "a new deployment asks for its administrator");
    assert!(key.exists());
    std::fs::remove_file(&key).unwrap();

    let mut again = serve(folder.path(), &address);
    let status = ended(&mut again).expect("it does not start without its key");
    let mut words = String::new();
    std::io::Read::read_to_string(&mut again.stderr.take().unwrap(), &mut words).unwrap();
    assert!(!status.success());
    assert!(words.contains("service.key cannot be read; set service_key_file"), "{words}");
    assert!(!key.exists(), "no other key is made");
}

on_both!(a_deployment_without_its_key_is_not_given_another);
