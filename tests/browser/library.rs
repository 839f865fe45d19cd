//! What only a site that has been used for months shows: a filled library and its search, what members received, how
//! far it has come, the roster, the measures with their charts. Each page is looked at in both widths.

use candor::domain::proposal::Comparison;
use candor::service::cases::HandlerAct;
use candor::service::library::NewDirective;
use candor::service::members::Scope;
use candor::store;

use super::driver::{self, Browser, Eye};
use super::steps::{Journey, fields, fill_act, proposal};
use crate::library::every_page;
use crate::measures::{busy, until_published};
use crate::members::{ROSTER, code, take};
use crate::support::app::{CONCERNED, ORGANISATION, RAISING, TestApp, concern, prose};

/// Texts as the field writes them, of every length; the last waits for a Council lead.
const TEXTS: [&str; 8] = [
    "Who has a boat that two units share? The Joint Order leaves it open. Units that share a boat keep a list, open to \
     both, in which each writes ahead when it needs the boat and for what; whoever is not in the list asks first. Where \
     both need it at once, the task that cannot wait goes first, and the other has it next.",
    "Reports are shared with whoever needs them for their task.",
    "A refusal names its ground in writing.",
    "Whoever finds something at the landing stage tells the other side's desk the same day, by telephone, and writes \
     down when and to whom. A call that nobody answers counts as no call.",
    "Section 3 of the order is about boats under power. Boats that are rowed are nobody's in particular.",
    "A unit that gives the boat back later than it wrote tells the other before its time has come.",
    "The harbour's desk is asked before, and not after, a search on its quays.",
    "On 14 May the boat was left to Officer Smith.",
];

/// A site after half a year: a quarter was measured, entries and directives stand in the library, one of them is
/// another answer than an earlier one, and their document has been replaced since.
async fn filled(app: &TestApp) {
    take(app, ROSTER, Scope::Everybody).await;
    busy(app, &[]).await;
    for text in TEXTS {
        let (_, number) = app.open_case(&concern()).await;
        for name in [RAISING, CONCERNED] {
            app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
        }
        let mut proposal = app.proposal();
        proposal.library_text = prose(text);
        app.act(RAISING, &number, HandlerAct::Propose(proposal)).await.unwrap();
        for name in [RAISING, CONCERNED] {
            app.accept(name, &number).await.unwrap();
        }
    }
    let office = app.signed_in("office-guard").await;
    for (title, units) in [
        (
            "Both agencies keep lists of the boats that they share, and of who has asked for them",
            &["RIV-HQ"][..],
        ),
        ("Lanterns at the landing stage", &[]),
        ("Muster on the first Monday", &["RIV-WEST", "HAR-EAST"]),
    ] {
        let directive = NewDirective {
            title: prose(title),
            text: prose("What is said here is read out at muster.\n\nWhoever was away reads it on return."),
            document: Some("DOC-1".into()),
            units: units.iter().map(|unit| (*unit).into()).collect(),
        };
        app.candor.issue_directive(&office, &directive).await.unwrap();
    }
    until_published(app).await;
    app.pass(0).await;

    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    let view = app.case(RAISING, &number).await.unwrap();
    let compared: Vec<_> = view.precedents_of(Some(&"DOC-1".into())).iter().map(|entry| entry.id).collect();
    let mut differs = app.proposal();
    let departs =
        Some(prose("There are two boats now, one for each landing stage, and nobody waits for the other."));
    differs.comparison = Comparison { departs, departs_from: compared[..2].to_vec(), compared };
    app.act(RAISING, &number, HandlerAct::Propose(differs)).await.unwrap();
    for name in [RAISING, CONCERNED] {
        app.accept(name, &number).await.unwrap();
    }
    for _ in 0..2 {
        let (_, number) = app.open_case(&concern()).await;
        app.resolve(&number, RAISING, CONCERNED).await;
    }
    app.pass(45 * candor::clock::DAY).await;
    let (administrator, _) = app.administrator().await;
    let file = ORGANISATION.replace(
        "status = \"in force\"\nworking_group = \"BOATS\"",
        "status = \"replaced in 2026\"\nparties = [\"River Guard\", \"Harbour Service\"]\nsuccessor = \"DOC-2\"\n\
         working_group = \"BOATS\"\n\n[[documents]]\nid = \"DOC-2\"\ntitle = \"Order on Boats of 2026\"",
    );
    app.candor.set_organisation(&administrator, &file).await.unwrap();
}

