//! AN-25: a stolen copy. Texts of every kind are planted; then a reader of the raw copy looks for them: with
//! nothing, with the service key, and with the service key and one person's passphrase.

use std::collections::BTreeSet;

use candor::crypto::canonical::Canonical;
use candor::crypto::passphrase::Passphrase;
use candor::crypto::service::Purpose;
use candor::domain::concern::{Concern, HandlerConcerned, Identity};
use candor::domain::proposal::Proposal;
use candor::service::cases::HandlerAct;
use candor::service::hexadecimal;
use candor::service::inbox::ReporterAct;
use candor::service::members::Scope;
use candor::service::readings::NewQuestion;
use candor::service::support::NewSupport;
use candor::store::sealed::{self, Place, Sealed, Sort};
use zeroize::Zeroizing;

use super::copy::{Copy, Table, Value};
use crate::support::app::{CONCERNED, PASSPHRASE, RAISING, TestApp, concern, prose};

/// What every planted text begins with; it stands nowhere else.
const PLANTED: &str = "zqxjplanted";

fn planted(what: &str) -> candor::domain::prose::Prose {
    prose(&format!("{PLANTED} {what}, and some more words."))
}

/// A deployment in which everything that anybody can write has been written.
struct Full {
    number: String,
    /// Secrets that are no text of a case: what each is, and its bytes.
    secrets: Vec<(&'static str, Vec<u8>)>,
}

fn full_concern() -> Concern {
    let mut concern = concern();
    concern.statement.what_happens = planted("what happens");
    concern.statement.effect = planted("effect");
    concern.statement.tried_words = planted("tried");
    concern.statement.remedy = planted("remedy");
    concern.council_only = planted("council only");
    concern.identity = Identity { name: planted("name"), contact: planted("contact"), for_panel: false };
    concern
}

fn full_proposal(app: &TestApp) -> Proposal {
    let mut proposal = app.proposal();
    proposal.issue = planted("issue");
    proposal.finding = planted("finding");
    proposal.library_text = planted("library draft");
    proposal.actions[0].what = planted("action");
    proposal
}

fn attached(what: &str) -> ReporterAct {
    let file = candor::cleaning::clean(planted(what).as_str().as_bytes()).unwrap();
    ReporterAct::Attach { file, council_only: false }
}

impl Full {
    async fn play(app: &TestApp) -> Self {
        // Before anything waits: a quarter is not published while an act of it does.
        assert_eq!(app.candor.measure(app.now().plus(70 * candor::clock::DAY)).await, Ok(1));
        let mut secrets = Vec::new();
        let (reporter, number) = app.open_case(&full_concern()).await;
        let act = async |name: &str, number: &str, act: HandlerAct| app.act(name, number, act).await.unwrap();
        for name in [RAISING, CONCERNED] {
            act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await;
        }
        act(RAISING, &number, HandlerAct::Write { text: planted("room"), to_reporter: false }).await;
        act(RAISING, &number, HandlerAct::Write { text: planted("told"), to_reporter: true }).await;
        act(RAISING, &number, HandlerAct::Ask { text: planted("question") }).await;
        act(RAISING, &number, HandlerAct::Extend { reason: planted("extension") }).await;
        let (question, _) = app.visit(&reporter).await.question.unwrap();
        let acts = [
            ReporterAct::Answer { question, text: planted("answer") },
            ReporterAct::Add { text: planted("addition") },
            attached("file"),
            ReporterAct::GiveName(full_concern().identity),
            ReporterAct::ReportReprisal { text: planted("reprisal") },
        ];
        for one in acts {
            app.reporter_acts(&reporter, &one).await;
        }
        app.run_batches().await;
        act("council-harbour", &number, HandlerAct::AnswerReprisal { text: planted("reprisal answer") })
            .await;
        act(RAISING, &number, HandlerAct::Propose(full_proposal(app))).await;
        let hash = app.case(CONCERNED, &number).await.unwrap().proposals[0].hash;
        act(CONCERNED, &number, HandlerAct::Reject { hash, reason: planted("rejection") }).await;
        act(RAISING, &number, HandlerAct::Propose(full_proposal(app))).await;
        for name in [RAISING, CONCERNED] {
            app.accept(name, &number).await.unwrap();
        }
        act(RAISING, &number, HandlerAct::Done { action: 0, note: planted("done") }).await;
        act(CONCERNED, &number, HandlerAct::Verify { action: 0, holds: true, note: planted("holds") }).await;

        let lead = app.signed_in("council-guard").await;
        let (post, document) = (lead.seats[0].post.clone(), "DOC-1".into());
        let new = NewQuestion { document, category: None, question: planted("open question") };
        app.candor.ask_reading(&lead, &post, new).await.unwrap();
        let (of, due) = ("commander:HAR-EAST".parse().unwrap(), app.now().plus(candor::clock::DAY));
        let new = NewSupport { of, what: planted("support"), due };
        app.candor.ask_support(&lead, &post, new).await.unwrap();

        // A second one, on its way up, whose reporter says that a handler is concerned.
        let (other, second) = app.open_case(&full_concern()).await;
        act(RAISING, &second, HandlerAct::Acknowledge { no_conflict: true }).await;
        act(RAISING, &second, HandlerAct::Propose(full_proposal(app))).await;
        act(RAISING, &second, HandlerAct::Escalate { position: planted("position") }).await;
        act("council-guard-member", &second, HandlerAct::Recuse { reason: planted("recusal") }).await;
        let handler = HandlerConcerned::OurSide;
        app.reporter_acts(&other, &ReporterAct::AskForReview { handler, text: planted("review") }).await;
        app.run_batches().await;
        // And a third that still waits for its batch.
        let waiting = app.raise(&full_concern()).await;
        app.reporter_acts(&waiting, &attached("file that waits")).await;
        app.leaves_work_behind();

        let (administrator, cookie) = app.administrator().await;
        app.candor.set_access_phrase(&administrator, Some(&format!("{PLANTED} phrase"))).await.unwrap();
        let link = app.candor.invite(&administrator, "newcomer", false, &[]).await.unwrap();
        secrets.push(("an invitation", link.into_bytes()));
        secrets.push(("a session's token", cookie.clone().into_bytes()));
        secrets.push(("a session's token, raw", bytes_of(&cookie)));
        let person = app.person("guard-west").await;
        let secret: String = app.candor.offer(&person.signed_in).await.unwrap().secret.replace(' ', "");
        let totp = totp_rs::Secret::try_from_base32(&secret).unwrap();
        let telephone = totp_rs::Builder::new().with_secret(totp.clone()).build_noncompliant();
        let code = telephone.generate(u64::try_from(app.now().0).unwrap()).to_string();
        let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
        let codes = app.candor.enrol(&person.signed_in, passphrase, &code).await.unwrap();
        secrets.push(("an app's secret, raw", base32(&secret)));
        secrets.push(("an app's secret", secret.into_bytes()));
        secrets.push(("a recovery code", codes[0].as_bytes().to_vec()));
        secrets.push(("a passphrase", PASSPHRASE.as_bytes().to_vec()));
        secrets.push(("a receipt", waiting.words.clone().into_bytes()));
        secrets.push(("a receipt without spaces", waiting.words.replace(' ', "").into_bytes()));
        for word in reporter.words.split(' ').filter(|word| word.len() > 6) {
            secrets.push(("a word of a receipt", word.as_bytes().to_vec()));
        }
        for address in ["guard@example.gov", "harbour@example.gov"] {
            secrets.push(("a mail address", address.as_bytes().to_vec()));
        }
        crate::members::take(app, &format!("RIV-EAST,SECRET-4711,{PLANTED} member\n"), Scope::Everybody)
            .await;
        secrets.push(("a member's number", b"SECRET-4711".to_vec()));
        let code = crate::members::code(app, "RIV-EAST", "SECRET-4711").await;
        secrets.push(("a member's code", code.replace('-', "").into_bytes()));
        secrets.push(("a member's code, as printed", code.into_bytes()));
        secrets.push(("the service key", vec![3; 32]));
        Self { number, secrets }
    }
}

fn bytes_of(digits: &str) -> Vec<u8> {
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
    digits.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// RFC 4648, without padding.
fn base32(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut kept, mut bits) = (0_u32, 0);
    for letter in text.bytes() {
        let value = if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'A' };
        (kept, bits) = (kept << 5 | u32::from(value), bits + 5);
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(kept >> bits & 255).unwrap());
        }
    }
    bytes
}

