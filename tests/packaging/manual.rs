//! Manual pages and completions. They are committed, so that a package needs nothing but the program to be built, and
//! whoever changes a command sees what people will read; these tests hold them to what the command line takes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use candor::config::SETTINGS;
use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::root;

const FOLDERS: [&str; 2] = ["docs/man", "docs/completions"];

/// The command line without what is there for the program alone.
fn shown(command: &Command) -> Command {
    let hidden = command.get_subcommands().any(Command::is_hide_set);
    let mut kept = command.clone();
    if hidden {
        let subcommands: Vec<_> =
            command.get_subcommands().filter(|one| !one.is_hide_set()).cloned().collect();
        kept = Command::new("candor")
            .version(env!("CARGO_PKG_VERSION"))
            .about(command.get_about().cloned().unwrap_or_default())
            .args(command.get_arguments().cloned())
            .subcommands(subcommands);
    }
    kept
}

/// What no option says: where things are, how it ends, and every setting.
fn more(page: &mut Vec<u8>) {
    let mut roff = Roff::new();
    let mut list = |heading: &str, lines: &[(&str, String)]| {
        roff.control("SH", [heading]);
        for (what, says) in lines {
            roff.control("TP", []);
            roff.text([bold(*what)]);
            roff.text([roman(says.clone())]);
        }
    };
    let settings: Vec<_> = SETTINGS
        .iter()
        .map(|(name, takes, example)| (*name, format!("{takes}; for example {example}")))
        .collect();
    list("SETTINGS", &settings);
    list(
        "ENVIRONMENT",
        &[
            ("CANDOR_LISTEN, CANDOR_DATA_DIR …", "Each setting, in capitals and after CANDOR_. A variable goes before the file.".to_owned()),
            (
                "CREDENTIALS_DIRECTORY",
                "Set by systemd. A file service-key in it goes before service_key_file, and service-key-previous before \
                 service_key_previous_file."
                    .to_owned(),
            ),
            ("TMPDIR", "Where candor verify --backup opens a backup for a moment; best in memory.".to_owned()),
        ],
    );
    list(
        "FILES",
        &[
            (
                "candor.toml",
                "The settings, where the program is started; --config names another file.".to_owned(),
            ),
            ("/etc/candor/candor.toml", "The settings of the Debian package.".to_owned()),
            ("/var/lib/candor", "Data and keys of the Debian package, of the user candor alone.".to_owned()),
        ],
    );
    list(
        "EXIT STATUS",
        &[
            ("0", "Done.".to_owned()),
            ("1", "Not done, or something is wrong; one sentence says what.".to_owned()),
            ("2", "The command line is not understood.".to_owned()),
            ("75", "Nothing is wrong, but it is too early or too late.".to_owned()),
        ],
    );
    roff.to_writer(page).unwrap();
}

fn page(command: &Command, made: &mut BTreeMap<String, Vec<u8>>) {
    for one in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        page(one, made);
    }
    // No date: it would have to change whenever a page does.
    let man = Man::new(command.clone())
        .date(" ")
        .source(concat!("Candor ", env!("CARGO_PKG_VERSION")))
        .manual("Candor");
    let mut text = Vec::new();
    man.render(&mut text).unwrap();
    if command.get_name() == "candor" {
        more(&mut text);
    }
    made.insert(format!("docs/man/{}", man.get_filename()), text);
}

/// Every page and completion by its place in the repository.
fn made() -> BTreeMap<String, Vec<u8>> {
    let mut made = BTreeMap::new();
    let mut command = shown(&candor::cli::command());
    for (shell, name) in [(Shell::Bash, "candor.bash"), (Shell::Zsh, "_candor"), (Shell::Fish, "candor.fish")]
    {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command.clone(), "candor", &mut text);
        made.insert(format!("docs/completions/{name}"), text);
    }
    command = command.disable_help_subcommand(true);
    command.build();
    page(&command, &mut made);
    made
}

fn lying(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Set `CANDOR_PRINT=1` to write them anew.
#[test]
fn manual_pages_and_completions_are_what_the_command_line_takes() {
    let made = made();
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the program")]
    if std::env::var_os("CANDOR_PRINT").is_some() {
        for folder in FOLDERS {
            let _ = fs::remove_dir_all(root().join(folder));
            fs::create_dir_all(root().join(folder)).unwrap();
        }
        for (place, text) in &made {
            fs::write(root().join(place), text).unwrap();
        }
    }
    for (place, text) in &made {
        assert!(
            fs::read(root().join(place)).is_ok_and(|there| there == *text),
            "{place} is not what the command line takes; print all anew with CANDOR_PRINT=1 cargo test --test suite \
             manual_pages"
        );
    }
    let there: usize = FOLDERS.iter().map(|folder| lying(&root().join(folder)).len()).sum();
    assert_eq!(there, made.len(), "there are pages of commands that are gone");
    // The control: commands of commands have pages, and what is hidden has none anywhere.
    assert!(made.contains_key("docs/man/candor-admin-organisation-import.1"));
    for (place, text) in &made {
        let text = String::from_utf8_lossy(text);
        assert!(!place.contains("clean-file") && !text.contains("clean-file"), "{place}");
    }
}
