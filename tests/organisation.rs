//! The organisation as one file: what an administrator sets alone, what a Council lead has to agree to, what
//! nobody can set.

use candor::domain::agreement::About;
use candor::domain::id::UnitId;
use candor::service::Problem;
use candor::service::accounts::SignedIn;
use candor::service::agreement::Proposed;
use candor::store::StoreError;

use crate::support::app::{ORGANISATION, PASSPHRASE, RAISING, TestApp};
use crate::support::http::Client;

const LEADS: [&str; 2] = ["council-guard", "council-harbour"];
const STALE: Problem = Problem::Store(StoreError::Conflict);

async fn administrator(app: &TestApp) -> SignedIn {
    app.administrator().await.0
}

async fn lead(app: &TestApp, name: &str) -> SignedIn {
    app.person(name).await.signed_in
}

/// The guard's isle gets enough people to be shown by itself.
fn finer() -> String {
    let isle = "place = \"Isle\"\nstrength = \"5-9\"";
    assert!(ORGANISATION.contains(isle));
    ORGANISATION.replace(isle, "place = \"Isle\"\nstrength = \"10-24\"\ncommander = \"Patrol Captain\"")
}

fn renamed() -> String {
    ORGANISATION.replace("Use of boats", "Use of boats and aircraft")
}

async fn version(app: &TestApp) -> i64 {
    app.candor.organisation_in_force(&administrator(app).await).await.unwrap().version
}

async fn propose(app: &TestApp, file: &str) -> i64 {
    let by = administrator(app).await;
    let base = version(app).await;
    assert_eq!(app.candor.change_organisation(&by, base, file).await, Ok(Proposed::Waits));
    let waiting = app.candor.change(&by, About::Organisation).await.unwrap().waiting.unwrap();
    assert!(!waiting.for_me, "no administrator agrees");
    waiting.version
}

async fn shown(app: &TestApp, unit: &str) -> String {
    app.candor.directory().await.unwrap().organisation().unwrap().shown_place(&UnitId::from(unit))
}

async fn faults(app: &TestApp) -> Vec<String> {
    app.candor.verify().await.unwrap().faults
}

/// AN-01: one lead's signature, for this very file in the place of this very one.
async fn a_finer_place_needs_a_council_lead(app: TestApp) {
    let by = administrator(&app).await;
    assert!(app.candor.preview_organisation(&by, &finer()).await.unwrap().needs_lead);
    assert!(!app.candor.preview_organisation(&by, &renamed()).await.unwrap().needs_lead, "the control");
    let proposal = propose(&app, &finer()).await;
    assert_eq!(shown(&app, "RIV-ISLE").await, "Headquarters, Patrol", "nothing is in force yet");
    for name in [RAISING, "secretary", "office-guard", "council-guard-member"] {
        let person = app.person(name).await.signed_in;
        for answer in [
            app.candor.agree(&person, About::Organisation, proposal).await.map(|_| ()),
            app.candor.decline(&person, About::Organisation, proposal).await,
            app.candor.change(&person, About::Organisation).await.map(|_| ()),
        ] {
            assert_eq!(answer, Err(Problem::NotFound), "{name}");
        }
    }
    let late = app.person(LEADS[1]).await;
    app.candor.clock.advance_to(app.now().plus(601));
    let late = app.candor.session(&late.cookie).await.unwrap().unwrap();
    assert_eq!(app.candor.agree(&late, About::Organisation, proposal).await, Err(Problem::SignInAgain));
    let lead = lead(&app, LEADS[0]).await;
    assert_eq!(app.candor.changes_wait_for(&lead).await, Ok(vec![About::Organisation]));
    assert_eq!(app.candor.agree(&lead, About::Organisation, proposal).await, Ok(true));
    assert_eq!(shown(&app, "RIV-ISLE").await, "Patrol, Isle");
    assert_eq!((version(&app).await, faults(&app).await), (2, vec![]));
    assert_eq!(app.candor.agree(&lead, About::Organisation, proposal).await, Err(STALE), "it waits no more");
}

