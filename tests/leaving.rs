//! People who leave a post, hand it over, lose their passphrase or are barred: what their old keys open,
//! tried with the real keys and everything that the database has ever held.

use candor::crypto::passphrase::Passphrase;
use candor::domain::dispute::Refusal;
use candor::domain::id::{AccountId, PostId};
use candor::service::Problem;
use candor::service::accounts::SignInError;
use candor::service::cases::{CaseView, HandlerAct};
use candor::service::inbox::ReporterAct;
use candor::store;

use crate::support::app::{CONCERNED, PASSPHRASE, RAISING, TestApp, concern, prose};
use crate::support::http::Client;
use crate::support::theft::{opened, stolen};

const POST: &str = "commander:RIV-EAST";
const YES: HandlerAct = HandlerAct::Acknowledge { no_conflict: true };

fn post() -> PostId {
    POST.parse().unwrap()
}

fn write(words: &str) -> HandlerAct {
    HandlerAct::Write { text: prose(words), to_reporter: false }
}

/// Invites somebody to a post; a member, or a founding lead while it has none, approves.
async fn join(app: &TestApp, name: &str, post: &PostId, approver: &str) -> AccountId {
    let (administrator, _) = app.administrator().await;
    let link = app.candor.invite(&administrator, name, false, &[(post.clone(), false)]).await.unwrap();
    app.candor.activate(&link, PASSPHRASE).await.unwrap();
    let id = id_of(app, name).await;
    let approver = app.signed_in(approver).await;
    app.candor.approve(&approver, id, post).await.unwrap();
    id
}

async fn id_of(app: &TestApp, name: &str) -> AccountId {
    store::accounts::by_name(&mut app.database.read().await, name).await.unwrap().unwrap().id
}

/// Every text on a case page.
fn said(view: &CaseView) -> String {
    let entries = view.reporter_thread.iter().chain(&view.room).chain(&view.positions);
    let mut said: Vec<_> = entries.map(|entry| entry.text.as_str().to_owned()).collect();
    said.extend(view.statement.as_ref().map(|statement| statement.effect.as_str().to_owned()));
    said.join("\n")
}

