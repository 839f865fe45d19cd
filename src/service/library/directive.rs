//! Directives: what headquarters or the Council has the field told. A staff act with its day, in the library at once.

use sha2::{Digest, Sha256};

use crate::crypto::canonical::Canonical;
use crate::domain::dispute::Seat;
use crate::domain::id::{DirectiveId, DocumentId, PostId, UnitId};
use crate::domain::organisation::Organisation;
use crate::domain::prose::Prose;
use crate::service::accounts::SignedIn;
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem, hexadecimal};
use crate::store::{self, StoreError, Tx};

/// Limits in characters; each is shown beside its field.
pub const TITLE_MOST: usize = 120;
pub const TEXT_MOST: usize = 4_000;
/// Most units that one directive names, beside those below them; more are all.
pub const UNITS_MOST: usize = 40;

/// A directive as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    pub id: DirectiveId,
    /// Year, month and day, with hyphens.
    pub day: String,
    pub by: PostId,
    pub title: String,
    pub text: String,
    pub document: Option<DocumentId>,
    /// For whom; empty for everybody.
    pub units: Vec<UnitId>,
    /// Why it was withdrawn, if it was.
    pub withdrawn: Option<String>,
}

/// A directive to issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDirective {
    pub title: Prose,
    pub text: Prose,
    pub document: Option<DocumentId>,
    pub units: Vec<UnitId>,
}

pub(super) fn read(row: store::library::Directive) -> Option<Directive> {
    Some(Directive {
        id: row.id,
        day: row.day,
        by: row.issued_by.parse().ok()?,
        title: row.title,
        text: row.body,
        document: row.document.as_deref().map(Into::into),
        units: row.units.split_whitespace().map(Into::into).collect(),
        withdrawn: row.reason,
    })
}

/// What the journal commits to of a directive.
pub(in crate::service) fn directive_digest(row: &store::library::Directive) -> String {
    let all = Canonical::new("candor directive 1")
        .bytes(row.id.as_bytes())
        .text(&row.day)
        .text(&row.issued_by)
        .text(&row.title)
        .text(&row.body)
        .text(row.document.as_deref().unwrap_or_default())
        .text(&row.units)
        .finish();
    hexadecimal(&Sha256::digest(all))
}

/// These units and every unit below them, each once: as the organisation is on the day of issue, for what went to
/// whom is not to change with it.
fn with_below<'a>(units: &'a [UnitId], organisation: &'a Organisation) -> Vec<&'a UnitId> {
    let below = |unit| organisation.units_below(unit).into_iter().map(|below| &below.id);
    let mut all: Vec<&UnitId> = Vec::new();
    for unit in units.iter().flat_map(|unit| std::iter::once(unit).chain(below(unit))) {
        if !all.contains(&unit) {
            all.push(unit);
        }
    }
    all
}

/// The post in which somebody may issue directives: a headquarters unit, or the lead of a component at the Council.
#[must_use]
pub fn issues(by: &SignedIn) -> Option<&Seat> {
    by.seats.iter().find(|seat| match &seat.post {
        PostId::Headquarters(_) => true,
        PostId::Council(_) => seat.lead,
        _ => false,
    })
}

impl Candor {
    /// Issues a directive.
    pub async fn issue_directive(&self, by: &SignedIn, new: &NewDirective) -> Result<DirectiveId, Problem> {
        let (mut tx, seat) = self.write_as_issuer(by).await?;
        let head = store::journal::lock_head(&mut tx).await?;
        let directory = self.directory_in(&mut tx).await?;
        let organisation = directory.organisation()?;
        let known = new.units.iter().all(|unit| organisation.unit(unit).is_some())
            && new.document.as_ref().is_none_or(|document| organisation.document(document).is_some());
        if !known || new.units.len() > UNITS_MOST {
            return Err(Problem::Unusable("Choose units and document from the lists.".to_owned()));
        }
        let now = self.clock.now();
        let day = directory.calendar.date_of(now).ok_or(Problem::Damaged)?;
        let units: Vec<&str> = with_below(&new.units, organisation).into_iter().map(UnitId::as_str).collect();
        let row = store::library::Directive {
            id: DirectiveId::random(&self.randomness),
            day: day.to_string(),
            issued_by: seat.post.to_string(),
            title: new.title.as_str().to_owned(),
            body: new.text.as_str().to_owned(),
            document: new.document.as_ref().map(ToString::to_string),
            units: units.join(" "),
            reason: None,
        };
        store::library::insert_directive(&mut tx, &row).await?;
        store::library::raise_version(&mut tx).await?;
        let digest = directive_digest(&row);
        let act = StaffAct::DirectiveIssued { directive: row.id, post: seat.post, digest, by: by.account };
        self.record(&mut tx, head, &[(None, act.at(now))]).await?;
        tx.commit().await?;
        Ok(row.id)
    }

    /// Withdraws a directive of one's own post: it stays, marked, with a reason that everybody reads.
    pub async fn withdraw_directive(
        &self,
        by: &SignedIn,
        id: DirectiveId,
        reason: &Prose,
    ) -> Result<(), Problem> {
        let (mut tx, seat) = self.write_as_issuer(by).await?;
        let head = store::journal::lock_head(&mut tx).await?;
        let all = store::library::directives(&mut tx).await?;
        let post = seat.post.to_string();
        if !all.iter().any(|row| row.id == id && row.issued_by == post) {
            return Err(Problem::NotFound);
        }
        match store::library::withdraw_directive(&mut tx, id, reason.as_str()).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Err(Problem::NotFound),
            Err(error) => return Err(error.into()),
        }
        store::library::raise_version(&mut tx).await?;
        let act = StaffAct::DirectiveWithdrawn { directive: id, by: by.account };
        self.record(&mut tx, head, &[(None, act.at(self.clock.now()))]).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn write_as_issuer(&self, by: &SignedIn) -> Result<(Tx, Seat), Problem> {
        let seat = issues(by).ok_or(Problem::NotFound)?.clone();
        if !by.fresh {
            return Err(Problem::SignInAgain);
        }
        let mut tx = self.db.write().await?;
        // Who held the post when the page was opened may have left it since.
        let holds = self.directory_in(&mut tx).await?.seats(by.account).contains(&seat);
        if holds { Ok((tx, seat)) } else { Err(Problem::NotFound) }
    }
}
