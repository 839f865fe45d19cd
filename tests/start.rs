//! The program itself, started as an operator starts it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::support::TestDb;

/// The program in a folder of its own, on any free port.
fn program(folder: &Path, database: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_candor"));
    command
        .current_dir(folder)
        .env_remove("CANDOR_PRINT")
        .env("CANDOR_LISTEN", "127.0.0.1:0")
        .env("CANDOR_DATABASE", database)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn serve(folder: &Path, database: &str) -> Child {
    program(folder, database).arg("serve").spawn().unwrap()
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

/// Starts `serve` in a folder until it asks for its administrator, with variables of its own.
fn starts(folder: &Path, database: &str, variables: &[(&str, &Path)]) -> Result<(), String> {
    let mut command = program(folder, database);
    let mut child = command.arg("serve").envs(variables.iter().copied()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let link = said.find(|line| line.as_ref().unwrap().contains("/setup/join/"));
    let _ = child.kill();
    child.wait().unwrap();
    let mut words = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut words).unwrap();
    if link.is_some() { Ok(()) } else { Err(words) }
}

/// A key laid there by systemd is taken before the file, and is never made.
async fn a_credential_is_the_service_key(database: TestDb) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let credentials = tempfile::tempdir().unwrap();
    let key = credentials.path().join("service-key");
    let file = folder.path().join("candor-keys/service.key");
    let address = database.address();
    let with = [("CREDENTIALS_DIRECTORY", credentials.path())];
    std::fs::write(&key, "07".repeat(32)).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o400)).unwrap();
    starts(folder.path(), &address, &with).unwrap();
    assert!(!file.exists(), "no file is made beside a credential");
    starts(folder.path(), &address, &with).unwrap();

    // The control: it was that key, and no other opens the deployment; not one in a file either.
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&key, "08".repeat(32)).unwrap();
    let words = starts(folder.path(), &address, &with).unwrap_err();
    assert!(words.contains("belong together"), "{words}");
    std::fs::remove_file(&key).unwrap();
    let words = starts(folder.path(), &address, &with).unwrap_err();
    assert!(words.contains("service.key cannot be read"), "{words}");
    assert!(!key.exists() && !file.exists(), "neither is made for a deployment that is there");
    candor::config::write_private(&file, "07".repeat(32).as_bytes()).unwrap();
    starts(folder.path(), &address, &with).unwrap();
}

/// The subcommand: says what rests where, seals anew, and leaves a deployment that the new key opens alone.
async fn the_program_exchanges_its_key(database: TestDb) {
    let folder = tempfile::tempdir().unwrap();
    let address = database.address();
    let file = |name: &str| folder.path().join("candor-keys").join(name);
    let run = |arguments: &[&str], variables: &[(&str, &Path)]| {
        let mut command = program(folder.path(), &address);
        let output = command.args(arguments).envs(variables.iter().copied()).output().unwrap();
        let words = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(words).unwrap())
    };
    starts(folder.path(), &address, &[]).unwrap();
    candor::config::write_private(&file("next.key"), "09".repeat(32).as_bytes()).unwrap();
    let (old, new) = (file("service.key"), file("next.key"));
    let both = [("CANDOR_SERVICE_KEY_FILE", &*new), ("CANDOR_SERVICE_KEY_PREVIOUS_FILE", &*old)];
    let new_alone = [("CANDOR_SERVICE_KEY_FILE", &*new)];

    let (content, words) = run(&["rotate-service-key", "--check"], &both);
    assert!(!content && words.contains("rest under the previous service key: keep it"), "{words}");
    assert!(!run(&["rotate-service-key", "--check"], &new_alone).0, "the new key opens nothing yet");
    let (content, words) = run(&["rotate-service-key"], &both);
    assert!(content && words.contains("Then destroy the previous key"), "{words}");
    assert!(words.contains("carried keys: 6 of 6 looked at, 5 sealed anew"), "{words}");
    assert!(run(&["rotate-service-key", "--check"], &new_alone).0);
    assert!(run(&["verify"], &new_alone).0);
    starts(folder.path(), &address, &new_alone).unwrap();
    let words = starts(folder.path(), &address, &[]).unwrap_err();
    assert!(words.contains("belong together"), "the old key alone: {words}");
    let same = [("CANDOR_SERVICE_KEY_PREVIOUS_FILE", &*old)];
    assert!(run(&["rotate-service-key"], &same).1.contains("holds the service key itself"));
}

/// Everything of a process that only its owner may read belongs to root once it cannot be dumped.
fn owner_of(child: &Child) -> u32 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(format!("/proc/{}/environ", child.id())).unwrap().uid()
}

/// The soft and the hard limit for core dumps.
fn core_limits(child: &Child) -> [String; 2] {
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let mut words = line.split_whitespace().skip(4);
    [words.next().unwrap().to_owned(), words.next().unwrap().to_owned()]
}

/// Neither a core dump nor another process of the same user gets at what is in memory. Where core dumps are
/// allowed to begin with, and by a user who is not root, for whom all of this is nothing.
async fn the_program_keeps_its_memory_to_itself(database: TestDb) {
    use std::os::unix::fs::{MetadataExt, chown};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("candor");
    std::fs::copy(env!("CARGO_BIN_EXE_candor"), &binary).unwrap();
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    if is_root {
        chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let start = |words: &str| {
        let command = program(folder.path(), &database.address());
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -c unlimited 2>/dev/null; exec {words}")]);
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if is_root {
            shell.uid(NOBODY).gid(NOBODY);
        }
        shell.spawn().unwrap()
    };
    let mut child = start("./candor serve");
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let link = said.find(|line| line.as_ref().unwrap().contains("/setup/join/"));
    let (owner, limits) = (owner_of(&child), core_limits(&child));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(link.is_some(), "it serves");
    assert_eq!(limits, ["0", "0"]);
    assert_eq!(owner, 0, "whoever runs it can read its memory");

    // The control: another program, started in the same way.
    let mut other = start("sleep 30");
    let (mut owner, mut limits) = (owner_of(&other), core_limits(&other));
    for _ in 0..50 {
        if limits[0] == "unlimited" {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
        (owner, limits) = (owner_of(&other), core_limits(&other));
    }
    other.kill().unwrap();
    other.wait().unwrap();
    assert_ne!(owner, 0);
    if limits[1] == "0" {
        crate::support::tell(
            "this machine allows no core dumps: that the program forbids them was not tried",
        );
    } else {
        assert_eq!(limits[0], limits[1]);
    }
}

on_both!(
    a_deployment_without_its_key_is_not_given_another,
    a_credential_is_the_service_key,
    the_program_exchanges_its_key,
    the_program_keeps_its_memory_to_itself,
);
