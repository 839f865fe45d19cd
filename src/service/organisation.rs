//! The organisation file: previewed as a difference, set in one transaction; what makes a place finer or a
//! unit smaller is proposed, and in force once a Council lead agrees (AN-01).

use crate::domain::agreement::About;
use crate::domain::id::AccountId;
use crate::domain::organisation::{FileError, Organisation, Unit};
use crate::service::accounts::SignedIn;
use crate::service::agreement::{ChangeView, Proposed, digest};
use crate::service::record::StaffAct;
use crate::service::{Candor, Directory, Problem, hexadecimal};
use crate::store::changes::Version;
use crate::store::{self, StoreError, Tx};

/// Longest organisation file, in bytes.
pub const FILE_MOST: usize = 1_000_000;

/// What a new file would change, or what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    pub changes: Vec<String>,
    pub errors: Vec<FileError>,
    /// Why it cannot be set as things are, each a sentence.
    pub refusals: Vec<String>,
    /// It is proposed to the Council leads and not set by the administrator alone.
    pub needs_lead: bool,
}

/// The organisation in force, for the administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// 0 if there is none.
    pub version: i64,
    pub file: Option<String>,
    /// What waits for a Council lead.
    pub change: ChangeView,
}

/// What a file would change now, in words.
pub(super) fn changes(directory: &Directory, file: &str) -> Result<Vec<String>, Problem> {
    let new = parse(file).map_err(|_| Problem::Damaged)?;
    Ok(Organisation::difference(directory.organisation()?, &new)
        .into_iter()
        .map(|change| change.words)
        .collect())
}

/// Whether a change is for a Council lead as well. Before the founding no concern is accepted, so there is
/// nobody whose place it could narrow down.
pub(super) fn needs_lead(old: &Organisation, new: &Organisation) -> bool {
    Organisation::difference(old, new).iter().any(|change| change.needs_council_lead)
}

/// Why a new organisation cannot take the place of the old one as things are.
fn refusals(directory: &Directory, new: &Organisation) -> Vec<String> {
    let Some(old) = directory.organisation.as_deref().filter(|_| directory.founded) else {
        return Vec::new();
    };
    let mut refusals = Vec::new();
    if old.calendar != new.calendar || old.batch_hours != new.batch_hours {
        refusals.push(
            "Calendar and batches are set on the page Calendar once the site is founded: both Council \
             leads agree to them. Leave [calendar] and [batches] as they are."
                .to_owned(),
        );
    }
    let held = |post: &_| directory.count(post) > 0;
    let before = old.without_handler(held);
    // What was so before is no work of this change.
    let left: Vec<&Unit> = new
        .without_handler(held)
        .into_iter()
        .filter(|unit| before.iter().all(|before| before.id != unit.id))
        .collect();
    if !left.is_empty() {
        let names: Vec<String> = left.iter().map(|unit| format!("{} ({})", unit.id, unit.name)).collect();
        refusals.push(format!(
            "Nobody could handle a case for {}: where it would be handled nobody holds the post of commander or \
             alternate, and without somebody of each agency on the Council nobody takes their place. Fill these \
             posts first, or leave the units where they are.",
            names.join(", ")
        ));
    }
    refusals
}

impl Candor {
    /// The file in force.
    pub async fn organisation_file(&self, by: &SignedIn) -> Result<Option<String>, Problem> {
        Ok(self.organisation_in_force(by).await?.file)
    }

