//! What the library links together: a proposal and what holds on its own document, directives and documents, an
//! entry and all that changes about its document.

use axum::http::StatusCode;
use candor::domain::proposal::{Comparison, ResolutionKind};
use candor::service::Problem;
use candor::service::cases::HandlerAct;
use candor::service::library::{Among, Answer, NewDirective};
use candor::service::readings::{NewSettlement, ReadingAct};
use candor::store;

use super::{JULY, TEXTS, published};
use crate::support::app::{CONCERNED, ORGANISATION, RAISING, TestApp, concern, prose};
use crate::support::http::Client;

const SECOND: &str = "\n\n[[documents]]\nid = \"DOC-2\"\ntitle = \"Order on Night Duty\"\n";

/// The organisation with a second document, in force.
async fn with_a_second_document(app: &TestApp) {
    let (administrator, _) = app.administrator().await;
    let file = ORGANISATION.replacen("\n[[channels]]", &format!("{SECOND}\n[[channels]]"), 1);
    app.candor.set_organisation(&administrator, &file).await.unwrap();
}

/// A case that both sides have acknowledged, whose concern names neither document nor topic.
async fn acknowledged(app: &TestApp) -> String {
    let mut concern = concern();
    (concern.statement.document, concern.statement.category) = (None, None);
    let (_, number) = app.open_case(&concern).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    number
}

/// A first proposal about a document that the concern does not name is compared with what holds on that one: by the
/// form, and by the service whatever a form may say.
async fn a_proposal_is_compared_with_its_own_document(app: TestApp) {
    app.leaves_work_behind();
    with_a_second_document(&app).await;
    published(&app, &TEXTS).await;
    let number = acknowledged(&app).await;
    let mut commander = Client::new(&app.site());
    commander.sign_in(RAISING).await;
    let mut form = commander.act_form(&number, "propose").await;
    assert_eq!(form.value("compared"), None, "nothing is said where nothing is named");
    for (name, value) in crate::support::pages::proposal_fields(&app) {
        form.set(name, &value);
    }
    form.set("document", "DOC-1");
    let answer = commander.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.says("Read what the library says on this document or topic");
    let form = answer.form(&form.action);
    assert_eq!(form.value("compared").unwrap().split(' ').count(), TEXTS.len());
    assert_eq!(form.value("finding"), Some("The Joint Order leaves open who has the boat before noon."));
    // An answer that was given to nothing is not taken for one to these.
    assert!(!answer.body.contains("value=\"agrees\" checked"));

    let person = app.person(RAISING).await;
    let view = app.case(RAISING, &number).await.unwrap();
    let ids: Vec<_> = view.precedents_of(Some(&"DOC-1".into())).iter().map(|entry| entry.id).collect();
    let propose = async |document: &str, comparison: Comparison| {
        let mut proposal = app.proposal();
        proposal.document = Some(document.into());
        proposal.comparison = comparison;
        app.act_as(&person, &view, &HandlerAct::Propose(proposal)).await
    };
    let some = Comparison { compared: ids[1..].to_vec(), ..Comparison::default() };
    let silent = Comparison { compared: ids.clone(), departs_from: vec![ids[0]], departs: None };
    for wrong in [Comparison::default(), some, silent] {
        let refused = propose("DOC-1", wrong.clone()).await;
        assert!(matches!(refused, Err(Problem::Unusable(_))), "{wrong:?}");
    }
    assert_eq!(app.case(RAISING, &number).await.unwrap().proposals.len(), 0);
    // The control: of the other document nothing was said.
    propose("DOC-2", Comparison::default()).await.unwrap();
    let view = app.case(RAISING, &number).await.unwrap();
    let mut proposal = app.proposal();
    proposal.comparison.compared = ids;
    app.act_as(&person, &view, &HandlerAct::Propose(proposal)).await.unwrap();
}

