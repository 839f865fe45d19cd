//! The script: everything that people, batches and time can do, each stopped at every step.
//! A new command gets a line in one of the scenes, and its kind in that scene's list. Each scene is a test of
//! its own, so that they run beside each other.

use std::collections::BTreeSet;

use candor::crypto::passphrase::Passphrase;
use candor::domain::agreement::About;
use candor::domain::concern::{Concern, HandlerConcerned, Identity};
use candor::domain::dispute::StageName;
use candor::domain::follow_up::{Objection, Points, Rating, Works};
use candor::domain::id::PostId;
use candor::domain::policy::CommandKind as Kind;
use candor::domain::proposal::Comparison;
use candor::domain::support::Given;
use candor::service::cases::HandlerAct as Act;
use candor::service::inbox::ReporterAct;
use candor::service::library::NewDirective;
use candor::service::members::Scope;
use candor::service::readings::{NewQuestion, ReadingAct};
use candor::service::support::{NewSupport, SupportAct};
use candor::service::{Candor, Problem};
use candor::store::StoreError;

use super::play::{Again, Play};
use crate::support::app::{
    CONCERNED, FOUNDED, HEADQUARTERS, ORGANISATION, PASSPHRASE, RAISING, Reporter, TestApp, concern, open,
    prose,
};
use crate::support::{Engine, Fixture, TestDb, run_on};

const YES: Act = Act::Acknowledge { no_conflict: true };
const COUNCIL: [&str; 2] = ["council-guard", "council-harbour"];

async fn opened(play: &mut Play, concern: &Concern) -> (Reporter, String) {
    let drawn = play.app.candor.draw_receipt().unwrap();
    play.deed("raise", Again::Nothing, async |candor| candor.raise(concern, &drawn).await.map(drop)).await;
    play.batch("a concern").await;
    play.kinds.push("Open".to_owned());
    let reporter = Reporter { words: drawn.words.join(" ") };
    let number = play.app.visit(&reporter).await.number;
    (reporter, number)
}

/// Opens a case without stopping, for what comes after.
async fn given(play: &Play, concern: &Concern) -> (Reporter, String) {
    play.app.open_case(concern).await
}

async fn acknowledged(play: &Play, number: &str, who: [&str; 2]) {
    for name in who {
        play.app.act(name, number, YES).await.unwrap();
    }
}

fn a_file(words: &str) -> ReporterAct {
    ReporterAct::Attach { file: candor::cleaning::clean(words.as_bytes()).unwrap(), council_only: true }
}

fn text() -> candor::domain::prose::Prose {
    prose("A few plain words.")
}

const POINTS: Rating = Rating { clarity: Points::Four, fairness: Points::Three, works: Points::Five };

/// At the field, from a concern to what is said, asked for and proposed.
async fn field(play: &mut Play) {
    let named = Concern {
        identity: Identity { name: prose("A. Reporter"), contact: prose("Dock 3"), for_panel: true },
        ..concern()
    };
    let (reporter, number) = opened(play, &named).await;
    let number = number.as_str();
    for name in [RAISING, CONCERNED] {
        play.acts(name, number, YES).await;
    }
    play.acts(RAISING, number, Act::Ask { text: text() }).await;
    let question = play.app.visit(&reporter).await.question.unwrap().0;
    play.reporter(&reporter, ReporterAct::Answer { question, text: text() }).await;
    play.reporter(&reporter, ReporterAct::Add { text: text() }).await;
    play.reporter(&reporter, a_file("What the notice board says.")).await;
    play.acts(RAISING, number, Act::Write { text: text(), to_reporter: true }).await;
    play.acts(RAISING, number, Act::ShowIdentity { reason: text() }).await;
    let to = play.app.person("guard-east-alternate").await.signed_in.account;
    let until = play.app.now().plus(5 * candor::clock::DAY);
    play.acts(RAISING, number, Act::Delegate { to, until }).await;
    for name in [RAISING, CONCERNED] {
        play.acts(name, number, Act::Extend { reason: text() }).await;
    }
    play.acts(CONCERNED, number, Act::ChangePace { reason: text() }).await;
    play.acts(RAISING, number, Act::Propose(play.app.proposal())).await;
    let hash = play.app.case(CONCERNED, number).await.unwrap().proposals[0].hash;
    play.acts(CONCERNED, number, Act::Reject { hash, reason: text() }).await;
}

