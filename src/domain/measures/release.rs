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

#[cfg(test)]
mod tests {
    use super::Release;
    use crate::domain::measures::{Split, Topic};

    /// As it was published before reach was measured, when lapses were told apart by the side.
    const BEFORE: &str = r#"{"period":{"quarter":"2026-Q2","starts":1775016000,"ends":1782878400},"directions":["raised by Guard about Harbour","raised by Harbour about Guard"],"topics":[{"topic":"levels_ended","together":{"about":20},"directions":[{"name":"raised by Guard about Harbour","count":"hidden"},{"name":"raised by Harbour about Guard","count":"hidden"}],"branches":[[],[]],"told":[{"split":"lapses","columns":["no time passed without action","by the raising side","by the side it is about","by both sides"],"rows":[{"of":null,"columns":[{"exactly":8},"hidden","hidden",{"exactly":6}],"most":null}]}]}],"steps":[{"step":"whole","rows":[{"of":null,"median":9,"quartiles":[6,14]}]}]}"#;

    #[test]
    fn what_was_published_is_read_and_written_as_it_was() {
        let release: Release = serde_json::from_str(BEFORE).unwrap();
        assert!(release.parts(Split::Lapses, None).is_some() && release.topic(Topic::Reach).is_none());
        assert_eq!(serde_json::to_string(&release).unwrap(), BEFORE);
    }
}
