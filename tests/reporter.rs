//! Reporters: raising a concern on pages, coming back, and being left alone.

use axum::http::StatusCode;

use candor::clock::DAY;
use candor::domain::dispute::StageName;
use candor::service::cases::HandlerAct;

use crate::support::app::{CONCERNED, RAISING, TestApp, concern, prose};
use crate::support::http::{Answer, Client, Form};
use crate::support::pages::words_of;

async fn a_concern_is_raised_and_followed_by_its_ten_words(app: TestApp) {
    let mut client = Client::new(&app.site());
    let words = client.raise(&[]).await;
    assert!(client.cookies.is_empty(), "no cookie before a receipt is used: {:?}", client.cookies);
    client.come_back(&words).await.ok().says("Your concern waits");
    app.run_batches().await;
    let mut later = Client::new(&app.site());
    // However it is typed.
    let page = later.come_back(&words.to_uppercase().replace(' ', "-")).await.ok();
    page.says("Where your concern stands").says("Patrol Captain, Eastbank").says("Harbour Master, Eastbank");
    page.says("The harbour takes the patrol boat");
    let ended = later.submit(&page.form("/return/end")).await;
    assert!(ended.status.is_success() || ended.status.is_redirection());
    assert!(later.cookies.is_empty(), "nothing is left after the visit: {:?}", later.cookies);
    assert!(!later.get("/return/visit").await.body.contains("Where your concern stands"));
}

async fn a_misspelt_word_is_named_and_an_unknown_receipt_is_not_found(app: TestApp) {
    let mut client = Client::new(&app.site());
    let words = client.raise(&[]).await;
    let mut typed: Vec<_> = words.split(' ').collect();
    typed[3] = "xylofone";
    let answer = client.come_back(&typed.join(" ")).await.ok();
    answer.says("needs your attention").says("xylofone");
    assert!(answer.body.contains(typed[0]), "what was typed is still there");
    for few in ["", "one", &"word ".repeat(10), &"x".repeat(512), &"x".repeat(513), &"x".repeat(200_000)] {
        let answer = client.come_back(few).await;
        answer.says("needs your attention");
        assert_eq!(answer.form("/return").value("words"), Some(few), "what was typed is still there");
        // Only what is too long for any receipt is refused at once.
        assert_eq!(answer.status.is_client_error(), few.len() > 512, "{}", answer.status);
    }
    // Words that opened nothing are shown again for a while, so that a page can be loaded once more.
    client.come_back(&typed.join(" ")).await.ok();
    client.get("/return/visit").await.ok().says("xylofone");
    app.candor.clock.advance_to(app.now().plus(121));
    let later = client.get("/return/visit").await;
    assert!(later.status == StatusCode::UNAUTHORIZED && !later.body.contains("xylofone"));
    app.leaves_work_behind();
}

async fn a_second_press_and_a_lost_connection_send_once(app: TestApp) {
    let mut client = Client::new(&app.site());
    let review = client.reach_review(&[]).await.ok();
    let (_, first) = client.send_reviewed(&review).await;
    let (_, second) = client.send_reviewed(&review).await;
    assert_eq!(first.ok().body, second.ok().body, "both are answered alike");
    app.run_batches().await;
    let (_, third) = client.send_reviewed(&review).await;
    third.ok().says("It is sent");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM cases").await, 1);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM inbox").await, 0);
}

async fn nobody_can_choose_a_receipt(app: TestApp) {
    let mut client = Client::new(&app.site());
    let review = client.reach_review(&[]).await.ok();
    let drawn = words_of(&review);
    let mut form = review.form("/write/send");
    let hidden = form.value("receipt").expect("the receipt travels with the form").to_owned();
    let weak =
        hidden.replace(&drawn, "abacus abacus abacus abacus abacus abacus abacus abacus abacus abacus");
    assert_ne!(weak, hidden);
    form.set("receipt", &weak).set("known", "10").set("saved", "yes");
    let answer = client.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_ne!(words_of(&answer), drawn, "other words are drawn, and shown before anything is sent");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM inbox").await, 0);
}