/// A resolution, its notices, its remedy, a report of reprisal and its answer, and a disputed outcome.
async fn outcome(play: &mut Play) {
    let (reporter, number) = given(play, &concern()).await;
    let number = number.as_str();
    acknowledged(play, number, [RAISING, CONCERNED]).await;
    let mut proposal = play.app.proposal();
    proposal.actions.push(proposal.actions[0].clone());
    play.app.act(CONCERNED, number, Act::Propose(proposal)).await.unwrap();
    play.both_accept(number, [RAISING, CONCERNED]).await;
    assert_eq!(play.app.case(RAISING, number).await.unwrap().stage, StageName::Resolved);
    let person = play.app.person(HEADQUARTERS[0]).await;
    let list = play.app.candor.notices(&person.signed_in, &person.seat, "", 0).await.unwrap();
    let ids = [list.notices[0].id];
    play.deed("acknowledge a notice", Again::Nothing, async |candor| {
        candor.acknowledge_notices(&person.signed_in, &person.seat, &ids).await.map(drop)
    })
    .await;
    play.acts(CONCERNED, number, Act::Rate { rating: POINTS, words: text() }).await;
    play.acts(RAISING, number, Act::Done { action: 0, note: text() }).await;
    play.acts(CONCERNED, number, Act::Verify { action: 0, holds: true, note: text() }).await;
    play.reporter(&reporter, ReporterAct::ReportReprisal { text: text() }).await;
    play.acts(COUNCIL[1], number, Act::AnswerReprisal { text: text() }).await;
    play.reporter(&reporter, ReporterAct::DisputeOutcome { why: Objection::NotSettled, text: text() }).await;
}

/// Up by escalation, sent back, up again by the clock, to a working group.
async fn above(play: &mut Play) {
    let (_, number) = given(play, &concern()).await;
    let number = number.as_str();
    acknowledged(play, number, [RAISING, CONCERNED]).await;
    for name in [RAISING, CONCERNED] {
        play.acts(name, number, Act::Escalate { position: text() }).await;
    }
    acknowledged(play, number, COUNCIL).await;
    for name in COUNCIL {
        play.acts(name, number, Act::Remand { instruction: text() }).await;
    }
    play.sweep(100).await;
    acknowledged(play, number, COUNCIL).await;
    for name in COUNCIL {
        play.acts(name, number, Act::AssignGroup { group: "BOATS".into(), task: text() }).await;
    }
    play.acts("boats-guard", number, Act::Report { text: text() }).await;
}

/// To the Secretary, back once, decided there, and what follows.
async fn secretary(play: &mut Play) {
    let (reporter, number) = given(play, &Concern { handler: HandlerConcerned::NotSure, ..concern() }).await;
    let number = number.as_str();
    acknowledged(play, number, COUNCIL).await;
    play.acts(COUNCIL[0], number, Act::ReferUp { position: text() }).await;
    play.acts("secretary", number, Act::Direct { instruction: text() }).await;
    acknowledged(play, number, COUNCIL).await;
    play.app.act(COUNCIL[1], number, Act::ReferUp { position: text() }).await.unwrap();
    play.acts("secretary", number, Act::Decide(play.app.proposal_of(COUNCIL[0]).await)).await;
    for name in COUNCIL {
        play.acts(name, number, Act::Waive { action: 0, reason: text() }).await;
    }
    play.app.pass(31 * candor::clock::DAY).await;
    play.reporter(&reporter, ReporterAct::CheckIn { works: Works::Yes, text: text() }).await;
    play.reporter(&reporter, ReporterAct::Rate { rating: POINTS, text: text() }).await;
}

/// The ways out of the field: recusal, a name, pressure, review, not joint.
async fn ways_out(play: &mut Play) {
    let (_, number) = given(play, &concern()).await;
    for name in [RAISING, "guard-east-alternate"] {
        play.acts(name, &number, Act::Recuse { reason: text() }).await;
    }
    let (reporter, _) = given(play, &concern()).await;
    play.reporter(
        &reporter,
        ReporterAct::GiveName(Identity { name: text(), contact: text(), for_panel: false }),
    )
    .await;
    let identity = Identity { name: text(), contact: text(), for_panel: true };
    play.reporter(&reporter, ReporterAct::GiveName(identity)).await;
    play.reporter(&reporter, ReporterAct::WithholdName).await;
    play.reporter(&reporter, ReporterAct::Pressed).await;
    play.reporter(&reporter, ReporterAct::AskForReview { handler: HandlerConcerned::OurSide, text: text() })
        .await;
    let (_, number) = given(play, &concern()).await;
    acknowledged(play, &number, [RAISING, CONCERNED]).await;
    for name in [RAISING, CONCERNED] {
        play.acts(name, &number, Act::CloseNotJoint { belongs: text() }).await;
    }
}

