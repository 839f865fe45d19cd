//! AN-02: statement, Council-only section and identity always exist and have one size, whatever
//! was typed; and commanders have no key to the last two.

use std::collections::BTreeSet;

use candor::domain::audience::{Audience, Kind, Reader};
use candor::domain::concern::{Concern, Identity};
use candor::domain::id::PostId;
use candor::store::{cases, envelopes, inbox};

use crate::support::app::{TestApp, concern, prose};

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

async fn an_02_the_three_parts_have_one_size_whatever_was_typed(app: TestApp) {
    let mut waiting = BTreeSet::new();
    let mut resting = BTreeSet::new();
    for concern in hidden_parts() {
        app.raise(&concern).await;
        let mut tx = app.database.read().await;
        let rows = inbox::due(&mut tx, app.now().plus(10 * 86_400)).await.unwrap();
        waiting.extend(rows.iter().map(|row| row.body.len()));
        drop(tx);
        app.run_batches().await;
    }
    let mut tx = app.database.read().await;
    for case in cases::identifiers(&mut tx, None, 100).await.unwrap() {
        let all = envelopes::of_case(&mut tx, case).await.unwrap();
        let kinds: Vec<_> = all.iter().map(|envelope| envelope.kind).collect();
        assert_eq!(kinds, [Kind::Statement, Kind::CouncilOnly, Kind::Identity], "all three exist");
        resting.extend(all.iter().map(|envelope| envelope.body.len()));
    }
    assert_eq!(waiting.len(), 1, "what waits differs in size: {waiting:?}");
    assert_eq!(resting.len(), 1, "what rests differs in size: {resting:?}");
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
);
