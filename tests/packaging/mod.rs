//! What a package brings besides the program: units, settings, rules for Prometheus, pages of a manual. Whether the
//! package itself installs, runs and goes is tried by .ci/package.

mod manual;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use candor::config::{Config, SETTINGS};
use candor::service::backup::Backups;
use candor::web::settings::WebSettings;
use candor::web::{self, App};

use crate::deployment::{changed, is_installed};
use crate::support::app::TestApp;
use crate::support::http::Client;
use crate::support::program::{Place, Running, free_address};
use crate::support::{Engine, run_on, skip};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(place: &str) -> String {
    fs::read_to_string(root().join(place)).unwrap_or_else(|_| panic!("{place} is not there"))
}

const SITE: &str = "docs/deploy/systemd/candor.service";
const BACKUP: &str = "docs/deploy/systemd/candor-backup.service";
const TIMER: &str = "docs/deploy/systemd/candor-backup.timer";

/// The lines of a unit with their section; comments and empty lines are none.
fn lines(unit: &str) -> Vec<(String, String, String)> {
    let mut section = String::new();
    let mut lines = Vec::new();
    for line in unit.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut section);
        } else {
            let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("no setting: {line}"));
            lines.push((section.clone(), name.to_owned(), value.to_owned()));
        }
    }
    lines
}

