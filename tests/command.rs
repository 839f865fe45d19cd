//! `candor admin`: the program itself, at a terminal, beside a deployment that is in use.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use candor::clock::Clock;
use candor::crypto::passphrase::Passphrase;
use candor::crypto::secret::ServiceKey;
use candor::crypto::service::ServiceKeys;
use candor::rng::Randomness;
use candor::service::Candor;
use tempfile::TempDir;

use crate::support::app::{ORGANISATION, PASSPHRASE, RAISING, TestApp, concern};

/// An operator's folder beside a deployment: settings, keys, the passphrase, and codes that are each taken once.
struct Operator {
    app: TestApp,
    folder: TempDir,
    /// Who signs in, and with what.
    name: &'static str,
    codes: Vec<String>,
}

fn said(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

impl Operator {
    /// With a code enrolled by the clock of this machine, which is the program's.
    async fn of(app: TestApp, name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("service.key", &ServiceKey::from_bytes([3; 32]).to_hexadecimal());
        write("passphrase", &format!("{PASSPHRASE}\n"));
        std::fs::copy(&app.candor.settings.founders_file, folder.path().join("founders.toml")).unwrap();
        let mut operator = Self { app, folder, name, codes: Vec::new() };
        operator.codes = operator.enrol().await;
        operator
    }

    async fn enrol(&self) -> Vec<String> {
        let keys = ServiceKeys::new(&ServiceKey::from_bytes([3; 32]));
        let settings = (*self.app.candor.settings).clone();
        let db = self.app.database.again().await.db;
        let candor = Candor::open(db, keys, Clock::System, Randomness::system(), settings).await.unwrap();
        let passphrase = || Passphrase::new(PASSPHRASE.to_owned()).unwrap();
        let cookie = candor.sign_in(self.name, passphrase()).await.unwrap();
        let by = candor.session(&cookie).await.unwrap().unwrap();
        let secret: String =
            candor.offer(&by).await.unwrap().secret.chars().filter(|letter| *letter != ' ').collect();
        let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
        let app = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
        let code = app.generate(u64::try_from(candor.now().0).unwrap()).to_string();
        let codes = candor.enrol(&by, passphrase(), &code).await.unwrap();
        candor.sign_out(&by).await.unwrap();
        codes.iter().map(|code| code.to_string()).collect()
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Runs it with a fresh code, and more lines to read if it asks.
    fn run(&mut self, arguments: &[&str], lines: &str) -> Output {
        let code = self.codes.pop().expect("a code is left");
        self.run_with(&code, arguments, lines)
    }

    fn run_with(&self, code: &str, arguments: &[&str], lines: &str) -> Output {
        let database = match self.app.database.folder() {
            Some(_) => "sqlite".to_owned(),
            None => self.app.database.setting(),
        };
        let data =
            self.app.database.folder().map_or_else(|| self.file("candor-data"), std::path::Path::to_path_buf);
        let mut program = Command::new(env!("CARGO_BIN_EXE_candor"))
            .args(["admin", "--as", self.name])
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("CANDOR_PRINT")
            .env("CANDOR_DATA_DIR", data)
            .env("CANDOR_DATABASE", database)
            .env("CANDOR_SERVICE_KEY_FILE", self.file("service.key"))
            .env("CANDOR_ADMIN_PASSPHRASE_FILE", self.file("passphrase"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = program.stdin.take().unwrap();
        // It may end before it has read everything.
        let _ = input.write_all(format!("{code}\n{lines}").as_bytes());
        drop(input);
        program.wait_with_output().unwrap()
    }

    async fn sessions(&self) -> i64 {
        self.app.database.number("SELECT COUNT(*) FROM session").await
    }
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(&output.stderr));
    said(&output.stdout)
}

fn refused(output: &Output) -> String {
    assert!(!output.status.success(), "{}", said(&output.stdout));
    said(&output.stderr)
}

async fn the_organisation_goes_out_and_comes_in(app: TestApp) {
    let mut operator = Operator::of(app, "administrator").await;
    let sessions = operator.sessions().await;
    assert_eq!(done(&operator.run(&["organisation", "export"], "")), ORGANISATION);
    let file = operator.file("organisation.toml");
    let name = file.to_str().unwrap().to_owned();
    done(&operator.run(&["organisation", "export", &name], ""));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), ORGANISATION);
    assert!(refused(&operator.run(&["organisation", "export", &name], "")).contains("is there already"));

    let version = async |operator: &Operator| {
        operator.app.database.number("SELECT MAX(version) FROM organisation").await
    };
    let write = |text: &str| std::fs::write(Path::new(&name), text).unwrap();
    write(&ORGANISATION.replace("Use of boats", "Use of boats and aircraft"));
    let shown = done(&operator.run(&["organisation", "import", &name, "--preview"], ""));
    assert!(shown.contains("The category boats") && shown.contains("this was a preview"), "{shown}");
    assert_eq!(version(&operator).await, 1);
    assert!(done(&operator.run(&["organisation", "import", &name], "")).contains("It is in force"));
    assert_eq!(version(&operator).await, 2);
    write("what [ever");
    assert!(refused(&operator.run(&["organisation", "import", &name], "")).contains("line 1"));
    // AN-01 holds here as well: a Council lead has to agree.
    write(&ORGANISATION.replace("strength = \"25-99\"", "strength = \"5-9\""));
    assert!(
        done(&operator.run(&["organisation", "import", &name], "")).contains("once a Council lead agrees")
    );
    assert_eq!(version(&operator).await, 2);
    assert_eq!(operator.sessions().await, sessions, "each session ends with its command");
    // The site that runs beside it knows at once, and the journal whose act it was.
    let directory = operator.app.candor.directory().await.unwrap();
    assert_eq!(directory.organisation().unwrap().categories[0].name, "Use of boats and aircraft");
    assert_eq!(operator.app.candor.verify().await.unwrap().faults, Vec::<String>::new());
    let account = operator.app.database.number("SELECT COUNT(*) FROM organisation o JOIN account a ON o.set_by = a.id WHERE a.sign_in_name = 'administrator' AND o.version = 2");
    assert_eq!(account.await, 1);
}

async fn people_are_invited_and_barred(app: TestApp) {
    let mut operator = Operator::of(app, "administrator").await;
    let post = "commander:RIV-EAST";
    let invited = done(&operator.run(&["invite", "Newcomer", "--post", post], ""));
    let link = invited.split("/setup/join/").nth(1).expect("a link").trim().to_owned();
    operator.app.candor.activate(&link, PASSPHRASE).await.unwrap();
    let listed = done(&operator.run(&["people", "list"], ""));
    assert!(listed.contains("newcomer") && listed.contains("not approved yet"), "{listed}");
    assert!(listed.contains("administrator, administrator"), "{listed}");
    // Put forward, and no reader.
    let newcomer = operator.app.signed_in("newcomer").await;
    assert!(newcomer.seats.is_empty());
    for (arguments, says) in [
        (vec!["invite", "other", "--post", "commander:NOWHERE"], "has no post"),
        (vec!["invite", "other", "--post", post, "--lead"], "Only the Council has leads"),
        (vec!["invite", "not a name"], "A sign-in name has letters"),
        (vec!["bar", "nobody-of-that-name"], "There is nobody called"),
    ] {
        let words = refused(&operator.run(&arguments, ""));
        assert!(words.contains(says), "{words}");
    }
    done(&operator.run(&["bar", "newcomer"], ""));
    let again = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
    assert!(operator.app.candor.sign_in("newcomer", again).await.is_err());
    assert!(refused(&operator.run(&["bar", "administrator"], "")).contains("You cannot bar yourself"));
}

async fn the_phrase_is_set_and_removed(app: TestApp) {
    let mut operator = Operator::of(app, "administrator").await;
    assert!(refused(&operator.run(&["access-phrase", "set"], "short\n")).contains("at least 8 letters"));
    done(&operator.run(&["access-phrase", "set"], "Blue river seven\n"));
    assert_eq!(operator.app.candor.may_pass("").await, Ok(false));
    assert!(operator.app.candor.pass_for("blue-river-seven").await.unwrap().is_some());
    done(&operator.run(&["access-phrase", "remove"], ""));
    assert_eq!(operator.app.candor.may_pass("").await, Ok(true));
}

/// No way round the roles: whoever is no administrator, lacks a code or types a wrong one gets nothing done.
async fn it_is_no_way_round_the_roles(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let mut commander = Operator::of(app.clone(), RAISING).await;
    let before = app.database.dump().await;
    let sorted_out = |dump: &std::collections::BTreeMap<String, Vec<String>>| {
        let mut dump = dump.clone();
        // What a sign-in leaves: a code that is used up, and what the person sees of it.
        for table in ["recovery_code", "second_factor", "account_event", "session"] {
            dump.remove(table);
        }
        // And a passphrase whose cost was raised: who there is, and as what, stays.
        for account in dump.get_mut("account").into_iter().flatten() {
            *account = account.split(',').take(4).collect::<Vec<_>>().join(",");
        }
        dump
    };
    for arguments in [
        &["people", "list"][..],
        &["organisation", "export"],
        &["invite", "mole", "--post", "commander:RIV-EAST"],
        &["bar", "administrator"],
        &["access-phrase", "set"],
    ] {
        let output = commander.run(arguments, "a phrase long enough\n");
        assert!(refused(&output).contains("not an administrator's"));
        assert!(!said(&output.stdout).contains(&number));
    }
    // The control is above: an administrator with a code gets all of it. Without one, or with a wrong one:
    let administrator = Operator {
        name: "administrator",
        codes: Vec::new(),
        ..Operator::of(app.another().await, RAISING).await
    };
    let words = refused(&administrator.run_with("", &["people", "list"], ""));
    assert!(words.contains("Set up a code"), "{words}");
    assert!(refused(&commander.run_with("000000", &["people", "list"], "")).contains("do not fit together"));
    assert_eq!(sorted_out(&app.database.dump().await), sorted_out(&before));
    // A database without a deployment is left as it is.
    std::fs::write(commander.file("passphrase"), "wrong passphrase").unwrap();
    let code = commander.codes.pop().unwrap();
    assert!(refused(&commander.run_with(&code, &["people", "list"], "")).contains("do not fit together"));
}

on_both!(
    the_organisation_goes_out_and_comes_in,
    people_are_invited_and_barred,
    the_phrase_is_set_and_removed,
    it_is_no_way_round_the_roles,
);
