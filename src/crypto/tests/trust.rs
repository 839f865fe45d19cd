use super::{account, deployment, randomness, refuses_every_change};
use crate::crypto::Error;
use crate::crypto::account::AccountKeys;
use crate::crypto::approval::{Approval, Grant, Root, Roots, TrustMap, VerifiedMember, approve};
use crate::crypto::post;
use crate::crypto::removal::{Departure, Removal, remove};
use crate::crypto::secret::{PostKey, ReadingKey, SigningKey};
use crate::domain::audience::Reader;
use crate::domain::id::PostId;

/// Account `n` has keys from seed `n`, unless a test says otherwise.
fn keys(number: u8) -> AccountKeys {
    AccountKeys {
        reading: ReadingKey::from_bytes([number; 32]),
        signing: SigningKey::from_bytes([number + 100; 32]),
    }
}

fn post_key(number: u8) -> PostKey {
    PostKey::from_bytes([number + 200; 32])
}

fn posted(text: &str) -> PostId {
    text.parse().unwrap()
}

/// Founders: account 1 for component `a`, account 2 for component `b`.
fn roots() -> Roots {
    let root = |number| Root { account: account(number), fingerprint: keys(number).public().fingerprint() };
    Roots([("a".into(), root(1)), ("b".into(), root(2))].into())
}

fn grant(post: &str, version: u32, number: u8, lead: bool) -> Grant {
    Grant {
        deployment: deployment(1),
        account: account(number),
        post: posted(post),
        lead,
        post_key_version: version,
        opens: false,
        account_key_version: 1,
        account_public: keys(number).public(),
        post_public: post_key(u8::try_from(version).unwrap()).public(),
    }
}

/// A grant that opens its version.
fn opening(post: &str, version: u32, number: u8, lead: bool) -> Grant {
    Grant { opens: true, ..grant(post, version, number, lead) }
}

fn approved(approver: u8, grant: Grant) -> Approval {
    approve(&keys(approver).signing, account(approver), grant)
}

/// Both founders in their Council posts.
fn founded() -> Vec<Approval> {
    vec![approved(1, opening("council:a", 1, 1, true)), approved(2, opening("council:b", 1, 2, true))]
}

fn built(more: impl IntoIterator<Item = Approval>) -> TrustMap {
    let mut approvals = founded();
    approvals.extend(more);
    TrustMap::build(deployment(1), &roots(), &approvals)
}

#[test]
fn founders_hold_their_posts_and_everything_follows_from_them() {
    let map = built([
        approved(4, grant("commander:x", 1, 5, false)),
        approved(2, opening("commander:x", 1, 4, true)),
        approved(1, grant("council:a", 1, 3, false)),
    ]);
    assert!(map.rejected().is_empty());
    assert_eq!(map.member(&account(1), &posted("council:a")), Some(true));
    assert_eq!(map.member(&account(3), &posted("council:a")), Some(false));
    assert_eq!(map.member(&account(4), &posted("commander:x")), Some(true));
    assert_eq!(map.member(&account(5), &posted("commander:x")), Some(false), "whatever the order");
    assert_eq!(map.members(&posted("commander:x")).count(), 2);
    let reader = map.reader(&posted("commander:x")).unwrap();
    assert_eq!(reader.reader(), &Reader::Post(posted("commander:x")));
    assert_eq!((reader.key_version(), reader.public()), (1, &post_key(1).public()));
    let reader = map.account(&account(5)).unwrap();
    assert_eq!(reader.reader(), &Reader::Account(account(5)));
    assert_eq!(reader.public(), &keys(5).reading.public());
}

#[test]
fn nobody_unknown_is_a_reader_or_member() {
    let map = built([]);
    assert!(map.reader(&posted("secretary")).is_none());
    assert!(map.account(&account(9)).is_none());
    assert_eq!(map.member(&account(1), &posted("council:b")), None);
    let nothing = TrustMap::build(deployment(1), &Roots::default(), &founded());
    assert_eq!(nothing.rejected(), [0, 1]);
    assert!(nothing.reader(&posted("council:a")).is_none());
}