/// What is wrong with a command line, if clap does not take it.
fn taken(words: &[&str]) -> Result<(), String> {
    candor::cli::command().try_get_matches_from(words).map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn each_unit_starts_a_command_that_there_is() {
    for (unit, command) in [(SITE, "serve"), (BACKUP, "backup")] {
        let lines = lines(&text(unit));
        let starts: Vec<_> = lines.iter().filter(|(_, name, _)| name.starts_with("Exec")).collect();
        assert_eq!(starts.len(), 1, "{unit}");
        let words: Vec<_> = starts[0].2.split_whitespace().collect();
        assert_eq!(words[..3], ["/usr/bin/candor", "--config", "/etc/candor/candor.toml"], "{unit}");
        assert_eq!(words.last(), Some(&command));
        taken(&words).unwrap();
    }
    assert!(taken(&["candor", "bakcup"]).is_err(), "the control");
}

/// A backup opens the same secrets as the site, so nothing protects it less.
#[test]
fn a_backup_is_as_well_shut_in_as_the_site() {
    const OWN: [&str; 9] = [
        "Type",
        "ExecStart",
        "Restart",
        "RestartSec",
        "TimeoutStopSec",
        "TimeoutStartSec",
        "LimitNOFILE",
        "SuccessExitStatus",
        "Nice",
    ];
    let shut_in = |unit: &str| -> Vec<_> {
        let lines = lines(&text(unit)).into_iter();
        lines.filter(|(section, name, _)| section == "Service" && !OWN.contains(&name.as_str())).collect()
    };
    assert_eq!(shut_in(SITE), shut_in(BACKUP));
    assert!(shut_in(SITE).len() > 30);
}

fn systemd_analyze(arguments: &[&str], folder: &Path) -> Output {
    Command::new("systemd-analyze").args(arguments).current_dir(folder).output().unwrap()
}

/// systemd itself reads the units, says nothing of them, and finds next to nothing open.
#[test]
fn systemd_takes_the_units_and_finds_little_open() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return skip("systemd-analyze", "there is no systemd-analyze here");
    }
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_candor");
    let put = |place: &str, changes: &[(&str, &str)]| {
        let name = Path::new(place).file_name().unwrap().to_str().unwrap().to_owned();
        fs::write(folder.path().join(&name), changed(&text(place), changes)).unwrap();
        name
    };
    let installed = ("/usr/bin/candor", program);
    let (site, backup, timer) = (put(SITE, &[installed]), put(BACKUP, &[installed]), put(TIMER, &[]));
    let verify = |unit: &str| {
        let output = systemd_analyze(
            &["verify", "--man=no", "--recursive-errors=no", &format!("./{unit}")],
            folder.path(),
        );
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    for unit in [&site, &backup, &timer] {
        let (fine, said) = verify(unit);
        assert!(fine && !said.contains(unit.as_str()), "{unit}: {said}");
    }
    for unit in [&site, &backup] {
        // In tenths: the middle of its scale is fifty, and most units of a system are above ninety.
        let output = systemd_analyze(
            &["security", "--offline=yes", "--threshold=15", &format!("./{unit}")],
            folder.path(),
        );
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    // The controls.
    fs::write(folder.path().join("open.service"), "[Service]\nExecStart=/bin/true\nProtectHomee=yes\n")
        .unwrap();
    assert!(verify("open.service").1.contains("ProtectHomee"));
    let open =
        systemd_analyze(&["security", "--offline=yes", "--threshold=15", "./open.service"], folder.path());
    assert!(!open.status.success());
}

/// The settings of the package: each that there is, in a form that is taken, whether it is switched on or not.
#[test]
fn the_settings_of_the_package_are_all_that_there_are() {
    let file = text("docs/deploy/candor.toml");
    let read = |file: &str| {
        Config::read(Some(file), Path::new("candor.toml"), []).map_err(|error| error.to_string())
    };
    let config = read(&file).unwrap();
    assert_eq!(config.founders_file, Path::new("/var/lib/candor/keys/founders.toml"));
    assert!(config.listen.ip().is_loopback() && config.metrics_listen.is_some());

    let is_setting = |line: &str| {
        line.strip_prefix('#').is_some_and(|rest| {
            rest.starts_with(|first: char| first.is_ascii_lowercase() || "[\"".contains(first))
        })
    };
    let all: Vec<_> =
        file.lines().map(|line| if is_setting(line) { line.trim_start_matches('#') } else { line }).collect();
    let all = all.join("\n");
    read(&all).unwrap();
    let table: toml::Table = all.parse().unwrap();
    let there: BTreeSet<_> = table.keys().map(String::as_str).collect();
    let known: BTreeSet<_> = SETTINGS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(there, known);
}

/// The sources of everything that goes into the package, as Cargo.toml has them.
fn packed() -> Vec<(String, String)> {
    let manifest: toml::Table = text("Cargo.toml").parse().unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    let assets = deb["assets"].as_array().unwrap();
    let word = |asset: &toml::Value, at: usize| asset[at].as_str().unwrap().to_owned();
    assets.iter().map(|asset| (word(asset, 0), word(asset, 1))).collect()
}

#[test]
fn everything_that_is_packed_is_there() {
    let packed = packed();
    assert!(packed.len() > 15);
    for (source, _) in &packed {
        // What is built or written by .ci/package is not in the repository.
        if source.starts_with("target/") {
            continue;
        }
        let place: PathBuf = root().join(source);
        let there =
            match place.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix('*')) {
                Some(ends) => fs::read_dir(place.parent().unwrap())
                    .unwrap()
                    .any(|entry| entry.unwrap().file_name().to_str().unwrap().ends_with(ends)),
                None => place.exists(),
            };
        assert!(there, "{source} is packed and not there");
    }
    // Where the units and the guide look for them.
    let into: Vec<_> = packed.iter().map(|(_, into)| into.as_str()).collect();
    for place in ["usr/bin/", "usr/sbin/", "etc/candor/candor.toml", "usr/lib/sysusers.d/candor.conf"] {
        assert!(into.contains(&place), "{place}");
    }
}