async fn what_was_typed_survives_every_way_back(app: TestApp) {
    let mut client = Client::new(&app.site());
    let typed = "Line one.\nLine <two> & \"three\".";
    let review =
        client.reach_review(&[("what_happens", typed), ("effect", "Patrols start late.")]).await.ok();
    let mut form = review.form("/write/send");
    "/write".clone_into(&mut form.action);
    form.set("to", "write");
    let back = client.submit(&form).await.ok();
    let form = back.form("/write/review");
    assert_eq!(form.value("what_happens"), Some(typed));
    assert_eq!(form.value("effect"), Some("Patrols start late."));
    // Not saved yet: it comes back with everything, and the same words.
    let form = review.form("/write/send");
    let again = client.submit(&form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(words_of(&again), words_of(&review));
    again.says("Line <two> & \"three\".");
}

async fn one_or_two_who_know_are_warned_once_and_decide(app: TestApp) {
    let mut client = Client::new(&app.site());
    let review = client.reach_review(&[]).await.ok();
    let mut form = review.form("/write/send");
    form.set("known", "1-2").set("saved", "yes");
    let warned = client.submit(&form).await;
    assert_eq!(warned.status, StatusCode::UNPROCESSABLE_ENTITY);
    warned.says("One or two people know this");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM inbox").await, 0);
    let mut form = warned.form("/write/send");
    form.set("known", "1-2").set("saved", "yes");
    client.submit(&form).await.ok().says("It is sent");
    app.run_batches().await;
}

async fn a_question_is_answered_and_the_outcome_read(app: TestApp) {
    let mut client = Client::new(&app.site());
    let words = client.raise(&[]).await;
    app.run_batches().await;
    let number = app.only_number().await;
    for name in [RAISING, "harbour-east"] {
        app.act(name, &number, candor::service::cases::HandlerAct::Acknowledge { no_conflict: true })
            .await
            .unwrap();
    }
    let question = crate::support::app::prose("Which mornings does it happen?");
    app.act(RAISING, &number, candor::service::cases::HandlerAct::Ask { text: question }).await.unwrap();
    let page = client.come_back(&words).await.ok();
    page.says("Which mornings does it happen?");
    let mut form = page
        .forms()
        .into_iter()
        .find(|form| form.value("act") == Some("answer"))
        .expect("a form for the answer");
    form.set("answer_text", "Mostly on Mondays.");
    let page = client.submit(&form).await.ok();
    page.says("Still waiting").says("Your answer");
    app.run_batches().await;
    let view = app.case("harbour-east", &number).await.unwrap();
    assert!(view.reporter_thread.iter().any(|entry| entry.text.as_str() == "Mostly on Mondays."));
    app.act(RAISING, &number, candor::service::cases::HandlerAct::Propose(app.proposal())).await.unwrap();
    for name in [RAISING, "harbour-east"] {
        app.accept(name, &number).await.unwrap();
    }
    client.come_back(&words).await.ok().says("The outcome").says("The Joint Order leaves open");
}

/// The form of one act on a visit.
#[track_caller]
fn form_of(page: &Answer, act: &str) -> Form {
    let forms = page.forms();
    let found = forms.into_iter().find(|form| form.value("act") == Some(act));
    found.unwrap_or_else(|| panic!("{act} is not offered:\n{}", page.text()))
}

fn offers(page: &Answer, act: &str) -> bool {
    page.forms().iter().any(|form| form.value("act") == Some(act))
}

/// Sends one act of a visit, and shows the visit that follows.
pub async fn send(client: &mut Client, page: &Answer, act: &str, fields: &[(&str, &str)]) -> Answer {
    let mut form = form_of(page, act);
    for (name, value) in fields {
        form.set(name, value);
    }
    let answer = client.submit(&form).await;
    assert_eq!(answer.body.len() % 8_192, 0, "{} is not padded", answer.path);
    answer
}

/// A concern that is raised on pages and settled at Field.
async fn settled(app: &TestApp) -> (Client, String, String) {
    let mut client = Client::new(&app.site());
    let words = client.raise(&[]).await;
    app.run_batches().await;
    let number = app.only_number().await;
    app.resolve(&number, RAISING, CONCERNED).await;
    (client, words, number)
}

async fn what_was_agreed_is_followed_until_its_check_ins(app: TestApp) {
    let (mut client, words, number) = settled(&app).await;
    let page = client.come_back(&words).await.ok();
    page.says("It is settled, headquarters has been told, and what was agreed is being done.");
    page.says("Not yet done.").says("After");
    assert!(!offers(&page, "check_in"), "nothing is done yet");
    let note = || prose("See the plan.");
    app.act(RAISING, &number, HandlerAct::Done { action: 0, note: note() }).await.unwrap();
    client.get("/return/visit").await.ok().says("Said to be done; the other side looks at it.");
    app.act(CONCERNED, &number, HandlerAct::Verify { action: 0, holds: true, note: note() }).await.unwrap();
    let page = client.get("/return/visit").await.ok();
    page.says("Done, and seen by the other side.").says("Now, if you like");
    app.pass(DAY).await;
    let page = client.come_back(&words).await.ok();
    page.says("It is closed: nothing of the outcome is left to be done.");
    page.says("Done, and seen by the other side.").says("Your receipt opens this page until");

    // Nothing chosen: it comes back with what was typed.
    let typed = [("check_in_text", "Mornings are quiet <now>.")];
    let wrong = send(&mut client, &page, "check_in", &typed).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("Choose one of the four answers.");
    assert_eq!(form_of(&wrong, "check_in").value("check_in_text"), Some("Mornings are quiet <now>."));
    // A long one has its limit and keeps its words as well.
    let long = "x".repeat(2_001);
    let wrong = send(&mut client, &wrong, "check_in", &[("works", "partly"), ("check_in_text", &long)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("1 characters too long");
    assert_eq!(form_of(&wrong, "check_in").value("works"), Some("partly"));

    let answer = [("works", "partly"), ("check_in_text", "Mornings are quiet <now>.")];
    let sent = send(&mut client, &page, "check_in", &answer).await.ok();
    sent.says("Your word on whether it works").says("In two days");
    assert!(app.case(CONCERNED, &number).await.unwrap().later.check_ins.is_empty(), "not before its batch");
    // Said twice before the batch, in other words: the second is refused there, and explained.
    send(&mut client, &sent, "check_in", &[("works", "yes")]).await.ok();
    app.run_batches().await;
    let heard = app.case(CONCERNED, &number).await.unwrap().later.check_ins;
    assert_eq!(heard.len(), 1);
    let page = client.come_back(&words).await.ok();
    page.says("Some of what you sent could not be used").says("You have already done this.");
    assert!(!offers(&page, "check_in"), "not again before the next one is due");
    app.pass(30 * DAY).await;
    let page = client.come_back(&words).await.ok();
    send(&mut client, &page, "check_in", &[("works", "no")]).await.ok();
    app.run_batches().await;
    assert_eq!(app.case(CONCERNED, &number).await.unwrap().later.check_ins.len(), 2);
    app.pass(181 * DAY).await;
    let ended = client.come_back(&words).await.ok();
    // The last one is over, and the receipt with it.
    ended.says("We do not know this receipt");
}

async fn an_outcome_that_is_not_accepted_goes_up_once_at_each_level(app: TestApp) {
    let (mut client, words, number) = settled(&app).await;
    let page = client.come_back(&words).await.ok();
    page.says("Then the Council decides").says("It does not settle the matter");
    assert!(!page.body.contains("value=\"recurred\""), "only what can be said now is offered");
    let wrong = send(&mut client, &page, "objection", &[("objection_text", "The boat is still gone.")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(form_of(&wrong, "objection").value("objection_text"), Some("The boat is still gone."));
    let why = [("objection", "not_settled"), ("objection_text", "The boat is still gone.")];
    let sent = send(&mut client, &page, "objection", &why).await.ok();
    sent.says("Your objection to the outcome").says("It is settled");
    assert_eq!(app.case(RAISING, &number).await.unwrap().stage, StageName::Resolved, "not before its batch");
    app.run_batches().await;
    let page = client.come_back(&words).await.ok();
    page.says("You did not accept the outcome. It is with the Council").says("The boat is still gone.");
    assert!(!offers(&page, "objection"));
    let council = app.case("council-guard", &number).await.unwrap();
    assert!(council.reporter_thread.iter().any(|entry| entry.text.as_str() == "The boat is still gone."));
    let field = app.case(RAISING, &number).await.unwrap();
    assert!(field.reporter_thread.iter().all(|entry| entry.text.as_str() != "The boat is still gone."));

    app.resolve(&number, "council-guard", "council-harbour").await;
    let page = client.come_back(&words).await.ok();
    page.says("The Council agreed").says("Then the Secretary’s office decides");
    send(&mut client, &page, "objection", &why).await.ok();
    app.run_batches().await;
    let page = client.come_back(&words).await.ok();
    page.says("You did not accept the outcome. It is with the Secretary’s office");
    let decision = app.proposal_of("council-guard").await;
    app.act("secretary", &number, HandlerAct::Decide(decision)).await.unwrap();
    let page = client.come_back(&words).await.ok();
    page.says("The Secretary’s office has decided");
    assert!(!offers(&page, "objection"), "nobody decides above");
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// AN-26 after an outcome: what a pressed reporter says of it reaches the Council alone.
async fn an_26_what_is_said_of_an_outcome_under_pressure_reaches_the_council_alone(app: TestApp) {
    for pressed in [false, true] {
        let (reporter, number) = app.open_case(&concern()).await;
        app.resolve(&number, RAISING, CONCERNED).await;
        let note = || prose("Done.");
        app.act(RAISING, &number, HandlerAct::Done { action: 0, note: note() }).await.unwrap();
        app.act(CONCERNED, &number, HandlerAct::Verify { action: 0, holds: true, note: note() })
            .await
            .unwrap();
        let mut client = Client::new(&app.site());
        let mut page = client.come_back(&reporter.words).await.ok();
        if pressed {
            page = send(&mut client, &page, "pressed", &[("pressed_sure", "yes")]).await.ok();
        }
        send(&mut client, &page, "check_in", &[("works", "yes"), ("check_in_text", "All fine.")]).await.ok();
        app.run_batches().await;
        let heard = app.case(CONCERNED, &number).await.unwrap().later.check_ins.len();
        assert_eq!(heard, usize::from(!pressed), "pressed: {pressed}");
        client.come_back(&reporter.words).await.ok().says("All fine.");
    }
}

/// Neither sent back, nor a working group, nor the Secretary's word goes unsaid.
async fn each_turn_that_a_case_takes_is_told(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    app.act(RAISING, &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    app.act(RAISING, &number, HandlerAct::Escalate { position: prose("We differ.") }).await.unwrap();
    let mut client = Client::new(&app.site());
    client.come_back(&reporter.words).await.ok().says("It is with the Council");
    for lead in ["council-guard", "council-harbour"] {
        app.act(lead, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    for lead in ["council-guard", "council-harbour"] {
        app.act(lead, &number, HandlerAct::Remand { instruction: prose("Try a month.") }).await.unwrap();
    }
    let page = client.come_back(&reporter.words).await.ok();
    page.says("The Council has sent it back to the two local commanders");
    assert!(!page.text().contains("Try a month."), "what the Council asks of them is theirs");
}

on_both!(
    a_concern_is_raised_and_followed_by_its_ten_words,
    a_misspelt_word_is_named_and_an_unknown_receipt_is_not_found,
    a_second_press_and_a_lost_connection_send_once,
    nobody_can_choose_a_receipt,
    what_was_typed_survives_every_way_back,
    one_or_two_who_know_are_warned_once_and_decide,
    a_question_is_answered_and_the_outcome_read,
    what_was_agreed_is_followed_until_its_check_ins,
    an_outcome_that_is_not_accepted_goes_up_once_at_each_level,
    an_26_what_is_said_of_an_outcome_under_pressure_reaches_the_council_alone,
    each_turn_that_a_case_takes_is_told,
);
