//! One example of each format. What is committed must be made again byte for byte, and
//! must open: if this fails, stored data would be stranded. Do not change the examples;
//! a new format gets a new suite number or tag and an example of its own.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{account, case, deployment, envelope_id};
use crate::clock::Timestamp;
use crate::crypto::account::{self as accounts, AccountKeys};
use crate::crypto::approval::{Approval, Grant, Root, Roots, TrustMap, approve};
use crate::crypto::attachment::{AttachmentContext, Described, Pieces};
use crate::crypto::audience::{self, RECEIPT_KEY_VERSION, VerifiedReader, WrapContext};
use crate::crypto::backup;
use crate::crypto::envelope::{self, ContentContext};
use crate::crypto::factor::{AppSecret, RecoveryCode};
use crate::crypto::pad::SizeClass;
use crate::crypto::passphrase::{self, Parameters, Passphrase};
use crate::crypto::receipt::ReceiptPhrase;
use crate::crypto::secret::{AudienceKey, BackupKey, ReadingKey, ServiceKey, SigningKey};
use crate::crypto::service::{Purpose, ServiceKeys};
use crate::crypto::signature::{self, Statement, Verdict};
use crate::crypto::{chain, post, session};
use crate::domain::attachment::FileKind;
use crate::domain::audience::{Audience, AuthorClass, Kind, Reader};
use crate::domain::id::PostId;
use crate::rng::Randomness;

const TEXT: &str = "The gate stands open at night.";

const CONTENT: ContentContext = ContentContext {
    deployment: deployment(1),
    case: case(2),
    audience: Audience::Case,
    version: 3,
    envelope: envelope_id(4),
    kind: Kind::Statement,
    author: AuthorClass::Reporter,
};

const FILE: AttachmentContext =
    AttachmentContext { deployment: deployment(1), case: case(2), file: envelope_id(4) };

