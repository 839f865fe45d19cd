//! The organisation file: previewed as a difference, set in one transaction.

use sha2::{Digest, Sha256};

use crate::domain::organisation::{FileError, Organisation};
use crate::service::accounts::SignedIn;
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem, hexadecimal};
use crate::store::{self, StoreError};

/// Longest organisation file, in bytes.
pub const FILE_MOST: usize = 1_000_000;

/// What a new file would change, or what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    pub changes: Vec<String>,
    pub errors: Vec<FileError>,
}

impl Candor {
    /// The file in force.
    pub async fn organisation_file(&self, by: &SignedIn) -> Result<Option<String>, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let mut tx = self.db.read().await?;
        Ok(store::organisation::newest(&mut tx).await?.map(|(_, body)| body))
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
        let changes = match &directory.organisation {
            Some(old) => Organisation::difference(old, &new).into_iter().map(|change| change.words).collect(),
            None => vec![format!(
                "A new organisation with {} branches, {} units and {} posts.",
                new.branches.len(),
                new.units.len(),
                new.posts().len()
            )],
        };
        Ok(Preview { changes, errors: Vec::new() })
    }

    /// Sets the file, all of it or nothing. Returns its version.
    pub async fn set_organisation(&self, by: &SignedIn, file: &str) -> Result<i64, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let new = parse(file).map_err(|errors| {
            Problem::Unusable(errors.first().map_or_else(String::new, ToString::to_string))
        })?;
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        if let Some(old) = &directory.organisation
            && Organisation::difference(old, &new).iter().any(|change| change.needs_council_lead)
        {
            return Err(Problem::Unusable(
                "A change that makes a place finer or a unit smaller needs a Council lead.".to_owned(),
            ));
        }
        if let Some(old) = &directory.organisation
            && directory.founded
            && (old.calendar != new.calendar || old.batch_hours != new.batch_hours)
        {
            return Err(Problem::Unusable(
                "Calendar and batches are set on the page Calendar once the site is founded: both Council \
                 leads agree to them. Leave [calendar] and [batches] as they are."
                    .to_owned(),
            ));
        }
        let version = store::organisation::newest_version(&mut tx).await? + 1;
        match store::organisation::insert(&mut tx, version, file, self.clock.now(), Some(by.account)).await {
            Ok(()) => {}
            Err(StoreError::Duplicate) => return Err(Problem::Store(StoreError::Conflict)),
            Err(error) => return Err(error.into()),
        }
        let digest = hexadecimal(&Sha256::digest(file.as_bytes()));
        self.record_act(&mut tx, StaffAct::OrganisationSet { version, digest, by: Some(by.account) }).await?;
        tx.commit().await?;
        self.open_if_complete().await?;
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