/// Where any of this stands, in rows or files.
fn found_in(copy: &Copy, secrets: &[(&'static str, Vec<u8>)]) -> Vec<String> {
    let texts = [("a planted text", PLANTED.as_bytes().to_vec())];
    texts
        .iter()
        .chain(secrets)
        .flat_map(|(what, bytes)| {
            copy.places_with(bytes).into_iter().map(move |place| format!("{what}: {place}"))
        })
        .collect()
}

async fn an_25_a_copy_alone_tells_no_text_and_no_secret(app: TestApp) {
    let full = Box::pin(Full::play(&app)).await;
    app.candor.db.forget_traces().await.unwrap();
    let copy = Copy::of(&app.database).await;
    assert_eq!(found_in(&copy, &full.secrets), Vec::<String>::new());
    // The control: one text in clear, and one secret, each in a place where nobody would look.
    app.database.run(&format!("UPDATE waiting SET what = '{PLANTED}'")).await;
    let leaked = hexadecimal(&full.secrets[2].1);
    app.database.run(&format!("INSERT INTO tally (what, count) VALUES ('x{leaked}', 1)")).await;
    let found = found_in(&Copy::of(&app.database).await, &full.secrets);
    assert!(found.iter().any(|found| found == "a planted text: table waiting"), "{found:?}");
    assert!(found.iter().any(|found| found.starts_with("a planted text: file")), "{found:?}");
    assert!(found.iter().any(|found| found == "a session's token, raw: table tally"), "{found:?}");
}

/// A record that rests under the service key, opened by the published formats and nothing of this program but
/// its ciphers.
fn opened(app: &TestApp, record: &Sealed) -> Zeroizing<Vec<u8>> {
    let deployment = app.candor.deployment;
    let row = |case: candor::domain::id::CaseId, what: &str| {
        Canonical::new("candor case row 1").bytes(case.as_bytes()).text(what).finish()
    };
    let of_account = |tag: &str, account: candor::domain::id::AccountId| {
        Canonical::new(tag).bytes(deployment.as_bytes()).bytes(account.as_bytes()).finish()
    };
    let (purpose, associated) = match &record.place {
        Place::Secret { what, generation } => (
            Purpose::Pepper,
            Canonical::new("candor carried key 1").text(what).number(u64::from(*generation)).finish(),
        ),
        Place::Wrap { case, audience, version, reader } => (
            Purpose::Wrap,
            Canonical::new("candor wrap at rest 1")
                .bytes(case.as_bytes())
                .number(audience.unsigned_abs())
                .number(u64::from(*version))
                .text(reader)
                .finish(),
        ),
        Place::Journal { sequence, case } => {
            let entry = Canonical::new("candor journal body 1").number(sequence.unsigned_abs());
            let entry = match case {
                Some((case, version)) => entry.bytes(case.as_bytes()).number(u64::from(*version)),
                None => entry,
            };
            (Purpose::Journal, entry.finish())
        }
        Place::State(case) => (Purpose::CaseRow, row(*case, "state")),
        Place::Subject(case) => (Purpose::CaseRow, row(*case, "subject")),
        Place::Receipt(id) | Place::Refused(id) => (Purpose::Receipt, id.to_vec()),
        Place::Inbox(id) => (Purpose::Inbox, id.to_vec()),
        Place::Measures(quarter) => {
            (Purpose::Measures, Canonical::new("candor measures 1").text(quarter).finish())
        }
        Place::Chunk(piece) | Place::WaitingChunk(piece) => {
            let at_rest = Canonical::new("candor attachment at rest 1").bytes(piece.file.as_bytes());
            (Purpose::Attachment, at_rest.number(u64::from(piece.number)).finish())
        }
        Place::SecondFactor(account) => (Purpose::Account, of_account("candor second factor 1", *account)),
        Place::Passkey { account, .. } => {
            (Purpose::Account, of_account("candor passkey at rest 1", *account))
        }
        Place::Member(id) => {
            (Purpose::Member, Canonical::new("candor member 1").bytes(id.as_bytes()).finish())
        }
        Place::LibraryDraft(id) => {
            (Purpose::Library, Canonical::new("candor library draft 1").bytes(id.as_bytes()).finish())
        }
        Place::Reading(id) => {
            (Purpose::Library, Canonical::new("candor reading 1").bytes(id.as_bytes()).finish())
        }
        Place::Support(id) => {
            (Purpose::Support, Canonical::new("candor support 1").bytes(id.as_bytes()).finish())
        }
        Place::LibraryLink(id) => {
            (Purpose::Library, Canonical::new("candor library link 1").bytes(id.as_bytes()).finish())
        }
    };
    app.candor.keys.open(purpose, &associated, &record.body).unwrap_or_else(|_| panic!("{:?}", record.place))
}

async fn an_25_with_the_service_key_alone_no_text_opens(app: TestApp) {
    let full = Box::pin(Full::play(&app)).await;
    let (mut all, mut subjects) = (Vec::new(), String::new());
    for sort in Sort::ALL {
        let mut tx = app.database.read().await;
        let records = sealed::after(&mut tx, *sort, None, 10_000).await.unwrap();
        drop(tx);
        assert!(
            !records.is_empty() || matches!(sort, Sort::Refused | Sort::Passkeys | Sort::LibraryLinks),
            "no {}",
            sort.words()
        );
        for record in &records {
            let text = opened(&app, record);
            if matches!(record.place, Place::Subject(_)) {
                subjects.push_str(&String::from_utf8_lossy(&text));
            }
            // Of a draft its text is meant for everybody; nothing else that somebody wrote is in it.
            if matches!(record.place, Place::LibraryDraft(_)) {
                let text = String::from_utf8_lossy(&text);
                assert_eq!(text.matches(PLANTED).count(), 1);
                assert!(text.contains(planted("library draft").as_str()));
                continue;
            }
            // A question is asked to be answered for everybody.
            if matches!(record.place, Place::Reading(_)) {
                let text = String::from_utf8_lossy(&text);
                assert!(
                    text.contains(planted("open question").as_str()) && text.matches(PLANTED).count() == 1
                );
                continue;
            }
            // What one side asks of the other is about no case.
            if matches!(record.place, Place::Support(_)) {
                let text = String::from_utf8_lossy(&text);
                assert!(text.contains(planted("support").as_str()) && text.matches(PLANTED).count() == 1);
                continue;
            }
            // Number and name of a member are under the service key, and nothing else of theirs.
            if matches!(record.place, Place::Member(_)) {
                let text = String::from_utf8_lossy(&text);
                assert!(text.starts_with("SECRET-4711\0") && text.matches(PLANTED).count() == 1);
                continue;
            }
            all.push((sort.words(), text));
        }
    }
    let holding = |bytes: &[u8]| -> BTreeSet<&str> {
        all.iter()
            .filter(|(_, text)| super::copy::find(text, bytes).is_some())
            .map(|(sort, _)| *sort)
            .collect()
    };
    assert_eq!(holding(PLANTED.as_bytes()), BTreeSet::new(), "a planted text opens");
    for (what, secret) in &full.secrets {
        assert_eq!(holding(secret), BTreeSet::new(), "{what} opens");
    }
    // What is under the service key alone is what is published, and the control that these were opened.
    assert!(subjects.contains("boats") && subjects.contains("DOC-1"), "{subjects}");
    assert!(!holding(b"commander:RIV-EAST").is_empty() && !holding(b"opened").is_empty());
    // The control: the service key and one person's passphrase open the statement.
    let seen = app.case(RAISING, &full.number).await.unwrap();
    assert!(seen.statement.unwrap().effect.as_str().starts_with(PLANTED));
    assert!(seen.council_only.is_none(), "and no more than that person reads");
}

/// Columns in clear, each with the words of docs/architecture.md that say so.
const IN_CLEAR: &[(&str, &[&str], &str)] = &[
    ("cases", &["number"], "number"),
    ("cases", &["raising_unit", "concerned_unit"], "the two shown units"),
    ("cases", &["pace"], "pace"),
    ("cases", &["stage"], "stage"),
    ("cases", &["level_due", "next_due", "retain_due"], "deadlines"),
    ("cases", &["released_week"], "week of release"),
    ("cases", &["version"], "how many entries it has"),
    ("waiting", &["post", "case_id", "what", "section", "due", "since"], "who waits for what"),
    (
        "audience_wrap",
        &["case_id", "audience", "version", "reader", "key_version"],
        "whom each key is wrapped for",
    ),
    (
        "envelope",
        &["case_id", "audience", "audience_version", "kind", "author", "case_version"],
        "its kind, its author's class and its readers' audience",
    ),
    ("attachment_chunk", &["file", "number"], "into how many pieces each file is cut"),
    ("waiting_chunk", &["file", "number", "place"], "into how many pieces each file is cut"),
    ("journal", &["sequence", "case_id", "case_version"], "which case an entry is about"),
    ("journal_head", &["only_row", "sequence"], "which case an entry is about"),
    (
        "notice",
        &[
            "case_id",
            "resolution",
            "recipient",
            "raising_unit",
            "concerned_unit",
            "level",
            "made_at",
            "due",
            "envelope",
            "acknowledged_at",
            "acknowledged_by",
        ],
        "whom it was told to",
    ),
    ("measures", &["quarter"], "which quarters were published"),
    ("notice", &["remedy_due", "reopened"], "when its next action is due and whether it was reopened"),
    (
        "tally",
        &["what", "count"],
        "how many cases were closed as not joint and how often a component let a level lapse",
    ),
    (
        "delivery",
        &["notice", "channel", "state", "version", "planned", "next_at", "tries", "unclear", "reason"],
        "what is on its way outside",
    ),
    (
        "head_outside",
        &["day", "place", "sequence", "kept", "tries", "next_at", "version"],
        "what is on its way outside",
    ),
    (
        "standing",
        &["what", "since", "made", "last_entry", "noted"],
        "whether the database was restored from a backup or moved elsewhere, and when",
    ),
    ("inbox", &["slot"], "the batch of each act that waits"),
    ("member", &["post", "account", "lead", "approved", "removal_asked"], "who holds which post"),
    ("approval", &["post", "key_version", "account", "body"], "who holds which post"),
    ("removal", &["post", "key_version", "account", "body"], "who holds which post"),
    ("post_key", &["post", "version", "public_key"], "public keys"),
    ("post_key_wrap", &["post", "version", "account"], "who holds which post"),
    ("account", &["sign_in_name", "administrator", "auditor", "active"], "sign-in names"),
    (
        "account",
        &["memory_kib", "passes", "lanes", "pepper", "key_version", "reading_public", "signing_public"],
        "public keys",
    ),
    ("invitation", &["account", "expires_at"], "when a session or an invitation ends"),
    (
        "session",
        &["account", "fresh_until", "idle_until", "ends_at", "began_hour"],
        "when a session or an invitation ends",
    ),
    ("account_event", &["account", "what", "hour"], "what people did with their own account, to the hour"),
    (
        "second_factor",
        &["account", "last_step", "generation"],
        "which second factors an account has, and the last half minute whose code was used",
    ),
    ("recovery_code", &["account"], "which second factors an account has"),
    ("passkey", &["account", "version"], "which second factors an account has"),
    ("passkey_challenge", &["forgotten_hour"], "when a session or an invitation ends"),
    (
        "organisation",
        &["version", "body", "set_at", "set_by"],
        "the organisation, its calendar and standards",
    ),
    (
        "proposed_change",
        &["about", "version", "base", "body", "proposed_at", "proposed_by", "in_force_at", "declined_by"],
        "the organisation, its calendar and standards",
    ),
    (
        "change_agreement",
        &["about", "version", "component", "account"],
        "the organisation, its calendar and standards",
    ),
    (
        "deployment",
        &["only_row", "founded_at", "people_version"],
        "the organisation, its calendar and standards",
    ),
    ("access_phrase", &["only_row", "version"], "how often the access phrase was changed"),
    ("service_secret", &["what", "generation"], "which keys were carried over"),
    ("library_draft", &["month"], "in which month a draft may appear"),
    (
        "library_entry",
        &[
            "month",
            "category",
            "document",
            "document_was",
            "one",
            "other",
            "kind",
            "level",
            "body",
            "state",
            "reason",
            "departs",
            "departs_from",
            "document_more",
        ],
        "What the library has published",
    ),
    (
        "reading",
        &["version", "asked_by", "is_open"],
        "who asked each question about a document or recorded a settlement, how many steps it has had, and whether it is open",
    ),
    (
        "support",
        &["version", "asked_by", "asked_of", "open_until"],
        "whose desk asked whose for support, how many steps each request has had, and until when something can happen to it",
    ),
    ("library_month", &["month", "day"], "What the library has published"),
    (
        "field_member",
        &["unit", "component", "since", "gone", "generation"],
        "how many are in each unit and since which day",
    ),
    (
        "field_stay",
        &["member", "unit", "component", "since", "until"],
        "how many are in each unit and since which day",
    ),
    ("acknowledgement", &["member", "item", "day"], "which of them has acknowledged what, by the day"),
    ("roster", &["only_row", "version", "day"], "how often a roster was taken"),
    ("library_version", &["only_row", "version"], "What the library has published"),
    ("directive", &["day", "issued_by", "title", "body", "document", "units", "reason"], "directives"),
];

/// Random identifiers, keyed hashes, salts: nothing without a key.
const MEANINGLESS: &[(&str, &[&str])] = &[
    ("access_phrase", &["hash"]),
    ("account", &["id", "salt", "verifier"]),
    ("account_event", &["id"]),
    ("cases", &["id"]),
    ("delivery", &["id"]),
    ("deployment", &["id"]),
    ("envelope", &["id"]),
    ("directive", &["id"]),
    ("field_member", &["id", "lookup"]),
    ("head_outside", &["hash", "id"]),
    ("inbox", &["id"]),
    ("invitation", &["token_hash"]),
    ("journal", &["commitment", "hash"]),
    ("journal_head", &["hash"]),
    ("library_draft", &["id"]),
    ("library_entry", &["id"]),
    ("notice", &["id"]),
    ("passkey", &["id"]),
    ("passkey_challenge", &["hash"]),
    ("receipt", &["lookup"]),
    ("reading", &["id"]),
    ("recovery_code", &["hash"]),
    ("refused_act", &["id"]),
    ("session", &["token_hash"]),
    ("support", &["id"]),
];

/// Under a key.
const SEALED: &[(&str, &[&str])] = &[
    ("account", &["reading_sealed", "signing_sealed"]),
    ("attachment_chunk", &["body"]),
    ("audience_wrap", &["body"]),
    ("cases", &["state", "subject"]),
    ("envelope", &["body"]),
    ("field_member", &["sealed"]),
    ("inbox", &["body"]),
    ("journal", &["body"]),
    ("library_draft", &["body"]),
    ("library_entry", &["link"]),
    ("measures", &["body"]),
    ("passkey", &["sealed"]),
    ("post_key_wrap", &["body"]),
    ("reading", &["body"]),
    ("receipt", &["body"]),
    ("refused_act", &["body"]),
    ("second_factor", &["sealed"]),
    ("service_secret", &["sealed"]),
    ("session", &["reading_sealed", "signing_sealed"]),
    ("support", &["body"]),
    ("waiting_chunk", &["body"]),
];

/// Columns of a copy that no list names, or that do not look as their list says.
fn unlisted(copy: &Copy) -> Vec<String> {
    let listed = |list: &[(&str, &[&str])], table: &str, column: &str| {
        list.iter().any(|(name, columns)| *name == table && columns.contains(&column))
    };
    let clear: Vec<_> = IN_CLEAR.iter().map(|(table, columns, _)| (*table, *columns)).collect();
    let mut faults = Vec::new();
    for (name, table) in copy.tables.iter().filter(|(name, _)| !name.starts_with("_sqlx")) {
        for (at, column) in table.columns.iter().enumerate().filter(|(_, name)| *name != super::copy::NOTED) {
            if listed(SEALED, name, column) {
                if !looks_sealed(table, at) {
                    faults.push(format!("{name}.{column} is not sealed"));
                }
            } else if listed(MEANINGLESS, name, column) {
                if !looks_random(table, at) {
                    faults.push(format!("{name}.{column} is not random"));
                }
            } else if !listed(&clear, name, column) {
                faults.push(format!("{name}.{column} is in no list"));
            }
        }
    }
    faults
}

/// No run of readable characters, and no byte far more frequent than another.
fn looks_sealed(table: &Table, column: usize) -> bool {
    const RUN: usize = 24;
    let mut counts = [0_u32; 256];
    let mut total = 0;
    for row in &table.rows {
        let bytes = match &row[column] {
            Value::Bytes(bytes) => bytes,
            Value::Null => continue,
            Value::Integer(_) | Value::Text(_) => return false,
        };
        // The first byte names the suite.
        for byte in bytes.iter().skip(1) {
            counts[usize::from(*byte)] += 1;
            total += 1;
        }
        let readable = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
        if bytes.windows(RUN).any(readable) {
            return false;
        }
    }
    let expected = f64::from(total) / 256.0;
    let most = expected + 10.0 * expected.sqrt() + 20.0;
    counts.iter().all(|count| f64::from(*count) < most)
}

/// Bytes of one length, all different.
fn looks_random(table: &Table, column: usize) -> bool {
    let values: Vec<&Value> =
        table.rows.iter().map(|row| &row[column]).filter(|value| **value != Value::Null).collect();
    let lengths: BTreeSet<_> = values
        .iter()
        .map(|value| match value {
            Value::Bytes(bytes) => bytes.len(),
            _ => 0,
        })
        .collect();
    let different: BTreeSet<_> = values.iter().collect();
    lengths.len() <= 1 && lengths.iter().all(|length| *length >= 16) && different.len() == values.len()
}

async fn an_25_what_rests_in_clear_is_what_the_paper_says(app: TestApp) {
    Box::pin(Full::play(&app)).await;
    let copy = Copy::of(&app.database).await;
    assert_eq!(
        unlisted(&copy),
        Vec::<String>::new(),
        "a new column goes into a list here and into docs/architecture.md"
    );
    for (table, columns) in IN_CLEAR
        .iter()
        .map(|(table, columns, _)| (table, columns))
        .chain(MEANINGLESS.iter().map(|(table, columns)| (table, columns)))
        .chain(SEALED.iter().map(|(table, columns)| (table, columns)))
    {
        for column in *columns {
            assert!(
                copy.tables.get(*table).is_some_and(|known| known.columns.iter().any(|name| name == column)),
                "no {table}.{column}"
            );
        }
    }
    let paper =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/architecture.md")).unwrap();
    let section = paper.split("## What rests in clear").nth(1).unwrap().split("\n## ").next().unwrap();
    let section = section.split_whitespace().collect::<Vec<_>>().join(" ");
    for (table, columns, words) in IN_CLEAR {
        assert!(section.contains(words), "the paper does not say \"{words}\" of {table} {columns:?}");
    }
    // The controls: a column more, a text where it should be sealed, a count where it should be random.
    app.database.run("ALTER TABLE cases ADD COLUMN opened_at INTEGER").await;
    let mut copy = Copy::of(&app.database).await;
    assert_eq!(unlisted(&copy), ["cases.opened_at is in no list"]);
    let table = copy.tables.get_mut("envelope").unwrap();
    let (id, body) = (table.column("id"), table.column("body"));
    table.rows[0][body] = Value::Bytes(b"\x01the harbour takes the patrol boat in the mornings".to_vec());
    table.rows[0][id] = Value::Integer(1);
    assert_eq!(
        unlisted(&copy),
        ["cases.opened_at is in no list", "envelope.id is not random", "envelope.body is not sealed"]
    );
}

on_both!(
    an_25_a_copy_alone_tells_no_text_and_no_secret,
    an_25_with_the_service_key_alone_no_text_opens,
    an_25_what_rests_in_clear_is_what_the_paper_says,
);
