//! Accounts, invitations, members of posts, posts' keys and approvals.

use uuid::Uuid;

use super::{StoreError, Tx, one_row, small};
use crate::clock::Timestamp;
use crate::domain::id::{AccountId, PostId};

/// What an account has once it is active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    pub salt: Vec<u8>,
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
    pub verifier: Vec<u8>,
    pub reading_public: Vec<u8>,
    pub signing_public: Vec<u8>,
    pub reading_sealed: Vec<u8>,
    pub signing_sealed: Vec<u8>,
    /// Which pepper the passphrase is mixed with.
    pub pepper: u32,
}

/// Somebody who can sign in, or is invited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub sign_in_name: String,
    pub administrator: bool,
    /// Checks the record, and does nothing else.
    pub auditor: bool,
    pub active: bool,
    /// None until the invitation is taken up.
    pub keys: Option<Keys>,
    /// Which keys these are: one more each time that somebody comes back after losing a passphrase.
    pub key_version: u32,
}

/// Puts an invited account in. `Duplicate` if the name is taken.
pub async fn insert(
    tx: &mut Tx,
    id: AccountId,
    sign_in_name: &str,
    administrator: bool,
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO account (id, sign_in_name, administrator, active) VALUES ($1, $2, $3, $4)"
    )
    .bind(id.0)
    .bind(sign_in_name)
    .bind(administrator)
    .bind(true)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Makes an account that of an auditor. `Conflict` if it is an administrator's, or is put forward for a post.
pub async fn make_auditor(tx: &mut Tx, id: AccountId) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE account SET auditor = $1 WHERE id = $2 AND administrator = $3 \
         AND NOT EXISTS (SELECT 1 FROM member WHERE member.account = account.id)"
    )
    .bind(true)
    .bind(id.0)
    .bind(false)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Gives an account its keys: at activation, or anew. `Conflict` if there is no such account.
pub async fn set_keys(tx: &mut Tx, id: AccountId, keys: &Keys) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE account SET salt = $1, memory_kib = $2, passes = $3, lanes = $4, verifier = $5, \
         reading_public = $6, signing_public = $7, reading_sealed = $8, signing_sealed = $9, \
         pepper = $10 WHERE id = $11"
    )
    .bind(&keys.salt[..])
    .bind(i64::from(keys.memory_kib))
    .bind(i64::from(keys.passes))
    .bind(i64::from(keys.lanes))
    .bind(&keys.verifier[..])
    .bind(&keys.reading_public[..])
    .bind(&keys.signing_public[..])
    .bind(&keys.reading_sealed[..])
    .bind(&keys.signing_sealed[..])
    .bind(i64::from(keys.pepper))
    .bind(id.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

#[derive(sqlx::FromRow)]
struct Raw {
    id: Uuid,
    sign_in_name: String,
    administrator: bool,
    auditor: bool,
    active: bool,
    salt: Option<Vec<u8>>,
    memory_kib: Option<i64>,
    passes: Option<i64>,
    lanes: Option<i64>,
    verifier: Option<Vec<u8>>,
    reading_public: Option<Vec<u8>>,
    signing_public: Option<Vec<u8>>,
    reading_sealed: Option<Vec<u8>>,
    signing_sealed: Option<Vec<u8>>,
    key_version: i64,
    pepper: i64,
}

fn account(raw: Raw) -> Result<Account, StoreError> {
    let keys = match raw.salt {
        None => None,
        Some(salt) => Some(Keys {
            salt,
            memory_kib: small(raw.memory_kib.ok_or(StoreError::Damaged)?)?,
            passes: small(raw.passes.ok_or(StoreError::Damaged)?)?,
            lanes: small(raw.lanes.ok_or(StoreError::Damaged)?)?,
            verifier: raw.verifier.ok_or(StoreError::Damaged)?,
            reading_public: raw.reading_public.ok_or(StoreError::Damaged)?,
            signing_public: raw.signing_public.ok_or(StoreError::Damaged)?,
            reading_sealed: raw.reading_sealed.ok_or(StoreError::Damaged)?,
            signing_sealed: raw.signing_sealed.ok_or(StoreError::Damaged)?,
            pepper: small(raw.pepper)?,
        }),
    };
    Ok(Account {
        id: AccountId(raw.id),
        sign_in_name: raw.sign_in_name,
        administrator: raw.administrator,
        auditor: raw.auditor,
        active: raw.active,
        keys,
        key_version: small(raw.key_version)?,
    })
}

pub async fn find(tx: &mut Tx, id: AccountId) -> Result<Option<Account>, StoreError> {
    let raw: Option<Raw> = with_tx!(tx, |c| sqlx::query_as("SELECT * FROM account WHERE id = $1")
        .bind(id.0)
        .fetch_optional(c)
        .await)?;
    raw.map(account).transpose()
}

pub async fn by_name(tx: &mut Tx, sign_in_name: &str) -> Result<Option<Account>, StoreError> {
    let raw: Option<Raw> = with_tx!(tx, |c| sqlx::query_as("SELECT * FROM account WHERE sign_in_name = $1")
        .bind(sign_in_name)
        .fetch_optional(c)
        .await)?;
    raw.map(account).transpose()
}

pub async fn all(tx: &mut Tx) -> Result<Vec<Account>, StoreError> {
    let rows: Vec<Raw> =
        with_tx!(tx, |c| sqlx::query_as("SELECT * FROM account ORDER BY sign_in_name").fetch_all(c).await)?;
    rows.into_iter().map(account).collect()
}

/// Puts an invitation in; an earlier one for the account is void.
pub async fn invite(
    tx: &mut Tx,
    account: AccountId,
    token_hash: &[u8; 32],
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM invitation WHERE account = $1")
        .bind(account.0)
        .execute(c)
        .await
        .map(drop))?;
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO invitation (token_hash, account, expires_at) VALUES ($1, $2, $3)"
    )
    .bind(&token_hash[..])
    .bind(account.0)
    .bind(expires_at.0)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Whose invitation this is, if it has not expired.
