//! What is stored: whatever bytes stand there, they are refused, or they are the one way to write what is read
//! from them; and of what is sealed nothing opens but the very bytes that were sealed.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use candor::clock::Timestamp;
use candor::crypto::account::{AccountKeys, AccountPublic};
use candor::crypto::approval::{Approval, Grant, Roots, approve};
use candor::crypto::attachment::{self, AttachmentContext, Described};
use candor::crypto::backup::{self, Header};
use candor::crypto::envelope::{self, ContentContext};
use candor::crypto::pad::{self, SizeClass};
use candor::crypto::passkey::{Answer, Challenge, Passkey, RelyingParty, Shown};
use candor::crypto::public::{ReaderPublicKey, VerifyingKey};
use candor::crypto::removal::{Departure, Removal, remove};
use candor::crypto::secret::{AudienceKey, BackupKey, PostKey, ServiceKey, SigningKey};
use candor::crypto::service::{Purpose, ServiceKeys};
use candor::delivery::KeptHead;
use candor::domain::attachment::FileKind;
use candor::domain::audience::{Audience, AuthorClass, Kind};
use candor::domain::concern::{Identity, Statement};
use candor::domain::dispute::{Dispute, Event};
use candor::domain::id::{AccountId, CaseId, DeploymentId, EnvelopeId, PostId};
use candor::domain::measures::release::Release;
use candor::domain::proposal::{Proposal, Resolution};
use candor::domain::reading::Reading;
use candor::domain::support::Support;
use candor::domain::time::TimeSettings;
use candor::rng::Randomness;
use candor::service::backup::records::Record;
use candor::service::record::{Entry, StaffAct};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What the first byte stands for, which says how the rest is read.
const KINDS: [fn(&[u8]); 10] =
    [padding, records, header, signed, keys, texts, entries, heads, sealed, passkey];

/// Reads bytes as what the first of them says.
pub fn look(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else { return };
    KINDS[usize::from(*kind) % KINDS.len()](rest);
}

fn padding(bytes: &[u8]) {
    let class = SizeClass::for_length(bytes.len()).expect("inputs are far smaller than the largest class");
    for class in [class, class.max(SizeClass::STATEMENT)] {
        let padded = pad::pad_to(class, bytes).expect("the class holds it");
        assert_eq!(padded.len(), class.padded_length());
        assert_eq!(pad::unpad(&padded), Ok(bytes));
    }
    // The bytes as the beginning of something padded, and as all of it.
    let mut whole = bytes.to_vec();
    whole.resize(class.padded_length(), 0);
    for padded in [bytes, &whole] {
        if let Ok(text) = pad::unpad(padded) {
            let class = SizeClass::for_length(padded.len() - 4).expect("it is padded");
            assert!(
                pad::pad_to(class, text).is_ok_and(|again| *again == padded),
                "another padding of the same text"
            );
        }
    }
}

/// The records of a backup, one after another.
fn records(bytes: &[u8]) {
    let mut rest = bytes;
    for _ in 0..200 {
        let Ok(Some((record, used))) = Record::take(rest) else { return };
        assert!((1..=rest.len()).contains(&used));
        let written = record.to_bytes().expect("what was read can be written");
        let again = Record::take(&written).expect("a record of ours").expect("all of it");
        assert!(again == (record.clone(), written.len()), "it is read otherwise than it was written");
        if matches!(record, Record::Row(_) | Record::Closing(_) | Record::Padding) {
            assert!(written == rest[..used], "two ways to write the same record");
        }
        // What is cut off is asked for, not guessed.
        assert!(!matches!(Record::take(&rest[..used - 1]), Ok(Some((other, _))) if other == record));
        rest = &rest[used..];
    }
}

static BACKUP: LazyLock<(Vec<u8>, BackupKey)> = LazyLock::new(|| {
    let key = BackupKey::from_bytes([1; 32]);
    let randomness = Randomness::labelled([5; 32]);
    let (header, _) =
        backup::begin(&key.public(), Timestamp(1_000), Timestamp(2_000), &randomness).expect("a key");
    (header.to_bytes(), key)
});

/// The header of a backup that there could be.
#[must_use]
pub fn header_of_a_backup() -> Vec<u8> {
    BACKUP.0.clone()
}