/// What may be handed out is said twice, to the program that checks it and to the one that lists it.
#[test]
fn both_lists_of_licences_are_one() {
    let words = |value: &toml::Value| -> BTreeSet<String> {
        value.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    let checked: toml::Table = text("deny.toml").parse().unwrap();
    let listed: toml::Table = text(".ci/about.toml").parse().unwrap();
    assert_eq!(words(&checked["licenses"]["allow"]), words(&listed["accepted"]));
    assert_eq!(checked["graph"]["targets"], listed["targets"]);
    let exceptions = checked["licenses"]["exceptions"].as_array().unwrap();
    let exceptions: BTreeSet<_> =
        exceptions.iter().map(|one| (one["crate"].as_str().unwrap(), words(&one["allow"]))).collect();
    let others =
        listed.iter().filter_map(|(name, value)| Some((name.as_str(), words(value.get("accepted")?))));
    assert_eq!(exceptions, others.collect());
    assert!(!exceptions.is_empty());
}

/// The command lines of a guide: in blocks of `sh`, those of the program or of candor-run.
fn commands(guide: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut whole = String::new();
    for line in guide.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            inside = language == "sh";
            continue;
        }
        let line = line.split(" #").next().unwrap_or_default().trim();
        if !inside || line.starts_with('#') {
            continue;
        }
        whole.push_str(line.trim_end_matches('\\'));
        if line.ends_with('\\') {
            continue;
        }
        let line = std::mem::take(&mut whole);
        let words = line.split_whitespace().skip_while(|word| *word == "sudo" || word.contains('='));
        let words: Vec<_> = words.take_while(|word| !["|", ">", "&&", ";"].contains(word)).collect();
        if matches!(words.first(), Some(&"candor" | &"candor-run")) {
            found.push(words.join(" ").replace("candor-run ", "candor "));
        }
    }
    found
}

/// The command lines that stand in a sentence.
fn commands_said(guide: &str) -> Vec<String> {
    let mut sentences = String::new();
    let mut inside = false;
    for line in guide.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            sentences.push_str(line);
            sentences.push('\n');
        }
    }
    let said = sentences.split('`').skip(1).step_by(2);
    let said = said.map(|words| words.replacen("candor-run ", "candor ", 1));
    said.filter(|words| words.starts_with("candor ")).collect()
}

/// Whoever types what a guide says is not told that there is no such command.
#[test]
fn the_guides_name_commands_that_there_are() {
    use clap::error::ErrorKind::{
        DisplayHelpOnMissingArgumentOrSubcommand, MissingRequiredArgument, MissingSubcommand,
    };
    for (guide, at_least) in [("docs/operating.md", 16), ("README.md", 12)] {
        let (typed, said) = (commands(&text(guide)), commands_said(&text(guide)));
        assert!(typed.len() + said.len() >= at_least, "{guide} has only {typed:?} and {said:?}");
        let all = typed.iter().map(|one| (one, true)).chain(said.iter().map(|one| (one, false)));
        for (command, is_whole) in all {
            let words: Vec<_> = command.split_whitespace().map(|word| word.trim_matches('"')).collect();
            let Err(error) = candor::cli::command().try_get_matches_from(&words) else { continue };
            // A sentence may name a command without what it needs.
            let lacks =
                [DisplayHelpOnMissingArgumentOrSubcommand, MissingRequiredArgument, MissingSubcommand];
            assert!(!is_whole && lacks.contains(&error.kind()), "{guide}: {command}\n{error}");
        }
    }
    assert_eq!(commands("```sh\nx | y\nsudo candor-run a \\\n  b   # c\n```\ncandor d"), ["candor a b"]);
    assert_eq!(commands_said("a `candor-run b`\n```sh\ncandor c\n```\n`candor-d`"), ["candor b"]);
}

/// Files that the guide points at lie where it says.
#[test]
fn the_guide_points_at_files_that_are_there() {
    let guide = text("docs/operating.md");
    let pointed: Vec<_> =
        guide.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()).collect();
    assert!(pointed.len() > 8);
    for place in pointed.into_iter().filter(|place| !place.is_empty() && !place.starts_with("http")) {
        assert!(root().join("docs").join(place).exists(), "docs/operating.md points at {place}");
    }
}

/// The names of metrics in a text.
fn metrics_named(text: &str) -> BTreeSet<String> {
    let word =
        |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    text.split("candor_").skip(1).map(|rest| format!("candor_{}", word(rest))).collect()
}