/// Kept and destroyed: a hold put and lifted, the texts, the receipt.
async fn kept(play: &mut Play) {
    let (_, number) = given(play, &Concern { handler: HandlerConcerned::NotSure, ..concern() }).await;
    let number = number.as_str();
    acknowledged(play, number, COUNCIL).await;
    for name in COUNCIL {
        play.app.act(name, number, Act::CloseNotJoint { belongs: text() }).await.unwrap();
    }
    play.acts(COUNCIL[0], number, Act::Hold { reason: text() }).await;
    play.acts(COUNCIL[1], number, Act::LiftHold { reason: text() }).await;
    play.destroy(91, "texts").await;
    play.destroy(120, "a receipt").await;
    assert_eq!(play.app.receipts_ended().await, 1);
}

/// What a reporter takes back: an act, the case, an act that comes too late, a concern before its batch.
async fn taken_back(play: &mut Play) {
    let (reporter, _) = given(play, &concern()).await;
    play.app.reporter_acts(&reporter, &ReporterAct::Add { text: text() }).await;
    let (cookie, index) =
        (play.app.cookie(&reporter).await, play.app.visit(&reporter).await.waiting[0].index);
    play.deed("take back an act", Again::Nothing, async |candor| {
        candor.take_back(&cookie, index).await.map(drop)
    })
    .await;
    let cookie = play.app.cookie(&reporter).await;
    play.app.reporter_acts(&reporter, &a_file("Never mind.")).await;
    let index = play.app.visit(&reporter).await.waiting[0].index;
    play.deed("take back a file", Again::Nothing, async |candor| {
        candor.take_back(&cookie, index).await.map(drop)
    })
    .await;
    play.reporter(&reporter, ReporterAct::Withdraw).await;

    let (reporter, number) = given(play, &concern()).await;
    play.app.reporter_acts(&reporter, &ReporterAct::Withdraw).await;
    play.app.resolve(&number, RAISING, CONCERNED).await;
    play.batch("an act that comes too late").await;
    assert_eq!(play.app.visit(&reporter).await.refused.len(), 1);

    let drawn = play.app.candor.draw_receipt().unwrap();
    play.app.candor.raise(&concern(), &drawn).await.unwrap();
    let reporter = Reporter { words: drawn.words.join(" ") };
    let cookie = play.app.cookie(&reporter).await;
    play.deed("attach to a concern", Again::Nothing, async |candor| {
        candor
            .reporter_acts(&cookie, &a_file("It goes with it."), candor::domain::concern::Dispatch::Mixed)
            .await
            .map(drop)
    })
    .await;
    play.deed("take back a concern", Again::Nothing, async |candor| {
        candor
            .reporter_acts(&cookie, &ReporterAct::Withdraw, candor::domain::concern::Dispatch::Mixed)
            .await
            .map(drop)
    })
    .await;
}

/// Calendar and time standards: proposed, declined, agreed to by both leads.
async fn time(play: &mut Play) {
    let (administrator, _) = play.app.administrator().await;
    let mut settings = play.app.candor.time_settings(&administrator).await.unwrap().in_force;
    settings.routine.secretary = candor::domain::deadline::Span::WorkingDays(12);
    let waits = async |play: &Play| {
        play.app.candor.time_settings(&administrator).await.unwrap().waiting.unwrap().version
    };
    // What is over or done already changes nothing.
    let over = |error| match error {
        Problem::Unusable(_) | Problem::Store(candor::store::StoreError::Conflict) => Problem::NotFound,
        other => other,
    };
    for declined in [true, false] {
        play.deed("propose time standards", Again::Twice, async |candor: &Candor| {
            candor.propose_time(&administrator, 0, &settings).await.map(drop)
        })
        .await;
        let version = waits(play).await;
        let leads = [play.app.signed_in(COUNCIL[0]).await, play.app.signed_in(COUNCIL[1]).await];
        if declined {
            play.deed("decline time standards", Again::Nothing, async |candor: &Candor| {
                candor.decline(&leads[0], About::Time, version).await.map_err(over)
            })
            .await;
            continue;
        }
        for lead in &leads {
            play.deed("agree to time standards", Again::Nothing, async |candor: &Candor| {
                candor.agree(lead, About::Time, version).await.map(drop).map_err(over)
            })
            .await;
        }
    }
    let view = play.app.candor.time_settings(&administrator).await.unwrap();
    assert_eq!(view.in_force, settings);
    let later = play.app.now().plus(70 * candor::clock::DAY);
    play.deed("publish a quarter", Again::Nothing, async |candor: &Candor| {
        candor.measure(later).await.map(drop)
    })
    .await;
    assert_eq!(play.app.candor.published_measures().await.unwrap().len(), 1);
}