pub async fn invited(
    tx: &mut Tx,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<AccountId>, StoreError> {
    let id: Option<Uuid> = with_tx!(tx, |c| sqlx::query_scalar(
        "SELECT account FROM invitation WHERE token_hash = $1 AND expires_at > $2"
    )
    .bind(&token_hash[..])
    .bind(now.0)
    .fetch_optional(c)
    .await)?;
    Ok(id.map(AccountId))
}

/// Uses an invitation up. `Conflict` if it is gone.
pub async fn take_invitation(tx: &mut Tx, token_hash: &[u8; 32]) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query("DELETE FROM invitation WHERE token_hash = $1")
        .bind(&token_hash[..])
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Somebody's seat in a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub post: PostId,
    pub account: AccountId,
    pub lead: bool,
    /// False until a member of the post, or a founding lead, has approved.
    pub approved: bool,
}

/// Puts somebody forward for a post, or changes how they hold it.
pub async fn set_member(tx: &mut Tx, member: &Member) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO member (post, account, lead, approved) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (post, account) DO UPDATE SET lead = excluded.lead, approved = excluded.approved"
    )
    .bind(member.post.to_string())
    .bind(member.account.0)
    .bind(member.lead)
    .bind(member.approved)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Takes somebody's seat in a post away. `Conflict` if they have none.
pub async fn remove_member(tx: &mut Tx, post: &PostId, account: AccountId) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query("DELETE FROM member WHERE post = $1 AND account = $2")
        .bind(post.to_string())
        .bind(account.0)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Every approval that somebody has is void: they wait to be approved again.
pub async fn await_approval(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("UPDATE member SET approved = $1 WHERE account = $2")
        .bind(false)
        .bind(account.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Writes down that an administrator asks a post to let somebody go. `Conflict` if they have no seat there.
pub async fn ask_removal(tx: &mut Tx, post: &PostId, account: AccountId) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE member SET removal_asked = 1 WHERE post = $1 AND account = $2"
    )
    .bind(post.to_string())
    .bind(account.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Whom an administrator has asked to let go, and from which posts.
pub async fn removals_asked(tx: &mut Tx) -> Result<Vec<(PostId, AccountId)>, StoreError> {
    let rows: Vec<(String, Uuid)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT post, account FROM member WHERE removal_asked <> 0 ORDER BY post, account"
    )
    .fetch_all(c)
    .await)?;
    rows.into_iter()
        .map(|(post, account)| Ok((post.parse().map_err(|_| StoreError::Damaged)?, AccountId(account))))
        .collect()
}

/// Puts a removal in; the body is its canonical form with signature.
pub async fn insert_removal(
    tx: &mut Tx,
    post: &PostId,
    key_version: u32,
    account: AccountId,
    body: &[u8],
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO removal (post, key_version, account, body) VALUES ($1, $2, $3, $4)"
    )
    .bind(post.to_string())
    .bind(i64::from(key_version))
    .bind(account.0)
    .bind(body)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Every removal.
