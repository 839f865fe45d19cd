//! How the site runs, in words, and what to do next. The same as the metrics say, and as little of visitors.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::clock::Timestamp;
use crate::domain::deadline::Calendar;
use crate::service::backup::Newest;
use crate::service::operations::{Ready, Resting, Standing};
use crate::store::heads::Place;
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::page::{Page, StaffFrame};
use crate::web::when;

use super::{DELIVERY, administrator, frame};

/// One thing about how the site runs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    what: &'static str,
    says: String,
    /// What to do about it; nothing if all is well.
    next: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "admin/status.html")]
struct StatusPage {
    frame: StaffFrame,
    version: &'static str,
    schema: Option<i64>,
    lines: Vec<Line>,
    /// How many of them need somebody.
    wrong: usize,
}

pub async fn show(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    administrator(&staff)?;
    let standing = app.candor.standing().await;
    let directory = app.candor.directory().await?;
    let lines = lines(&standing, app.candor.now(), &directory.calendar);
    let page = Page::of(&StatusPage {
        frame: frame(&app, &staff),
        version: env!("CARGO_PKG_VERSION"),
        schema: standing.resting.as_ref().map(|resting| resting.schema),
        wrong: lines.iter().filter(|line| line.next.is_some()).count(),
        lines,
    })?;
    Ok(page.into_response())
}

/// Whether nothing needs anybody.
pub(super) async fn is_well(app: &App) -> bool {
    let standing = app.candor.standing().await;
    lines(&standing, app.candor.now(), &Calendar::nowhere()).iter().all(|line| line.next.is_none())
}

fn lines(standing: &Standing, now: Timestamp, calendar: &Calendar) -> Vec<Line> {
    let mut lines = vec![machine(standing), jobs(standing, now, calendar)];
    if let Some(resting) = &standing.resting {
        lines.extend(rest(standing, resting, now));
    }
    lines.push(faults(standing));
    if let Some(newest) = standing.backup {
        lines.push(backup(newest, standing.backup_is_late(now), now, calendar));
    }
    // How much memory the program has, its metrics say: here it would differ with what was typed (AN-04).
    lines
}

fn machine(standing: &Standing) -> Line {
    let (says, next) = match standing.ready {
        Ready::Yes => ("It is ready for visitors.", None),
        Ready::Leaving => (
            "It is being stopped, and takes no new visitors.",
            Some("Nothing, if this is meant. Else start the program again."),
        ),
        Ready::Database => (
            "Its database does not answer, or is one that only reads.",
            Some("Ask whoever runs the server to look at the database and at the setting database."),
        ),
        Ready::Founders => (
            "It does not know both founding leads, so nobody's keys can be trusted here.",
            Some(
                "Ask whoever runs the server to carry founders.toml over from the machine where the leads founded the \
                 site. It is read within fifteen seconds.",
            ),
        ),
        Ready::Jobs => (
            "What should happen by itself has stopped.",
            Some(
                "Ask whoever runs the server to start the program again, and to send its log to the maintainers.",
            ),
        ),
    };
    Line { what: "This machine", says: says.to_owned(), next }
}

fn jobs(standing: &Standing, now: Timestamp, calendar: &Calendar) -> Line {
    let rounds = standing.rounds;
    let last = match rounds.last_done {
        Some(at) => format!("The last good round began on {}.", when::moment(at, now, calendar)),
        None => "There has been no round since the program started.".to_owned(),
    };
    let (says, next) = match rounds.failing {
        None => (last, None),
        Some(word) => (
            format!("The last round failed ({word}). {last}"),
            Some(
                "It is tried again every fifteen seconds. If it goes on for an hour, ask whoever runs the server to look \
                 at the log, and let an auditor check the record.",
            ),
        ),
    };
    Line { what: "What happens by itself", says, next }
}

