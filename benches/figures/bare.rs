//! The handler to compare with: the cryptography of one concern and its row in a common commit, and nothing
//! else. No pages, no layers, no form, no look-ups; whose keys to seal for is worked out beforehand.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use candor::clock::{DAY, Timestamp};
use candor::crypto::audience::{self, VerifiedReader, WrapContext};
use candor::crypto::canonical::Canonical;
use candor::crypto::envelope::{self, ContentContext};
use candor::crypto::pad::{self, SizeClass};
use candor::crypto::receipt::ReceiptPhrase;
use candor::crypto::secret::AudienceKey;
use candor::crypto::service::Purpose;
use candor::domain::audience::{Audience, AuthorClass, Kind, Reader};
use candor::domain::concern::Concern;
use candor::domain::id::{CaseId, EnvelopeId};
use candor::domain::policy;
use candor::service::{Candor, from_hexadecimal};
use candor::store::Letterbox;
use candor::store::inbox::Row;

use crate::scene;

pub const PAGE: &str = "<!doctype html><title>Sent</title><p>It is sent.";

/// A part of a concern: its readers but for the receipt, whether that reads it too, and its text.
struct Part {
    audience: Audience,
    kind: Kind,
    readers: Vec<VerifiedReader>,
    for_receipt: bool,
    text: Vec<u8>,
}

struct Bare {
    candor: Candor,
    letterbox: Letterbox,
    parts: Vec<Part>,
    class: SizeClass,
    slot: Timestamp,
}

/// Serves the bare handler over the given database.
pub async fn serve(candor: &Candor, concern: &Concern) -> SocketAddr {
    let directory = candor.directory().await.unwrap();
    let dispute = directory.as_opened(directory.opening(concern).unwrap(), candor.clock.now()).unwrap();
    let part = |audience, kind, text: Vec<u8>| {
        let readers: BTreeSet<Reader> =
            policy::readers(&dispute, audience, &directory.headquarters(), &directory.members);
        Part {
            audience,
            kind,
            for_receipt: readers.contains(&Reader::Receipt),
            readers: readers
                .iter()
                .filter_map(|reader| match reader {
                    Reader::Post(post) => directory.trust.reader(post),
                    Reader::Account(account) => directory.trust.account(account),
                    Reader::Receipt => None,
                })
                .collect(),
            text,
        }
    };
    let parts = vec![
        part(Audience::Case, Kind::Statement, concern.statement.to_bytes().to_vec()),
        part(Audience::CouncilOnly, Kind::CouncilOnly, serde_json::to_vec(&concern.council_only).unwrap()),
        part(Audience::Identity, Kind::Identity, concern.identity.to_bytes().to_vec()),
    ];
    let bare = Bare {
        candor: candor.clone(),
        letterbox: Letterbox::of(&candor.db),
        parts,
        // What the site pads a concern of this length to; the sizes of the rows are compared in the end.
        class: SizeClass::for_length(8_002).unwrap(),
        slot: candor.clock.now().plus(DAY),
    };
    scene::serve(Router::new().route("/bare", post(send)).with_state(Arc::new(bare))).await
}

async fn send(State(bare): State<Arc<Bare>>, drawn: String) -> Result<&'static str, StatusCode> {
    let (row, lookup) = bare.seal(&drawn).ok_or(StatusCode::BAD_REQUEST)?;
    match bare.letterbox.put(&bare.candor.db, row, lookup).await {
        Ok(true) => Ok(PAGE),
        Ok(false) => Err(StatusCode::CONFLICT),
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}

impl Bare {
    /// The row, and the lookup value of its receipt as it rests.
    fn seal(&self, drawn: &str) -> Option<(Row, [u8; 32])> {
        let Candor { keys, randomness, deployment, .. } = &self.candor;
        let (proof, words) = drawn.split_once(' ')?;
        let phrase = ReceiptPhrase::parse(words).ok()?;
        if !phrase.verify(keys, &from_hexadecimal(proof)?) {
            return None;
        }
        let (lookup, receipt) = phrase.keys(*deployment);
        let receipt = VerifiedReader::receipt(&receipt);
        let id = keys.mac(Purpose::ReceiptLookup, &Canonical::new("act").bytes(&lookup).finish());
        let resting = keys.mac(Purpose::ReceiptLookup, &Canonical::new("receipt").bytes(&lookup).finish());
        let case = CaseId::random(randomness);
        let mut bytes = resting.to_vec();
        bytes.extend_from_slice(receipt.public().as_bytes());
        for part in &self.parts {
            let key = AudienceKey::random(randomness, "audience key");
            let envelope = EnvelopeId::random(randomness);
            for reader in part.readers.iter().chain(part.for_receipt.then_some(&receipt)) {
                let context = WrapContext {
                    deployment: *deployment,
                    case,
                    audience: part.audience,
                    version: 1,
                    reader: reader.reader().clone(),
                    reader_key_version: reader.key_version(),
                };
                bytes.extend(audience::wrap(&key, &context, reader, randomness).ok()?);
            }
            let context = ContentContext {
                deployment: *deployment,
                case,
                audience: part.audience,
                version: 1,
                envelope,
                kind: part.kind,
                author: AuthorClass::Reporter,
            };
            bytes.extend(envelope::seal(&key, &context, &part.text, self.class, randomness).ok()?);
        }
        let padded = pad::pad_to(SizeClass::for_length(bytes.len()).ok()?, &bytes).ok()?;
        let body = keys.seal(Purpose::Inbox, &id, &padded, randomness).ok()?;
        Some((Row { id, slot: self.slot, body }, resting))
    }
}