pub async fn removals(tx: &mut Tx) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar("SELECT body FROM removal ORDER BY post, key_version, account")
        .fetch_all(c)
        .await)?)
}

/// Lets an account sign in, or bars it. `Conflict` if there is no such account.
pub async fn set_active(tx: &mut Tx, id: AccountId, active: bool) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query("UPDATE account SET active = $1 WHERE id = $2")
        .bind(active)
        .bind(id.0)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Says that the keys of an account are others now. `Conflict` if there is no such account.
pub async fn raise_key_version(tx: &mut Tx, id: AccountId) -> Result<(), StoreError> {
    let changed =
        with_tx!(tx, |c| sqlx::query("UPDATE account SET key_version = key_version + 1 WHERE id = $1")
            .bind(id.0)
            .execute(c)
            .await
            .map(|done| done.rows_affected()))?;
    one_row(changed)
}

pub async fn members(tx: &mut Tx) -> Result<Vec<Member>, StoreError> {
    let rows: Vec<(String, Uuid, bool, bool)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT post, account, lead, approved FROM member ORDER BY post, account"
    )
    .fetch_all(c)
    .await)?;
    rows.into_iter()
        .map(|(post, account, lead, approved)| {
            Ok(Member {
                post: post.parse().map_err(|_| StoreError::Damaged)?,
                account: AccountId(account),
                lead,
                approved,
            })
        })
        .collect()
}

/// Puts a version of a post's public key in. `Duplicate` if that version is there.
pub async fn insert_post_key(
    tx: &mut Tx,
    post: &PostId,
    version: u32,
    public: &[u8],
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("INSERT INTO post_key (post, version, public_key) VALUES ($1, $2, $3)")
        .bind(post.to_string())
        .bind(i64::from(version))
        .bind(public)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// The versions of a post's public key, oldest first.
pub async fn post_keys(tx: &mut Tx, post: &PostId) -> Result<Vec<(u32, Vec<u8>)>, StoreError> {
    let rows: Vec<(i64, Vec<u8>)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT version, public_key FROM post_key WHERE post = $1 ORDER BY version"
    )
    .bind(post.to_string())
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(|(version, key)| Ok((small(version)?, key))).collect()
}

/// Posts that have had keys, and so members.
pub async fn posts_with_keys(tx: &mut Tx) -> Result<Vec<PostId>, StoreError> {
    let posts: Vec<String> =
        with_tx!(tx, |c| sqlx::query_scalar("SELECT DISTINCT post FROM post_key ORDER BY post")
            .fetch_all(c)
            .await)?;
    posts.iter().map(|post| post.parse().map_err(|_| StoreError::Damaged)).collect()
}

/// Puts a post's private key in, wrapped for a member.
pub async fn insert_post_key_wrap(
    tx: &mut Tx,
    post: &PostId,
    version: u32,
    account: AccountId,
    body: &[u8],
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO post_key_wrap (post, version, account, body) VALUES ($1, $2, $3, $4)"
    )
    .bind(post.to_string())
    .bind(i64::from(version))
    .bind(account.0)
    .bind(body)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Removes what an account has of one post's keys.
pub async fn remove_post_key_wraps(tx: &mut Tx, post: &PostId, account: AccountId) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM post_key_wrap WHERE post = $1 AND account = $2")
        .bind(post.to_string())
        .bind(account.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// The wraps of post keys that an account has: post, version, body.
pub async fn post_key_wraps(
    tx: &mut Tx,
    account: AccountId,
) -> Result<Vec<(PostId, u32, Vec<u8>)>, StoreError> {
    let rows: Vec<(String, i64, Vec<u8>)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT post, version, body FROM post_key_wrap WHERE account = $1 ORDER BY post, version"
    )
    .bind(account.0)
    .fetch_all(c)
    .await)?;
    rows.into_iter()
        .map(|(post, version, body)| {
            Ok((post.parse().map_err(|_| StoreError::Damaged)?, small(version)?, body))
        })
        .collect()
}

/// Puts an approval in; the body is its canonical form with signature.
pub async fn insert_approval(
    tx: &mut Tx,
    post: &PostId,
    key_version: u32,
    account: AccountId,
    body: &[u8],
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO approval (post, key_version, account, body) VALUES ($1, $2, $3, $4)"
    )
    .bind(post.to_string())
    .bind(i64::from(key_version))
    .bind(account.0)
    .bind(body)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Every approval.
pub async fn approvals(tx: &mut Tx) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar("SELECT body FROM approval ORDER BY post, key_version, account")
        .fetch_all(c)
        .await)?)
}
