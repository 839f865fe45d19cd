//! Everything that rests under the service key, portion by portion, to be sealed anew under another.

use uuid::Uuid;

use super::attachments::Piece;
use super::{StoreError, Tx, small};
use crate::domain::id::{AccountId, CaseId, DraftId, EntryId, EnvelopeId, MemberId, ReadingId, SupportId};

/// Where a sealed record lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Secret { what: String, generation: u32 },
    Wrap { case: CaseId, audience: i64, version: u32, reader: String },
    Journal { sequence: i64, case: Option<(CaseId, u32)> },
    State(CaseId),
    Subject(CaseId),
    Receipt([u8; 32]),
    Refused([u8; 32]),
    Inbox([u8; 32]),
    SecondFactor(AccountId),
    Passkey { id: [u8; 32], account: AccountId },
    Measures(String),
    LibraryDraft(DraftId),
    LibraryLink(EntryId),
    Reading(ReadingId),
    Support(SupportId),
    Member(MemberId),
    Chunk(Piece),
    WaitingChunk(Piece),
}

macro_rules! kinds {
    ($($kind:ident $words:literal $table:literal $column:literal $count:literal;)*) => {
        /// What is sealed under the service key: one column each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Sort { $($kind),* }

        impl Sort {
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// In words, for whoever runs the program.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$kind => $words),* }
            }

            /// Table and column.
            #[must_use]
            pub const fn column(self) -> (&'static str, &'static str) {
                match self { $(Self::$kind => ($table, $column)),* }
            }

            /// How many records there are.
            pub async fn count(self, tx: &mut Tx) -> Result<i64, StoreError> {
                Ok(match self {
                    $(Self::$kind => with_tx!(tx, |c| sqlx::query_scalar($count)
                        .fetch_one(c)
                        .await)?),*
                })
            }
        }
    };
}

kinds! {
    Secrets "carried keys" "service_secret" "sealed"
        "SELECT COUNT(*) FROM service_secret";
    Wraps "wrapped keys of audiences" "audience_wrap" "body"
        "SELECT COUNT(*) FROM audience_wrap";
    Journal "entries of the journal" "journal" "body"
        "SELECT COUNT(*) FROM journal";
    States "cases, where each stands" "cases" "state"
        "SELECT COUNT(*) FROM cases";
    Subjects "cases, what each is about" "cases" "subject"
        "SELECT COUNT(*) FROM cases";
    Receipts "receipts" "receipt" "body"
        "SELECT COUNT(*) FROM receipt";
    Refused "answers to acts that came too late" "refused_act" "body"
        "SELECT COUNT(*) FROM refused_act";
    Inbox "acts that wait for a batch" "inbox" "body"
        "SELECT COUNT(*) FROM inbox";
    SecondFactors "apps of second factors" "second_factor" "sealed"
        "SELECT COUNT(*) FROM second_factor";
    Passkeys "passkeys" "passkey" "sealed"
        "SELECT COUNT(*) FROM passkey";
    Measures "published quarters" "measures" "body"
        "SELECT COUNT(*) FROM measures";
    LibraryDrafts "drafts of the library" "library_draft" "body"
        "SELECT COUNT(*) FROM library_draft";
    LibraryLinks "links of the library's entries" "library_entry" "link"
        "SELECT COUNT(*) FROM library_entry";
    Readings "questions and informal settlements" "reading" "body"
        "SELECT COUNT(*) FROM reading";
    Support "requests for support" "support" "body"
        "SELECT COUNT(*) FROM support";
    Members "numbers and names of field members" "field_member" "sealed"
        "SELECT COUNT(*) FROM field_member";
    Chunks "pieces of attached files" "attachment_chunk" "body"
        "SELECT COUNT(*) FROM attachment_chunk";
    WaitingChunks "pieces of files that wait for a batch" "waiting_chunk" "body"
        "SELECT COUNT(*) FROM waiting_chunk";
}

/// A sealed record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub place: Place,
    pub body: Vec<u8>,
}

type RawWrap = (Uuid, i64, i64, String, Vec<u8>);
type RawEntry = (i64, Option<Uuid>, Option<i64>, Vec<u8>);