fn passphrase() -> Passphrase {
    Passphrase::new(PASSPHRASE.to_owned()).unwrap()
}

fn ended(error: candor::service::accounts::SignInError) -> Problem {
    match error {
        candor::service::accounts::SignInError::Problem(problem) => problem,
        other => panic!("{other}"),
    }
}

/// Sessions: in, fresh again, kept, out, cleared.
async fn sessions(play: &mut Play) {
    play.deed("sign in", Again::Twice, async |candor: &Candor| {
        candor.sign_in(RAISING, passphrase()).await.map(drop).map_err(ended)
    })
    .await;
    // The first time that it costs more than what rests: keys sealed anew and session are one.
    let mut settings = (*play.app.candor.settings).clone();
    settings.passphrase.memory_kib *= 2;
    play.app.candor.settings = std::sync::Arc::new(settings);
    play.deed("sign in at a higher cost", Again::Differently, async |candor: &Candor| {
        candor.sign_in(RAISING, passphrase()).await.map(drop).map_err(ended)
    })
    .await;
    let raised = "SELECT COUNT(*) FROM account WHERE memory_kib = 16";
    assert_eq!(play.app.database.number(raised).await, 1);
    let person = play.app.person(RAISING).await;
    play.deed("sign in afresh", Again::Twice, async |candor: &Candor| {
        candor.confirm(&person.signed_in, passphrase()).await.map_err(ended)
    })
    .await;
    let now = play.app.now();
    play.app.candor.clock.advance_to(now.plus(700));
    play.deed("keep a session", Again::Nothing, async |candor| {
        candor.session(&person.cookie).await.map(drop)
    })
    .await;
    play.deed("sign out", Again::Nothing, async |candor| candor.sign_out(&person.signed_in).await).await;
    play.app.candor.clock.advance_to(now.plus(candor::clock::DAY));
    play.deed("clear sessions", Again::Nothing, Candor::remove_ended_sessions).await;
}

/// A step that was taken finds that what it was about has gone on.
fn over(problem: Problem) -> Problem {
    match problem {
        Problem::Store(StoreError::Conflict) => Problem::NotFound,
        other => other,
    }
}