#[test]
fn forged_approvals_are_ignored() {
    let mut changed_signature = approved(1, opening("secretary", 1, 9, true));
    changed_signature.signature[10] ^= 1;
    let by_a_stranger = approved(9, opening("secretary", 1, 9, true));
    // The right name with another key.
    let in_a_founders_name = approve(&keys(9).signing, account(1), opening("secretary", 1, 9, true));
    let mut changed_grant = approved(1, opening("secretary", 1, 8, false));
    changed_grant.grant.lead = true;
    let mut changed_account = approved(1, opening("secretary", 1, 8, false));
    changed_account.grant.account = account(9);
    let map = built([changed_signature, by_a_stranger, in_a_founders_name, changed_grant, changed_account]);
    assert_eq!(map.rejected(), [2, 3, 4, 5, 6]);
    assert!(map.reader(&posted("secretary")).is_none());
}

#[test]
fn replaced_public_keys_are_ignored() {
    let mut of_the_account = approved(1, opening("secretary", 1, 8, false));
    of_the_account.grant.account_public = keys(9).public();
    let mut of_the_post = approved(1, opening("secretary", 1, 8, false));
    of_the_post.grant.post_public = post_key(9).public();
    assert_eq!(built([of_the_account, of_the_post]).rejected(), [2, 3]);
}

#[test]
fn a_founder_with_other_keys_than_in_the_configuration_is_nobody() {
    let mut replaced = opening("council:a", 1, 1, true);
    replaced.account_public = keys(9).public();
    let approvals = [
        approve(&keys(9).signing, account(1), replaced),
        approve(&keys(9).signing, account(1), opening("secretary", 1, 8, true)),
    ];
    assert_eq!(TrustMap::build(deployment(1), &roots(), &approvals).rejected(), [0, 1]);
}

#[test]
fn approvals_of_another_deployment_are_ignored() {
    let elsewhere = Grant { deployment: deployment(2), ..opening("secretary", 1, 8, true) };
    assert_eq!(built([approved(1, elsewhere.clone())]).rejected(), [2]);
    let mut moved = approved(1, elsewhere);
    moved.grant.deployment = deployment(1);
    assert_eq!(built([moved]).rejected(), [2]);
}

#[test]
fn a_founder_does_not_reach_into_the_other_council() {
    let map =
        built([approved(1, opening("council:b", 1, 9, true)), approved(1, opening("secretary", 1, 9, true))]);
    assert_eq!(map.rejected(), [2]);
}

#[test]
fn a_member_approves_for_no_other_post() {
    let map = built([
        approved(1, opening("commander:x", 1, 4, true)),
        approved(4, grant("commander:y", 1, 5, false)),
        approved(4, grant("alternate:x", 1, 5, false)),
    ]);
    assert_eq!(map.rejected(), [3, 4]);
}

#[test]
fn only_a_lead_makes_a_lead() {
    let map = built([
        approved(1, opening("commander:x", 1, 4, false)),
        approved(4, grant("commander:x", 1, 5, true)),
        approved(4, grant("commander:x", 1, 4, true)),
        approved(4, grant("commander:x", 1, 6, false)),
    ]);
    assert_eq!(map.rejected(), [3, 4]);
    assert_eq!(map.member(&account(6), &posted("commander:x")), Some(false));
}

/// Members 4 (lead), 5 and 6 of one post.
fn first_version() -> Vec<Approval> {
    vec![
        approved(1, opening("commander:x", 1, 4, true)),
        approved(4, grant("commander:x", 1, 5, false)),
        approved(4, grant("commander:x", 1, 6, false)),
    ]
}

/// The next version, opened by 4 without 6.
fn second_version() -> Vec<Approval> {
    vec![approved(4, opening("commander:x", 2, 4, true)), approved(4, grant("commander:x", 2, 5, false))]
}

#[test]
fn removal_makes_the_next_version_for_those_who_remain() {
    let map = built([first_version(), second_version()].concat());
    assert!(map.rejected().is_empty());
    let post = posted("commander:x");
    assert_eq!(map.reader(&post).unwrap().key_version(), 2);
    assert_eq!(map.member(&account(4), &post), Some(true));
    assert_eq!(map.member(&account(5), &post), Some(false));
    assert_eq!(map.member(&account(6), &post), None);
    assert!(map.account(&account(6)).is_none());
    // What the removed person signed earlier can still be checked.
    assert_eq!(map.verifying_keys(&account(6), &post).count(), 1);
}