/// What two commanders settle, and what a group answers, is compared like a proposal.
async fn a_settlement_and_an_answer_are_compared_too(app: TestApp) {
    app.leaves_work_behind();
    published(&app, &TEXTS).await;
    let mut guard = Client::new(&app.site());
    guard.sign_in(RAISING).await;
    let mut form = guard.get("/staff/readings/settle").await.ok().form("/staff/readings/settle");
    form.set("with", "commander:HAR-EAST").set("kind", "adjustment").set("document", "DOC-1");
    form.set("issue", "Both of us wanted the boat first.").set("agreed", "We take turns.");
    form.set("text", "Units that share a boat take turns.");
    let answer = guard.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.says("Read what the library says");
    let mut form = answer.form("/staff/readings/settle");
    let earlier = form.value("compared").unwrap().split(' ').next().unwrap().to_owned();
    form.set("precedents", "departs").set("differs_1", &earlier).set("departs", "There are two boats now.");
    guard.submit(&form).await.ok().says("It is recorded");
    // Whatever a form may say.
    let person = app.person(RAISING).await;
    let new = NewSettlement {
        with: "commander:HAR-EAST".parse().unwrap(),
        document: Some("DOC-1".into()),
        category: None,
        kind: ResolutionKind::Adjustment,
        issue: prose("Both of us wanted the boat first."),
        agreed: prose("We take turns."),
        library_text: prose("Units that share a boat take turns."),
        comparison: Comparison::default(),
    };
    let refused = app.candor.record_settlement(&person.signed_in, &person.seat.post, new).await;
    assert!(matches!(refused, Err(Problem::Unusable(_))), "{refused:?}");

    // The other side reads to what it is another answer, and why, before it agrees.
    let harbour = app.signed_in(CONCERNED).await;
    let open = app.candor.readings(&harbour).await.unwrap().open;
    let mut other = Client::new(&app.site());
    other.sign_in(CONCERNED).await;
    let page = other.get(&format!("/staff/readings/{}", open[0].id)).await.ok();
    page.says("Another answer than the library").says("There are two boats now.");
    assert!(page.links().contains(&format!("/library/entries/{earlier}")));
    app.candor.act_on_reading(&harbour, open[0].id, 1, ReadingAct::Agree).await.unwrap();
    app.candor.clock.advance_to(JULY.plus(36 * candor::clock::DAY));
    candor::jobs::run_once(&app.candor).await.unwrap();
    let entries = store::library::entries(&mut app.database.read().await).await.unwrap();
    let settled = entries.iter().find(|entry| entry.level == "informal").unwrap();
    assert_eq!((settled.departs, settled.departs_from.as_str()), (true, earlier.as_str()));
    let page = Client::new(&app.site()).get(&format!("/library/entries/{}", settled.id)).await.ok();
    page.says("both sides know the reason");
    assert!(!page.text().contains("There are two boats now"));
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Directives, topics and the titles that documents have now are found; a document's page lists its directives.
async fn directives_topics_and_titles_are_found(app: TestApp) {
    app.leaves_work_behind();
    published(&app, &TEXTS).await;
    let office = app.signed_in("office-guard").await;
    let directive = NewDirective {
        title: prose("Lanterns at the landing stage"),
        text: prose("Both units keep lanterns lit until the last boat is in."),
        document: Some("DOC-1".into()),
        units: Vec::new(),
    };
    app.candor.issue_directive(&office, &directive).await.unwrap();
    let asked = async |question: &str, among: &Among| {
        let shelf = app.candor.shelf().await.unwrap();
        let found = shelf.search(question, among).found;
        let directives = found.iter().filter(|one| matches!(one, Answer::Directive(_))).count();
        (found.len() - directives, directives)
    };
    let all = Among::default();
    assert_eq!(asked("lanterns", &all).await, (0, 1));
    assert_eq!(
        asked("lanterns", &Among { category: Some("boats".into()), ..Among::default() }).await,
        (0, 0)
    );
    assert_eq!(
        asked("lanterns", &Among { document: Some("DOC-1".into()), ..Among::default() }).await,
        (0, 1)
    );
    // A topic by its name; a document by the name that it has now, as soon as it has it.
    assert_eq!(asked("use of boats", &Among { category: Some("boats".into()), ..all.clone() }).await, (3, 0));
    assert_eq!(asked("vessels", &all).await, (0, 0));
    let (administrator, _) = app.administrator().await;
    let file = ORGANISATION.replace("Joint Order on Patrol Boats", "Joint Order on Vessels");
    app.candor.set_organisation(&administrator, &file).await.unwrap();
    assert_eq!(asked("vessels", &all).await, (3, 1));

    let mut reader = Client::new(&app.site());
    let page = reader.get("/library/documents/DOC-1").await.ok();
    page.says("Directives about it").says("Lanterns at the landing stage").says("3 entries, 1 directive");
    assert_eq!(page.body.len() % 8_192, 0);
    let mut form = reader.get("/library").await.ok().form("/library/search");
    form.set("question", "lanterns");
    let answer = reader.submit(&form).await.ok();
    answer.says("1 directive found");
    assert!(answer.body.contains("<mark>Lanterns</mark>"), "{}", answer.body);
    assert!(answer.links().iter().any(|link| link.starts_with("/library/directives/")));
    form.set("question", "vessels");
    reader.submit(&form).await.ok().says("3 entries and 1 directive found");
}

/// Other parties, or something in a document's place, flag its entries; of those from before that was kept, what
/// was kept does.
async fn other_parties_and_a_successor_flag_entries(app: TestApp) {
    app.leaves_work_behind();
    published(&app, &TEXTS).await;
    let site = app.site();
    let flagged =
        async || Client::new(&site).get("/library").await.ok().body.matches("Document has changed").count();
    assert_eq!(flagged().await, 0);
    let (administrator, _) = app.administrator().await;
    let file = ORGANISATION.replace(
        "status = \"in force\"\n",
        "status = \"in force\"\nparties = [\"River Guard\", \"Harbour Service\"]\n",
    );
    app.candor.set_organisation(&administrator, &file).await.unwrap();
    assert_eq!(flagged().await, TEXTS.len());
    let entries = store::library::entries(&mut app.database.read().await).await.unwrap();
    let page = Client::new(&site).get(&format!("/library/entries/{}", entries[0].id)).await.ok();
    page.says("The document has changed since")
        .says("Its list of parties is given: River Guard, Harbour Service.");
    // As an entry from before would be: nothing to compare with, so no flag.
    app.database.run("UPDATE library_entry SET document_more = NULL").await;
    app.database.run("UPDATE library_version SET version = version + 1").await;
    assert_eq!(flagged().await, 0);
    let faults = app.candor.verify().await.unwrap().faults;
    assert_eq!(faults.len(), 2 * TEXTS.len(), "each is not as it appeared, and what appeared is missing");
}

/// A directive to a unit reaches those below it, and says so.
async fn a_directive_reaches_what_lies_below(app: TestApp) {
    let office = app.signed_in("office-guard").await;
    for (unit, says) in [
        ("RIV-EAST", "Patrol, East and 1 unit below it"),
        ("RIV-HQ", "Headquarters, Patrol and 4 units below it"),
    ] {
        let directive = NewDirective {
            title: prose("One list"),
            text: prose("Both units keep one list."),
            document: None,
            units: vec![unit.into(), "RIV-EAST".into()],
        };
        let id = app.candor.issue_directive(&office, &directive).await.unwrap();
        let page = Client::new(&app.site()).get(&format!("/library/directives/{id}")).await.ok();
        page.says(says);
        let handed = app.candor.handed_out().await.unwrap();
        let items = handed.items();
        let item = items.iter().find(|item| item.id == id.0).unwrap();
        assert!(item.is_for("RIV-DOCK", "RIV") && item.is_for("RIV-EAST", "RIV"));
        assert_eq!(item.is_for("RIV-WEST", "RIV"), unit == "RIV-HQ", "the control");
        assert!(!item.is_for("HAR-EAST", "HAR"));
    }
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

on_both!(a_proposal_is_compared_with_its_own_document, directives_topics_and_titles_are_found);

on_sqlite!(
    a_settlement_and_an_answer_are_compared_too,
    other_parties_and_a_successor_flag_entries,
    a_directive_reaches_what_lies_below,
);
