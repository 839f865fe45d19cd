//! What is said of an outcome: by the reporter, and by both in points.

use serde::{Deserialize, Serialize};

/// Whether an outcome works, as the reporter sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Works {
    Yes,
    Partly,
    No,
    TooEarly,
}

/// Why a reporter disputes an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objection {
    /// It does not settle the matter.
    NotSettled,
    /// What was agreed has not been done.
    NotCarriedOut,
    /// It has happened again.
    Recurred,
}

/// From 1 to 5 points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Points {
    One = 1,
    Two = 2,
    Three = 3,
    Four = 4,
    Five = 5,
}

impl From<Points> for u8 {
    fn from(points: Points) -> Self {
        points as Self
    }
}

impl TryFrom<u8> for Points {
    type Error = &'static str;

    fn try_from(points: u8) -> Result<Self, Self::Error> {
        let found = Self::ALL.iter().find(|known| u8::from(**known) == points);
        found.copied().ok_or("points are from 1 to 5")
    }
}

/// What somebody thinks of an outcome, in points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// Whether it is clear who has to do what.
    pub clarity: Points,
    /// Whether it is fair to both sides.
    pub fairness: Points,
    /// Whether it works in daily duty.
    pub works: Points,
}

impl Rating {
    /// The lower of two, question by question.
    #[must_use]
    pub fn lower(self, other: Self) -> Self {
        Self {
            clarity: self.clarity.min(other.clarity),
            fairness: self.fairness.min(other.fairness),
            works: self.works.min(other.works),
        }
    }

    /// The questions with their points, in the order in which pages ask them.
    #[must_use]
    pub const fn each(self) -> [(Question, Points); 3] {
        [
            (Question::Clarity, self.clarity),
            (Question::Fairness, self.fairness),
            (Question::Works, self.works),
        ]
    }
}

/// What an outcome is rated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    Clarity,
    Fairness,
    Works,
}

choice!(Question {
    Clarity = "clarity", "Is it clear who has to do what?";
    Fairness = "fairness", "Is it fair to both sides?";
    Works = "works_points", "Does it work in daily duty?";
});

choice!(Points {
    One = "1", "1: not at all";
    Two = "2", "2: hardly";
    Three = "3", "3: in part";
    Four = "4", "4: mostly";
    Five = "5", "5: fully";
});

choice!(Works {
    Yes = "yes", "Yes, it works";
    Partly = "partly", "In part";
    No = "no", "No, it does not";
    TooEarly = "too_early", "It is too early to say";
});

choice!(Objection {
    NotSettled = "not_settled", "It does not settle the matter";
    NotCarriedOut = "not_carried_out", "What was agreed has not been carried out";
    Recurred = "recurred", "It has happened again";
});

#[cfg(test)]
mod tests {
    use super::{Points, Rating};

    #[test]
    fn points_rest_as_numbers_from_one_to_five_and_no_others_are_read() {
        let rating = Rating { clarity: Points::One, fairness: Points::Three, works: Points::Five };
        let text = serde_json::to_string(&rating).unwrap();
        assert_eq!(text, r#"{"clarity":1,"fairness":3,"works":5}"#);
        assert_eq!(serde_json::from_str::<Rating>(&text).unwrap(), rating);
        for wrong in ["0", "6", "255", "\"three\""] {
            assert!(serde_json::from_str::<Points>(wrong).is_err(), "{wrong}");
        }
        let other = Rating { clarity: Points::Four, fairness: Points::Two, works: Points::Five };
        let lower = Rating { clarity: Points::One, fairness: Points::Two, works: Points::Five };
        assert_eq!((rating.lower(other), other.lower(rating)), (lower, lower));
    }
}