async fn the_rules_for_prometheus_name_metrics_that_there_are(app: TestApp) {
    app.pass(0).await;
    let nowhere = tempfile::tempdir().unwrap();
    let heads =
        candor::config::HeadsConfig { file: Some(nowhere.path().join("heads")), ..Default::default() };
    let heads = candor::delivery::HeadsOutside::open(&heads, candor::delivery::Patience::STANDARD).unwrap();
    let candor =
        app.candor.clone().with_backups(Backups::kept_in(Some(nowhere.path().to_owned()))).with_heads(heads);
    candor.operations.round_ended(app.now(), Ok(()));
    let web = App::new(candor, WebSettings::default());
    let told = Client::new(&web::operations::router(web)).get("/metrics").await.ok().body;
    let told = metrics_named(&told);
    let rules: String =
        text("docs/deploy/prometheus-rules.yml").lines().filter(|line| line.contains("expr:")).collect();
    let named = metrics_named(&rules);
    assert!(named.len() >= 13, "{named:?}");
    let missing: Vec<_> = named
        .iter()
        .filter(|name| !told.contains(*name) && !told.contains(name.trim_end_matches("_total")))
        .collect();
    assert!(missing.is_empty(), "the rules name metrics that there are not: {missing:?}\n{told:?}");
}

on_both!(the_rules_for_prometheus_name_metrics_that_there_are);

/// Prometheus itself takes the rules, and each fires when it should and at no other time.
#[test]
fn prometheus_takes_the_rules_and_they_fire() {
    if !is_installed("promtool") {
        return;
    }
    let promtool = |arguments: [&str; 3], folder: &Path| {
        let output = Command::new("promtool").args(arguments).current_dir(folder).output().unwrap();
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let deploy = root().join("docs/deploy");
    for arguments in [["check", "rules", "prometheus-rules.yml"], ["check", "config", "prometheus.yml"]] {
        let (fine, said) = promtool(arguments, &deploy);
        assert!(fine, "{said}");
    }
    let folder = tempfile::tempdir().unwrap();
    let tried = text("tests/packaging/rules.yml");
    let all = text("docs/deploy/prometheus-rules.yml");
    for rule in all.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")) {
        assert!(tried.contains(&format!("alertname=\"{rule}\"")), "{rule} is not tried");
    }
    fs::write(folder.path().join("rules.yml"), &tried).unwrap();
    fs::write(folder.path().join("prometheus-rules.yml"), &all).unwrap();
    let (fine, said) = promtool(["test", "rules", "rules.yml"], folder.path());
    assert!(fine, "{said}");
    // The control: a rule that says something else does not pass.
    let spoilt = changed(&all, &[("> 26 * 3600", "> 260 * 3600")]);
    fs::write(folder.path().join("prometheus-rules.yml"), spoilt).unwrap();
    assert!(!promtool(["test", "rules", "rules.yml"], folder.path()).0);
}

/// What a container's health is told by: the word that a balancer is told, and how it ends.
#[test]
fn the_program_says_at_a_terminal_whether_it_is_ready() {
    run_on(Engine::Sqlite, async |app: TestApp| {
        let empty = tempfile::tempdir().unwrap();
        let place = Place::of(&app, empty.path());
        let ask = |listen: String| {
            let output = place.program(&["ready"]).env("CANDOR_LISTEN", listen).output().unwrap();
            (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
        };
        let (code, said) = ask(free_address().to_string());
        assert!(code == Some(1) && said.starts_with("Nothing answers at 127.0.0.1:"), "{said}");
        let running = Running::start(&place, &[("CANDOR_DRAIN_SECONDS", "60".to_owned())]).await;
        assert_eq!(ask(running.address.to_string()), (Some(0), "ready\n".to_owned()));
        // Whoever listens everywhere is asked here.
        assert_eq!(ask(format!("0.0.0.0:{}", running.address.port())).0, Some(0));
        running.terminate();
        let mut said = ask(running.address.to_string());
        for _ in 0..50 {
            if said.0 != Some(0) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            said = ask(running.address.to_string());
        }
        assert_eq!(said, (Some(1), "stopping\nThe site should not be sent visitors.\n".to_owned()));
        app.leaves_work_behind();
    });
}