fn header(bytes: &[u8]) {
    if let Some(length) = bytes.first_chunk::<8>().map(|length| u64::from_be_bytes(*length)) {
        if let Some(pieces) = backup::count(length) {
            let whole = Header::LENGTH as u64 + u64::from(pieces) * backup::SEALED_PIECE as u64;
            assert_eq!((whole, backup::padded(pieces)), (length, Ok(pieces)));
        }
        let needed = u32::try_from(length >> 32).unwrap_or_default();
        if let Ok(padded) = backup::padded(needed) {
            assert!(padded >= needed && backup::padded(padded) == Ok(padded));
        }
    }
    let Ok(header) = Header::parse(bytes) else { return };
    let (whole, key) = &*BACKUP;
    assert!(header.to_bytes() == bytes[..Header::LENGTH], "two ways to write the same header");
    assert!(header.made.0 >= 0 && header.made < header.expires);
    assert_eq!(backup::open(&header, key).is_ok(), bytes.starts_with(whole), "another header opens");
}

fn parties() -> (SigningKey, AccountPublic, DeploymentId, AccountId) {
    let keys = AccountKeys::generate(&Randomness::labelled([6; 32]));
    let id = |number| uuid::Uuid::from_u128(number);
    (keys.signing.clone(), keys.public(), DeploymentId(id(1)), AccountId(id(2)))
}

/// An approval and a removal as they are stored.
#[must_use]
pub fn approval() -> Approval {
    let (signing, account_public, deployment, account) = parties();
    let grant = Grant {
        deployment,
        account,
        post: PostId::Council("GUARD".into()),
        lead: true,
        post_key_version: 1,
        opens: true,
        account_key_version: 1,
        account_public,
        post_public: PostKey::from_bytes([3; 32]).public(),
    };
    approve(&signing, account, grant)
}

#[must_use]
pub fn removal() -> Removal {
    let (signing, _, deployment, account) = parties();
    let departure = Departure { deployment, account, post: PostId::Secretary, post_key_version: 1 };
    remove(&signing, account, departure)
}

fn signed(bytes: &[u8]) {
    static RIGHT: LazyLock<(Approval, Removal, VerifyingKey)> =
        LazyLock::new(|| (approval(), removal(), parties().1.verifying));
    let (right_approval, right_removal, key) = &*RIGHT;
    if let Ok(approval) = Approval::from_bytes(bytes) {
        assert!(approval.to_bytes() == bytes, "two ways to write the same approval");
        assert_eq!(approval.verify(key).is_ok(), approval == *right_approval);
    }
    if let Ok(removal) = Removal::from_bytes(bytes) {
        assert!(removal.to_bytes() == bytes, "two ways to write the same removal");
        assert_eq!(removal.verify(key).is_ok(), removal == *right_removal);
    }
    if let Ok(described) = Described::from_bytes(bytes) {
        assert!(*described.to_bytes() == bytes, "two ways to describe the same file");
    }
}

fn keys(bytes: &[u8]) {
    if let Ok(key) = ReaderPublicKey::from_bytes(bytes) {
        assert!(key.as_bytes() == bytes);
        // Whatever passes for a key can be sealed for.
        let randomness = Randomness::labelled([4; 32]);
        assert!(
            backup::begin(&key, Timestamp(1), Timestamp(2), &randomness).is_ok(),
            "a key that cannot be used"
        );
    }
    if let Ok(key) = VerifyingKey::from_bytes(bytes) {
        assert!(key.as_bytes() == bytes);
    }
}

/// Read, written and read again it is the same, and written as it was then.
fn comes_back<T: DeserializeOwned + Serialize + PartialEq>(bytes: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(bytes).ok()?;
    let written = serde_json::to_vec(&read).expect("plain data is always written");
    let again: T = serde_json::from_slice(&written).expect("what was written");
    assert!(again == read, "{} is read otherwise than written", std::any::type_name::<T>());
    assert!(serde_json::to_vec(&again).ok() == Some(written));
    Some(read)
}

/// The texts of a case and of the library.
fn texts(bytes: &[u8]) {
    if let Ok(statement) = Statement::from_bytes(bytes) {
        assert!(Statement::from_bytes(&statement.to_bytes()) == Ok(statement));
    }
    if let Ok(identity) = Identity::from_bytes(bytes) {
        assert!(Identity::from_bytes(&identity.to_bytes()) == Ok(identity));
    }
    comes_back::<Proposal>(bytes);
    comes_back::<Resolution>(bytes);
    comes_back::<Reading>(bytes);
    comes_back::<Support>(bytes);
    comes_back::<Release>(bytes);
    if let Some(settings) = comes_back::<TimeSettings>(bytes) {
        assert_eq!(TimeSettings::difference(&settings, &settings), Vec::<String>::new());
        if settings.faults().is_empty() {
            time(&settings);
        }
    }
    comes_back::<Roots>(bytes);
}