/// Up to `limit` records of a sort after the last one that was read, in the order of their keys.
pub async fn after(
    tx: &mut Tx,
    sort: Sort,
    last: Option<&Place>,
    limit: i64,
) -> Result<Vec<Sealed>, StoreError> {
    match sort {
        Sort::Secrets => secrets(tx, last, limit).await,
        Sort::Wraps => wraps(tx, last, limit).await,
        Sort::Journal => entries(tx, last, limit).await,
        Sort::States => {
            let sql = "SELECT id, state FROM cases WHERE id > $1 ORDER BY id LIMIT $2";
            by_uuid(tx, sql, last, limit, |id| Place::State(CaseId(id))).await
        }
        Sort::Subjects => {
            let sql = "SELECT id, subject FROM cases WHERE id > $1 ORDER BY id LIMIT $2";
            by_uuid(tx, sql, last, limit, |id| Place::Subject(CaseId(id))).await
        }
        Sort::SecondFactors => {
            let sql =
                "SELECT account, sealed FROM second_factor WHERE account > $1 ORDER BY account LIMIT $2";
            by_uuid(tx, sql, last, limit, |id| Place::SecondFactor(AccountId(id))).await
        }
        Sort::Receipts => {
            let sql = "SELECT lookup, body FROM receipt WHERE lookup > $1 ORDER BY lookup LIMIT $2";
            by_hash(tx, sql, last, limit, Place::Receipt).await
        }
        Sort::Refused => {
            let sql = "SELECT id, body FROM refused_act WHERE id > $1 ORDER BY id LIMIT $2";
            by_hash(tx, sql, last, limit, Place::Refused).await
        }
        Sort::Inbox => {
            let sql = "SELECT id, body FROM inbox WHERE id > $1 ORDER BY id LIMIT $2";
            by_hash(tx, sql, last, limit, Place::Inbox).await
        }
        Sort::Passkeys => passkeys(tx, last, limit).await,
        Sort::Measures => measures(tx, last, limit).await,
        Sort::LibraryDrafts => {
            let sql = "SELECT id, body FROM library_draft WHERE id > $1 ORDER BY id LIMIT $2";
            by_uuid(tx, sql, last, limit, |id| Place::LibraryDraft(DraftId(id))).await
        }
        Sort::LibraryLinks => {
            let sql = "SELECT id, link FROM library_entry WHERE id > $1 ORDER BY id LIMIT $2";
            by_uuid(tx, sql, last, limit, |id| Place::LibraryLink(EntryId(id))).await
        }
        Sort::Readings => {
            let sql = "SELECT id, body FROM reading WHERE id > $1 ORDER BY id LIMIT $2";
            by_uuid(tx, sql, last, limit, |id| Place::Reading(ReadingId(id))).await
        }
        Sort::Support => {
            let sql = "SELECT id, body FROM support WHERE id > $1 ORDER BY id LIMIT $2";
            by_uuid(tx, sql, last, limit, |id| Place::Support(SupportId(id))).await
        }
        Sort::Members => {
            let sql = "SELECT id, sealed FROM field_member WHERE id > $1 ORDER BY id LIMIT $2";
            by_uuid(tx, sql, last, limit, |id| Place::Member(MemberId(id))).await
        }
        Sort::Chunks => {
            let sql = "SELECT file, number, body FROM attachment_chunk WHERE (file, number) > ($1, $2) \
                       ORDER BY file, number LIMIT $3";
            chunks(tx, sql, last, limit, Place::Chunk).await
        }
        Sort::WaitingChunks => {
            let sql = "SELECT file, number, body FROM waiting_chunk WHERE (file, number) > ($1, $2) AND place = 0 \
                       ORDER BY file, number LIMIT $3";
            chunks(tx, sql, last, limit, Place::WaitingChunk).await
        }
    }
}

async fn by_uuid(
    tx: &mut Tx,
    sql: &'static str,
    last: Option<&Place>,
    limit: i64,
    place: impl Fn(Uuid) -> Place,
) -> Result<Vec<Sealed>, StoreError> {
    let last = match last {
        Some(Place::State(case) | Place::Subject(case)) => case.0,
        Some(Place::SecondFactor(account)) => account.0,
        Some(Place::LibraryDraft(draft)) => draft.0,
        Some(Place::LibraryLink(entry)) => entry.0,
        Some(Place::Reading(reading)) => reading.0,
        Some(Place::Support(support)) => support.0,
        Some(Place::Member(member)) => member.0,
        _ => Uuid::nil(),
    };
    let rows: Vec<(Uuid, Vec<u8>)> =
        with_tx!(tx, |c| sqlx::query_as(sql).bind(last).bind(limit).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(id, body)| Sealed { place: place(id), body }).collect())
}