#[test]
fn somebody_removed_does_not_come_back() {
    let post = posted("commander:x");
    let back = vec![
        approved(6, grant("commander:x", 2, 6, false)),
        approved(6, opening("commander:x", 3, 6, false)),
        approved(6, opening("commander:x", 2, 9, false)),
    ];
    let map = built([first_version(), second_version(), back].concat());
    assert_eq!(map.rejected(), [7, 8, 9]);
    assert_eq!(map.reader(&post).unwrap().key_version(), 2);
    assert_eq!(map.member(&account(6), &post), None);

    // Opening the version that another has opened shuts the post, whatever follows …
    let back = vec![
        approved(6, opening("commander:x", 2, 6, false)),
        approved(6, opening("commander:x", 3, 6, false)),
    ];
    let map = built([first_version(), second_version(), back.clone()].concat());
    assert!(map.reader(&post).is_none());
    assert_eq!(map.members(&post).count(), 0);
    // … until a founding lead opens it again.
    let again = vec![approved(2, opening("commander:x", 3, 4, true))];
    let map = built([first_version(), second_version(), back, again].concat());
    assert_eq!(map.reader(&post).unwrap().key_version(), 3);
    assert_eq!(map.members(&post).map(VerifiedMember::account).collect::<Vec<_>>(), [account(4)]);
}

#[test]
fn a_founding_leads_opening_goes_before_a_removed_members() {
    let post = posted("commander:x");
    let founded_again = vec![approved(1, opening("commander:x", 2, 7, true))];
    let back =
        vec![approved(4, opening("commander:x", 2, 4, true)), approved(4, grant("commander:x", 2, 4, true))];
    let map = built([first_version(), founded_again, back].concat());
    assert_eq!(map.rejected(), [6, 7]);
    assert_eq!(map.member(&account(7), &post), Some(true));
    assert_eq!(map.member(&account(4), &post), None);
}

#[test]
fn a_founding_lead_also_approves_as_a_member_does() {
    let post = posted("council:a");
    let map = built([
        approved(1, grant("council:a", 1, 3, false)),
        approved(3, opening("council:a", 2, 3, false)),
        approved(3, grant("council:a", 2, 1, true)),
        approved(1, grant("council:a", 2, 8, false)),
    ]);
    assert!(map.rejected().is_empty());
    assert_eq!(map.member(&account(1), &post), Some(true), "who was a lead with the same keys stays one");
    assert_eq!(map.member(&account(3), &post), Some(false));
    assert_eq!(map.member(&account(8), &post), Some(false));

    let mut replaced = grant("council:a", 2, 1, true);
    replaced.account_public = keys(9).public();
    let map = built([
        approved(1, grant("council:a", 1, 3, false)),
        approved(3, opening("council:a", 2, 3, false)),
        approved(3, replaced),
    ]);
    assert_eq!(map.rejected(), [4], "with other keys not");
}

#[test]
fn a_version_without_an_opening_or_with_a_gap_does_not_count() {
    let map = built([
        approved(1, grant("commander:x", 1, 4, true)),
        approved(2, opening("commander:y", 1, 5, true)),
        approved(5, opening("commander:y", 3, 5, true)),
        approved(5, opening("secretary", 1, 5, true)),
    ]);
    assert_eq!(map.rejected(), [2, 4, 5]);
    assert_eq!(map.reader(&posted("commander:y")).unwrap().key_version(), 1);
}

#[test]
fn two_keys_for_one_version_are_no_key() {
    let mut other = opening("commander:x", 1, 5, false);
    other.post_public = post_key(9).public();
    let map = built([approved(1, opening("commander:x", 1, 4, true)), approved(2, other)]);
    assert_eq!(map.rejected(), [2, 3]);
    assert!(map.reader(&posted("commander:x")).is_none());
    assert_eq!(map.member(&account(4), &posted("commander:x")), None);
}

