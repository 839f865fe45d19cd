//! What the list reads from a form and says of a notice, and what the pages never show.

use super::export::write_row;
use super::list::{line, shortened, ticked};
use super::stands::marks;
use crate::clock::{DAY, Timestamp};
use crate::domain::deadline::Calendar;
use crate::domain::dispute::Level;
use crate::domain::id::{NoticeId, PostId};
use crate::domain::proposal::{ActionWords, Comparison, Proposal, Resolution, ResolutionKind, TimeTaken};
use crate::domain::prose::Prose;
use crate::service::cases::ActionStanding;
use crate::service::notices::NoticeView;
use crate::web::form::Fields;

/// Noon on 24 November 2026 in New York.
const NOW: Timestamp = Timestamp(1_795_539_600);

fn notice() -> NoticeView {
    let prose = |text: &str| Prose::parse(text, 1_000).unwrap();
    NoticeView {
        id: NoticeId(uuid::Uuid::from_u128(7)),
        resolution: Resolution {
            level: Level::Council,
            proposal: Proposal {
                issue: prose("Two hours pass\nbefore <anybody> is told."),
                finding: prose("Both name an officer."),
                document: None,
                kind: ResolutionKind::Protocol,
                actions: vec![ActionWords {
                    what: prose("Name an officer"),
                    owner: PostId::Secretary,
                    due: NOW.plus(30 * DAY),
                }],
                none_needed: false,
                library_text: prose("Name an officer."),
                comparison: Comparison::default(),
            },
            places: ["Nogales".to_owned(), "Tucson".to_owned()],
            components: ["Guard".to_owned(), "Harbour".to_owned()],
            signed: vec![PostId::Secretary],
            time_taken: TimeTaken::UnderOneMonth,
        },
        made_at: NOW,
        due: NOW.plus(DAY),
        overdue: false,
        acknowledged: None,
        actions: Vec::new(),
        reopened: false,
        superseded: false,
    }
}

#[test]
fn ticked_notices_are_read_once_each_and_none_or_too_many_are_refused() {
    let one = NoticeId(uuid::Uuid::from_u128(1)).to_string();
    let form = Fields::of(&[("notice", &one), ("notice", &one), ("unit", "x")]);
    assert_eq!(ticked(&form).unwrap().len(), 1);
    assert!(ticked(&Fields::of(&[])).is_err());
    assert!(ticked(&Fields::of(&[("notice", "7")])).is_err());
    let many: Vec<String> =
        (0..101).map(|number| NoticeId(uuid::Uuid::from_u128(number)).to_string()).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|id| ("notice", id.as_str())).collect();
    assert!(ticked(&Fields::of(&many)).is_err());
}

#[test]
fn a_line_says_what_where_how_and_by_when() {
    let calendar = Calendar {
        time_zone: jiff::tz::TimeZone::get("America/New_York").unwrap(),
        working_weekdays: [true, true, true, true, true, false, false],
        holidays: std::collections::BTreeSet::new(),
        batch_hours: vec![6, 18],
        earlier: Vec::new(),
    };
    let mut notice = notice();
    let said = |notice: &NoticeView| line(notice, "/headquarters/x", NOW, &calendar, String::new());
    let fresh = said(&notice);
    assert_eq!(fresh.issue, "Two hours pass before <anybody> is told.");
    assert_eq!(fresh.about, "Nogales and Tucson. Council level, new local protocol.");
    assert!(fresh.when.starts_with("Due Wednesday 25 November"), "{}", fresh.when);
    assert!(fresh.href.starts_with("/headquarters/x/notice/0000"));
    notice.overdue = true;
    assert!(said(&notice).when.starts_with("Overdue since"));
    notice.acknowledged = Some((NOW, "ann".to_owned()));
    assert!(said(&notice).when.ends_with(" by ann"));
}

#[test]
fn a_long_issue_is_cut_between_words() {
    assert_eq!(shortened("one  two\nthree", 20), "one two three");
    assert_eq!(shortened("one two three", 9), "one two …");
    assert_eq!(shortened("éééééééééé", 4), "éééé …");
}

#[test]
fn a_table_is_quoted_and_no_cell_is_a_formula() {
    let mut table = String::new();
    let cells =
        ["plain", "a \"quoted\", one", "two\nlines", "=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1", "1=1"];
    write_row(&mut table, cells.into_iter());
    let expected = "\"plain\",\"a \"\"quoted\"\", one\",\"two\nlines\",\"'=1+1\",\"'+1\",\"'-1\",\"'@x\",\
                    \"'\t=1\",\"'\r=1\",\"'＝1\",\"1=1\"\r\n";
    assert_eq!(table, expected);
}

#[test]
fn what_calls_for_attention_is_marked() {
    let mut notice = notice();
    assert!(marks(&notice).is_empty());
    notice.reopened = true;
    notice.actions = vec![ActionStanding {
        words: "Overdue",
        owner: PostId::Secretary,
        due: NOW,
        overdue: true,
        settled: false,
    }];
    let words: Vec<_> = marks(&notice).into_iter().map(|(_, word)| word).collect();
    assert_eq!(words, ["Reopened", "Action overdue"]);
}
