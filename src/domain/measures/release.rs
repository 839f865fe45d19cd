//! What is published of a quarter, and kept as it is for ever.

use serde::{Deserialize, Serialize};

use super::count::{Split, Step, Topic};
use super::quarter::Period;

/// A number as it is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// As it is.
    Exactly(u32),
    /// Rounded to five.
    About(u32),
    /// Fewer than five cases, or of one unit only, or kept back because it would tell another.
    Hidden,
}

/// A number with what it is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub name: String,
    pub count: Shown,
}

/// The cases of one line told apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Which direction, or both together.
    pub of: Option<usize>,
    pub columns: Vec<Shown>,
    /// Where no number can be told: the column in which at least three quarters are.
    pub most: Option<usize>,
}

/// One way to tell cases apart: for each direction, or for both together, and never for both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub split: Split,
    pub columns: Vec<String>,
    pub rows: Vec<Parts>,
}

/// What is published of a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfTopic {
    pub topic: Topic,
    pub together: Shown,
    pub directions: [Line; 2],
    /// The pairs of branches of each direction; empty where none can be told.
    pub branches: [Vec<Line>; 2],
    pub told: Vec<Told>,
}

/// How long a step took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lasted {
    pub of: Option<usize>,
    pub median: u32,
    /// Between which the middle half lies.
    pub quartiles: Option<(u32, u32)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfStep {
    pub step: Step,
    pub rows: Vec<Lasted>,
}

/// Everything that is published of a quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub period: Period,
    pub directions: [String; 2],
    pub topics: Vec<OfTopic>,
    pub steps: Vec<OfStep>,
}

impl Release {
    #[must_use]
    pub fn topic(&self, topic: Topic) -> Option<&OfTopic> {
        self.topics.iter().find(|known| known.topic == topic)
    }

    /// A line's cases, told apart.
    #[must_use]
    pub fn parts(&self, split: Split, of: Option<usize>) -> Option<&Parts> {
        let told = self.topics.iter().flat_map(|topic| &topic.told).find(|told| told.split == split)?;
        told.rows.iter().find(|row| row.of == of)
    }
}