fn rest(standing: &Standing, resting: &Resting, now: Timestamp) -> Vec<Line> {
    let overdue = resting.batch_overdue || resting.overdue.clock > 0 || resting.overdue.retention > 0;
    let late = if overdue {
        let says =
            "Something should have happened five minutes ago: a batch, a lapse, or texts to be destroyed.";
        (says, Some("See above whether rounds fail. A batch with very many concerns takes a few minutes."))
    } else {
        ("Everything has happened in time.", None)
    };
    let mut lines = vec![Line { what: "Overdue work", says: late.0.to_owned(), next: late.1 }];
    if standing.told.unreadable {
        lines.push(Line {
            what: "Inbox",
            says: "At the last batch there was something that the service key does not open.".to_owned(),
            next: Some(
                "Nobody else is held up by it. Ask whoever runs the server whether the service key was exchanged and \
                 the previous one taken out too soon.",
            ),
        });
    }
    let (waiting, unclear, dead) = (resting.waiting, resting.unclear, resting.dead);
    lines.push(Line {
        what: "Mail and webhooks",
        says: format!("{waiting} wait, {unclear} are sent without an answer, {dead} were given up."),
        next: (dead > 0).then_some("Settle what was given up, under Mail and webhooks."),
    });
    lines.push(heads(standing, resting, now));
    lines
}

fn heads(standing: &Standing, resting: &Resting, now: Timestamp) -> Line {
    let place = |place| match place {
        Place::File => "file",
        Place::Webhook => "webhook",
    };
    let each = resting.heads.iter().map(|head| match &head.newest {
        Some((day, _, number)) => format!("{}: entry {number}, of {day}.", place(head.place)),
        None => format!("{}: none yet.", place(head.place)),
    });
    let says = each.collect::<Vec<_>>().join(" ");
    let (says, next) = if resting.heads.is_empty() {
        let next = "Ask whoever runs the server to set heads_file or heads_webhook: without it, a record that was cut \
                    off at its end is not found out.";
        ("They are kept nowhere outside.".to_owned(), Some(next))
    } else if standing.head_is_late(now) {
        (says, Some("Ask whoever runs the server whether that place can be reached and written."))
    } else {
        (says, None)
    };
    Line { what: "The record's heads", says, next }
}

/// Of a backup no more than its batch.
fn backup(newest: Newest, late: bool, now: Timestamp, calendar: &Calendar) -> Line {
    let (says, next) = match newest {
        Newest::NoFolder => (
            "This machine's settings name no folder for them.".to_owned(),
            Some(
                "Ask whoever runs the server to set backup_dir and backup_key_file, and to let a timer run candor backup: \
                 until then a broken disk is the end of every case.",
            ),
        ),
        Newest::Unreadable => (
            "Their folder cannot be read.".to_owned(),
            Some(
                "Ask whoever runs the server whether the disk with the backups is there, and whether the program may \
                 read it.",
            ),
        ),
        Newest::None => (
            "There is none yet.".to_owned(),
            Some("The first follows a batch. If it does not, ask whoever runs the server what candor check says."),
        ),
        Newest::Of(batch) => (
            format!("The newest is of the batch of {}.", when::moment(batch, now, calendar)),
            late.then_some(
                "There should be a newer one. Ask whoever runs the server whether the timer runs, and what candor \
                 check says.",
            ),
        ),
    };
    Line { what: "Backups", says, next }
}