async fn look(browser: &Browser, path: &str, name: &str, says: &str) {
    browser.go(path).await;
    browser.says(says).await;
    browser.look(name).await;
}

async fn the_pages_of_a_filled_site_are_fit_to_be_used(app: TestApp) {
    if !driver::is_there() {
        return;
    }
    app.leaves_work_behind();
    filled(&app).await;
    let entries = store::library::entries(&mut app.database.read().await).await.unwrap();
    let departs = entries.iter().find(|entry| entry.departs).expect("one is another answer");
    let earlier = departs.departs_from.split(' ').next().unwrap();
    // However much there is, no page is of another size than a reporter's.
    for page in every_page(&app, "/library").await {
        assert!([8_192, 16_384].contains(&page.body.len()), "{}: {}", page.path, page.body.len());
    }
    let journey = Journey::begin(&app, true, Eye::Pictures).await;

    let browser = journey.visitor().await;
    look(&browser, "/library", "library", "Document replaced").await;
    browser.fill("question", "boats").await;
    browser.press("Search").await;
    browser.says("found").await;
    browser.look("library-found").await;
    look(&browser, "/library/search", "library-search", "Words to look for").await;
    look(
        &browser,
        &format!("/library/entries/{earlier}"),
        "library-entry",
        "A later entry gives another answer",
    )
    .await;
    let departs = format!("/library/entries/{}", departs.id);
    look(&browser, &departs, "library-entry-departs", "The earlier answers").await;
    look(&browser, "/library/documents", "library-documents", "Replaced").await;
    look(&browser, "/library/documents/DOC-1", "library-document", "How it is read").await;
    look(&browser, "/library/documents/DOC-1?page=2", "library-document-2", "Directives about it").await;
    look(&browser, "/library/topics/boats", "library-topic", "Use of boats").await;
    look(&browser, "/library/directives", "library-directives", "Lanterns").await;
    browser.press("Both agencies keep lists").await;
    browser.says("4 units below it").await;
    browser.look("library-directive").await;
    look(&browser, "/library/who-decides", "library-who", "working group").await;
    // A field member: what waits, and what was received.
    look(&browser, "/received/sign-in", "member-sign-in", "Personnel number").await;
    browser.fill("number", "W-1").await;
    browser.fill("code", &code(&app, "RIV-WEST", "W-1").await).await;
    browser.press("Sign in").await;
    browser.says("Lanterns at the landing stage").await;
    browser.look("member-received").await;
    browser.close().await;

    let browser = journey.staff("guard-west").await;
    look(&browser, "/desk/commander:RIV-WEST/received", "unit-reach", "On the roster").await;
    look(&browser, "/desk/commander:RIV-WEST/received/muster", "muster", "Will One").await;
    browser.close().await;

    let (_, number) = app.open_case(&concern()).await;
    app.act(RAISING, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    let browser = journey.staff(RAISING).await;
    // A proposal about the concern's document, sent without a word on what the library says.
    let typed = proposal(&app, "The plan of both commanders holds.");
    fill_act(&browser, &number, "Propose a resolution", &fields(&typed)).await;
    browser.press("Propose a resolution").await;
    browser.says("Say whether this agrees with what the library says").await;
    browser.look("propose-compare").await;
    browser.close().await;

    let browser = journey.staff("office-guard").await;
    look(&browser, "/headquarters/measures", "measures", "Joint measures").await;
    look(&browser, "/headquarters/what-if", "what-if", "What to change").await;
    look(&browser, "/headquarters/reach", "reach", "Acknowledged").await;
    look(&browser, "/staff/directives", "issue-directive", "For which units").await;
    browser.close().await;

    let browser = journey.staff("council-guard").await;
    look(&browser, "/staff/library", "keep-library", "14 May").await;
    browser.close().await;
    let browser = journey.staff("administrator").await;
    look(&browser, "/admin/roster", "roster", "Roster").await;
    look(&browser, "/admin/roster/codes", "roster-codes", "Codes").await;
    browser.close().await;
}

on_sqlite!(the_pages_of_a_filled_site_are_fit_to_be_used);