fn committed() -> BTreeMap<String, String> {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn bytes(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Everything that an example is made from, drawn in order under labels.
struct Makings {
    randomness: Randomness,
    service: ServiceKeys,
    audience: AudienceKey,
    receipt: ReceiptPhrase,
    founder: AccountKeys,
    post: crate::crypto::secret::PostKey,
    token: crate::crypto::secret::SessionToken,
}

impl Makings {
    fn draw() -> Self {
        let randomness = Randomness::labelled([7; 32]);
        Self {
            service: ServiceKeys::new(&ServiceKey::random(&randomness, "service key")),
            audience: AudienceKey::random(&randomness, "audience key"),
            receipt: ReceiptPhrase::draw(&randomness),
            founder: AccountKeys::generate(&randomness),
            post: post::generate(&randomness),
            token: session::new_token(&randomness),
            randomness,
        }
    }

    fn approval(&self) -> Approval {
        let grant = Grant {
            deployment: deployment(1),
            account: account(5),
            post: place(),
            lead: true,
            post_key_version: 1,
            opens: true,
            account_key_version: 1,
            account_public: self.founder.public(),
            post_public: self.post.public(),
        };
        approve(&self.founder.signing, account(5), grant)
    }

    fn trust(&self, approval: Approval) -> TrustMap {
        let root = Root { account: account(5), fingerprint: self.founder.public().fingerprint() };
        TrustMap::build(deployment(1), &Roots([("a".into(), root)].into()), &[approval])
    }

    fn wrap_context(reader: Reader) -> WrapContext {
        WrapContext {
            deployment: deployment(1),
            case: case(2),
            audience: Audience::Case,
            version: 3,
            reader,
            reader_key_version: RECEIPT_KEY_VERSION,
        }
    }
}

/// A backup's header, and what seals its pieces.
fn a_backup() -> (backup::Header, backup::Pieces) {
    let randomness = Randomness::labelled([9; 32]);
    let reader = BackupKey::from_bytes([10; 32]).public();
    backup::begin(&reader, Timestamp(1_800_000_000), Timestamp(1_802_592_000), &randomness).unwrap()
}

fn place() -> PostId {
    PostId::Council("a".into())
}

fn statement(post: &PostId) -> Statement<'_> {
    Statement {
        deployment: deployment(1),
        case: case(2),
        level: "field",
        entry: 1,
        post,
        version_hash: signature::version_hash(&[6; 32], TEXT.as_bytes()),
        verdict: Verdict::Accept,
        time: Timestamp(1_800_000_000),
        journal_head: chain::genesis(deployment(1)),
    }
}

fn made() -> BTreeMap<String, String> {
    let makings = Makings::draw();
    let Makings { randomness, service, audience, receipt, founder, post, token } = &makings;
    let mut all = BTreeMap::new();
    let mut add = |name: &str, bytes: &[u8]| all.insert(name.to_owned(), hexadecimal(bytes));

    add(
        "content",
        &envelope::seal(audience, &CONTENT, TEXT.as_bytes(), SizeClass::SMALLEST, randomness).unwrap(),
    );

    let described = Described::new(FileKind::Jpeg, 100_000, false, &Randomness::labelled([8; 32])).unwrap();
    add("attachment description", &described.to_bytes());
    let pieces = Pieces::of(&described, &FILE).unwrap();
    for number in 0..pieces.count() {
        let piece = pieces.seal(number, &vec![7; 100_000]).unwrap();
        add(&format!("sha256 of attachment piece {number}"), &Sha256::digest(&piece));
    }

    let (header, mut pieces) = a_backup();
    add("backup header", &header.to_bytes());
    for number in 0..2 {
        let piece = pieces.seal(&backup::whole_piece(number), number == 1).unwrap();
        add(&format!("sha256 of backup piece {number}"), &Sha256::digest(&piece));
    }

    let (lookup, receipt_key) = receipt.keys(deployment(1));
    add("receipt words", receipt.to_text().as_bytes());
    add("receipt lookup", &lookup);
    add("receipt reading key", receipt_key.expose());
    add("receipt public key digest", &receipt_key.public().digest());
    add("receipt proof", &receipt.authenticate(service));

    let approval = makings.approval();
    add("approval", &approval.to_bytes());
    add("fingerprint", founder.public().fingerprint().to_string().as_bytes());
    let trust = makings.trust(approval);
    let readers = [
        ("receipt", VerifiedReader::receipt(&receipt_key)),
        ("post", trust.reader(&place()).unwrap()),
        ("account", trust.account(&account(5)).unwrap()),
    ];
    for (name, reader) in readers {
        let context = Makings::wrap_context(reader.reader().clone());
        let wrap = audience::wrap(audience, &context, &reader, randomness).unwrap();
        add(&format!("audience wrap for {name}"), &wrap);
    }
    let member = trust.verified_member(&account(5), &place()).unwrap();
    add("post wrap", &post::wrap(post, member, randomness).unwrap());

    add("service record", &service.seal(Purpose::Inbox, b"row", TEXT.as_bytes(), randomness).unwrap());
    let class = SizeClass::SMALLEST;
    add(
        "padded service record",
        &service.seal_padded(Purpose::Inbox, b"row", TEXT.as_bytes(), class, randomness).unwrap(),
    );
    for purpose in Purpose::ALL {
        add(&format!("mac {}", purpose.name()), &service.mac(*purpose, TEXT.as_bytes()));
    }

    let typed = Passphrase::new("correct horse battery staple".to_owned()).unwrap();
    let parameters = Parameters { memory_kib: 64, passes: 2, lanes: 1 };
    let derived = passphrase::derive(&typed, &[8; 16], &parameters, &service.pepper()).unwrap();
    add("passphrase verifier", derived.verifier.as_bytes());
    add("passphrase wrapping key", derived.wrapping.expose());
    let seal =
        |which| accounts::seal(&derived.wrapping, deployment(1), account(5), which, randomness).unwrap();
    add("account reading key", &seal(&founder.reading));
    let signing =
        accounts::seal(&derived.wrapping, deployment(1), account(5), &founder.signing, randomness).unwrap();
    add("account signing key", &signing);

    add("session token hash", &session::token_hash(token));
    let sealed = session::seal_for_session(token, deployment(1), account(5), &founder.reading, randomness);
    add("session reading key", &sealed.unwrap());

    let app = AppSecret::offered(token, deployment(1), account(5), 1);
    add("app secret", app.to_base32().as_bytes());
    let whose = (deployment(1), account(5));
    add("sealed app secret", &app.seal(&derived.wrapping, service, whose, randomness).unwrap());
    let code = RecoveryCode::draw(randomness);
    add("recovery code", code.to_text().as_bytes());
    add("recovery code hash", &code.hash(service, deployment(1), account(5)));

    add("version hash", &signature::version_hash(&[6; 32], TEXT.as_bytes()));
    add("statement signature", &signature::sign(&founder.signing, &statement(&place())));

    let genesis = chain::genesis(deployment(1));
    let commitment = chain::commitment(&[9; 16], TEXT.as_bytes());
    add("journal genesis", &genesis);
    add("journal commitment", &commitment);
    let head = chain::next(&genesis, 1, Some(case(2)), &commitment);
    add("journal head of case", &head);
    add("journal head of staff", &chain::next(&head, 2, None, &commitment));
    all
}

#[test]
fn committed_examples_are_made_again_byte_for_byte() {
    let made = made();
    let committed = committed();
    for (name, value) in &made {
        assert_eq!(committed.get(name), Some(value), "{name}");
    }
    assert_eq!(made.len(), committed.len());
}

#[test]
#[ignore = "prints the examples, to be committed once when a format is added"]
fn print_examples() {
    println!("{}", serde_json::to_string_pretty(&made()).unwrap());
}

#[test]
fn committed_examples_open() {
    let committed = committed();
    let stored = |name: &str| bytes(&committed[name]);
    let makings = Makings::draw();

    assert_eq!(&*envelope::open(&makings.audience, &CONTENT, &stored("content")).unwrap(), TEXT.as_bytes());

    // A piece is too long to be kept here: it is made again, byte for byte, and opens.
    let described = Described::from_bytes(&stored("attachment description")).unwrap();
    let pieces = Pieces::of(&described, &FILE).unwrap();
    for number in 0..2 {
        let piece = pieces.seal(number, &vec![7; 100_000]).unwrap();
        let hash = stored(&format!("sha256 of attachment piece {number}"));
        assert_eq!(Sha256::digest(&piece).to_vec(), hash);
        let length = [65_536, 34_464][number as usize];
        assert_eq!(&*pieces.open(number, &piece).unwrap(), &vec![7; length]);
    }

    let header = backup::Header::parse(&stored("backup header")).unwrap();
    let mut opening = backup::open(&header, &BackupKey::from_bytes([10; 32])).unwrap();
    let (_, mut pieces) = a_backup();
    for number in 0..2 {
        let piece = pieces.seal(&backup::whole_piece(number), number == 1).unwrap();
        assert_eq!(*opening.open(&piece, number == 1).unwrap(), *backup::whole_piece(number));
    }

    let words = String::from_utf8(stored("receipt words")).unwrap();
    let receipt = ReceiptPhrase::parse(&words).unwrap();
    let (lookup, receipt_key) = receipt.keys(deployment(1));
    assert_eq!(lookup.to_vec(), stored("receipt lookup"));
    assert!(receipt.verify(&makings.service, &stored("receipt proof")));

    let trust = makings.trust(Approval::from_bytes(&stored("approval")).unwrap());
    assert_eq!(trust.member(&account(5), &place()), Some(true));

    let post =
        post::unwrap(&stored("post wrap"), deployment(1), &place(), 1, account(5), &makings.founder.reading);
    let post = post.unwrap();
    assert_eq!(post, makings.post);
    let context = Makings::wrap_context(Reader::Receipt);
    let opened = audience::unwrap(&stored("audience wrap for receipt"), &context, &receipt_key);
    assert_eq!(opened.unwrap(), makings.audience);
    let context = Makings::wrap_context(Reader::Post(place()));
    let opened = audience::unwrap(&stored("audience wrap for post"), &context, &post);
    assert_eq!(opened.unwrap(), makings.audience);
    let context = Makings::wrap_context(Reader::Account(account(5)));
    let opened = audience::unwrap(&stored("audience wrap for account"), &context, &makings.founder.reading);
    assert_eq!(opened.unwrap(), makings.audience);

    let opened = makings.service.open(Purpose::Inbox, b"row", &stored("service record"));
    assert_eq!(&*opened.unwrap(), TEXT.as_bytes());
    let opened = makings.service.open_padded(Purpose::Inbox, b"row", &stored("padded service record"));
    assert_eq!(&*opened.unwrap(), TEXT.as_bytes());

    let wrapping =
        crate::crypto::secret::WrappingKey::from_slice(&stored("passphrase wrapping key")).unwrap();
    let reading: ReadingKey =
        accounts::open(&wrapping, deployment(1), account(5), &stored("account reading key")).unwrap();
    let signing: SigningKey =
        accounts::open(&wrapping, deployment(1), account(5), &stored("account signing key")).unwrap();
    assert_eq!(AccountKeys { reading, signing }, makings.founder);
    let reading: ReadingKey =
        session::open_for_session(&makings.token, deployment(1), account(5), &stored("session reading key"))
            .unwrap();
    assert_eq!(reading, makings.founder.reading);

    let whose = (deployment(1), account(5));
    let app = AppSecret::open(&wrapping, &makings.service, whose, &stored("sealed app secret")).unwrap();
    assert_eq!(app.to_base32().as_bytes(), stored("app secret"));
    let code = RecoveryCode::read(&String::from_utf8(stored("recovery code")).unwrap()).unwrap();
    assert_eq!(code.hash(&makings.service, whose.0, whose.1).to_vec(), stored("recovery code hash"));

    let key = makings.founder.public().verifying;
    assert!(signature::verify(&key, &statement(&place()), &stored("statement signature")).is_ok());
}