async fn a_proposal_ends_when_it_is_declined_or_overtaken(app: TestApp) {
    let by = administrator(&app).await;
    let lead = lead(&app, LEADS[1]).await;
    let first = propose(&app, &finer()).await;
    app.candor.decline(&lead, About::Organisation, first).await.unwrap();
    assert_eq!(app.candor.agree(&lead, About::Organisation, first).await, Err(STALE));
    let view = app.candor.change(&by, About::Organisation).await.unwrap();
    assert_eq!((view.waiting, view.declined.as_deref()), (None, Some(LEADS[1])));

    let second = propose(&app, &finer()).await;
    let third = propose(&app, &finer()).await;
    assert_eq!(app.candor.agree(&lead, About::Organisation, second).await, Err(STALE), "a newer one waits");
    // The file changes under it: what the lead would agree to is not what they looked at.
    assert_eq!(app.candor.change_organisation(&by, 1, &renamed()).await, Ok(Proposed::InForce));
    assert_eq!(app.candor.agree(&lead, About::Organisation, third).await, Err(STALE));
    assert_eq!(app.candor.change_organisation(&by, 1, ORGANISATION).await, Err(STALE));
    assert_eq!(shown(&app, "RIV-ISLE").await, "Headquarters, Patrol");
    assert_eq!(faults(&app).await, Vec::<String>::new());
}

/// Whoever leads and administers agrees to nothing that they proposed.
async fn nobody_agrees_with_themselves(app: TestApp) {
    app.database.run("UPDATE account SET administrator = (1 = 1) WHERE sign_in_name = 'council-guard'").await;
    let both = lead(&app, LEADS[0]).await;
    assert!(both.administrator);
    assert_eq!(app.candor.change_organisation(&both, 1, &finer()).await, Ok(Proposed::Waits));
    assert!(matches!(app.candor.agree(&both, About::Organisation, 1).await, Err(Problem::Unusable(_))));
    assert_eq!(app.candor.changes_wait_for(&both).await, Ok(vec![]));
    let other = lead(&app, LEADS[1]).await;
    assert_eq!(app.candor.agree(&other, About::Organisation, 1).await, Ok(true), "the control");
}

/// What the database says is not believed without a lead's signature in the journal.
async fn a_finer_place_without_a_signature_is_found(app: TestApp) {
    let proposal = propose(&app, &finer()).await;
    app.candor.agree(&lead(&app, LEADS[0]).await, About::Organisation, proposal).await.unwrap();
    propose(&app, &ORGANISATION.replace("strength = \"25-99\"", "strength = \"5-9\"")).await;
    assert_eq!(faults(&app).await, Vec::<String>::new(), "the control: all is well");
    for (change, back, says) in [
        (
            "UPDATE proposed_change SET body = body || ' ' WHERE version = 2",
            "UPDATE proposed_change SET body = substr(body, 1, length(body) - 1) WHERE version = 2",
            "proposed change of the organisation 2: the text is not what was proposed",
        ),
        (
            "UPDATE proposed_change SET base = base + 1 WHERE version = 2",
            "UPDATE proposed_change SET base = base - 1 WHERE version = 2",
            "proposed change of the organisation 2: the text is not what was proposed",
        ),
        (
            "UPDATE proposed_change SET in_force_at = 1 WHERE version = 2",
            "UPDATE proposed_change SET in_force_at = NULL WHERE version = 2",
            "proposed change of the organisation 2: what became of them",
        ),
        (
            "UPDATE change_agreement SET component = 'X' WHERE component = 'RIV'",
            "UPDATE change_agreement SET component = 'RIV' WHERE component = 'X'",
            "proposed change of the organisation 1: the agreements are not those",
        ),
        (
            "UPDATE account SET signing_public = (SELECT signing_public FROM account WHERE sign_in_name = \
             'secretary') WHERE sign_in_name = 'council-guard'",
            "",
            "account council-guard: its public keys are not those",
        ),
    ] {
        app.database.run(change).await;
        let found = faults(&app).await;
        assert!(found.iter().any(|fault| fault.contains(says)), "{says}: {found:?}");
        if !back.is_empty() {
            app.database.run(back).await;
            assert_eq!(faults(&app).await, Vec::<String>::new(), "{says}");
        }
    }
}

/// The people of a post, gone: as if nobody had ever been approved for it.
async fn empty(app: &TestApp, posts: &[&str]) {
    for post in posts {
        app.database.run(&format!("DELETE FROM approval WHERE post = '{post}'")).await;
    }
    app.database.run("UPDATE deployment SET people_version = people_version + 1").await;
    app.candor.directory().await.unwrap();
}

