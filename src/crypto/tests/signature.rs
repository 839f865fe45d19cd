use super::{case, deployment, refuses_every_change};
use crate::clock::Timestamp;
use crate::crypto::chain;
use crate::crypto::secret::SigningKey;
use crate::crypto::signature::{Agreement, Statement, Verdict, sign, verify, verify_version, version_hash};
use crate::domain::agreement::About;
use crate::domain::id::PostId;

const POST: &PostId = &PostId::Secretary;

fn statement() -> Statement<'static> {
    Statement {
        deployment: deployment(1),
        case: case(2),
        level: "field",
        entry: 1,
        post: POST,
        version_hash: [3; 32],
        verdict: Verdict::Accept,
        time: Timestamp(1_700_000_000),
        journal_head: [4; 32],
    }
}

#[test]
fn a_signature_holds_for_its_statement_and_key_alone() {
    let key = SigningKey::from_bytes([6; 32]);
    let signature = sign(&key, &statement());
    assert!(verify(&key.public(), &statement(), &signature).is_ok());
    assert!(verify(&SigningKey::from_bytes([7; 32]).public(), &statement(), &signature).is_err());
    let post: PostId = "council:x".parse().unwrap();
    let others = [
        Statement { deployment: deployment(9), ..statement() },
        Statement { case: case(9), ..statement() },
        Statement { level: "council", ..statement() },
        Statement { entry: 2, ..statement() },
        Statement { post: &post, ..statement() },
        Statement { version_hash: [9; 32], ..statement() },
        Statement { verdict: Verdict::Reject, ..statement() },
        Statement { time: Timestamp(-1), ..statement() },
        Statement { journal_head: [9; 32], ..statement() },
    ];
    for other in others {
        assert!(verify(&key.public(), &other, &signature).is_err(), "{other:?}");
    }
    refuses_every_change(&signature, 1, |bytes| verify(&key.public(), &statement(), bytes).is_ok());
}

#[test]
fn an_agreement_holds_for_its_version_and_key_alone() {
    let key = SigningKey::from_bytes([6; 32]);
    let agreement = Agreement {
        about: About::Time,
        deployment: deployment(1),
        version: 2,
        digest: [3; 32],
        post: POST,
        journal_head: [4; 32],
    };
    let signature = agreement.sign(&key);
    assert!(agreement.verify(&key.public(), &signature).is_ok());
    assert!(agreement.verify(&SigningKey::from_bytes([7; 32]).public(), &signature).is_err());
    let post: PostId = "council:x".parse().unwrap();
    let others = [
        Agreement { about: About::Organisation, ..agreement },
        Agreement { deployment: deployment(9), ..agreement },
        Agreement { version: 3, ..agreement },
        Agreement { digest: [9; 32], ..agreement },
        Agreement { post: &post, ..agreement },
        Agreement { journal_head: [9; 32], ..agreement },
    ];
    for other in others {
        assert!(other.verify(&key.public(), &signature).is_err(), "{other:?}");
    }
    refuses_every_change(&signature, 1, |bytes| agreement.verify(&key.public(), bytes).is_ok());
}

#[test]
fn a_version_hash_holds_for_its_salt_and_bytes_alone() {
    let hash = version_hash(&[1; 32], b"version");
    assert!(verify_version(&hash, &[1; 32], b"version"));
    assert!(!verify_version(&hash, &[2; 32], b"version"));
    assert!(!verify_version(&hash, &[1; 32], b"versioN"));
}

#[test]
fn every_part_of_an_entry_moves_the_head() {
    let genesis = chain::genesis(deployment(1));
    assert_ne!(genesis, chain::genesis(deployment(2)));
    let commitment = chain::commitment(&[1; 16], b"entry");
    assert_ne!(commitment, chain::commitment(&[2; 16], b"entry"));
    assert_ne!(commitment, chain::commitment(&[1; 16], b"entrz"));
    let heads = [
        chain::next(&genesis, 1, Some(case(1)), &commitment),
        chain::next(&[0; 32], 1, Some(case(1)), &commitment),
        chain::next(&genesis, 2, Some(case(1)), &commitment),
        chain::next(&genesis, 1, Some(case(2)), &commitment),
        chain::next(&genesis, 1, None, &commitment),
        chain::next(&genesis, 1, Some(case(1)), &[0; 32]),
    ];
    for (at, head) in heads.iter().enumerate() {
        assert!(!heads[at + 1..].contains(head));
    }
}
