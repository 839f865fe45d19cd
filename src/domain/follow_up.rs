//! What a reporter says of an outcome.

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
