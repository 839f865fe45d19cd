//! What staff type: into the page for signing in, acts on a case, the administrator's pages, the library's.

use axum::http::StatusCode;

use crate::privacy::an_15::{CANARY, caught, lines_with, planted};
use crate::support::app::{CONCERNED, RAISING, TestApp};
use crate::support::http::{Client, Form};
use crate::support::pages::proposal_fields;

/// Whoever has forms of a kind that nobody else has.
const PEOPLE: [&str; 6] =
    [RAISING, CONCERNED, "council-guard", "council-harbour", "office-guard", "administrator"];

/// More forms than anybody has here.
const MOST: usize = 400;

/// Fills the word into everything of a form that takes words.
fn filled_with(form: &Form, word: &str) -> Form {
    let mut filled = form.clone();
    for (name, value) in &mut filled.fields {
        // What is empty or a text is typed into; a choice, a token or a number stays, or the form would be
        // turned away before anything of it is read.
        if name != "csrf" && (value.is_empty() || value.contains(' ')) {
            word.clone_into(value);
        }
    }
    filled
}

/// Goes to every page that somebody's pages lead to and sends every form on them. Returns the paths to which
/// something was sent.
async fn everywhere(client: &mut Client, word: &str) -> Vec<String> {
    let mut waiting = vec![client.get("/desk").await];
    for path in ["/admin", "/headquarters", "/staff/account", "/staff/library", "/staff/directives", "/audit"]
    {
        waiting.push(client.get(path).await);
    }
    let (mut pages, mut forms) = (Vec::new(), Vec::new());
    while let Some(page) = waiting.pop() {
        for path in page.links() {
            let path = path.split('#').next().unwrap_or_default().to_owned();
            let other = ["/leave", "/static", "/return", "/write", "/staff/sign-out"];
            if !other.iter().any(|start| path.starts_with(start)) && !pages.contains(&path) {
                pages.push(path.clone());
                assert!(pages.len() < MOST, "on and on, last to {path}");
                waiting.push(client.get(&path).await);
            }
        }
        forms.extend(page.forms());
    }
    let mut sent = Vec::new();
    for form in forms {
        if form.action.contains("sign-out") || sent.contains(&form.action) {
            continue;
        }
        sent.push(form.action.clone());
        let mut form = filled_with(&form, word);
        if let Some((name, value)) = form.buttons.first().cloned() {
            form.set(&name, &value);
        }
        // By a client of its own: what ends a session ends it for this form alone.
        let answer = client.clone().submit(&form).await;
        assert!(!answer.status.is_server_error(), "{}: {}", form.action, answer.text());
    }
    sent
}

async fn an_15_nothing_that_staff_type_is_logged(app: TestApp) {
    let word = format!("{CANARY}-staff-{}", if app.is_sqlite() { "s" } else { "p" });
    caught();
    let mut nobody = planted(&app, &word);
    let page = nobody.get("/staff/sign-in").await.ok();
    let form = filled_with(&page.form("/staff/sign-in"), &word);
    assert!(nobody.submit(&form).await.status.is_client_error());
    assert_eq!(app.database.tables_with(&word).await, Vec::<String>::new(), "of a sign-in that failed");

    // A case on which everything that can be typed is the word.
    planted(&app, &word).raise(&[("what_happens", &word)]).await;
    app.run_batches().await;
    let number = app.only_number().await;
    let mut sides = Vec::new();
    for name in [RAISING, CONCERNED] {
        let mut client = planted(&app, &word);
        client.sign_in(name).await;
        let acknowledged = [("no_conflict", "yes"), ("no_search", "yes")];
        client.act(&number, "acknowledge", &acknowledged).await.ok();
        sides.push(client);
    }
    sides[0].act(&number, "ask", &[("message", &word)]).await.ok();
    let mut fields = proposal_fields(&app);
    for (name, value) in &mut fields {
        if ["issue", "finding", "what_1", "library_text"].contains(name) {
            word.clone_into(value);
        }
    }
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    // A fault of the database in the middle of an act: its log line is the fixed one.
    app.database.run("ALTER TABLE journal RENAME TO elsewhere").await;
    let mut form = sides[0].get(&format!("/desk/commander:RIV-EAST/case/{number}/propose")).await;
    assert_eq!(form.status, StatusCode::INTERNAL_SERVER_ERROR, "the page needs the journal");
    app.database.run("ALTER TABLE elsewhere RENAME TO journal").await;
    form = sides[0].act_page(&number, "propose").await.ok();
    let mut proposal = form.form("/propose");
    for (name, value) in &fields {
        proposal.set(name, value);
    }
    app.database.run("ALTER TABLE envelope RENAME TO elsewhere").await;
    let failed = sides[0].submit(&proposal).await;
    assert!(failed.status.is_server_error(), "{}", failed.text());
    app.database.run("ALTER TABLE elsewhere RENAME TO envelope").await;
    sides[0].submit(&proposal).await.ok();
    assert_eq!(app.case(CONCERNED, &number).await.unwrap().proposals[0].proposal.finding.as_str(), word);
    for name in [RAISING, CONCERNED] {
        app.accept(name, &number).await.unwrap();
    }
    assert_eq!(app.database.tables_with(&word).await, Vec::<String>::new(), "of a case that was decided");

    let mut sent = Vec::new();
    for name in PEOPLE {
        let mut client = planted(&app, &word);
        client.sign_in(name).await;
        sent.extend(everywhere(&mut client, &word).await);
    }
    // The control of the way: it came past forms of every kind.
    for part in [
        "/desk/",
        "/admin/organisation",
        "/admin/people/",
        "/headquarters/",
        "/staff/directives",
        "/staff/passphrase",
    ] {
        assert!(sent.iter().any(|path| path.starts_with(part)), "no form of {part} in {sent:?}");
    }
    assert_eq!(lines_with(&word), Vec::<String>::new());
    // The controls: what is logged is caught, and some of what administrators type does rest in clear.
    tracing::info!("{word}-control");
    assert_eq!(lines_with(&word).len(), 1);
    app.database.run(&format!("UPDATE cases SET pace = '{word}'")).await;
    let tables = app.database.tables_with(&word).await;
    assert!(tables.contains(&"cases".to_owned()), "{tables:?}");
    app.leaves_work_behind();
}

on_both!(an_15_nothing_that_staff_type_is_logged);
