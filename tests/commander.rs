//! Commanders: what waits for them, what they may read, and one resolution signed by two.

use axum::http::StatusCode;
use candor::clock::DAY;
use candor::domain::concern::{Concern, Identity};
use candor::domain::dispute::{Refusal, WaitingFor};
use candor::domain::follow_up::Works;
use candor::domain::id::PostId;
use candor::service::Problem;
use candor::service::accounts::FRESH;
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;

use crate::support::app::{CONCERNED, RAISING, TestApp, concern, prose};
use crate::support::http::Client;
use crate::support::pages::proposal_fields;

const YES: HandlerAct = HandlerAct::Acknowledge { no_conflict: true };

async fn a_desk_says_what_waits_and_by_when(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        let person = app.person(name).await;
        let desk = app.candor.desk(&person.signed_in, &person.seat, 0).await.unwrap();
        assert_eq!(desk.waiting.len(), 1, "{name}");
        let entry = &desk.waiting[0];
        assert_eq!((entry.number.as_str(), entry.what), (number.as_str(), WaitingFor::Acknowledgement));
        assert_eq!((entry.raising.as_str(), entry.concerned.as_str()), ("Patrol, East", "Inspection, East"));
        assert!(entry.due > app.now() && entry.since <= app.now());
    }
    app.act(RAISING, &number, YES).await.unwrap();
    let person = app.person(RAISING).await;
    let desk = app.candor.desk(&person.signed_in, &person.seat, 0).await.unwrap();
    assert_eq!((desk.waiting.len(), desk.in_motion.len()), (0, 1));
    app.act(CONCERNED, &number, YES).await.unwrap();
    app.act(CONCERNED, &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    let desk = app.candor.desk(&person.signed_in, &person.seat, 0).await.unwrap();
    assert_eq!(desk.waiting[0].what, WaitingFor::Signature);
}

async fn a_commander_reads_the_statement_and_nothing_for_the_council(app: TestApp) {
    let concern = Concern {
        council_only: prose("The captain told us to keep quiet."),
        identity: Identity { name: prose("Ada Riverton"), contact: prose("555-0100"), for_panel: false },
        ..concern()
    };
    let (_, number) = app.open_case(&concern).await;
    for name in [RAISING, CONCERNED] {
        let view = app.case(name, &number).await.unwrap();
        assert_eq!(view.statement.as_ref(), Some(&concern.statement));
        assert_eq!(view.council_only, None);
        assert_eq!(view.identity, None);
        app.act(name, &number, YES).await.unwrap();
        let shown =
            app.act(name, &number, HandlerAct::ShowIdentity { reason: prose("I want to know.") }).await;
        assert!(shown.is_err(), "the name is for the Council alone");
        assert_eq!(app.case(name, &number).await.unwrap().identity, None);
    }
}

/// By the reporter's choice the panel may see the name; each showing is on the record and told.
async fn a_name_for_the_panel_is_shown_once_asked_for_and_the_reporter_is_told(app: TestApp) {
    let identity = Identity { name: prose("Ada Riverton"), contact: prose("555-0100"), for_panel: true };
    let (reporter, number) = app.open_case(&Concern { identity: identity.clone(), ..concern() }).await;
    app.act(RAISING, &number, YES).await.unwrap();
    assert_eq!(app.case(RAISING, &number).await.unwrap().identity, None);
    app.act(RAISING, &number, HandlerAct::ShowIdentity { reason: prose("To thank them.") }).await.unwrap();
    assert_eq!(app.case(RAISING, &number).await.unwrap().identity, Some(identity));
    assert_eq!(
        app.case(CONCERNED, &number).await.unwrap().identity,
        None,
        "shown to one is not shown to all"
    );
    assert_eq!(app.visit(&reporter).await.name_shown_to.len(), 1);
    // The next look needs a sign-in and a reason of its own.
    app.candor.clock.advance_to(app.now().plus(FRESH));
    assert_eq!(app.case(RAISING, &number).await.unwrap().identity, None);
}

async fn a_page_that_is_out_of_date_is_told_what_happened(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
    }
    let person = app.person(RAISING).await;
    let view = app.candor.case(&person.signed_in, &person.seat, &number).await.unwrap();
    app.act(CONCERNED, &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    match app.act_as(&person, &view, &HandlerAct::Propose(app.proposal())).await {
        Err(Problem::Moved(what)) => {
            assert_eq!(what.len(), 1, "{what:?}");
            assert!(what[0].contains("proposed"), "{what:?}");
        }
        other => panic!("{other:?}"),
    }
    // A message says the same whatever came before it.
    let message = HandlerAct::Write { text: prose("I was writing."), to_reporter: false };
    app.act_as(&person, &view, &message).await.unwrap();
}