/// The library: a draft that waits for a look is held and released, the month's batch publishes, an entry is
/// withdrawn.
async fn library(play: &mut Play) {
    for turn in 0..3 {
        let (_, number) = given(play, &concern()).await;
        acknowledged(play, &number, [RAISING, CONCERNED]).await;
        let mut proposal = play.app.proposal();
        proposal.library_text =
            prose(if turn == 0 { "Signed on 14 May 2026." } else { "One list for the boat." });
        play.app.act(RAISING, &number, Act::Propose(proposal)).await.unwrap();
        for name in [RAISING, CONCERNED] {
            play.app.accept(name, &number).await.unwrap();
        }
    }
    let lead = play.app.signed_in(COUNCIL[0]).await;
    let draft = play.app.candor.waiting_drafts(&lead).await.unwrap()[0].id;
    play.deed("hold a draft", Again::Twice, async |candor: &Candor| {
        candor.hold_draft(&lead, draft, text()).await
    })
    .await;
    play.deed("release a draft", Again::Nothing, async |candor: &Candor| {
        candor.release_draft(&lead, draft, text()).await
    })
    .await;
    let now = play.app.now();
    play.app.candor.clock.advance_to(now.plus(60 * candor::clock::DAY));
    play.deed("publish a month", Again::Nothing, async |candor: &Candor| {
        candor.publish_library().await.map(drop)
    })
    .await;
    let entries = candor::store::library::entries(&mut play.app.database.read().await).await.unwrap();
    assert_eq!(entries.len(), 3);
    let lead = play.app.signed_in(COUNCIL[0]).await;
    play.deed("withdraw an entry", Again::Nothing, async |candor: &Candor| {
        candor.withdraw_entry(&lead, entries[0].id, &text()).await
    })
    .await;
    let post: PostId = "commander:RIV-EAST".parse().unwrap();
    let commander = play.app.signed_in(RAISING).await;
    let question = NewQuestion { document: "DOC-1".into(), category: None, question: text() };
    play.deed("ask a question", Again::Twice, async |candor: &Candor| {
        candor.ask_reading(&commander, &post, question.clone()).await.map(drop)
    })
    .await;
    let guard = play.app.signed_in("boats-guard").await;
    let harbour = play.app.signed_in("boats-harbour").await;
    let asked = play.app.candor.readings(&guard).await.unwrap().open;
    let (id, version) = (asked[0].id, asked[0].version);
    let shelf = play.app.candor.shelf().await.unwrap();
    let entries = shelf.precedents(None, Some(&"DOC-1".into()));
    let compared = entries.into_iter().map(|entry| entry.id).collect();
    let compared = Comparison { compared, ..Comparison::default() };
    play.deed("propose an answer", Again::Nothing, async |candor: &Candor| {
        candor
            .act_on_reading(&guard, id, version, ReadingAct::Propose(text(), compared.clone()))
            .await
            .map_err(over)
    })
    .await;
    play.deed("agree to an answer", Again::Nothing, async |candor: &Candor| {
        candor.act_on_reading(&harbour, id, version + 1, ReadingAct::Agree).await.map_err(over)
    })
    .await;
    let other = asked[1].id;
    play.deed("decline a question", Again::Nothing, async |candor: &Candor| {
        candor.act_on_reading(&guard, other, 1, ReadingAct::Decline(text())).await.map_err(over)
    })
    .await;
    let directive = NewDirective { title: text(), text: text(), document: None, units: Vec::new() };
    play.deed("issue a directive", Again::Twice, async |candor: &Candor| {
        candor.issue_directive(&lead, &directive).await.map(drop)
    })
    .await;
    let shelf = play.app.candor.shelf().await.unwrap();
    play.deed("withdraw a directive", Again::Nothing, async |candor: &Candor| {
        candor.withdraw_directive(&lead, shelf.directives[0].id, &text()).await
    })
    .await;
}

/// Support that one side asks of the other.
async fn between_units(play: &mut Play) {
    let post: PostId = "commander:RIV-EAST".parse().unwrap();
    let commander = play.app.signed_in(RAISING).await;
    let due = play.app.now().plus(candor::clock::DAY);
    let support = NewSupport { of: "commander:HAR-EAST".parse().unwrap(), what: text(), due };
    play.deed("ask for support", Again::Twice, async |candor: &Candor| {
        candor.ask_support(&commander, &post, support.clone()).await.map(drop)
    })
    .await;
    let asked = play.app.candor.requests(&commander).await.unwrap().open;
    let (first, second) = (asked[0].id, asked[1].id);
    let asked_of = play.app.signed_in(CONCERNED).await;
    play.deed("answer a request", Again::Nothing, async |candor: &Candor| {
        let answer = SupportAct::Answer(Given::InFull, text());
        candor.act_on_support(&asked_of, first, 1, answer).await.map_err(over)
    })
    .await;
    play.deed("confirm what came", Again::Nothing, async |candor: &Candor| {
        let confirm = SupportAct::Confirm(Given::InPart, text());
        candor.act_on_support(&commander, first, 2, confirm).await.map_err(over)
    })
    .await;
    play.deed("withdraw a request", Again::Nothing, async |candor: &Candor| {
        candor.act_on_support(&commander, second, 1, SupportAct::Withdraw).await.map_err(over)
    })
    .await;
}