/// Invariant 8: at once, for everything that is written later by anybody, and never for what went before.
async fn a_removed_members_keys_open_nothing_written_later(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    join(&app, "second", &post(), RAISING).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
    }
    let kept = app.person("second").await;
    app.act(CONCERNED, &number, write("Before anybody left.")).await.unwrap();
    app.reporter_acts(&reporter, &ReporterAct::Add { text: prose("Also before.") }).await;
    app.run_batches().await;
    let keys = stolen(&app, "second", &post()).await;
    assert_eq!(keys.len(), 1);
    let before = opened(&app, &number, &post(), &keys).await;
    // The control: statement, message and addition open with these very keys.
    assert!(before.len() >= 3, "{before:?}");
    let view = app.candor.case(&kept.signed_in, &kept.seat, &number).await.unwrap();
    assert!(said(&view).contains("Before anybody left."));

    let commander = app.person(RAISING).await;
    app.candor.remove(&commander.signed_in, kept.seat.account, &post()).await.unwrap();

    // The reporter first: nothing has touched the case since.
    for words in ["After the leaving.", "And once more."] {
        app.reporter_acts(&reporter, &ReporterAct::Add { text: prose(words) }).await;
    }
    app.run_batches().await;
    app.act(CONCERNED, &number, write("From the other side, after.")).await.unwrap();
    app.act(RAISING, &number, HandlerAct::Ask { text: prose("Which morning?") }).await.unwrap();
    let question = app.visit(&reporter).await.question.unwrap().0;
    app.reporter_acts(&reporter, &ReporterAct::Answer { question, text: prose("Every one.") }).await;
    app.run_batches().await;
    app.act(RAISING, &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    for name in [RAISING, CONCERNED] {
        app.accept(name, &number).await.unwrap();
    }
    assert_eq!(opened(&app, &number, &post(), &keys).await, before, "the old keys open nothing more");
    // The control: whoever stayed reads it all, by keys of both versions.
    let stayed = stolen(&app, RAISING, &post()).await;
    assert_eq!(stayed.len(), 2);
    assert!(opened(&app, &number, &post(), &stayed).await.len() >= before.len() + 5);
    let view = said(&app.case(RAISING, &number).await.unwrap());
    for words in ["After the leaving.", "And once more.", "From the other side, after.", "Every one."] {
        assert!(view.contains(words), "{words}");
    }
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Not in ten minutes: their sessions end, and what a page of theirs sends meets nothing.
async fn a_removal_ends_sessions_and_seats_at_once(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let second = join(&app, "second", &post(), RAISING).await;
    let kept = app.person("second").await;
    let view = app.candor.case(&kept.signed_in, &kept.seat, &number).await.unwrap();
    app.act_as(&kept, &view, &YES).await.unwrap();
    let commander = app.person(RAISING).await;
    app.candor.remove(&commander.signed_in, second, &post()).await.unwrap();
    assert!(app.candor.session(&kept.cookie).await.unwrap().is_none());
    assert_eq!(app.act_as(&kept, &view, &write("Too late.")).await, Err(Problem::NotFound));
    assert_eq!(
        app.candor.case(&kept.signed_in, &kept.seat, &number).await.map(|_| ()).unwrap_err(),
        Problem::NotFound
    );
    assert!(app.signed_in("second").await.seats.is_empty(), "they can sign in, and hold nothing");
    assert_eq!(
        app.candor.remove(&kept.signed_in, commander.seat.account, &post()).await,
        Err(Problem::NotFound)
    );

    // Whoever writes the database brings nobody back.
    app.database.run("INSERT INTO member (post, account, lead, approved) SELECT 'commander:RIV-EAST', id, (1 = 0), (1 = 1) FROM account WHERE sign_in_name = 'second'").await;
    app.database.run("UPDATE deployment SET people_version = people_version + 1").await;
    assert!(app.signed_in("second").await.seats.is_empty());
    app.database.run("DELETE FROM removal").await;
    app.database.run("UPDATE deployment SET people_version = people_version + 1").await;
    assert!(app.signed_in("second").await.seats.is_empty(), "the next version is without them, too");

    // The control: approved again they hold it again.
    let commander = app.person(RAISING).await;
    app.database.run("UPDATE member SET approved = (1 = 0) WHERE post = 'commander:RIV-EAST' AND account = (SELECT id FROM account WHERE sign_in_name = 'second')").await;
    app.database.run("UPDATE deployment SET people_version = people_version + 1").await;
    app.candor.approve(&commander.signed_in, second, &post()).await.unwrap();
    app.case("second", &number).await.unwrap();
}

async fn nobody_removes_but_a_fellow_or_for_the_last_a_founding_lead(app: TestApp) {
    let second = join(&app, "second", &post(), RAISING).await;
    let commander = app.person(RAISING).await;
    let (administrator, _) = app.administrator().await;
    for by in [
        administrator,
        app.signed_in("council-guard").await,
        app.signed_in("guard-east-alternate").await,
        app.signed_in(CONCERNED).await,
        app.signed_in("second").await,
    ] {
        assert_eq!(
            app.candor.remove(&by, second, &post()).await,
            Err(Problem::NotFound),
            "{}",
            by.sign_in_name
        );
    }
    app.candor.clock.advance_to(app.now().plus(601));
    let stale = app.candor.session(&commander.cookie).await.unwrap().unwrap();
    assert_eq!(app.candor.remove(&stale, second, &post()).await, Err(Problem::SignInAgain));
    let commander = app.person(RAISING).await;
    app.candor.remove(&commander.signed_in, second, &post()).await.unwrap();

    // Now one is left: a member of the Council is no founding lead, and the founding lead is.
    let last = commander.seat.account;
    for name in ["council-guard-member", CONCERNED] {
        let by = app.signed_in(name).await;
        assert_eq!(app.candor.remove(&by, last, &post()).await, Err(Problem::NotFound), "{name}");
    }
    let lead = app.signed_in("council-guard").await;
    app.candor.remove(&lead, last, &post()).await.unwrap();
    assert!(app.signed_in(RAISING).await.seats.is_empty());
}

/// A post without anybody: nothing is sealed for it, and who comes next opens only what is written then.
async fn a_post_that_lost_its_last_member_begins_anew(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let alternate: PostId = "alternate:RIV-EAST".parse().unwrap();
    let keys = stolen(&app, "guard-east-alternate", &alternate).await;
    let before = opened(&app, &number, &alternate, &keys).await;
    assert!(!before.is_empty(), "the control: it opens the statement");
    let last = id_of(&app, "guard-east-alternate").await;
    let lead = app.signed_in("council-guard").await;
    app.candor.remove(&lead, last, &alternate).await.unwrap();
    app.act(RAISING, &number, YES).await.unwrap();
    app.act(RAISING, &number, write("Nobody is there.")).await.unwrap();
    assert_eq!(opened(&app, &number, &alternate, &keys).await, before);

    join(&app, "newcomer", &alternate, "council-guard").await;
    app.act(RAISING, &number, write("Somebody is there.")).await.unwrap();
    let new = stolen(&app, "newcomer", &alternate).await;
    let reads = opened(&app, &number, &alternate, &new).await;
    assert_eq!(reads.len(), 1, "from now on, and nothing from before");
    let view = said(&app.case("newcomer", &number).await.unwrap());
    assert!(view.contains("Somebody is there.") && !view.contains("Nobody is there."));
    assert_eq!(opened(&app, &number, &alternate, &keys).await, before);
}

/// Hand-over: the successor reads what the post read before, and the predecessor nothing more.
async fn a_post_is_handed_over(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
    }
    app.act(RAISING, &number, write("By the predecessor.")).await.unwrap();
    // Twice, so that the second successor comes when the post has two versions of its key.
    for (old, new) in [(RAISING, "successor"), ("successor", "next-successor")] {
        join(&app, new, &post(), old).await;
        let successor = app.person(new).await;
        let leaving = id_of(&app, old).await;
        app.candor.remove(&successor.signed_in, leaving, &post()).await.unwrap();
        let view = said(&app.case(new, &number).await.unwrap());
        assert!(view.contains("By the predecessor."), "{new}");
        assert!(app.signed_in(old).await.seats.is_empty());
        app.act(new, &number, write(&format!("By {new}."))).await.unwrap();
    }
    let view = said(&app.case("next-successor", &number).await.unwrap());
    assert!(view.contains("By successor.") && view.contains("By next-successor."));
    let directory = app.candor.directory().await.unwrap();
    assert_eq!(directory.count(&post()), 1);
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// With a fellow in the post nothing is lost; the lost keys open nothing that is written after.
async fn a_lost_passphrase_is_mended_by_a_fellow(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
    }
    app.act(RAISING, &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    app.accept(RAISING, &number).await.unwrap();
    join(&app, "second", &post(), RAISING).await;
    let lost = stolen(&app, RAISING, &post()).await;
    let before = opened(&app, &number, &post(), &lost).await;
    assert!(!before.is_empty());

    let (administrator, _) = app.administrator().await;
    let id = id_of(&app, RAISING).await;
    let link = app.candor.invite_back(&administrator, id).await.unwrap();
    app.case(RAISING, &number).await.expect("until the link is used nothing changes");
    assert!(app.candor.invitation(&link).await.unwrap().unwrap().comes_back);
    app.candor.activate(&link, "another passphrase altogether").await.unwrap();
    let typed = |text: &str| Passphrase::new(text.to_owned()).unwrap();
    assert_eq!(app.candor.sign_in(RAISING, typed(PASSPHRASE)).await, Err(SignInError::Refused));
    let back = async || {
        let cookie = app.candor.sign_in(RAISING, typed("another passphrase altogether")).await.unwrap();
        app.candor.session(&cookie).await.unwrap().unwrap()
    };
    assert!(back().await.seats.is_empty(), "the old approvals are void");

    let second = app.person("second").await;
    let waiting = app.candor.to_approve(&second.signed_in).await.unwrap();
    assert!(waiting.iter().any(|one| one.account == id && one.comes_back && !one.first));
    // What was compared is what is signed.
    let other = "00000 00000 00000 00000 00000 00000 00000 00000";
    let refused = app.candor.approve_compared(&second.signed_in, id, &post(), Some(other)).await;
    assert!(matches!(refused, Err(Problem::Moved(_))), "{refused:?}");
    let compared = waiting[0].fingerprint.clone();
    app.candor.approve_compared(&second.signed_in, id, &post(), Some(&compared)).await.unwrap();
    let signed_in = back().await;
    let seat = signed_in.seats.first().unwrap().clone();
    let view = app.candor.case(&signed_in, &seat, &number).await.unwrap();
    assert!(said(&view).contains("Patrols start late."), "all is there again");
    app.act(CONCERNED, &number, write("After it was mended.")).await.unwrap();
    assert_eq!(opened(&app, &number, &post(), &lost).await, before, "nor do the lost keys open it");
    // What they signed with the lost keys is still theirs.
    app.accept(CONCERNED, &number).await.unwrap();
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Where somebody was alone, a founding lead approves, and what was sealed before stays shut.
async fn a_lost_passphrase_of_the_only_one_leaves_the_past_shut(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.act(CONCERNED, &number, YES).await.unwrap();
    let (administrator, _) = app.administrator().await;
    let id = id_of(&app, RAISING).await;
    let link = app.candor.invite_back(&administrator, id).await.unwrap();
    app.candor.activate(&link, PASSPHRASE).await.unwrap();
    assert!(app.signed_in(RAISING).await.seats.is_empty());
    let lead = app.signed_in("council-guard").await;
    let waiting = app.candor.to_approve(&lead).await.unwrap();
    assert!(waiting.iter().any(|one| one.account == id && one.comes_back && one.first));
    app.candor.approve(&lead, id, &post()).await.unwrap();
    app.act(CONCERNED, &number, write("Written afterwards.")).await.unwrap();
    let view = said(&app.case(RAISING, &number).await.unwrap());
    assert!(view.contains("Written afterwards.") && !view.contains("Patrols start late."), "{view}");
}

/// What waits for a post that nobody holds goes to its alternate at the next round of the jobs, and with
/// nobody there to the level above; to the administrator never.
async fn what_waits_for_a_post_that_nobody_holds_is_passed_on(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
    }
    app.run_batches().await;
    let alternate: PostId = "alternate:RIV-EAST".parse().unwrap();
    let acts = async |post: &PostId| {
        let dispute = app.candor.dispute(&number).await.unwrap();
        dispute
            .panel()
            .is_some_and(|panel| panel.side_of(post).is_some_and(|side| panel.sides.get(side).post == *post))
    };
    let lead = app.signed_in("council-guard").await;
    let gone = id_of(&app, RAISING).await;
    app.candor.remove(&lead, gone, &post()).await.unwrap();
    assert!(acts(&post()).await, "leaving changes no case");
    app.pass(0).await;
    assert!(acts(&alternate).await, "the alternate acts");
    app.act("guard-east-alternate", &number, YES).await.unwrap();
    app.act("guard-east-alternate", &number, write("I have taken over.")).await.unwrap();

    // Barred is as good as gone.
    let gone = id_of(&app, "guard-east-alternate").await;
    let (administrator, _) = app.administrator().await;
    app.candor.bar(&administrator, gone, true).await.unwrap();
    app.pass(0).await;
    let council = app.person("council-guard").await.seat.post;
    assert!(acts(&council).await, "it has gone up");
    let view = app.case("council-guard", &number).await.unwrap();
    assert!(said(&view).contains("I have taken over."));
    let history = format!("{:?}", view.history);
    assert!(history.contains("Nobody was left to act for"), "{history}");
    let (administrator, _) = app.administrator().await;
    let seat = app.person("council-guard").await.seat;
    assert!(matches!(app.candor.case(&administrator, &seat, &number).await, Err(Problem::NotFound)));
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

async fn a_barred_account_is_out_at_once_and_nothing_else_changes(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let (administrator, _) = app.administrator().await;
    let person = app.person(RAISING).await;
    let id = person.seat.account;
    for (by, account) in [(&person.signed_in, id), (&app.signed_in("council-guard").await, id)] {
        assert_eq!(app.candor.bar(by, account, true).await, Err(Problem::NotFound));
        assert_eq!(app.candor.invite_back(by, account).await, Err(Problem::NotFound));
        assert_eq!(app.candor.ask_removal(by, account, &post()).await, Err(Problem::NotFound));
    }
    assert!(matches!(
        app.candor.bar(&administrator, administrator.account, true).await,
        Err(Problem::Unusable(_))
    ));
    let link = app.candor.invite_back(&administrator, id).await.unwrap();
    app.candor.bar(&administrator, id, true).await.unwrap();
    assert!(app.candor.session(&person.cookie).await.unwrap().is_none());
    let typed = || Passphrase::new(PASSPHRASE.to_owned()).unwrap();
    assert_eq!(app.candor.sign_in(RAISING, typed()).await, Err(SignInError::Refused));
    assert_eq!(app.candor.activate(&link, PASSPHRASE).await.map(|_| ()), Err(Problem::NotFound));
    assert!(matches!(app.candor.invite_back(&administrator, id).await, Err(Problem::Unusable(_))));
    app.candor.bar(&administrator, id, false).await.unwrap();
    app.case(RAISING, &number).await.unwrap();
    assert_eq!(app.act(RAISING, &number, YES).await, Ok(()));
    assert_eq!(app.act(RAISING, &number, YES).await, Err(Problem::Refused(Refusal::AlreadyDone)));
}

/// The same through the pages: the administrator asks and bars, a fellow decides and signs.
async fn leaving_through_the_pages(app: TestApp) {
    let id = join(&app, "second", &post(), RAISING).await;
    let site = app.site();
    let mut administrator = Client::new(&site);
    administrator.sign_in("administrator").await;
    let people = administrator.get("/admin/people").await.ok();
    let address = people.links().into_iter().find(|link| link.ends_with(&id.to_string())).unwrap();
    let page = administrator.get(&address).await.ok();
    page.says("Nobody can look a passphrase up.");
    let ask = page.forms().into_iter().find(|form| form.value("do") == Some("ask")).unwrap();
    administrator.submit(&ask).await.ok().says("The members of the post see your request");
    assert_eq!(administrator.get(&format!("/staff/members/{POST}/{id}")).await.status, 404);

    let mut second = Client::new(&site);
    second.sign_in("second").await;
    let mut commander = Client::new(&site);
    commander.sign_in(RAISING).await;
    let page = commander.get("/staff/members").await.ok();
    page.says("The administrator asks to let them go");
    assert!(!page.text().contains("You are the only one"));
    let address = page.links().into_iter().find(|link| link.ends_with(&id.to_string())).unwrap();
    let page = commander.get(&address).await.ok();
    page.says("their old keys do not open it");
    let mut form = page.form(&address);
    let unsure = commander.submit(&form).await;
    assert_eq!(unsure.status, 422, "without a tick nobody goes");
    assert_eq!(second.get("/staff/account").await.status, 200);
    form.set("sure", "yes");
    commander
        .submit(&form)
        .await
        .ok()
        .says("They have left the post")
        .says("You are the only one in this post");
    commander.get("/staff/account").await.ok().says("You are the only one in");
    let answer = second.send(axum::http::Method::GET, "/staff/account", None).await;
    assert_eq!(answer.status, 303, "to the door");

    let page = administrator.get(&format!("/admin/people/{id}")).await.ok();
    let bar = page.forms().into_iter().find(|form| form.value("do") == Some("bar")).unwrap();
    administrator.submit(&bar).await.ok().says("They cannot sign in");
    administrator.get("/admin/people").await.ok().says("Barred").says("With one person only");
}

on_both!(
    a_removed_members_keys_open_nothing_written_later,
    a_removal_ends_sessions_and_seats_at_once,
    nobody_removes_but_a_fellow_or_for_the_last_a_founding_lead,
    a_post_that_lost_its_last_member_begins_anew,
    a_post_is_handed_over,
    a_lost_passphrase_is_mended_by_a_fellow,
    a_lost_passphrase_of_the_only_one_leaves_the_past_shut,
    what_waits_for_a_post_that_nobody_holds_is_passed_on,
    a_barred_account_is_out_at_once_and_nothing_else_changes,
    leaving_through_the_pages,
);
