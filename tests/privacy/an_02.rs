//! AN-02: statement, Council-only section and identity always exist and have one size, whatever
//! was typed; and commanders have no key to the last two.

use std::collections::BTreeSet;

use candor::cleaning::clean;
use candor::domain::audience::{Audience, Kind, Reader};
use candor::domain::concern::{Concern, Identity};
use candor::domain::id::{CaseId, PostId};
use candor::service::cases::HandlerAct;
use candor::service::hexadecimal;
use candor::service::inbox::ReporterAct;
use candor::store::{cases, envelopes, inbox};

use crate::support::app::{CONCERNED, RAISING, TestApp, concern, prose};
use crate::support::theft::{opened_anywhere, stolen};

/// Concerns that differ in what is hidden from commanders, and in nothing else.
fn hidden_parts() -> [Concern; 4] {
    let full = "😀".repeat(2_000);
    let identity = Identity { name: prose("Ada Riverton"), contact: prose("555-0100"), for_panel: false };
    [
        concern(),
        Concern { council_only: prose(&full), ..concern() },
        Concern { identity: identity.clone(), ..concern() },
        Concern { council_only: prose(&full), identity, ..concern() },
    ]
}

/// The sizes of what waits, and of each part that rests: case by case, in the order in which they were raised.
async fn raised(app: &TestApp) -> (BTreeSet<usize>, Vec<(CaseId, usize)>) {
    let mut waiting = BTreeSet::new();
    let mut known = BTreeSet::new();
    let mut cases = Vec::new();
    for concern in hidden_parts() {
        app.raise(&concern).await;
        let mut tx = app.database.read().await;
        for id in inbox::all(&mut tx).await.unwrap() {
            waiting.insert(inbox::find(&mut tx, &id).await.unwrap().unwrap().body.len());
        }
        drop(tx);
        app.run_batches().await;
        let all = cases::identifiers(&mut app.database.read().await, None, 100).await.unwrap();
        let new = all.into_iter().find(|case| known.insert(*case)).unwrap();
        let typed = concern.council_only.as_str().len() + concern.identity.to_bytes().len();
        cases.push((new, typed));
    }
    (waiting, cases)
}

/// The sizes of all parts at rest.
async fn resting(app: &TestApp) -> BTreeSet<usize> {
    let mut resting = BTreeSet::new();
    let mut tx = app.database.read().await;
    for case in cases::identifiers(&mut tx, None, 100).await.unwrap() {
        let all = envelopes::of_case(&mut tx, case).await.unwrap();
        let kinds: Vec<_> = all.iter().map(|envelope| envelope.kind).collect();
        assert_eq!(kinds, [Kind::Statement, Kind::CouncilOnly, Kind::Identity], "all three exist");
        resting.extend(all.iter().map(|envelope| envelope.body.len()));
    }
    resting
}

async fn an_02_the_three_parts_have_one_size_whatever_was_typed(app: TestApp) {
    let (waiting, cases) = raised(&app).await;
    assert_eq!(waiting.len(), 1, "what waits differs in size: {waiting:?}");
    let sizes = resting(&app).await;
    assert_eq!(sizes.len(), 1, "what rests differs in size: {sizes:?}");
    // The control: stored as long as it was typed, the same look tells one from the other.
    for (case, typed) in cases {
        let id = hexadecimal(case.as_bytes());
        let id = if app.is_sqlite() { format!("x'{id}'") } else { format!("'{id}'") };
        let kind = Kind::CouncilOnly.code();
        let cut = format!(
            "UPDATE envelope SET body = substr(body, 1, 60 + {}) WHERE case_id = {id} AND kind = {kind}",
            typed / 4
        );
        assert_eq!(app.database.run(&cut).await, 1);
    }
    assert!(resting(&app).await.len() > 2, "{:?}", resting(&app).await);
}

/// The control: the texts themselves do differ in size, so one size is the padding's doing.
#[test]
fn an_02_control_the_texts_differ_in_size() {
    let sizes: BTreeSet<_> = hidden_parts()
        .iter()
        .map(|concern| (concern.council_only.as_str().len(), concern.identity.to_bytes().len()))
        .collect();
    assert_eq!(sizes.len(), 4);
}

