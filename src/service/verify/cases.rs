//! Each case's row, and what waits for whom in it, against its events.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;
use crate::domain::dispute::{Dispute, Event, Level, Seat, Side, StageName, VersionHash};
use crate::domain::id::CaseId;
use crate::service::Problem;
use crate::service::cases::Loaded;
use crate::store::{self, Tx};

use super::{Check, PORTION};

/// What the journal says about one case.
#[derive(Default)]
pub(super) struct Told {
    pub events: Vec<Event>,
    /// The version after the last of them.
    pub version: u32,
    /// Which time the case is at a level, and that level.
    pub entry: u32,
    pub level: Option<Level>,
    pub on_table: Option<VersionHash>,
    pub accepted: BTreeMap<Side, Seat>,
    /// The entry of each resolution.
    pub resolved: Vec<i64>,
    /// From its row.
    pub number: Option<String>,
}

impl Check<'_> {
    pub(super) async fn stored_cases(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let mut after = None;
        let mut stored = BTreeSet::new();
        loop {
            let ids = store::cases::identifiers(tx, after, PORTION).await?;
            let Some(last) = ids.last() else { break };
            after = Some(*last);
            for id in ids {
                stored.insert(id);
                self.stored_case(tx, id).await?;
            }
        }
        let lost: Vec<_> = self.cases.keys().filter(|id| !stored.contains(id)).copied().collect();
        for id in lost {
            self.fault(format!("case with identifier {id}: in the journal, but its row is missing"));
        }
        Ok(())
    }

    async fn stored_case(&mut self, tx: &mut Tx, id: CaseId) -> Result<(), Problem> {
        let Ok(Some(loaded)) = self.candor.load(tx, id).await else {
            self.fault(format!("case with identifier {id}: its row cannot be opened"));
            return Ok(());
        };
        let number = loaded.row.number.clone();
        let Some(known) = self.cases.get_mut(&id) else {
            self.fault(format!("case {number}: the journal does not know it"));
            return Ok(());
        };
        known.number = Some(number.clone());
        let Some(told) = Dispute::fold(&known.events) else {
            self.fault(format!("case {number}: its events do not begin with its opening"));
            return Ok(());
        };
        let events = known.events.clone();
        for what in self.differences(&loaded, &told) {
            self.fault(format!("case {number}: {what}"));
        }
        self.texts(tx, &loaded, &told, &events).await?;
        let mut waiting: Vec<_> = told
            .waiting()
            .into_iter()
            .map(|item| (item.post.to_string(), item.what.word().to_owned(), item.due.0, item.since.0))
            .collect();
        waiting.sort_unstable();
        let mut rows = store::check::waiting(tx, id).await?;
        rows.sort_unstable();
        for (post, what, ..) in waiting.iter().filter(|item| !rows.contains(item)) {
            self.fault(format!(
                "case {number}: the row in waiting for {post} ({what}) is missing, or its deadline is not what the \
                 events say"
            ));
        }
        for (post, what, ..) in
            rows.iter().filter(|row| !waiting.iter().any(|told| (&told.0, &told.1) == (&row.0, &row.1)))
        {
            self.fault(format!("case {number}: a row in waiting for {post} ({what}) that no event made"));
        }
        Ok(())
    }

    /// What a row says otherwise than the events.
    fn differences(&self, loaded: &Loaded, told: &Dispute) -> Vec<&'static str> {
        let (row, sides) = (&loaded.row, &told.sides);
        let next_due = match (&self.directory, told.stage_name()) {
            // Later the calendar in force decides, and it may have changed since the row was written.
            (Some(directory), StageName::Field | StageName::Council | StageName::Secretary) => {
                told.next_due(&directory.calendar)
            }
            _ => row.next_due,
        };
        let retain_due = match &self.directory {
            Some(directory) => told.retain_due(&directory.calendar),
            None => row.retain_due,
        };
        [
            (row.level_due == told.level_due(), "the deadline in its row is not what its events say"),
            (row.next_due == next_due, "when the clock has its turn is not what its events say"),
            (
                // Rows from before this was kept say 0 until the job has looked at them.
                row.retain_due == retain_due || row.retain_due == Some(Timestamp(0)),
                "when something of it is destroyed is not what its events say",
            ),
            (row.stage == told.stage_name(), "the stage in its row is not what its events say"),
            (row.version == told.version, "its row counts other events than the journal has"),
            (row.pace == told.pace.word(), "the pace in its row is not what its events say"),
            (
                (&row.raising_unit, &row.concerned_unit) == (&sides.raising.unit, &sides.concerned.unit),
                "the units in its row are not what its events say",
            ),
            (loaded.dispute == *told, "its sealed state is not what its events say"),
        ]
        .into_iter()
        .filter_map(|(holds, what)| (!holds).then_some(what))
        .collect()
    }
}