#[test]
fn two_sets_of_keys_for_one_person_are_no_key() {
    let mut other = grant("commander:x", 1, 5, false);
    other.account_public = keys(9).public();
    let map = built([
        approved(1, opening("commander:x", 1, 4, true)),
        approved(4, grant("commander:x", 1, 5, false)),
        approved(4, other),
    ]);
    assert_eq!(map.member(&account(5), &posted("commander:x")), None);
    assert!(map.account(&account(5)).is_none());
    assert!(map.reader(&posted("commander:x")).is_some());
}

#[test]
fn a_member_approves_only_for_the_key_that_the_post_has() {
    let mut other = grant("commander:x", 1, 5, false);
    other.post_public = post_key(9).public();
    let map = built([approved(1, opening("commander:x", 1, 4, true)), approved(4, other)]);
    assert_eq!(map.rejected(), [3]);
    assert!(map.reader(&posted("commander:x")).is_some());
}

#[test]
fn a_person_with_new_keys_is_read_for_with_those() {
    let mut renewed = grant("commander:x", 1, 5, false);
    renewed.account_key_version = 2;
    renewed.account_public = keys(50).public();
    let map = built([
        approved(1, opening("commander:x", 1, 4, true)),
        approved(4, grant("commander:x", 1, 5, false)),
        approved(4, renewed.clone()),
    ]);
    let reader = map.account(&account(5)).unwrap();
    assert_eq!((reader.key_version(), reader.public()), (2, &keys(50).reading.public()));

    // Until every post that the person holds agrees, there is no key.
    let map = built([
        approved(1, opening("commander:x", 1, 4, true)),
        approved(4, renewed),
        approved(1, opening("alternate:y", 1, 5, false)),
    ]);
    assert!(map.rejected().is_empty());
    assert!(map.account(&account(5)).is_none());
    assert_eq!(map.member(&account(5), &posted("commander:x")), Some(false));
}

#[test]
fn a_stored_approval_comes_back_and_every_change_is_refused() {
    let approval = approved(1, opening("secretary", 1, 8, true));
    let bytes = approval.to_bytes();
    assert_eq!(Approval::from_bytes(&bytes).unwrap(), approval);
    let key = keys(1).signing.public();
    refuses_every_change(&bytes, 5, |bytes| {
        Approval::from_bytes(bytes).is_ok_and(|read| read.verify(&key).is_ok())
    });
    assert_eq!(Approval::from_bytes(&vec![0; 1_000_000]).unwrap_err(), Error::CouldNotBeOpened);
}

#[test]
fn a_posts_key_is_wrapped_for_a_verified_member_alone() {
    let map = built([approved(1, opening("commander:x", 1, 4, true))]);
    let place = posted("commander:x");
    let member = map.verified_member(&account(4), &place).unwrap();
    assert_eq!(post::wrap(&post_key(2), member, &randomness()), Err(Error::WrongReader));
    let wrapped = post::wrap(&post_key(1), member, &randomness()).unwrap();
    assert_eq!((wrapped.len(), wrapped[0]), (1_169, 6));
    let open = |bytes: &[u8]| post::unwrap(bytes, deployment(1), &place, 1, account(4), &keys(4).reading);
    assert_eq!(open(&wrapped).unwrap(), post_key(1));
    let refused = Err(Error::CouldNotBeOpened);
    let reading = &keys(4).reading;
    assert_eq!(post::unwrap(&wrapped, deployment(9), &place, 1, account(4), reading), refused);
    assert_eq!(
        post::unwrap(&wrapped, deployment(1), &posted("commander:y"), 1, account(4), reading),
        refused
    );
    assert_eq!(post::unwrap(&wrapped, deployment(1), &place, 2, account(4), reading), refused);
    assert_eq!(post::unwrap(&wrapped, deployment(1), &place, 1, account(5), reading), refused);
    assert_eq!(post::unwrap(&wrapped, deployment(1), &place, 1, account(4), &keys(5).reading), refused);
    refuses_every_change(&wrapped, 3, |bytes| open(bytes).is_ok());
}

fn departure(version: u32, number: u8) -> Departure {
    Departure {
        deployment: deployment(1),
        account: account(number),
        post: posted("commander:x"),
        post_key_version: version,
    }
}