/// What has no fault gives every clock an end, and every batch a next one.
fn time(settings: &TimeSettings) {
    use candor::domain::time::{PACES, STANDARDS};
    let calendar = settings.to_calendar();
    let from = Timestamp(1_790_000_000);
    for pace in PACES {
        let mut standards = settings.standards(pace);
        for standard in STANDARDS {
            assert!(
                calendar.due(from, *(standard.of)(&mut standards)) > from,
                "{} takes no time",
                standard.name
            );
        }
    }
    let batches = calendar.next_batches(from, 4);
    assert!(batches.len() == 4 && batches.is_sorted_by(|one, next| one < next) && batches[0] > from);
    assert_eq!(calendar.last_batch(batches[1]), Some(batches[1]));
}

/// Entries of the journal, and the state of a case, which is their fold.
fn entries(bytes: &[u8]) {
    comes_back::<Entry>(bytes);
    comes_back::<StaffAct>(bytes);
    comes_back::<Dispute>(bytes);
    if let Some(event) = comes_back::<Event>(bytes) {
        let _ = (event.text(), event.text_stays());
    }
    // A case, if they are its events: the journal is folded by whoever verifies it, before it is believed.
    if let Some(events) = comes_back::<Vec<Event>>(bytes)
        && events.len() < 64
    {
        let _ = Dispute::fold(&events);
    }
}

/// A file of heads that lies outside.
fn heads(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match KeptHead::read_all(text) {
        Ok(heads) => {
            let lines: Vec<String> =
                heads.iter().map(|(_, head)| serde_json::to_string(head).expect("plain data")).collect();
            let again = KeptHead::read_all(&lines.join("\n")).expect("heads of ours");
            assert!(again.iter().map(|(_, head)| head).eq(heads.iter().map(|(_, head)| head)));
            assert!(heads.iter().all(|(line, _)| (1..=text.lines().count()).contains(line)));
        }
        Err(line) => assert!((1..=text.lines().count()).contains(&line)),
    }
}