fn faults(standing: &Standing) -> Line {
    // Two who change the same thing at once are no fault: the second decides again.
    let real = standing.faults.iter().filter(|(kind, times)| **kind != "conflict" && **times > 0);
    let mut said: Vec<_> = real.map(|(kind, times)| format!("database {kind}: {times}")).collect();
    said.extend(standing.told.visitors.faults.iter().map(|(reason, times)| format!("{reason}: {times}")));
    let says = if said.is_empty() {
        "None since the program started.".to_owned()
    } else {
        format!(
            "Since the program started, of visitors until the last batch: {}. A few while a database starts again are \
             usual; if they grow, ask whoever runs the server to look at the database and its disk.",
            said.join(", ")
        )
    };
    Line { what: "Faults", says, next: None }
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::{Calendar, Line, Newest, Ready, StaffFrame, Standing, StatusPage, Timestamp, lines};
    use crate::service::backup::NEWEST_MOST;
    use crate::service::operations::{HeadKept, Late, Operations, Resting};
    use crate::store::heads::Place;

    const NOW: Timestamp = Timestamp(1_790_000_000);

    fn well() -> Standing {
        let operations = Operations::default();
        operations.round_ended(NOW, Ok(()));
        let newest = Some(("2026-09-20".to_owned(), NOW.plus(-86_400), 7));
        Standing {
            ready: Ready::Yes,
            rounds: operations.rounds(),
            told: operations.told(),
            faults: [("conflict", 3), ("refused", 0)].into(),
            signing_in: (0, 2),
            turned_away: 0,
            backup: None,
            resting: Some(Resting {
                schema: 16,
                founded: true,
                due: Late { clock: 4, retention: 0 },
                overdue: Late::default(),
                batch_overdue: false,
                waiting: 1,
                unclear: 0,
                dead: 0,
                heads: vec![HeadKept { place: Place::File, newest }],
            }),
        }
    }

    fn asking(standing: &Standing) -> Vec<&'static str> {
        let lines = lines(standing, NOW, &Calendar::nowhere());
        lines.iter().filter(|line| line.next.is_some()).map(|line| line.what).collect()
    }

    fn page(lines: Vec<Line>) -> String {
        let wrong = lines.iter().filter(|line| line.next.is_some()).count();
        let page = StatusPage { frame: StaffFrame::default(), version: "1", schema: Some(16), lines, wrong };
        page.render().unwrap()
    }

    #[test]
    fn each_thing_that_is_wrong_says_what_to_do_and_nothing_else_does() {
        assert_eq!(asking(&well()), Vec::<&str>::new());
        let mut standing = well();
        let resting = standing.resting.as_mut().unwrap();
        resting.dead = 2;
        resting.overdue.retention = 1;
        resting.heads[0].newest = None;
        assert_eq!(asking(&standing), ["Overdue work", "Mail and webhooks", "The record's heads"]);
        for ready in [Ready::Leaving, Ready::Database, Ready::Founders, Ready::Jobs] {
            assert_eq!(asking(&Standing { ready, ..well() }), ["This machine"]);
        }
        let failing = Operations::default();
        failing.round_ended(NOW, Err("damaged"));
        let standing = Standing { rounds: failing.rounds(), ..well() };
        assert_eq!(asking(&standing), ["What happens by itself"]);
        let html = page(lines(&standing, NOW, &Calendar::nowhere()));
        assert!(
            html.contains("1 of the lines below says what to do") && html.contains("(damaged)"),
            "{html}"
        );
        let html = page(lines(&well(), NOW, &Calendar::nowhere()));
        assert!(html.contains("Nothing needs you") && !html.contains("What to do:"), "{html}");
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        let standing = Standing { resting: None, ready: Ready::Database, ..well() };
        let said: Vec<_> = lines(&standing, NOW, &Calendar::nowhere()).iter().map(|line| line.what).collect();
        assert_eq!(said, ["This machine", "What happens by itself", "Faults"]);
        assert!(!said.contains(&"Backups"), "nobody is to watch over them");
    }

    #[test]
    fn a_backup_is_asked_for_when_it_is_missing_or_late() {
        let with = |newest| Standing { backup: Some(newest), ..well() };
        let last = Newest::Of(NOW.plus(-NEWEST_MOST));
        assert_eq!(asking(&with(last)), Vec::<&str>::new());
        assert!(lines(&with(last), NOW, &Calendar::nowhere()).iter().any(|line| line.what == "Backups"));
        for newest in
            [Newest::NoFolder, Newest::Unreadable, Newest::None, Newest::Of(NOW.plus(-NEWEST_MOST - 1))]
        {
            assert_eq!(asking(&with(newest)), ["Backups"], "{newest:?}");
        }
    }
}
