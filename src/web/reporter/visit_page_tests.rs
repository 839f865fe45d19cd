use std::collections::BTreeSet;

use askama::Template;
use jiff::tz::TimeZone;

use super::{VisitPage, WaitingPage, Words};
use crate::clock::{DAY, Timestamp};
use crate::domain::dispute::{Closing, Level, PerSide, StageName};
use crate::domain::follow_up::{Objection, Works};
use crate::domain::id::EnvelopeId;
use crate::domain::id::PostId;
use crate::domain::policy::CommandKind;
use crate::domain::proposal::ResolutionKind;
use crate::domain::prose::Prose;
use crate::rng::Randomness;
use crate::service::cases::{ActionStanding, Kept, OutcomeWords};
use crate::service::inbox::{ReporterCase, ThreadEntry, Turn, WaitingAct};
use crate::web::csrf::CsrfToken;
use crate::web::form::{Fields, Problems};
use crate::web::page::VisitorFrame;
use crate::web::reporter::browser::submitted;
use crate::web::reporter::samples::{self, NOW, fields};

fn prose(text: &str) -> Prose {
    Prose::parse(text, 4_000).unwrap()
}

fn case() -> ReporterCase {
    ReporterCase {
        number: "KTM-4821".to_owned(),
        stage: StageName::Field,
        statement: None,
        council_only: None,
        identity_given: false,
        who_acts: vec!["Chief, North".to_owned(), "Agent in Charge, North".to_owned()],
        acknowledged: false,
        bypassed: false,
        level_due: Some(Timestamp(1_796_770_800)),
        thread: Vec::new(),
        files: Vec::new(),
        question: None,
        outcome: None,
        offers: BTreeSet::new(),
        objections: Vec::new(),
        actions: Vec::new(),
        turn: Turn::default(),
        kept: Kept::default(),
        reprisal_reader: "Council, Inquiries".to_owned(),
        waiting: Vec::new(),
        refused: Vec::new(),
        name_shown_to: Vec::new(),
        pressed: false,
        components: PerSide { raising: "Guard".to_owned(), concerned: "Inquiries".to_owned() },
        now: NOW,
    }
}

fn html(case: &ReporterCase, typed: &Fields, errors: &Problems) -> String {
    let page = Words::of(case, typed, errors, &samples::organisation(), &TimeZone::UTC);
    let csrf = CsrfToken::of(b"visit");
    VisitPage { frame: VisitorFrame::default(), csrf, case, page, typed, errors }.render().unwrap()
}

fn plain(case: &ReporterCase) -> String {
    html(case, &fields(&[]), &Problems::default())
}