async fn a_question_is_answered_at_a_batch(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.act(RAISING, &number, YES).await.unwrap();
    app.act(RAISING, &number, HandlerAct::Ask { text: prose("Which mornings?") }).await.unwrap();
    let second = app.act(RAISING, &number, HandlerAct::Ask { text: prose("And which boat?") }).await;
    assert_eq!(second, Err(Problem::Refused(Refusal::QuestionOpen)));
    let (question, text) = app.visit(&reporter).await.question.unwrap();
    assert_eq!(text.as_str(), "Which mornings?");
    app.reporter_acts(&reporter, &ReporterAct::Answer { question, text: prose("Mondays.") }).await;
    let has = async |words: &str| {
        let view = app.case(CONCERNED, &number).await.unwrap();
        view.reporter_thread.iter().any(|entry| entry.text.as_str() == words && entry.when.is_none())
    };
    assert!(!has("Mondays.").await);
    app.run_batches().await;
    assert!(has("Mondays.").await);
    assert!(app.visit(&reporter).await.question.is_none());
    app.act(RAISING, &number, HandlerAct::Ask { text: prose("And which boat?") }).await.unwrap();
}

async fn talk_in_the_room_is_not_for_the_reporter(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
    }
    app.act(RAISING, &number, HandlerAct::Write { text: prose("Between us."), to_reporter: false })
        .await
        .unwrap();
    app.act(RAISING, &number, HandlerAct::Write { text: prose("For the writer."), to_reporter: true })
        .await
        .unwrap();
    let view = app.case(CONCERNED, &number).await.unwrap();
    assert!(view.room.iter().any(|entry| entry.text.as_str() == "Between us." && !entry.mine));
    let thread = app.visit(&reporter).await.thread;
    assert_eq!(thread.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), ["For the writer."]);
}

async fn more_time_needs_both_and_is_given_once(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
    }
    let due = app.case(RAISING, &number).await.unwrap().level_due;
    app.act(RAISING, &number, HandlerAct::Extend { reason: prose("The boat is away.") }).await.unwrap();
    assert_eq!(app.case(RAISING, &number).await.unwrap().level_due, due);
    app.act(CONCERNED, &number, HandlerAct::Extend { reason: prose("Agreed.") }).await.unwrap();
    let later = app.case(RAISING, &number).await.unwrap().level_due;
    assert!(later > due);
    let again = app.act(RAISING, &number, HandlerAct::Extend { reason: prose("More.") }).await;
    assert_eq!(again, Err(Problem::Refused(Refusal::OnceOnly)));
}

/// A version whose action falls to a commander who has stepped aside binds nobody: the next is for who is left.
async fn no_version_is_accepted_for_somebody_who_has_left(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
    }
    let mut proposal = app.proposal_of(CONCERNED).await;
    assert_eq!(proposal.actions[0].owner, PostId::Commander("HAR-EAST".into()));
    app.act(CONCERNED, &number, HandlerAct::Propose(proposal.clone())).await.unwrap();
    app.act(CONCERNED, &number, HandlerAct::Recuse { reason: prose("My brother.") }).await.unwrap();
    let accepts = async |name: &str| {
        let hash = app.case(name, &number).await.unwrap().proposals.last().unwrap().hash;
        app.act(name, &number, HandlerAct::Accept { hash }).await
    };
    assert_eq!(accepts(RAISING).await, Err(Problem::Refused(Refusal::OwnerNotPossible)));
    let alternate = "harbour-east-alternate";
    app.act(alternate, &number, YES).await.unwrap();
    proposal.actions[0].owner = PostId::Alternate("HAR-EAST".into());
    app.act(alternate, &number, HandlerAct::Propose(proposal)).await.unwrap();
    for name in [RAISING, alternate] {
        accepts(name).await.unwrap();
    }
}