/// Something sealed, and how it is opened: whether these bytes are taken.
type Opens = (&'static str, Vec<u8>, Box<dyn Fn(&[u8]) -> bool + Send + Sync>);

/// One of each thing that is sealed.
#[must_use]
pub fn everything_sealed() -> Vec<Opens> {
    let randomness = Randomness::labelled([8; 32]);
    let id = |number| uuid::Uuid::from_u128(number);
    let service = ServiceKeys::new(&ServiceKey::from_bytes([3; 32]));
    let context = ContentContext {
        deployment: DeploymentId(id(1)),
        case: CaseId(id(2)),
        audience: Audience::Case,
        version: 1,
        envelope: EnvelopeId(id(3)),
        kind: Kind::Statement,
        author: AuthorClass::Reporter,
    };
    let audience = AudienceKey::from_bytes([2; 32]);
    let text =
        envelope::seal(&audience, &context, b"A text.", SizeClass::SMALLEST, &randomness).expect("short");
    let record = service.seal(Purpose::Journal, b"place", b"A record.", &randomness).expect("short");
    let padded = service
        .seal_padded(Purpose::Inbox, b"place", b"A record.", SizeClass::SMALLEST, &randomness)
        .expect("short");
    let described = Described::new(FileKind::Text, 7, true, &randomness).expect("short");
    let place =
        AttachmentContext { deployment: context.deployment, case: context.case, file: context.envelope };
    let pieces = attachment::Pieces::of(&described, &place).expect("a file");
    let piece = pieces.seal(0, b"A file.").expect("one piece");
    let other = service.clone();
    let and_other = service;
    vec![
        ("text", text, Box::new(move |bytes| envelope::open(&audience, &context, bytes).is_ok())),
        ("record", record, Box::new(move |bytes| other.open(Purpose::Journal, b"place", bytes).is_ok())),
        (
            "padded",
            padded,
            Box::new(move |bytes| and_other.open_padded(Purpose::Inbox, b"place", bytes).is_ok()),
        ),
        ("piece", piece, Box::new(move |bytes| pieces.open(0, bytes).is_ok())),
    ]
}

/// Sealed bytes in which some were changed: pairs of a place and what is put there, after a byte that says of what and
/// one that says how much is cut off or added at the end. And the bytes as they are.
fn sealed(bytes: &[u8]) {
    static ALL: LazyLock<Vec<Opens>> = LazyLock::new(everything_sealed);
    let Some(([which, end], changes)) = bytes.split_first_chunk::<2>() else { return };
    for (name, whole, opens) in ALL.iter() {
        assert_eq!(opens(changes), changes == *whole, "{name}: bytes from nowhere open");
    }
    let (name, whole, opens) = &ALL[usize::from(*which) % ALL.len()];
    let mut changed = whole.clone();
    for change in changes.chunks_exact(3) {
        let place = usize::from(u16::from_be_bytes([change[0], change[1]])) % changed.len();
        changed[place] = change[2];
    }
    match end {
        0..=100 => changed.truncate(whole.len() - usize::from(*end).min(whole.len())),
        101..=127 => changed.extend_from_slice(&changes[..changes.len().min(usize::from(*end - 100))]),
        _ => {}
    }
    assert_eq!(opens(&changed), changed == *whole, "{name}: what was changed opens");
}

const NOW: Timestamp = Timestamp(1_800_000_000);

/// A site that has asked somebody at the door and somebody at home.
struct Asked {
    site: RelyingParty,
    service: ServiceKeys,
    door: Challenge,
    home: Challenge,
}

const WHOSE: (DeploymentId, AccountId) =
    (DeploymentId(uuid::Uuid::from_u128(1)), AccountId(uuid::Uuid::from_u128(2)));

static ASKED: LazyLock<Asked> = LazyLock::new(|| {
    let site = RelyingParty::at("https://candor.example.gov").expect("an address");
    let service = ServiceKeys::new(&ServiceKey::from_bytes([3; 32]));
    let randomness = Randomness::labelled([9; 32]);
    let door = site.ask(&service, WHOSE.0, NOW, &randomness).expect("a challenge");
    let home =
        site.invite(&service, (WHOSE, &[1; 32]), "name", &[], (NOW, &randomness)).expect("a challenge");
    Asked { site, service, door, home }
});

/// What a browser answers to a challenge, from its device: as it stands, or what the device said within an answer that
/// is otherwise as it should be. Nobody has a passkey here, so none is ever right; one may be made.
fn passkey(bytes: &[u8]) {
    let Some((kind, said)) = bytes.split_first() else { return };
    let Asked { site, service, door, home } = &*ASKED;
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let client = |kind: &str, challenge: &Challenge| {
        let options: serde_json::Value = serde_json::from_str(&challenge.options).expect("options");
        let asked = &options["publicKey"]["challenge"];
        let client =
            serde_json::json!({ "type": kind, "challenge": asked, "origin": "https://candor.example.gov" });
        text(client.to_string().as_bytes())
    };
    let (mut enrolled, mut right) = (None, false);
    let mut enrol = |given: &str| {
        let answer = Answer { sealed: &home.sealed, given };
        enrolled = site.enrol(service, (WHOSE, &[1; 32]), &answer, "name".to_owned(), (NOW, NOW));
    };
    let mut check = |given: &str| {
        let answer = Answer { sealed: &door.sealed, given };
        right |= !matches!(site.check(service, WHOSE, &[], &answer, NOW), Shown::Wrong);
    };
    match kind % 3 {
        0 => {
            let Ok(given) = std::str::from_utf8(said) else { return };
            enrol(given);
            check(given);
        }
        1 => {
            let (data, signature) = said.split_at_checked(37).unwrap_or((said, &[]));
            let response = serde_json::json!({
                "authenticatorData": text(data), "clientDataJSON": client("webauthn.get", door),
                "signature": text(signature), "userHandle": null,
            });
            check(&credential(&response));
        }
        _ => {
            let response = serde_json::json!({
                "attestationObject": text(said), "clientDataJSON": client("webauthn.create", home),
            });
            enrol(&credential(&response));
        }
    }
    assert!(!right, "nobody has a passkey, and one was right");
    if let Some(passkey) = enrolled {
        let randomness = Randomness::labelled([2; 32]);
        let sealed = passkey.seal(service, WHOSE, &randomness).expect("it was enrolled");
        let opened = Passkey::open(service, WHOSE, &sealed).expect("it was sealed");
        assert_eq!(opened.id(service, WHOSE.0), passkey.id(service, WHOSE.0));
    }
}

fn credential(response: &serde_json::Value) -> String {
    serde_json::json!({ "id": "AQID", "rawId": "AQID", "type": "public-key", "extensions": {}, "response": response })
        .to_string()
}