/// Field members: a roster taken, codes printed and renewed, something acknowledged, and a roster that lets people
/// come, move and go.
async fn members(play: &mut Play) {
    let (administrator, _) = play.app.administrator().await;
    let first = "RIV-EAST,G-1,One\nRIV-EAST,G-2,Two\nRIV-WEST,G-3,Three\n";
    let lead = play.app.signed_in(COUNCIL[0]).await;
    // What lies over another that was taken is not taken.
    let over = |error| match error {
        Problem::Store(candor::store::StoreError::Conflict) => Problem::NotFound,
        other => other,
    };
    for roster in [first, "RIV-WEST,G-1,Another\nRIV-EAST,G-4,Four\n"] {
        let file = roster.as_bytes().to_vec();
        let checked = play.app.candor.check_roster(&administrator, file, Scope::Everybody, |_| ()).await;
        let checked = checked.unwrap().unwrap();
        play.deed("take a roster", Again::Nothing, async |candor: &Candor| {
            candor.take_roster(&administrator, &checked, |_| ()).await.map(drop).map_err(over)
        })
        .await;
        if roster == first {
            let directive = NewDirective { title: text(), text: text(), document: None, units: Vec::new() };
            play.app.candor.issue_directive(&lead, &directive).await.unwrap();
        }
    }
    assert_eq!(play.app.database.number("SELECT COUNT(*) FROM field_member").await, 4);
    play.deed("print codes", Again::Twice, async |candor: &Candor| {
        candor.slips(&administrator, &"RIV-WEST".into()).await.map(drop)
    })
    .await;
    play.deed("renew a code", Again::Twice, async |candor: &Candor| {
        candor.renew_code(&administrator, "G-1").await.map(drop)
    })
    .await;
    let code = play.app.candor.renew_code(&administrator, "G-1").await.unwrap().code;
    let cookie = play.app.candor.member_sign_in("G-1", &code, None).await.unwrap();
    let member = play.app.candor.member_session(&cookie).await.unwrap().unwrap();
    let item = play.app.candor.received(&member).await.unwrap().items[0].id;
    play.deed("acknowledge what was received", Again::Nothing, async |candor: &Candor| {
        candor.acknowledge_received(&member, &[item]).await.map(drop)
    })
    .await;
}

/// Plays a scene and holds its list against what it played.
async fn scene(app: TestApp, kinds: &[Kind], script: impl AsyncFnOnce(&mut Play)) {
    app.leaves_work_behind();
    let mut play = Play::of(&app).await;
    script(&mut play).await;
    let played: BTreeSet<_> = play.kinds.iter().cloned().collect();
    let listed: BTreeSet<_> = kinds.iter().map(|kind| format!("{kind:?}")).collect();
    assert_eq!(played, listed, "what the scene stops, and what its list says");
    assert!(play.stops > 10, "only {} stops", play.stops);
}

/// One test for each scene and database, and one that no command is in no scene.
macro_rules! scenes {
    ($($name:ident: $script:ident plays [$($kind:ident),*]),+ $(,)?) => {
        $(async fn $name(app: TestApp) { scene(app, &[$(Kind::$kind),*], $script).await; })+

        on_both!($($name),+);

        #[test]
        fn every_command_is_stopped_in_some_scene() {
            let listed: BTreeSet<Kind> = [$($(Kind::$kind,)*)+].into();
            let missing: Vec<_> = Kind::ALL.iter().filter(|kind| !listed.contains(kind)).collect();
            assert_eq!(missing, Vec::<&Kind>::new());
        }
    };
}

scenes! {
    at_the_field: field plays [
        Open, Acknowledge, Ask, Answer, Add, Attach, Write, ShowIdentity, Delegate, Extend, ChangePace, Propose, Reject
    ],
    from_an_outcome_on: outcome plays [Accept, Rate, Done, Verify, ReportReprisal, AnswerReprisal, DisputeOutcome],
    at_the_council: above plays [Escalate, Remand, Sweep, AssignGroup, Report],
    before_the_secretary: secretary plays [ReferUp, Direct, Decide, Waive, CheckIn, RateByReceipt],
    out_of_the_field: ways_out plays [
        Recuse, GiveName, WithholdName, Pressed, AskForReview, CloseNotJoint
    ],
    kept_and_destroyed: kept plays [Hold, LiftHold, Destroy],
    before_it_counts: taken_back plays [Withdraw],
    agreeing_to_times: time plays [],
    signing_in_and_out: sessions plays [],
    what_the_field_reads: library plays [],
    what_members_receive: members plays [],
    what_units_ask_of_each_other: between_units plays [],
}

