//! What a thief opens who has somebody's passphrase, the whole database and the service key.

use std::collections::{BTreeMap, BTreeSet};

use candor::crypto::audience::{self, WrapContext};
use candor::crypto::canonical::Canonical;
use candor::crypto::envelope::{self, ContentContext};
use candor::crypto::passphrase::{self, Parameters, Passphrase};
use candor::crypto::secret::{AudienceKey, PostKey, ReadingKey};
use candor::crypto::service::Purpose;
use candor::crypto::{account, post as post_crypto};
use candor::domain::audience::{Audience, Kind, Reader};
use candor::domain::id::{CaseId, EnvelopeId, PostId};
use candor::store;

use super::app::{PASSPHRASE, TestApp};

/// The private keys of a post that somebody has, opened with their passphrase as a thief of it and of the
/// whole database would.
pub async fn stolen(app: &TestApp, name: &str, post: &PostId) -> Vec<PostKey> {
    let mut tx = app.database.read().await;
    let known = store::accounts::by_name(&mut tx, name).await.unwrap().unwrap();
    let keys = known.keys.unwrap();
    let typed = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
    let parameters = Parameters { memory_kib: keys.memory_kib, passes: keys.passes, lanes: keys.lanes };
    let salt: [u8; 16] = keys.salt.as_slice().try_into().unwrap();
    let derived = passphrase::derive(&typed, &salt, &parameters, &app.candor.keys.pepper()).unwrap();
    let deployment = app.candor.deployment;
    let reading: ReadingKey =
        account::open(&derived.wrapping, deployment, known.id, &keys.reading_sealed).unwrap();
    let wraps = store::accounts::post_key_wraps(&mut tx, known.id).await.unwrap();
    wraps
        .into_iter()
        .filter(|(of, ..)| of == post)
        .map(|(of, version, body)| {
            post_crypto::unwrap(&body, deployment, &of, version, known.id, &reading).unwrap()
        })
        .collect()
}

/// Every text of a case that these keys of a post open, service key at hand.
pub async fn opened(app: &TestApp, number: &str, post: &PostId, keys: &[PostKey]) -> BTreeSet<EnvelopeId> {
    let mut tx = app.database.read().await;
    let case = store::cases::by_number(&mut tx, number).await.unwrap().unwrap();
    drop(tx);
    let reader = Reader::Post(post.clone());
    let ring = ring(app, case, &reader, &reader, keys).await;
    texts(app, case, &ring).await.into_keys().collect()
}

/// Every text of every case that these keys open, whoever its keys were wrapped for.
pub async fn opened_anywhere(app: &TestApp, post: &PostId, keys: &[PostKey]) -> BTreeMap<EnvelopeId, Kind> {
    let mut found = BTreeMap::new();
    let cases = store::cases::identifiers(&mut app.database.read().await, None, 10_000).await.unwrap();
    for case in cases {
        let readers = store::envelopes::readers(&mut app.database.read().await, case).await.unwrap();
        let readers: BTreeSet<_> = readers.into_iter().map(|(_, _, reader, _)| reader).collect();
        let mut all = Vec::new();
        for wrapped_for in readers {
            // Taken for what it is, and for one of their own.
            all.extend(ring(app, case, &wrapped_for, &wrapped_for, keys).await);
            all.extend(ring(app, case, &wrapped_for, &Reader::Post(post.clone()), keys).await);
        }
        found.extend(texts(app, case, &all).await);
    }
    found
}

/// The keys of audiences that are wrapped for a reader and that these keys open, taken for keys of `taken_for`.
async fn ring(
    app: &TestApp,
    case: CaseId,
    wrapped_for: &Reader,
    taken_for: &Reader,
    keys: &[PostKey],
) -> Vec<(Audience, u32, AudienceKey)> {
    let mut tx = app.database.read().await;
    let mut ring = Vec::new();
    for wrap in store::envelopes::wraps_for(&mut tx, case, wrapped_for).await.unwrap() {
        let associated = Canonical::new("candor wrap at rest 1")
            .bytes(case.as_bytes())
            .number(u64::from(wrap.audience.code()))
            .number(u64::from(wrap.version))
            .text(&store::envelopes::reader_word(wrapped_for))
            .finish();
        let bytes = app.candor.keys.open(Purpose::Wrap, &associated, &wrap.body).unwrap();
        let context = WrapContext {
            deployment: app.candor.deployment,
            case,
            audience: wrap.audience,
            version: wrap.version,
            reader: taken_for.clone(),
            reader_key_version: wrap.key_version,
        };
        let opened = keys.iter().filter_map(|key| audience::unwrap(&bytes, &context, key).ok());
        ring.extend(opened.map(|key| (wrap.audience, wrap.version, key)));
    }
    ring
}

/// The texts of a case that a ring of keys opens. Each key is tried on each text, whatever audience it is of.
async fn texts(
    app: &TestApp,
    case: CaseId,
    ring: &[(Audience, u32, AudienceKey)],
) -> BTreeMap<EnvelopeId, Kind> {
    let mut found = BTreeMap::new();
    let letters = store::envelopes::of_case(&mut app.database.read().await, case).await.unwrap();
    for letter in letters {
        let context = ContentContext {
            deployment: app.candor.deployment,
            case,
            audience: letter.audience,
            version: letter.audience_version,
            envelope: letter.id,
            kind: letter.kind,
            author: letter.author,
        };
        if ring.iter().any(|(_, _, key)| envelope::open(key, &context, &letter.body).is_ok()) {
            found.insert(letter.id, letter.kind);
        }
    }
    found
}
