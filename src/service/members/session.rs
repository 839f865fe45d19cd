//! Signing in to acknowledge. A member's session lives in a sealed cookie, as a reporter's visit does: that
//! somebody has signed in leaves no row and no time anywhere.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::crypto::service::Purpose;
use crate::domain::id::{MemberId, UnitId};
use crate::domain::roster::{NUMBER_MOST, plain_number};
use crate::service::accounts::SignInError;
use crate::service::{Candor, Problem, from_hexadecimal, hexadecimal};
use crate::store;

/// How long a session lasts, in seconds.
pub const SESSION: i64 = 30 * 60;

const PLACE: &[u8] = b"candor member session 1";

#[derive(Serialize, Deserialize)]
struct Sealed {
    member: [u8; 16],
    generation: u32,
    until: i64,
}

/// A member who has signed in. It opens what they have received and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub(super) id: MemberId,
    pub unit: UnitId,
    pub number: String,
    pub name: String,
    /// On the roster no more: nothing waits for them, and what they received is listed all the same.
    pub gone: bool,
    pub(super) row: store::members::Member,
}

impl Candor {
    /// Signs a member in and returns what the session cookie holds. An unknown number and a wrong code are one
    /// answer after the same work.
    pub async fn member_sign_in(
        &self,
        number: &str,
        code: &str,
        from: Option<[u8; 16]>,
    ) -> Result<String, SignInError> {
        // No sign-in name of staff has a space.
        let tried: String = number.trim().chars().take(NUMBER_MOST).collect();
        let made = self.begin_try(from.as_ref().map(<[u8; 16]>::as_slice), &format!("member {tried}"))?;
        made.take_time().await;
        let outcome = self.open_received(number, code).await;
        self.end_try(&made, &outcome);
        outcome
    }

    async fn open_received(&self, number: &str, code: &str) -> Result<String, SignInError> {
        let plain = plain_number(number);
        let lookup = self.member_lookup(plain.as_deref().unwrap_or_default());
        let mut tx = self.db.read().await.map_err(Problem::from)?;
        let found = store::members::by_lookup(&mut tx, &lookup).await.map_err(Problem::from)?;
        drop(tx);
        let (id, generation) =
            found.as_ref().map_or((MemberId(Uuid::nil()), 0), |member| (member.id, member.generation));
        let is_right = self.is_code_of(id, generation, code);
        let cookie = self.member_cookie(id, generation)?;
        if is_right && found.is_some() { Ok(cookie) } else { Err(SignInError::Refused) }
    }

    fn member_cookie(&self, id: MemberId, generation: u32) -> Result<String, Problem> {
        let until = self.clock.now().plus(SESSION).0;
        let sealed = Sealed { member: *id.as_bytes(), generation, until };
        let bytes = postcard::to_allocvec(&sealed).map_err(|_| Problem::Damaged)?;
        Ok(hexadecimal(&self.keys.seal(Purpose::Member, PLACE, &bytes, &self.randomness)?))
    }

    /// Whose session a cookie is. None if it is forged, its time is over, or another code holds by now.
    pub async fn member_session(&self, cookie: &str) -> Result<Option<Member>, Problem> {
        let read = || {
            let bytes = self.keys.open(Purpose::Member, PLACE, &from_hexadecimal(cookie)?).ok()?;
            postcard::from_bytes::<Sealed>(&bytes).ok()
        };
        let Some(sealed) = read().filter(|sealed| sealed.until > self.clock.now().0) else {
            return Ok(None);
        };
        let id = MemberId(Uuid::from_bytes(sealed.member));
        let row = store::members::find(&mut self.db.read().await?, id).await?;
        let Some(row) = row.filter(|row| row.generation == sealed.generation) else { return Ok(None) };
        let (number, name) = self.open_member(&row)?;
        let (unit, gone) = (row.unit.as_str().into(), row.gone.is_some());
        Ok(Some(Member { id, unit, number, name, gone, row }))
    }
}