    /// The file in force with its version, and what waits for a Council lead.
    pub async fn organisation_in_force(&self, by: &SignedIn) -> Result<InForce, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let change = self.change_in(&mut tx, &directory, by, About::Organisation).await?;
        let (version, file) = store::organisation::newest(&mut tx).await?.unzip();
        Ok(InForce { version: version.unwrap_or(0), file, change })
    }

    /// What setting this file would do; changes nothing.
    pub async fn preview_organisation(&self, by: &SignedIn, file: &str) -> Result<Preview, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let new = match parse(file) {
            Ok(new) => new,
            Err(errors) => return Ok(Preview { errors, ..Preview::default() }),
        };
        let directory = self.directory().await?;
        let Some(old) = &directory.organisation else {
            let words = format!(
                "A new organisation with {} branches, {} units and {} posts.",
                new.branches.len(),
                new.units.len(),
                new.posts().len()
            );
            return Ok(Preview { changes: vec![words], ..Preview::default() });
        };
        Ok(Preview {
            changes: Organisation::difference(old, &new).into_iter().map(|change| change.words).collect(),
            errors: Vec::new(),
            refusals: refusals(&directory, &new),
            needs_lead: directory.founded && needs_lead(old, &new),
        })
    }

    /// Sets the file, all of it or nothing, whatever was in force. Returns its version.
    pub async fn set_organisation(&self, by: &SignedIn, file: &str) -> Result<i64, Problem> {
        let mut tx = self.db.write().await?;
        let (directory, new) = self.checked_file(&mut tx, by, file).await?;
        if let Some(old) = &directory.organisation
            && directory.founded
            && needs_lead(old, &new)
        {
            return Err(Problem::Unusable(
                "A change that makes a place finer or a unit smaller needs a Council lead.".to_owned(),
            ));
        }
        let version = self.insert_organisation(&mut tx, file, by.account).await?;
        tx.commit().await?;
        self.open_if_complete().await?;
        Ok(version)
    }

    /// Sets the file in the place of version `base`, which it was compared with; or proposes it to the Council
    /// leads, if it needs one. A newer proposal takes the place of one that waits.
    pub async fn change_organisation(
        &self,
        by: &SignedIn,
        base: i64,
        file: &str,
    ) -> Result<Proposed, Problem> {
        let mut tx = self.db.write().await?;
        let (directory, new) = self.checked_file(&mut tx, by, file).await?;
        if store::organisation::newest_version(&mut tx).await? != base {
            return Err(Problem::Store(StoreError::Conflict));
        }
        let waits = match &directory.organisation {
            Some(old) => directory.founded && needs_lead(old, &new),
            None => false,
        };
        if waits {
            self.add_proposal(&mut tx, by, About::Organisation, base, file.to_owned(), None).await?;
        } else {
            self.insert_organisation(&mut tx, file, by.account).await?;
        }
        tx.commit().await?;
        if waits {
            return Ok(Proposed::Waits);
        }
        self.open_if_complete().await?;
        Ok(Proposed::InForce)
    }

    /// A file that an administrator may bring, against people and organisation that nobody else can change now.
    async fn checked_file(
        &self,
        tx: &mut Tx,
        by: &SignedIn,
        file: &str,
    ) -> Result<(std::sync::Arc<Directory>, Organisation), Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let new = parse(file).map_err(|errors| {
            Problem::Unusable(errors.first().map_or_else(String::new, ToString::to_string))
        })?;
        store::journal::lock_head(tx).await?;
        let directory = self.directory_in(tx).await?;
        let refusals = refusals(&directory, &new);
        if refusals.is_empty() { Ok((directory, new)) } else { Err(Problem::Unusable(refusals.join(" "))) }
    }

    /// What a Council lead has agreed to. People may have left since it was proposed.
    pub(super) async fn put_organisation_in_force(&self, tx: &mut Tx, row: &Version) -> Result<(), Problem> {
        let new = parse(&row.body).map_err(|_| Problem::Damaged)?;
        let refusals = refusals(&*self.directory_in(tx).await?, &new);
        if !refusals.is_empty() {
            return Err(Problem::Unusable(refusals.join(" ")));
        }
        self.insert_organisation(tx, &row.body, row.proposed_by).await.map(drop)
    }

    async fn insert_organisation(&self, tx: &mut Tx, file: &str, by: AccountId) -> Result<i64, Problem> {
        let version = store::organisation::newest_version(tx).await? + 1;
        match store::organisation::insert(tx, version, file, self.clock.now(), Some(by)).await {
            Ok(()) => {}
            Err(StoreError::Duplicate) => return Err(Problem::Store(StoreError::Conflict)),
            Err(error) => return Err(error.into()),
        }
        let digest = hexadecimal(&digest(file));
        self.record_act(tx, StaffAct::OrganisationSet { version, digest, by: Some(by) }).await?;
        Ok(version)
    }
}

fn parse(file: &str) -> Result<Organisation, Vec<FileError>> {
    if file.len() > FILE_MOST {
        return Err(vec![FileError {
            line: 1,
            message: format!("The file is too large; at most {FILE_MOST} bytes."),
        }]);
    }
    Organisation::parse(file)
}
