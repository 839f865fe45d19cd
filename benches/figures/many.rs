//! A deployment with very many cases: the demonstration's eighteen, each copied again and again under identifiers
//! and numbers of their own. What a page of a desk opens is sealed anew for each copy, so that any line of it
//! can be shown; what only one case's own page opens is there in size and number, not to be read.

use candor::clock::DAY;
use candor::crypto::canonical::Canonical;
use candor::crypto::service::Purpose;
use candor::domain::id::CaseId;
use candor::rng::Randomness;
use candor::service::Candor;
use candor::store::Db;
use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

/// Entries of the journal and texts that each copy has. A case of the demonstration has two to three times as many.
const ENTRIES: i64 = 4;
const ENTRY_BYTES: i64 = 400;
const TEXTS: i64 = 2;
const TEXT_BYTES: i64 = 4_096;

/// One entry of the library for so many cases.
const PER_LIBRARY_ENTRY: usize = 20;

/// A case to copy.
#[derive(Debug, sqlx::FromRow)]
struct Model {
    id: Uuid,
    stage: String,
    pace: String,
    raising_unit: String,
    concerned_unit: String,
    level_due: Option<i64>,
    next_due: Option<i64>,
    state: Vec<u8>,
    subject: Vec<u8>,
}

#[derive(Debug, sqlx::FromRow)]
struct Line {
    post: String,
    what: String,
    section: i64,
    due: i64,
    since: i64,
}

fn place(case: Uuid, what: &str) -> Vec<u8> {
    // The format of a case row (SECURITY.md), which is final.
    Canonical::new("candor case row 1").bytes(CaseId(case).as_bytes()).text(what).finish()
}

/// The number of a copy: three letters and four digits, as every case has.
fn number(mut copy: usize) -> String {
    let digits = copy % 10_000;
    copy /= 10_000;
    let letter = |value: usize| char::from(b'A' + u8::try_from(value % 26).unwrap());
    format!("{}{}{}-{digits:04}", letter(copy / 676), letter(copy / 26), letter(copy))
}

/// Fills a deployment up to `count` cases.
pub async fn fill(candor: &Candor, count: usize) {
    let Db::Sqlite { write, .. } = &candor.db else { panic!("this runs on SQLite") };
    let randomness = Randomness::system();
    let mut tx = write.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let models: Vec<Model> = sqlx::query_as(
        "SELECT id, stage, pace, raising_unit, concerned_unit, level_due, next_due, state, subject FROM cases ORDER BY number",
    )
    .fetch_all(&mut *tx)
    .await
    .unwrap();
    let mut opened = Vec::new();
    for model in models {
        let open = |what, sealed: &[u8]| {
            candor.keys.open(Purpose::CaseRow, &place(model.id, what), sealed).unwrap().to_vec()
        };
        let (state, subject) = (open("state", &model.state), open("subject", &model.subject));
        let lines: Vec<Line> =
            sqlx::query_as("SELECT post, what, section, due, since FROM waiting WHERE case_id = $1")
                .bind(model.id)
                .fetch_all(&mut *tx)
                .await
                .unwrap();
        opened.push((model, state, subject, lines));
    }
    let mut sequence: i64 =
        sqlx::query_scalar("SELECT sequence FROM journal_head").fetch_one(&mut *tx).await.unwrap();
    for copy in opened.len()..count {
        let (model, state, subject, lines) = &opened[copy % opened.len()];
        let case = CaseId::random(&randomness).0;
        let seal = |what, text: &[u8]| {
            candor.keys.seal(Purpose::CaseRow, &place(case, what), text, &randomness).unwrap()
        };
        // Spread over years; nothing of it is due while this runs.
        let later = i64::try_from(copy).unwrap() % 1_000 * DAY + 30 * DAY;
        sqlx::query(
            "INSERT INTO cases (id, number, version, stage, pace, raising_unit, concerned_unit, level_due, next_due, \
             retain_due, released_week, state, subject) VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, NULL, 2900, $9, $10)",
        )
        .bind(case)
        .bind(number(copy))
        .bind(&model.stage)
        .bind(&model.pace)
        .bind(&model.raising_unit)
        .bind(&model.concerned_unit)
        .bind(model.level_due.map(|due| due + later))
        .bind(model.next_due.map(|due| due + later))
        .bind(seal("state", state))
        .bind(seal("subject", subject))
        .execute(&mut *tx)
        .await
        .unwrap();
        for line in lines {
            sqlx::query("INSERT INTO waiting (post, case_id, what, section, due, since) VALUES ($1, $2, $3, $4, $5, $6)")
                .bind(&line.post)
                .bind(case)
                .bind(&line.what)
                .bind(line.section)
                .bind(line.due + later)
                .bind(line.since)
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        beside(&mut tx, case, &mut sequence).await;
    }
    sqlx::query("UPDATE journal_head SET sequence = $1").bind(sequence).execute(&mut *tx).await.unwrap();
    entries(&mut tx, count / PER_LIBRARY_ENTRY).await;
    tx.commit().await.unwrap();
    for statement in ["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"] {
        sqlx::query(statement).execute(write).await.unwrap();
    }
}

/// What a copy has in the journal and as texts.
async fn beside(tx: &mut Transaction<'static, Sqlite>, case: Uuid, sequence: &mut i64) {
    for version in 1..=ENTRIES {
        *sequence += 1;
        sqlx::query(
            "INSERT INTO journal (sequence, case_id, case_version, commitment, hash, body) \
             VALUES ($1, $2, $3, randomblob(32), randomblob(32), randomblob($4))",
        )
        .bind(*sequence)
        .bind(case)
        .bind(version)
        .bind(ENTRY_BYTES)
        .execute(&mut **tx)
        .await
        .unwrap();
    }
    for _ in 0..TEXTS {
        sqlx::query(
            "INSERT INTO envelope (id, case_id, audience, audience_version, kind, author, case_version, body) \
             VALUES (randomblob(16), $1, 1, 1, 1, 1, 1, randomblob($2))",
        )
        .bind(case)
        .bind(TEXT_BYTES)
        .execute(&mut **tx)
        .await
        .unwrap();
    }
}

/// Copies of what the library has.
async fn entries(tx: &mut Transaction<'static, Sqlite>, count: usize) {
    let there: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM library_entry").fetch_one(&mut **tx).await.unwrap();
    assert!(there > 0, "the demonstration has published something");
    let rounds = (i64::try_from(count).unwrap() / there).max(1);
    let columns: Vec<String> =
        sqlx::query_scalar("SELECT name FROM pragma_table_info('library_entry') WHERE name <> 'id'")
            .fetch_all(&mut **tx)
            .await
            .unwrap();
    let columns = columns.join(", ");
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {rounds}) \
         INSERT INTO library_entry (id, {columns}) SELECT randomblob(16), {columns} FROM library_entry, counted"
    )))
    .execute(&mut **tx)
    .await
    .unwrap();
    sqlx::query("UPDATE library_version SET version = version + 1").execute(&mut **tx).await.unwrap();
}