const fn hash_of(last: Option<&Place>) -> &[u8] {
    match last {
        Some(Place::Receipt(id) | Place::Refused(id) | Place::Inbox(id) | Place::Passkey { id, .. }) => id,
        _ => &[],
    }
}

async fn by_hash(
    tx: &mut Tx,
    sql: &'static str,
    last: Option<&Place>,
    limit: i64,
    place: impl Fn([u8; 32]) -> Place,
) -> Result<Vec<Sealed>, StoreError> {
    let rows: Vec<(Vec<u8>, Vec<u8>)> =
        with_tx!(tx, |c| sqlx::query_as(sql).bind(hash_of(last)).bind(limit).fetch_all(c).await)?;
    rows.into_iter().map(|(id, body)| Ok(Sealed { place: place(super::fixed(&id)?), body })).collect()
}

async fn passkeys(tx: &mut Tx, last: Option<&Place>, limit: i64) -> Result<Vec<Sealed>, StoreError> {
    let rows: Vec<(Vec<u8>, Uuid, Vec<u8>)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, account, sealed FROM passkey WHERE id > $1 ORDER BY id LIMIT $2"
    )
    .bind(hash_of(last))
    .bind(limit)
    .fetch_all(c)
    .await)?;
    rows.into_iter()
        .map(|(id, account, body)| {
            let place = Place::Passkey { id: super::fixed(&id)?, account: AccountId(account) };
            Ok(Sealed { place, body })
        })
        .collect()
}

async fn measures(tx: &mut Tx, last: Option<&Place>, limit: i64) -> Result<Vec<Sealed>, StoreError> {
    let last = match last {
        Some(Place::Measures(quarter)) => quarter.as_str(),
        _ => "",
    };
    let rows: Vec<(String, Vec<u8>)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT quarter, body FROM measures WHERE quarter > $1 ORDER BY quarter LIMIT $2"
    )
    .bind(last)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|(quarter, body)| Sealed { place: Place::Measures(quarter), body }).collect())
}

async fn chunks(
    tx: &mut Tx,
    sql: &'static str,
    last: Option<&Place>,
    limit: i64,
    place: impl Fn(Piece) -> Place,
) -> Result<Vec<Sealed>, StoreError> {
    let (file, number) = match last {
        Some(Place::Chunk(piece) | Place::WaitingChunk(piece)) => (piece.file.0, i64::from(piece.number)),
        _ => (Uuid::nil(), -1),
    };
    let rows: Vec<(Uuid, i64, Vec<u8>)> =
        with_tx!(tx, |c| sqlx::query_as(sql).bind(file).bind(number).bind(limit).fetch_all(c).await)?;
    rows.into_iter()
        .map(|(file, number, body)| {
            Ok(Sealed { place: place(Piece { file: EnvelopeId(file), number: small(number)? }), body })
        })
        .collect()
}

async fn secrets(tx: &mut Tx, last: Option<&Place>, limit: i64) -> Result<Vec<Sealed>, StoreError> {
    let (what, generation) = match last {
        Some(Place::Secret { what, generation }) => (what.as_str(), i64::from(*generation)),
        _ => ("", 0),
    };
    let rows: Vec<(String, i64, Vec<u8>)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT what, generation, sealed FROM service_secret WHERE (what, generation) > ($1, $2) \
         ORDER BY what, generation LIMIT $3"
    )
    .bind(what)
    .bind(generation)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    rows.into_iter()
        .map(|(what, generation, body)| {
            Ok(Sealed { place: Place::Secret { what, generation: small(generation)? }, body })
        })
        .collect()
}

async fn wraps(tx: &mut Tx, last: Option<&Place>, limit: i64) -> Result<Vec<Sealed>, StoreError> {
    let (case, audience, version, reader) = match last {
        Some(Place::Wrap { case, audience, version, reader }) => {
            (case.0, *audience, i64::from(*version), reader.as_str())
        }
        _ => (Uuid::nil(), 0, 0, ""),
    };
    let rows: Vec<RawWrap> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT case_id, audience, version, reader, body FROM audience_wrap \
         WHERE (case_id, audience, version, reader) > ($1, $2, $3, $4) \
         ORDER BY case_id, audience, version, reader LIMIT $5"
    )
    .bind(case)
    .bind(audience)
    .bind(version)
    .bind(reader)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    rows.into_iter()
        .map(|(case, audience, version, reader, body)| {
            let place = Place::Wrap { case: CaseId(case), audience, version: small(version)?, reader };
            Ok(Sealed { place, body })
        })
        .collect()
}

