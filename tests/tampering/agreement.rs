//! Agreements that were signed with a real key by somebody who did not lead the Council post then: written into
//! the journal by somebody who has the service key and theirs.

use candor::crypto::account;
use candor::crypto::passphrase::{self, Parameters, Passphrase};
use candor::crypto::secret::SigningKey;
use candor::crypto::signature::Agreement;
use candor::domain::agreement::About;
use candor::domain::id::{AccountId, PostId};
use candor::service::hexadecimal;
use candor::service::record::{Entry, StaffAct};
use sha2::{Digest, Sha256};

use super::{Played, entry, names, rewrite};
use crate::support::app::{ORGANISATION, PASSPHRASE, TestApp};

const LEAD: &str = "council-guard";
const MEMBER: &str = "council-guard-member";

/// Somebody's signing key, opened with their passphrase.
async fn stolen(played: &Played, name: &str) -> (AccountId, SigningKey) {
    let account = played.account(name).await;
    let keys = account.keys.unwrap();
    let typed = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
    let parameters = Parameters { memory_kib: keys.memory_kib, passes: keys.passes, lanes: keys.lanes };
    let salt: [u8; 16] = keys.salt.as_slice().try_into().unwrap();
    let candor = &played.app.candor;
    let derived = passphrase::derive(&typed, &salt, &parameters, &candor.keys.pepper()).unwrap();
    let key = account::open(&derived.wrapping, candor.deployment, account.id, &keys.signing_sealed).unwrap();
    (account.id, key)
}

fn finer() -> String {
    let isle = "place = \"Isle\"\nstrength = \"5-9\"";
    ORGANISATION.replace(isle, "place = \"Isle\"\nstrength = \"10-24\"\ncommander = \"Patrol Captain\"")
}

/// Puts somebody's genuine signature in the place of the one that the journal has, chain and row as well.
async fn sign_as(played: &Played, name: &str) -> usize {
    let (by, key) = stolen(played, name).await;
    let mut rows = played.rows().await;
    let is_it =
        |entry: &Entry| matches!(entry, Entry::Staff { act: StaffAct::OrganisationAgreed { .. }, .. });
    let at = rows.iter().rposition(|row| row.case.is_none() && is_it(&entry(row))).unwrap();
    let Entry::Staff { at: when, act } = entry(&rows[at]) else { panic!() };
    let StaffAct::OrganisationAgreed { proposal, version, digest, component, .. } = act else { panic!() };
    let post = PostId::Council(component.clone());
    let agreement = Agreement {
        about: About::Organisation,
        deployment: played.app.candor.deployment,
        version,
        digest: Sha256::digest(finer().as_bytes()).into(),
        post: &post,
        journal_head: rows[at - 1].hash,
    };
    let signature = format!("{at}.{}", hexadecimal(&agreement.sign(&key)));
    let act = StaffAct::OrganisationAgreed { proposal, version, digest, component, by, signature };
    rewrite(&mut rows[at], &Entry::Staff { at: when, act });
    played.write_journal(rows).await;
    let account = format!("(SELECT id FROM account WHERE sign_in_name = '{name}')");
    played.run(&format!("UPDATE change_agreement SET account = {account}")).await;
    at + 1
}

async fn an_agreement_by_somebody_who_did_not_lead_is_named(app: TestApp) {
    let played = Played::on(&app).await;
    let (administrator, _) = app.administrator().await;
    app.candor.change_organisation(&administrator, 1, &finer()).await.unwrap();
    let lead = app.signed_in(LEAD).await;
    app.candor.agree(&lead, About::Organisation, 1).await.unwrap();
    played.clean().await;

    // The lead's own, made anew: the control of what is written here.
    played.keep_journal().await;
    sign_as(&played, LEAD).await;
    played.clean().await;
    // Of the same Council post, and no lead of it.
    let number = sign_as(&played, MEMBER).await;
    let faults = played.faults().await;
    let expected = format!("journal row {number}: {MEMBER} did not lead the Council post of RIV then");
    assert!(names(&faults, &expected), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.starts_with("organisation row 2: it makes a place finer")));
    let account = format!("(SELECT id FROM account WHERE sign_in_name = '{LEAD}')");
    played.run(&format!("UPDATE change_agreement SET account = {account}")).await;
    played.put_journal_back().await;

    // Who has left since led then, and so did who has other keys now.
    let (administrator, _) = app.administrator().await;
    let lead = played.account(LEAD).await.id;
    let link = app.candor.invite_back(&administrator, lead).await.unwrap();
    app.candor.activate(&link, PASSPHRASE).await.unwrap();
    played.clean().await;
    let member = app.signed_in(MEMBER).await;
    let post: PostId = "council:RIV".parse().unwrap();
    app.candor.remove(&member, lead, &post).await.unwrap();
    played.clean().await;

    // Signed with keys that led once, after they had left: the entry that let them go is put before it.
    played.keep_journal().await;
    let mut rows = played.rows().await;
    let is_it = |entry: &Entry| matches!(entry, Entry::Staff { act: StaffAct::Removed { .. }, .. });
    let gone = rows.iter().position(|row| row.case.is_none() && is_it(&entry(row))).unwrap();
    let mut removed = rows.remove(gone);
    let says = entry(&removed);
    let agreed =
        |entry: &Entry| matches!(entry, Entry::Staff { act: StaffAct::OrganisationAgreed { .. }, .. });
    let at = rows.iter().position(|row| row.case.is_none() && agreed(&entry(row))).unwrap();
    let texts: Vec<Entry> = rows.iter().map(entry).collect();
    removed.sequence = i64::try_from(at + 1).unwrap();
    rewrite(&mut removed, &says);
    rows.insert(at, removed);
    for (index, text) in (at + 1..rows.len()).zip(&texts[at..]) {
        rows[index].sequence = i64::try_from(index + 1).unwrap();
        rewrite(&mut rows[index], text);
    }
    played.write_journal(rows).await;
    let faults = played.faults().await;
    // Their signature names a place of the journal, so whoever has no key of theirs is found at once; and so is
    // who has one and signs anew.
    assert!(names(&faults, &format!("journal row {}: what it says of", at + 2)), "{faults:?}");
    let number = sign_as(&played, LEAD).await;
    let faults = played.faults().await;
    let expected = format!("journal row {number}: {LEAD} did not lead the Council post of RIV then");
    assert_eq!(number, at + 2);
    assert!(names(&faults, &expected), "{faults:?}");
}

on_both!(an_agreement_by_somebody_who_did_not_lead_is_named);