fn removed(signer: u8, departure: Departure) -> Removal {
    remove(&keys(signer).signing, account(signer), departure)
}

fn built_without(more: Vec<Approval>, removals: &[Removal]) -> TrustMap {
    TrustMap::build_without(deployment(1), &roots(), &[founded(), more].concat(), removals)
}

#[test]
fn a_removal_counts_if_a_member_or_a_founder_signed_it() {
    let post = posted("commander:x");
    for signer in [1, 2, 4, 5] {
        let map = built_without(first_version(), &[removed(signer, departure(1, 6))]);
        assert_eq!(map.member(&account(6), &post), None, "signed by {signer}");
        assert_eq!(map.members(&post).count(), 2);
    }
    let elsewhere = Departure { deployment: deployment(2), ..departure(1, 6) };
    let other_post = Departure { post: posted("commander:y"), ..departure(1, 6) };
    let mut forged = removed(4, departure(1, 5));
    forged.departure.account = account(6);
    let in_a_members_name = remove(&keys(9).signing, account(4), departure(1, 6));
    for nothing in [
        removed(9, departure(1, 6)),
        removed(4, departure(2, 6)),
        removed(4, elsewhere),
        removed(4, other_post),
        forged,
        in_a_members_name,
    ] {
        let map = built_without(first_version(), &[nothing]);
        assert_eq!(map.member(&account(6), &post), Some(false));
    }
}

#[test]
fn where_a_removal_leaves_nobody_nothing_is_sealed_until_a_founder_begins_anew() {
    let post = posted("commander:x");
    let alone = vec![approved(1, opening("commander:x", 1, 4, true))];
    assert!(built_without(alone.clone(), &[]).reader(&post).is_some());
    let gone = [removed(2, departure(1, 4))];
    assert!(built_without(alone.clone(), &gone).reader(&post).is_none());
    // Who has left opens no later version; a founder does, for somebody else.
    let back = [alone.clone(), vec![approved(4, opening("commander:x", 2, 4, true))]].concat();
    assert!(built_without(back, &gone).reader(&post).is_none());
    let anew = [alone, vec![approved(1, opening("commander:x", 2, 5, false))]].concat();
    let map = built_without(anew, &gone);
    assert_eq!(map.reader(&post).unwrap().key_version(), 2);
    assert_eq!(map.member(&account(4), &post), None);
}

#[test]
fn two_who_remove_each_other_both_leave() {
    let both = [removed(4, departure(1, 5)), removed(5, departure(1, 4))];
    let map = built_without(first_version(), &both);
    let post = posted("commander:x");
    assert_eq!(map.members(&post).map(VerifiedMember::account).collect::<Vec<_>>(), [account(6)]);
}

#[test]
fn a_stored_removal_is_read_back_and_nothing_else_is() {
    let removal = removed(4, departure(3, 6));
    let bytes = removal.to_bytes();
    assert_eq!(Removal::from_bytes(&bytes).unwrap(), removal);
    assert!(Removal::from_bytes(&bytes[1..]).is_err());
    assert!(Removal::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_err());
    let approval = approved(4, grant("commander:x", 1, 5, false)).to_bytes();
    assert!(Removal::from_bytes(&approval).is_err() && Approval::from_bytes(&bytes).is_err());
}

#[test]
fn an_earlier_version_is_wrapped_for_who_comes_later_and_a_later_one_is_not() {
    let map = built([first_version(), second_version()].concat());
    let post = posted("commander:x");
    let member = map.verified_member(&account(5), &post).unwrap();
    let wrapped = post::wrap_earlier(&post_key(1), 1, member, &randomness()).unwrap();
    let opened = |reading: u8, version| {
        post::unwrap(&wrapped, deployment(1), &post, version, account(5), &keys(reading).reading)
    };
    assert_eq!(opened(5, 1).unwrap(), post_key(1));
    assert!(opened(6, 1).is_err() && opened(5, 2).is_err());
    for version in [2, 3] {
        assert!(post::wrap_earlier(&post_key(1), version, member, &randomness()).is_err());
    }
}