/// From an empty database to an open site: every step of setting up can be taken again after a stop.
async fn setting_up_is_whole_or_begun_again(database: TestDb) {
    let folder = tempfile::tempdir().unwrap();
    let candor = open(&database, folder.path().join("founders.toml"), FOUNDED, 7).await;
    let mut play = Play::of(&TestApp::around(candor, database)).await;
    play.deed("invite the first administrator", Again::Differently, async |candor| {
        candor.invite_first_administrator().await.map(drop)
    })
    .await;
    let link = play.app.candor.invite_first_administrator().await.unwrap().unwrap();
    play.deed("activate", Again::Nothing, async |candor| candor.activate(&link, PASSPHRASE).await.map(drop))
        .await;
    let (administrator, _) = play.app.administrator().await;
    play.deed("set the organisation", Again::Differently, async |candor| {
        candor.set_organisation(&administrator, ORGANISATION).await.map(drop)
    })
    .await;
    let people = [
        ("council-guard", "council:RIV"),
        ("council-harbour", "council:HAR"),
        ("secretary", "secretary"),
        ("office-guard", "headquarters:RIV-OFFICE"),
        ("office-harbour", "headquarters:HAR-OFFICE"),
        ("office-department", "headquarters:DEPT-OFFICE"),
    ];
    for (name, post) in people {
        let post: PostId = post.parse().unwrap();
        let lead = name.starts_with("council");
        if name == "secretary" {
            play.deed("invite", Again::Nothing, async |candor| {
                match candor.invite(&administrator, name, false, &[(post.clone(), true)]).await {
                    // The name is taken by the invitation that was committed.
                    Err(Problem::Unusable(_)) => Err(Problem::NotFound),
                    other => other.map(drop),
                }
            })
            .await;
            // Its link was never shown to anybody; another name takes its place here.
        }
        let name = if name == "secretary" { "secretary-again" } else { name };
        let link = play.app.candor.invite(&administrator, name, false, &[(post, lead)]).await.unwrap();
        play.app.candor.activate(&link, PASSPHRASE).await.unwrap();
        if lead {
            let person = play.app.signed_in(name).await;
            play.deed("found", Again::Nothing, async |candor| candor.found(&person).await).await;
        }
    }
    let lead = play.app.signed_in("council-guard").await;
    for waiting in play.app.candor.to_approve(&lead).await.unwrap() {
        play.deed("approve", Again::Nothing, async |candor| {
            candor.approve(&lead, waiting.account, &waiting.post).await
        })
        .await;
    }
    let readiness = play.app.candor.readiness().await.unwrap();
    assert!(readiness.founded, "still missing: {readiness:?}");
    assert!(play.stops > 50, "only {} stops", play.stops);
    drop(play);
}

#[test]
fn setting_up_on_sqlite() {
    run_on(Engine::Sqlite, setting_up_is_whole_or_begun_again);
}

#[test]
fn setting_up_on_postgres() {
    run_on(Engine::Postgres, setting_up_is_whole_or_begun_again);
}

/// The control: a deed in two transactions that belong together is found out. The look is the same on both
/// databases, and a test that is to panic is one test: on SQLite alone.
#[test]
#[should_panic(expected = "each case has its receipt")]
fn what_is_done_in_two_halves_is_found_out() {
    use candor::store;
    crate::support::block_on(async {
        let app = TestApp::make(Engine::Sqlite).await.unwrap();
        app.leaves_work_behind();
        let mut play = Play::of(&app).await;
        play.deed("two halves", Again::Nothing, async |candor| {
            let mut tx = candor.db.write().await?;
            store::inbox::insert_receipt(&mut tx, &[1; 32], b"half").await?;
            tx.commit().await?;
            Ok(())
        })
        .await;
    });
}

/// The program itself never asks for a database that stops.
#[test]
fn nothing_in_the_program_can_stop_its_database() {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let is_store = path.parent().unwrap().ends_with("src/store");
            seen += usize::from(text.contains("fn stepped("));
            let calls = [".stepped(", "stop_at(", "Steps::", "Steps>", ": Steps"]
                .iter()
                .any(|word| text.contains(word));
            assert!(!calls || is_store, "{} can stop its database", path.display());
            assert!(!text.contains(".stepped("), "{} asks for a database that stops", path.display());
        }
    }
    assert_eq!(seen, 1, "the seam is where this test thinks it is");
}