async fn what_is_not_complete_is_refused_with_the_reason(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let early = app.act(RAISING, &number, HandlerAct::Propose(app.proposal())).await;
    assert_eq!(early, Err(Problem::Refused(Refusal::AcknowledgeFirst)));
    let conflict = app.act(RAISING, &number, HandlerAct::Acknowledge { no_conflict: false }).await;
    assert_eq!(conflict, Err(Problem::Refused(Refusal::ConflictNotDeclared)));
    app.act(RAISING, &number, YES).await.unwrap();
    let again = app.act(RAISING, &number, YES).await;
    assert_eq!(again, Err(Problem::Refused(Refusal::AlreadyDone)));

    let mut none = app.proposal();
    none.actions.clear();
    let mut both = app.proposal();
    both.none_needed = true;
    let mut past = app.proposal();
    past.actions[0].due = app.now().plus(-DAY);
    let mut stranger = app.proposal();
    stranger.actions[0].owner = PostId::Commander("NOWHERE".into());
    for (proposal, refusal) in [
        (none, Refusal::NoAction),
        (both, Refusal::ActionsAndNone),
        (past, Refusal::DueInThePast),
        (stranger, Refusal::OwnerNotPossible),
    ] {
        let proposed = app.act(RAISING, &number, HandlerAct::Propose(proposal)).await;
        assert_eq!(proposed, Err(Problem::Refused(refusal)));
    }
}

async fn a_signature_needs_a_passphrase_given_just_now(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
    }
    app.act(RAISING, &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    let person = app.person(CONCERNED).await;
    app.candor.clock.advance_to(app.now().plus(601));
    let stale = app.candor.session(&person.cookie).await.unwrap().unwrap();
    let view = app.candor.case(&stale, &person.seat, &number).await.unwrap();
    let hash = view.proposals[0].hash;
    let signed =
        app.candor.handler_acts(&stale, &person.seat, &number, view.seen, HandlerAct::Accept { hash }).await;
    assert_eq!(signed, Err(Problem::SignInAgain));
    app.accept(CONCERNED, &number).await.unwrap();
}

/// A place that is too small is handled where there are people enough (AN-01).
async fn a_tiny_unit_is_shown_as_the_unit_above_it(app: TestApp) {
    let tiny = Concern { my_unit: "RIV-DOCK".into(), other_unit: "HAR-QUAY".into(), ..concern() };
    let (_, number) = app.open_case(&tiny).await;
    let view = app.case(RAISING, &number).await.unwrap();
    assert_eq!(
        (view.sides.raising.place.as_str(), view.sides.concerned.place.as_str()),
        ("Patrol, East", "Inspection, East")
    );
    let isle = Concern { my_unit: "RIV-ISLE".into(), ..concern() };
    let (_, number) = app.open_case(&isle).await;
    assert_eq!(app.case("guard-hq", &number).await.unwrap().sides.raising.place, "Headquarters, Patrol");
    for tiny in ["RIV-DOCK", "HAR-QUAY", "RIV-ISLE"] {
        assert_eq!(app.database.tables_with(tiny).await, ["organisation"], "{tiny}");
    }
}