async fn a_change_that_leaves_a_unit_to_nobody_is_refused(app: TestApp) {
    let by = administrator(&app).await;
    // The quay comes straight under the branch's headquarters, which is coarser.
    let moved = ORGANISATION.replace("parent = \"HAR-EAST\"\n", "");
    empty(&app, &["commander:HAR-HQ", "alternate:HAR-HQ"]).await;
    // The control: the Council takes the place of commander and alternate.
    assert_eq!(app.candor.change_organisation(&by, 1, &moved).await, Ok(Proposed::InForce));
    assert_eq!(
        app.candor.set_organisation(&by, ORGANISATION).await,
        Err(Problem::Unusable(
            "A change that makes a place finer or a unit smaller needs a Council lead.".to_owned()
        ))
    );

    let app = app.another().await;
    let by = administrator(&app).await;
    empty(&app, &["commander:HAR-HQ", "alternate:HAR-HQ", "council:HAR"]).await;
    let before = app.database.dump().await;
    let preview = app.candor.preview_organisation(&by, &moved).await.unwrap();
    assert_eq!(preview.refusals.len(), 1);
    assert!(preview.refusals[0].contains("HAR-QUAY (Inspection, East Quay)"), "{:?}", preview.refusals);
    for refused in [
        app.candor.change_organisation(&by, 1, &moved).await.map(|_| ()),
        app.candor.set_organisation(&by, &moved).await.map(|_| ()),
    ] {
        assert_eq!(refused, Err(Problem::Unusable(preview.refusals[0].clone())));
    }
    assert_eq!(app.database.dump().await, before);
    // Its unit is named and no other: the headquarters itself had nobody before.
    assert!(!preview.refusals[0].contains("HAR-HQ"), "{:?}", preview.refusals);
    // What has nothing to do with it can be set.
    assert_eq!(app.candor.change_organisation(&by, 1, &renamed()).await, Ok(Proposed::InForce));
}

/// As people do it: downloaded, changed, previewed, applied; proposed and agreed to.
async fn through_the_pages(app: TestApp) {
    let site = app.site();
    let mut administrator = Client::new(&site);
    administrator.sign_in("administrator").await;
    let file = administrator.get("/admin/organisation/file").await.ok();
    assert_eq!(file.body, ORGANISATION);
    assert!(file.headers["content-disposition"].to_str().unwrap().contains("organisation.toml"));
    let page = administrator.get("/admin/organisation").await.ok();
    page.says("Up to 1000000 characters");
    let mut form = page.form("/admin/organisation");
    form.set("file", "what [ever").set("do", "preview");
    let answer = administrator.submit(&form).await;
    assert_eq!(answer.status.as_u16(), 422);
    assert_eq!(answer.form("/admin/organisation").value("file").map(str::trim), Some("what [ever"));
    form.set("file", &renamed());
    let looked = administrator.submit(&form).await.ok();
    looked.says("The category boats (Use of boats");
    assert_eq!(version(&app).await, 1, "a preview changes nothing");
    // Somebody else is faster: what was looked at is not what would happen.
    let by = app.administrator().await.0;
    let other = ORGANISATION.replace("River Council", "Council of the River");
    app.candor.change_organisation(&by, 1, &other).await.unwrap();
    let mut form = looked.form("/admin/organisation");
    form.set("do", "apply");
    let answer = administrator.submit(&form).await.ok();
    answer.says("It was not applied yet").says("Council");
    assert_eq!(version(&app).await, 2);
    let mut form = answer.form("/admin/organisation");
    form.set("do", "apply");
    administrator.submit(&form).await.ok().says("The file is in force");
    assert_eq!(version(&app).await, 3);

    let mut form = administrator.get("/admin/organisation").await.ok().form("/admin/organisation");
    form.set("file", &finer()).set("do", "preview");
    let answer = administrator.submit(&form).await.ok();
    answer.says("Propose it to the Council leads");
    let mut form = answer.form("/admin/organisation");
    form.set("do", "apply");
    administrator.submit(&form).await.ok().says("It waits for a Council lead");
    let mut lead = Client::new(&site);
    lead.sign_in(LEADS[1]).await;
    let post = app.person(LEADS[1]).await.seat.post;
    lead.get(&format!("/desk/{post}")).await.ok().says("A change of the organisation waits for you");
    app.candor.clock.advance_to(app.now().plus(601));
    let page = lead.get("/staff/organisation").await.ok();
    page.says("RIV-ISLE").says("Agree only if");
    let mut form = page.form("/staff/organisation");
    form.set("do", "agree");
    assert_eq!(lead.submit(&form).await.status.as_u16(), 422, "not without the passphrase");
    form.set("passphrase", PASSPHRASE);
    lead.submit(&form).await.ok().says("You have agreed: it is in force");
    assert_eq!(shown(&app, "RIV-ISLE").await, "Patrol, Isle");
    let mut commander = Client::new(&site);
    commander.sign_in(RAISING).await;
    for path in ["/staff/organisation", "/admin/organisation/file"] {
        assert_eq!(commander.get(path).await.status.as_u16(), 404, "{path}");
    }
}

on_both!(
    a_finer_place_needs_a_council_lead,
    a_proposal_ends_when_it_is_declined_or_overtaken,
    nobody_agrees_with_themselves,
    a_finer_place_without_a_signature_is_found,
    a_change_that_leaves_a_unit_to_nobody_is_refused,
    through_the_pages,
);
