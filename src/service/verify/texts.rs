//! What is sealed, against the events: every text that an event names is there, or an entry of the journal says
//! that it was destroyed; and what was destroyed is gone. No text is opened for that.

use crate::domain::audience::{Audience, Kind, Reader};
use crate::domain::dispute::{Closing, Dispute, Event, Part};
use crate::service::Problem;
use crate::service::cases::{Loaded, first_late};
use crate::store::{self, Tx};

use super::Check;

fn is(kind: i64, wanted: Kind) -> bool {
    kind == i64::from(wanted.code())
}

/// At which event a part was destroyed: versions up to it are gone.
fn gone(events: &[Event], wanted: Part) -> Option<usize> {
    events.iter().rposition(|event| matches!(event, Event::Destroyed { part, .. } if *part == wanted))
}

impl Check<'_> {
    pub(super) async fn texts(
        &mut self,
        tx: &mut Tx,
        loaded: &Loaded,
        told: &Dispute,
        events: &[Event],
    ) -> Result<(), Problem> {
        let number = loaded.row.number.clone();
        let rest = store::check::texts(tx, loaded.row.id).await?;
        let (texts, later) = (gone(events, Part::Texts), gone(events, Part::Later));
        let numbered: Vec<(u32, Event)> = (1_u32..).zip(events.iter().cloned()).collect();
        let late = texts.and_then(|at| numbered.get(..at)).and_then(first_late);
        // Whether a text of this event, which is no outcome's, was destroyed.
        let is_gone = |place: usize, event: &Event| {
            let version = u32::try_from(place + 1).unwrap_or(u32::MAX);
            let spared = matches!(event, Event::CheckedIn { .. }) && late.is_some_and(|late| version >= late);
            later.is_some_and(|at| place < at) || (texts.is_some_and(|at| place < at) && !spared)
        };
        for (place, event) in events.iter().enumerate() {
            let Some(id) = event.text() else { continue };
            let destroyed = !event.text_stays() && is_gone(place, event);
            let there = rest.iter().any(|text| text.id == id);
            if !there && !destroyed {
                self.fault(format!(
                    "case {number}: the text of its event {} is missing, and no entry says that it was destroyed",
                    place + 1
                ));
            }
            if there && destroyed {
                self.fault(format!(
                    "case {number}: the text of its event {} is there, though an entry says that it was destroyed",
                    place + 1
                ));
            }
        }
        let count = |kind: Kind| rest.iter().filter(|text| is(text.kind, kind)).count();
        let resolved = events.iter().filter(|event| matches!(event, Event::Resolved { .. })).count();
        let not_joint = events
            .iter()
            .filter(|event| matches!(event, Event::Closed { why: Closing::NotJoint, .. }))
            .count();
        let told_to_reporter = resolved + not_joint;
        let words = match (told.destroyed.texts, told.destroyed.receipt) {
            (None, _) => told_to_reporter,
            (Some(_), None) => told_to_reporter.min(1),
            (Some(_), Some(_)) => 0,
        };
        for (kind, what, expected) in [
            (Kind::Statement, "statement", usize::from(texts.is_none())),
            (Kind::Resolution, "resolution", resolved),
            (Kind::LibraryDraft, "library draft", resolved),
            (Kind::OutcomeWords, "outcome for the reporter", words),
        ] {
            let found = count(kind);
            if found != expected {
                self.fault(format!(
                    "case {number}: of {what} there are {found} texts, where its events make {expected}"
                ));
            }
        }
        if texts.is_some() {
            self.keys_that_are_left(tx, loaded, &rest).await?;
        }
        self.receipt(tx, loaded, told).await
    }

    /// Once its texts are gone, no key of a case is left that opens none.
    async fn keys_that_are_left(
        &mut self,
        tx: &mut Tx,
        loaded: &Loaded,
        rest: &[store::check::Text],
    ) -> Result<(), Problem> {
        // Whoever writes since then gets a key before there is a text.
        if loaded.dispute.destroyed.written_since && loaded.dispute.destroyed.later.is_none() {
            return Ok(());
        }
        for (audience, version, reader, _) in store::envelopes::readers(tx, loaded.row.id).await? {
            let opens = |text: &&store::check::Text| {
                text.audience == i64::from(audience.code()) && text.audience_version == i64::from(version)
            };
            let of_words = |text: &store::check::Text| is(text.kind, Kind::OutcomeWords);
            let needed = rest.iter().filter(opens).any(|text| !of_words(text) || reader == Reader::Receipt);
            if audience != Audience::Outcome && !needed {
                let number = &loaded.row.number;
                self.fault(format!(
                    "case {number}: a key for {} is there, though an entry says that what it opens was destroyed",
                    store::envelopes::reader_word(&reader)
                ));
                return Ok(());
            }
        }
        Ok(())
    }

    async fn receipt(&mut self, tx: &mut Tx, loaded: &Loaded, told: &Dispute) -> Result<(), Problem> {
        let number = &loaded.row.number;
        match (loaded.subject.receipt, told.destroyed.receipt) {
            (Some(lookup), None) => {
                if !store::inbox::opens(tx, &lookup).await? {
                    self.fault(format!(
                        "case {number}: its receipt is missing, and no entry says that it was destroyed"
                    ));
                }
            }
            (Some(_), Some(_)) => self.fault(format!(
                "case {number}: it still knows its receipt, though an entry says that this was destroyed"
            )),
            (None, _) => {}
        }
        Ok(())
    }
}