async fn entries(tx: &mut Tx, last: Option<&Place>, limit: i64) -> Result<Vec<Sealed>, StoreError> {
    let last = match last {
        Some(Place::Journal { sequence, .. }) => *sequence,
        _ => 0,
    };
    let rows: Vec<RawEntry> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT sequence, case_id, case_version, body FROM journal WHERE sequence > $1 \
         ORDER BY sequence LIMIT $2"
    )
    .bind(last)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    rows.into_iter()
        .map(|(sequence, case, version, body)| {
            let case = match (case, version) {
                (Some(case), Some(version)) => Some((CaseId(case), small(version)?)),
                _ => None,
            };
            Ok(Sealed { place: Place::Journal { sequence, case }, body })
        })
        .collect()
}

/// Puts a record sealed anew in the place of what was read. False if somebody else changed it meanwhile.
pub async fn replace(tx: &mut Tx, read: &Sealed, anew: &[u8]) -> Result<bool, StoreError> {
    let old = &read.body[..];
    macro_rules! update {
        ($sql:literal, $($key:expr),+) => {
            with_tx!(tx, |c| sqlx::query($sql)
                .bind(anew)
                .bind(old)
                $(.bind($key))+
                .execute(c)
                .await
                .map(|done| done.rows_affected()))?
        };
    }
    let changed = match &read.place {
        Place::Secret { what, generation } => update!(
            "UPDATE service_secret SET sealed = $1 WHERE sealed = $2 AND what = $3 AND generation = $4",
            what,
            i64::from(*generation)
        ),
        Place::Wrap { case, audience, version, reader } => update!(
            "UPDATE audience_wrap SET body = $1 WHERE body = $2 AND case_id = $3 AND audience = $4 \
             AND version = $5 AND reader = $6",
            case.0,
            *audience,
            i64::from(*version),
            reader
        ),
        Place::Journal { sequence, .. } => {
            update!("UPDATE journal SET body = $1 WHERE body = $2 AND sequence = $3", *sequence)
        }
        Place::State(case) => {
            update!("UPDATE cases SET state = $1 WHERE state = $2 AND id = $3", case.0)
        }
        Place::Subject(case) => {
            update!("UPDATE cases SET subject = $1 WHERE subject = $2 AND id = $3", case.0)
        }
        Place::Receipt(lookup) => {
            update!("UPDATE receipt SET body = $1 WHERE body = $2 AND lookup = $3", &lookup[..])
        }
        Place::Refused(id) => {
            update!("UPDATE refused_act SET body = $1 WHERE body = $2 AND id = $3", &id[..])
        }
        Place::Inbox(id) => update!("UPDATE inbox SET body = $1 WHERE body = $2 AND id = $3", &id[..]),
        Place::SecondFactor(account) => {
            update!("UPDATE second_factor SET sealed = $1 WHERE sealed = $2 AND account = $3", account.0)
        }
        Place::Chunk(piece) => update!(
            "UPDATE attachment_chunk SET body = $1 WHERE body = $2 AND file = $3 AND number = $4",
            piece.file.0,
            i64::from(piece.number)
        ),
        Place::WaitingChunk(piece) => update!(
            "UPDATE waiting_chunk SET body = $1 WHERE body = $2 AND file = $3 AND number = $4",
            piece.file.0,
            i64::from(piece.number)
        ),
        Place::Passkey { id, .. } => {
            update!("UPDATE passkey SET sealed = $1 WHERE sealed = $2 AND id = $3", &id[..])
        }
        Place::Measures(quarter) => {
            update!("UPDATE measures SET body = $1 WHERE body = $2 AND quarter = $3", quarter)
        }
        Place::LibraryDraft(draft) => {
            update!("UPDATE library_draft SET body = $1 WHERE body = $2 AND id = $3", draft.0)
        }
        Place::Member(member) => {
            update!("UPDATE field_member SET sealed = $1 WHERE sealed = $2 AND id = $3", member.0)
        }
        Place::LibraryLink(entry) => {
            update!("UPDATE library_entry SET link = $1 WHERE link = $2 AND id = $3", entry.0)
        }
        Place::Reading(reading) => {
            update!("UPDATE reading SET body = $1 WHERE body = $2 AND id = $3", reading.0)
        }
        Place::Support(support) => {
            update!("UPDATE support SET body = $1 WHERE body = $2 AND id = $3", support.0)
        }
    };
    Ok(changed == 1)
}
