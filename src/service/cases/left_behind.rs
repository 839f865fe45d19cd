//! Cases before a post that nobody holds any more.

use crate::domain::dispute::{self, Facts};
use crate::domain::id::{CaseId, PostId};
use crate::service::{Candor, Problem};
use crate::store;

impl Candor {
    /// Open cases that a sweep would now pass on because a post of theirs has been left, up to `limit` for
    /// each post. Nothing marks them: whoever leaves changes no case, so that none of them can be missed.
    pub async fn left_behind(&self, limit: i64) -> Result<Vec<CaseId>, Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let facts = Facts {
            now: self.clock.now(),
            calendar: &directory.calendar,
            members: &directory.acting,
            fresh: false,
        };
        let mut cases = Vec::new();
        for post in store::accounts::posts_with_keys(&mut tx).await? {
            let acts = matches!(post, PostId::Commander(_) | PostId::Alternate(_) | PostId::Council(_));
            if !acts || directory.acting.get(&post).is_some_and(|held| !held.is_empty()) {
                continue;
            }
            for case in store::cases::before(&mut tx, &post, limit).await? {
                let loaded = self.load(&mut tx, case).await?;
                if loaded.is_some_and(|loaded| !dispute::due_events(&loaded.dispute, &facts).is_empty()) {
                    cases.push(case);
                }
            }
        }
        Ok(cases)
    }
}