/// Not who is named as a reader, but what opens: a commander's own keys, the service key and every stored byte.
async fn an_02_a_commanders_keys_open_nothing_that_is_not_for_them(app: TestApp) {
    let identity = Identity { name: prose("Ada Riverton"), contact: prose("555-0100"), for_panel: false };
    let hidden = Concern { council_only: prose("My own chief does it."), identity, ..concern() };
    let (reporter, number) = app.open_case(&hidden).await;
    let file = clean(b"A note for the Council.").unwrap();
    app.reporter_acts(&reporter, &ReporterAct::Attach { file, council_only: true }).await;
    app.reporter_acts(&reporter, &ReporterAct::Add { text: prose("It happened again.") }).await;
    app.run_batches().await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    app.act(RAISING, &number, HandlerAct::Write { text: prose("We look."), to_reporter: false })
        .await
        .unwrap();
    let opens = async |name: &str, post: &str| {
        let post: PostId = post.parse().unwrap();
        let keys = stolen(&app, name, &post).await;
        assert_eq!(keys.len(), 1, "{name}");
        opened_anywhere(&app, &post, &keys).await.into_values().collect::<BTreeSet<_>>()
    };
    for (name, post) in [
        ("guard-east", "commander:RIV-EAST"),
        ("guard-east-alternate", "alternate:RIV-EAST"),
        ("harbour-east", "commander:HAR-EAST"),
        ("harbour-east-alternate", "alternate:HAR-EAST"),
    ] {
        let kinds = opens(name, post).await;
        assert!(kinds.contains(&Kind::Statement) && kinds.contains(&Kind::Addition), "{name}: {kinds:?}");
        for closed in [Kind::CouncilOnly, Kind::Identity, Kind::Attachment] {
            assert!(!kinds.contains(&closed), "{name} opens {closed:?}");
        }
    }
    // The control: by the same look, with keys for which they are, each of them opens.
    let kinds = opens("council-guard", "council:RIV").await;
    for open in [Kind::Statement, Kind::CouncilOnly, Kind::Identity, Kind::Attachment] {
        assert!(kinds.contains(&open), "the Council does not open {open:?}: {kinds:?}");
    }
    assert_eq!(opens("guard-west", "commander:RIV-WEST").await, BTreeSet::new(), "who has no part in it");
}

async fn an_02_commanders_have_no_key_to_what_is_not_for_them(app: TestApp) {
    let identity = Identity { name: prose("Ada Riverton"), contact: prose("555-0100"), for_panel: false };
    let (_, number) = app.open_case(&Concern { identity, ..concern() }).await;
    let mut tx = app.database.read().await;
    let case = cases::by_number(&mut tx, &number).await.unwrap().unwrap();
    let readers = envelopes::readers(&mut tx, case).await.unwrap();
    let reads = |post: PostId| {
        let reader = Reader::Post(post);
        readers
            .iter()
            .filter(|(_, _, known, _)| *known == reader)
            .map(|(audience, ..)| *audience)
            .collect::<BTreeSet<_>>()
    };
    for commander in ["RIV-EAST", "HAR-EAST"] {
        for post in [PostId::Commander(commander.into()), PostId::Alternate(commander.into())] {
            let audiences = reads(post);
            assert!(audiences.contains(&Audience::Case), "{commander} reads the statement");
            for closed in [Audience::CouncilOnly, Audience::Identity, Audience::Deliberation] {
                assert!(!audiences.contains(&closed), "{commander} has a key of {closed:?}");
            }
        }
    }
    // The control: the Council does.
    let council = reads(PostId::Council("RIV".into()));
    assert!(council.contains(&Audience::CouncilOnly) && council.contains(&Audience::Identity));
    // And nobody who has no part in it has any.
    for stranger in [PostId::Commander("RIV-WEST".into()), PostId::Headquarters("RIV-OFFICE".into())] {
        let audiences = reads(stranger);
        assert!(audiences.iter().all(|audience| *audience == Audience::Outcome), "{audiences:?}");
    }
}

on_both!(
    an_02_the_three_parts_have_one_size_whatever_was_typed,
    an_02_commanders_have_no_key_to_what_is_not_for_them,
    an_02_a_commanders_keys_open_nothing_that_is_not_for_them,
);
