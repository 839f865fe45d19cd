//! Deadlines: the calendar of working days and the time standards for each pace.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::concern::Pace;

/// A length of time as the time standards give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Ends at 18:00 of the last of so many working days.
    WorkingDays(u16),
    /// Elapsed hours.
    Hours(u16),
    /// Calendar days; ends at 18:00 of the last.
    Days(u16),
}

/// How long each step may take. Frozen into a case when it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standards {
    pub field_acknowledgement: Span,
    pub field_resolution: Span,
    pub field_extension: Span,
    /// A level lapses when one side enters nothing for so long.
    pub silence: Span,
    pub council_acknowledgement: Span,
    pub council_resolution: Span,
    pub council_extension: Span,
    pub secretary: Span,
    pub headquarters_acknowledgement: Span,
    pub remedial_action: Span,
}

impl Standards {
    /// The proposals of docs/dispute.md, until the Council sets others.
    #[must_use]
    pub const fn proposed(pace: Pace) -> Self {
        use Span::{Days, Hours, WorkingDays};
        match pace {
            Pace::Routine => Self {
                field_acknowledgement: WorkingDays(3),
                field_resolution: WorkingDays(15),
                field_extension: WorkingDays(10),
                silence: WorkingDays(10),
                council_acknowledgement: WorkingDays(3),
                council_resolution: WorkingDays(20),
                council_extension: WorkingDays(15),
                secretary: WorkingDays(20),
                headquarters_acknowledgement: WorkingDays(5),
                remedial_action: Days(30),
            },
            Pace::Extraordinary => Self {
                field_acknowledgement: Hours(24),
                field_resolution: Hours(72),
                field_extension: Hours(48),
                silence: Hours(48),
                council_acknowledgement: Hours(24),
                council_resolution: WorkingDays(5),
                council_extension: WorkingDays(3),
                secretary: WorkingDays(5),
                headquarters_acknowledgement: WorkingDays(1),
                remedial_action: Days(5),
            },
        }
    }
}

/// Which days are working days, and where.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub time_zone: TimeZone,
    /// Monday first.
    pub working_weekdays: [bool; 7],
    pub holidays: BTreeSet<Date>,
}