#[test]
fn it_says_where_it_is_who_acts_and_by_when() {
    let html = plain(&case());
    for words in
        ["still have to take it up", "Chief, North; Agent in Charge, North", "Tuesday, December 8, 2026"]
    {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn only_what_is_offered_is_shown() {
    let html = plain(&case());
    assert!(!html.contains("What you can do"));
    let html = plain(&ReporterCase { offers: [CommandKind::Add, CommandKind::Withdraw].into(), ..case() });
    assert!(html.contains("value=\"add\"") && html.contains("value=\"withdraw\""));
    assert!(!html.contains("value=\"review\"") && !html.contains("value=\"name\""));
}

#[test]
fn a_question_has_its_form_and_the_only_primary_button() {
    let id = EnvelopeId::random(&Randomness::system());
    let html = plain(&ReporterCase { question: Some((id, prose("Which <form>?"))), ..case() });
    assert!(html.contains("Which &#60;form&#62;?") && html.contains(&id.to_string()));
    assert!(html.contains("Now: a question waits"));
    assert_eq!(html.matches("button primary").count(), 1);
    assert_eq!(plain(&case()).matches("button primary").count(), 1);
}

#[test]
fn what_was_typed_stays_when_something_is_wrong() {
    let mut errors = Problems::default();
    errors.add("review_handler", "Choose who is concerned.");
    let typed =
        fields(&[("act", "review"), ("review_text", "Kin & \"friends\""), ("review_handler", "other_side")]);
    let html = html(&ReporterCase { offers: [CommandKind::AskForReview].into(), ..case() }, &typed, &errors);
    let sent = submitted(&html, "/return/act");
    assert_eq!(sent.one("review_text"), "Kin & \"friends\"");
    assert_eq!(sent.one("review_handler"), "other_side");
    assert_eq!(html.matches("<details open").count(), 1);
}

#[test]
fn waiting_and_refused_acts_thread_and_name_are_shown() {
    let html = plain(&ReporterCase {
        waiting: vec![WaitingAct { index: 3, what: "What you added".to_owned(), is_a_file: false }],
        refused: vec!["The case had moved on.".to_owned()],
        thread: vec![ThreadEntry {
            from_reporter: true,
            label: "You".to_owned(),
            text: prose("Hello"),
            apart: false,
        }],
        identity_given: true,
        name_shown_to: vec!["Council, Guard".to_owned()],
        ..case()
    });
    for words in ["value=\"take_back\"", "value=\"3\"", "The case had moved on.", "Hello", "Council, Guard"] {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn an_outcome_is_told_in_words() {
    let outcome = OutcomeWords::Resolved {
        level: Level::Field,
        kind: ResolutionKind::Clarification,
        finding: prose("The memorandum applies."),
        actions: Vec::new(),
        none_needed: true,
    };
    let html = plain(&ReporterCase { stage: StageName::Resolved, outcome: Some(outcome), ..case() });
    for words in
        ["commanders agreed: Clarification of a rule.", "The memorandum applies.", "nothing more needs"]
    {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn that_somebody_is_pressed_shows_nowhere() {
    let offers = BTreeSet::from([CommandKind::Add, CommandKind::Pressed]);
    let free = plain(&ReporterCase { offers, ..case() });
    assert_eq!(free, plain(&ReporterCase { offers: [CommandKind::Add].into(), pressed: true, ..case() }));
}

#[test]
fn a_concern_that_waits_can_be_taken_back() {
    let html = WaitingPage {
        frame: VisitorFrame::default(),
        csrf: CsrfToken::of(b"visit"),
        errors: &Problems::default(),
        waiting: &[],
    }
    .render()
    .unwrap();
    assert_eq!(submitted(&html, "/return/act").one("act"), "withdraw");
    assert!(html.contains("nothing of it is kept"));
}

fn turn(turn: Turn) -> ReporterCase {
    ReporterCase { stage: StageName::Council, turn, ..case() }
}

fn closed(why: Closing, offers: &[CommandKind]) -> ReporterCase {
    let dates = [30, 90, 180].map(|days| NOW.plus(days * DAY)).to_vec();
    let check_ins = Some((dates, NOW.plus(210 * DAY)));
    let turn = Turn { closing: Some(why), check_ins, ..Turn::default() };
    ReporterCase {
        stage: StageName::Closed,
        level_due: None,
        turn,
        offers: offers.iter().copied().collect(),
        ..case()
    }
}

#[test]
fn every_turn_of_a_case_is_said_in_words() {
    let group = Some(("Boats Group".to_owned(), NOW.plus(DAY)));
    let back = || Turn { sent_back: true, ..Turn::default() };
    let disputed = || Turn { disputed: true, ..Turn::default() };
    let decided = |level| Turn { decided_by: Some(level), ..Turn::default() };
    let secretary = |turn| ReporterCase { stage: StageName::Secretary, turn, ..case() };
    for (case, words) in [
        (ReporterCase { turn: back(), ..case() }, "The Council has sent it back to the two local commanders"),
        (turn(back()), "office has sent it back to the Council"),
        (turn(Turn { group, ..back() }), "a working group, Boats Group, which answers by Wednesday"),
        (turn(disputed()), "You did not accept the outcome. It is with the Council"),
        (secretary(disputed()), "You did not accept the outcome. It is with the Secretary"),
        (secretary(Turn::default()), "office, which decides alone"),
        (
            ReporterCase { stage: StageName::Resolved, turn: decided(Level::Secretary), ..case() },
            "office has decided, and headquarters",
        ),
        (ReporterCase { stage: StageName::Resolved, turn: decided(Level::Field), ..case() }, "It is settled"),
        (closed(Closing::Completed, &[]), "nothing of the outcome is left to be done"),
        (closed(Closing::Incomplete, &[]), "not all that was decided has been done"),
        (closed(Closing::NotJoint, &[]), "not a matter between the two agencies"),
        (closed(Closing::Withdrawn, &[]), "You have withdrawn it"),
    ] {
        let html = plain(&case);
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn after_closing_it_says_when_check_ins_come_and_until_when_the_receipt_opens() {
    let html = plain(&closed(Closing::Completed, &[]));
    for words in [
        "From Thursday, December 24, 2026, from Monday, February 22, 2027 and from Sunday, May 23, 2027 you can",
        "opens this page until Tuesday, June 22, 2027.",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains("value=\"check_in\""));
    assert!(!plain(&closed(Closing::Withdrawn, &[])).contains("December 24"));
    let html = plain(&closed(Closing::Completed, &[CommandKind::CheckIn]));
    assert!(html.contains("Now, if you like") && html.contains("value=\"check_in\""));
    for works in Works::ALL {
        assert!(html.contains(&format!("value=\"{}\"", works.word())), "{works:?}");
    }
}

#[test]
fn an_objection_offers_its_reasons_until_their_dates_and_says_what_happens_then() {
    let case = ReporterCase {
        objections: vec![(Objection::NotSettled, NOW.plus(DAY))],
        ..closed(Closing::Completed, &[CommandKind::DisputeOutcome])
    };
    let html = plain(&case);
    for words in ["until Wednesday, November 25, 2026", "Then the Council decides", "once at each level"] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains(Objection::Recurred.word()));
    let council = Turn { decided_by: Some(Level::Council), ..Turn::default() };
    assert!(plain(&ReporterCase { turn: council, ..case }).contains("Then the Secretary’s office decides"));
}

#[test]
fn where_each_action_stands_is_said() {
    let outcome = OutcomeWords::Resolved {
        level: Level::Field,
        kind: ResolutionKind::Clarification,
        finding: prose("The memorandum applies."),
        actions: vec![crate::service::cases::ActionLine {
            what: prose("Write a plan."),
            owner: "Chief, North".to_owned(),
            due: NOW,
        }],
        none_needed: false,
    };
    let standing = ActionStanding {
        words: "Overdue",
        owner: PostId::Secretary,
        due: NOW,
        overdue: true,
        settled: false,
    };
    let html = plain(&ReporterCase {
        stage: StageName::Resolved,
        outcome: Some(outcome),
        actions: vec![standing],
        ..case()
    });
    assert!(html.contains("Chief, North, by Tuesday, November 24, 2026. <strong>Overdue.</strong>"));
}

/// What a page shows at once is the same whether reprisal was reported or not; it is folded away.
#[test]
fn that_reprisal_was_reported_shows_only_in_the_fold() {
    let offers = || BTreeSet::from([CommandKind::ReportReprisal]);
    let entry = ThreadEntry {
        from_reporter: true,
        label: "You".to_owned(),
        text: prose("Worse shifts."),
        apart: true,
    };
    let told = plain(&ReporterCase { offers: offers(), thread: vec![entry], ..case() });
    let quiet = plain(&ReporterCase { offers: offers(), ..case() });
    let fold = |html: &str| {
        let start = html.find("<details><summary>What the commanders do not read").unwrap();
        let end = start + html[start..].find("</details>").unwrap();
        (format!("{}{}", &html[..start], &html[end..]), html[start..end].to_owned())
    };
    assert_eq!(fold(&told).0, fold(&quiet).0);
    assert!(fold(&told).1.contains("Worse shifts.") && !fold(&quiet).1.contains("Worse shifts."));
    assert!(quiet.contains("Council, Inquiries") && quiet.contains("hotline"));
}

#[test]
fn consent_is_taken_back_where_it_stands_and_it_says_what_that_cannot_undo() {
    let html = plain(&ReporterCase {
        offers: [CommandKind::WithholdName].into(),
        identity_given: true,
        name_shown_to: vec!["Chief, North".to_owned()],
        ..case()
    });
    for words in [
        "Stop showing my name to the commanders",
        "cannot undo what has been seen",
        "Who looked at your name",
        "<li>Chief, North</li>",
        "value=\"withhold\"",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!plain(&case()).contains("value=\"withhold\""));
    let mut errors = Problems::default();
    errors.add("withhold_sure", "Tick the box if you mean it.");
    let offered = ReporterCase { offers: [CommandKind::WithholdName].into(), ..case() };
    let html = html_of_withhold(&offered, &errors);
    assert!(html.contains("<details open><summary>Stop showing my name"));
}

fn html_of_withhold(case: &ReporterCase, errors: &Problems) -> String {
    html(case, &fields(&[("act", "withhold")]), errors)
}