/// On pages: what cannot be done comes back with the reason and with everything that was typed.
async fn a_form_that_cannot_be_used_comes_back_whole(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let site = app.site();
    let mut client = Client::new(&site);
    client.sign_in(RAISING).await;
    let answer = client.act(&number, "acknowledge", &[("no_conflict", "yes")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(app.case(RAISING, &number).await.unwrap().sides.raising.acknowledged.is_none());
    client.act(&number, "acknowledge", &[("no_conflict", "yes"), ("no_search", "yes")]).await.ok();
    app.act(CONCERNED, &number, YES).await.unwrap();

    let long = "x".repeat(1_501);
    let answer = client.act(&number, "propose", &[("issue", &long), ("finding", "Kept <as> it is.")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.says("1 characters too long");
    assert_eq!(answer.form("/propose").value("finding"), Some("Kept <as> it is."));
    assert_eq!(answer.form("/propose").value("issue"), Some(long.as_str()));

    // Somebody else acts between opening the form and sending it.
    let case = client.case(&number).await;
    let page = client.get(&format!("{}/propose", case.path)).await.ok();
    let mut form = page.form("/propose");
    for (name, value) in proposal_fields(&app) {
        form.set(name, &value);
    }
    app.act(CONCERNED, &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    let moved = client.submit(&form).await;
    assert!(moved.status.is_client_error(), "{}", moved.status);
    moved.says("The case has moved on").says("proposed version 1");
    assert_eq!(moved.form("/propose").value("issue"), form.value("issue"));
    assert_eq!(app.case(RAISING, &number).await.unwrap().proposals.len(), 1);
}

/// AN-20: asking who somebody is, is told to whoever asks, before it is sent.
async fn asking_who_somebody_is_gives_pause(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    client.act(&number, "acknowledge", &[("no_conflict", "yes"), ("no_search", "yes")]).await.ok();
    let question = "What is your name, and which shift do you work?";
    let answer = client.act(&number, "ask", &[("message", question)]).await;
    answer.says("Read this before you send it").says("It was not sent");
    assert!(app.visit(&reporter).await.question.is_none());
    let mut form = answer.form("/ask");
    form.set("anyway", "yes");
    client.submit(&form).await.ok().says("Your question waits for the reporter.");
    assert_eq!(app.visit(&reporter).await.question.unwrap().1.as_str(), question);
}

/// What was agreed is carried out by its owner, and seen by the other side.
async fn an_action_is_done_by_its_owner_and_seen_by_the_other_side(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let site = app.site();
    let mut owner = Client::new(&site);
    owner.sign_in(RAISING).await.says("Carry out what was agreed");
    let mut other = Client::new(&site);
    other.sign_in(CONCERNED).await;
    owner.case(&number).await.says("Not yet done").says("Write a plan for the boat's mornings");
    other.may_not(&number, "done?action=1", &[("action", "1"), ("note", "For them.")]).await;
    other.may_not(&number, "verify?action=1", &[("action", "1"), ("holds", "yes"), ("note", "Yes.")]).await;

    let mut form = owner.act_form(&number, "done?action=1").await;
    assert_eq!(form.value("action"), Some("1"));
    let empty = owner.submit(&form).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    form.set("action", "7").set("note", "At muster on Monday.");
    let unknown = owner.submit(&form).await;
    unknown.says("This action is not in the case");
    assert_eq!(unknown.form("/done").value("note"), Some("At muster on Monday."));
    form.set("action", "1");
    owner.submit(&form).await.ok().says("You have said that it is done.").says("At muster on Monday.");
    assert_eq!(owner.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a second press");
    owner.may_not(&number, "verify?action=1", &[("action", "1"), ("holds", "yes"), ("note", "Yes.")]).await;

    // It was not done: back to its owner.
    let case = other.case(&number).await;
    case.says("The other side says that an action is done.");
    let page = other.act_page(&number, "verify?action=1").await.ok();
    page.says("At muster on Monday.");
    let undecided = other.act(&number, "verify?action=1", &[("note", "I was there.")]).await;
    assert_eq!(undecided.status, StatusCode::UNPROCESSABLE_ENTITY);
    undecided.says("Say whether it is done.");
    assert_eq!(undecided.form("/verify").value("note"), Some("I was there."));
    other.act(&number, "verify?action=1", &[("holds", "no"), ("note", "Nobody had heard of it.")]).await.ok();
    owner.case(&number).await.says("Nobody had heard of it.").says("Not yet done");
    owner.act(&number, "done?action=1", &[("note", "Now it is.")]).await.ok();

    // Looked at on a page that is out of date: nothing.
    let mut form = other.act_form(&number, "verify?action=1").await;
    form.set("holds", "yes").set("note", "Seen.");
    let reason = prose("We have no boat any more.");
    app.act(RAISING, &number, HandlerAct::Waive { action: 0, reason }).await.unwrap();
    let moved = other.submit(&form).await;
    assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY);
    moved.says("The case has moved on");
    let form = moved.form("/verify");
    assert_eq!((form.value("holds"), form.value("note")), (Some("yes"), Some("Seen.")));
    other.submit(&form).await.ok().says("Done, and seen by the other side");
    assert_eq!(other.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a second press");
    app.pass(DAY).await;
    // Closed, and still all that was written on the way.
    for (mut client, name) in [(owner, RAISING), (other, CONCERNED)] {
        client.sign_in(name).await;
        let case = client.case(&number).await;
        case.says("Everything that was agreed is carried out.").says("Done, and seen by the other side");
        for note in ["At muster on Monday.", "Nobody had heard of it.", "We have no boat any more.", "Seen."]
        {
            case.says(note);
        }
        client.may_not(&number, "done?action=1", &[("action", "1"), ("note", "Again.")]).await;
    }
}

/// Two persons of two sides, or it stays.
async fn an_action_is_waived_by_both_sides(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let site = app.site();
    let mut owner = Client::new(&site);
    owner.sign_in(RAISING).await;
    let refused = owner.act(&number, "waive?action=1", &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut form = owner.act_form(&number, "waive?action=1").await;
    form.set("reason", "The boat is sold.");
    owner.submit(&form).await.ok().says("Not yet done");
    assert_eq!(owner.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a second press");
    owner.may_not(&number, "waive?action=1", &[("action", "1"), ("reason", "Twice.")]).await;
    let mut other = Client::new(&site);
    other.sign_in(CONCERNED).await;
    other.case(&number).await.says("Agree to waive it");
    let page = other.act_page(&number, "waive?action=1").await.ok();
    page.says("The other side asks to waive this.").says("The boat is sold.");
    other.act(&number, "waive?action=1", &[("reason", "So it is.")]).await.ok().says("Waived by both sides");
    let mut stranger = Client::new(&site);
    stranger.sign_in("guard-west").await;
    let address = format!("/desk/commander:RIV-WEST/case/{number}/waive?action=1");
    assert_eq!(stranger.get(&address).await.status, StatusCode::NOT_FOUND);
    app.pass(DAY).await;
}

/// After 180 days it closes, naming what was left open and by whom.
async fn what_was_never_carried_out_is_named_when_the_case_closes(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let reason = prose("We sold the boat.");
    app.act(RAISING, &number, HandlerAct::Waive { action: 0, reason }).await.unwrap();
    app.pass(40 * DAY).await;
    let mut client = Client::new(&app.site());
    client.sign_in(CONCERNED).await;
    client.case(&number).await.says("Overdue");
    app.pass(150 * DAY).await;
    let mut client = Client::new(&app.site());
    client.sign_in(CONCERNED).await;
    let page = client.case(&number).await;
    page.says("180 days have passed, and this is not carried out:");
    page.says("Write a plan for the boat's mornings and put it to muster. – Patrol Captain, Eastbank");
    page.says("Not done when the case was closed").says("We sold the boat.");
}

async fn what_the_reporter_says_of_the_outcome_is_on_the_page(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    app.act(RAISING, &number, HandlerAct::Done { action: 0, note: prose("Done.") }).await.unwrap();
    let seen = HandlerAct::Verify { action: 0, holds: true, note: prose("Seen.") };
    app.act(CONCERNED, &number, seen).await.unwrap();
    app.reporter_acts(&reporter, &ReporterAct::CheckIn { works: Works::Partly, text: prose("On weekdays.") })
        .await;
    app.run_batches().await;
    let mut client = Client::new(&app.site());
    client.sign_in(CONCERNED).await;
    client.case(&number).await.says("Does it work?").says(Works::Partly.label()).says("On weekdays.");
}

async fn a_commander_makes_it_extraordinary(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    client.may_not(&number, "pace", &[("reason", "At once.")]).await;
    app.act(RAISING, &number, YES).await.unwrap();
    client.act_page(&number, "pace").await.ok().says("from now there are 72 hours to resolve it");
    client.act(&number, "pace", &[("reason", "A patrol could not sail.")]).await.ok().says("Extraordinary");
    let mut other = Client::new(&app.site());
    other.sign_in(CONCERNED).await.says("Extraordinary");
    other.case(&number).await.says("A patrol could not sail.");
}

/// Not to the page of a case that is no longer theirs.
async fn who_steps_aside_is_led_to_the_desk(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let after = client.act(&number, "recuse", &[("reason", "My brother sails that boat.")]).await.ok();
    assert!(after.path.ends_with("/desk/commander%3ARIV-EAST"), "{}", after.path);
    assert_eq!(app.case(RAISING, &number).await.map(|_| ()), Err(Problem::NotFound));
}

on_both!(
    a_form_that_cannot_be_used_comes_back_whole,
    asking_who_somebody_is_gives_pause,
    a_desk_says_what_waits_and_by_when,
    a_commander_reads_the_statement_and_nothing_for_the_council,
    a_name_for_the_panel_is_shown_once_asked_for_and_the_reporter_is_told,
    a_page_that_is_out_of_date_is_told_what_happened,
    a_question_is_answered_at_a_batch,
    talk_in_the_room_is_not_for_the_reporter,
    more_time_needs_both_and_is_given_once,
    no_version_is_accepted_for_somebody_who_has_left,
    what_is_not_complete_is_refused_with_the_reason,
    a_signature_needs_a_passphrase_given_just_now,
    a_tiny_unit_is_shown_as_the_unit_above_it,
    an_action_is_done_by_its_owner_and_seen_by_the_other_side,
    an_action_is_waived_by_both_sides,
    what_was_never_carried_out_is_named_when_the_case_closes,
    what_the_reporter_says_of_the_outcome_is_on_the_page,
    a_commander_makes_it_extraordinary,
    who_steps_aside_is_led_to_the_desk,
);
