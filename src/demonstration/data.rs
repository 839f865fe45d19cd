//! What the demonstration plays with, read from its two files.

use serde::{Deserialize, Deserializer, de::Error};

use crate::domain::concern::{HandlerConcerned, Pace, Statement, Tried, limit};
use crate::domain::dispute::{Level, Side};
use crate::domain::exposure::Trace;
use crate::domain::follow_up::{Points, Works};
use crate::domain::id::{CategoryId, DocumentId, GroupId, UnitId};
use crate::domain::organisation::{FileError, Organisation};
use crate::domain::proposal::ResolutionKind;
use crate::domain::prose::{Prose, ProseError};

/// The organisation file itself, for a page that shows one to start from.
pub const ORGANISATION: &str = include_str!("organisation.toml");
const SCENARIOS: &str = include_str!("scenarios.toml");

/// The demonstration organisation.
///
/// # Errors
/// If its file is at fault, which a test rules out.
pub fn organisation() -> Result<Organisation, Vec<FileError>> {
    Organisation::parse(ORGANISATION)
}

/// The eighteen concerns, in order.
///
/// # Errors
/// If their file is at fault, which a test rules out.
pub fn scenarios() -> Result<Vec<Scenario>, toml::de::Error> {
    toml::from_str::<Scenarios>(SCENARIOS).map(|file| file.scenarios)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenarios {
    scenarios: Vec<Scenario>,
}

/// How the reporter comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Anonymous,
    Attributed,
}

/// A concern to play, and what should become of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub id: String,
    pub title: String,
    pub raising_unit: UnitId,
    pub concerned_unit: UnitId,
    pub category: CategoryId,
    /// The document to name first, then others that bear on it.
    pub documents: Vec<DocumentId>,
    pub pace: Pace,
    pub mode: Mode,
    #[serde(deserialize_with = "handler")]
    pub handler: HandlerConcerned,
    /// The concern told without traces of who tells it.
    pub summary: String,
    /// What a reporter in a hurry would have typed, traces and all.
    pub raw: Option<String>,
    pub remedy: String,
    /// Where it ends.
    pub level: Level,
    pub resolution: String,
    pub resolver: String,
    /// Of what kind the resolution is; none for a case that ends without one.
    pub kind: Option<ResolutionKind>,
    #[serde(default)]
    pub actions: Vec<PlannedAction>,
    /// What has happened when a visitor comes.
    pub steps: Vec<Step>,
    /// What is left for visitors to do.
    #[serde(default)]
    pub left: Vec<Step>,
    pub look: Vec<Look>,
    /// What a careful reader would see in the raw text.
    #[serde(default)]
    pub traces: Vec<ExpectedTrace>,
}

/// A remedial action of the resolution.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedAction {
    /// The side whose post owns it, at the level that resolves.
    pub by: Side,
    pub days: i64,
    pub what: String,
}

/// Something that somebody does on a day, counted from the beginning of the demonstration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub day: i64,
    #[serde(rename = "do")]
    pub deed: Deed,
    pub by: Option<By>,
    /// Which action of the outcome, from 0.
    pub action: Option<u16>,
    pub group: Option<GroupId>,
    pub works: Option<Works>,
    /// Of a rating: clarity, fairness, whether it works.
    pub points: Option<[Points; 3]>,
    pub words: Option<String>,
}

/// Who does it; without that, it is the reporter, the Secretary, or whoever an action falls to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    Raising,
    Concerned,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    Raise,
    Acknowledge,
    Write,
    Ask,
    ShowName,
    Propose,
    Accept,
    Reject,
    Extend,
    ChangePace,
    Escalate,
    NotJoint,
    Remand,
    AssignGroup,
    GroupWrite,
    Report,
    ReferUp,
    Decide,
    Direct,
    Done,
    Verify,
    Waive,
    Answer,
    CheckIn,
    Dispute,
    /// By a side's commander.
    Rate,
    RateByReceipt,
}

/// Something to look at, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// A post, or `reporter`.
    pub from: String,
    pub what: String,
    /// Whether something is left to do there.
    #[serde(default)]
    pub to_do: bool,
    /// What is worth a look is that nothing is there.
    #[serde(default)]
    pub nothing: bool,
}

/// A detail of a raw text that narrows down who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedTrace {
    pub name: String,
    /// The words of the raw text.
    pub at: String,
    /// Whether the rules of the exposure check find it; otherwise it lies beyond what rules can find.
    pub found: bool,
    /// As what they find it.
    pub kind: Option<Trace>,
}

impl Scenario {
    /// What a reporter typed: the raw text if there is one.
    #[must_use]
    pub fn what_happens(&self) -> &str {
        self.raw.as_deref().unwrap_or(&self.summary)
    }

    /// The statement of a reporter who heeded the exposure check.
    ///
    /// # Errors
    /// If a text is too long for its field, which a test rules out.
    pub fn statement(&self) -> Result<Statement, ProseError> {
        Ok(Statement {
            what_happens: Prose::parse(&self.summary, limit::WHAT_HAPPENS)?,
            category: Some(self.category.clone()),
            document: self.documents.first().cloned(),
            frequency: None,
            since: None,
            effect: Prose::default(),
            tried: Tried::NotSaid,
            tried_words: Prose::default(),
            remedy: Prose::parse(&self.remedy, limit::REMEDY)?,
        })
    }
}

fn handler<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HandlerConcerned, D::Error> {
    let word = String::deserialize(deserializer)?;
    HandlerConcerned::from_word(&word).ok_or_else(|| D::Error::custom("not an answer about handlers"))
}

#[cfg(test)]
mod tests {
    use super::{organisation, scenarios};
    use crate::domain::concern::HandlerConcerned;
    use crate::domain::deadline::Standards;
    use crate::domain::exposure::{Flag, check};

    #[test]
    fn every_scenario_finds_its_units_documents_and_category() {
        let organisation = organisation().unwrap();
        let scenarios = scenarios().unwrap();
        assert_eq!(scenarios.len(), 18);
        for scenario in &scenarios {
            let id = &scenario.id;
            assert!(organisation.unit(&scenario.raising_unit).is_some(), "{id}");
            assert!(organisation.unit(&scenario.concerned_unit).is_some(), "{id}");
            assert!(organisation.category(&scenario.category).is_some(), "{id}");
            assert!(!scenario.documents.is_empty(), "{id}");
            assert!(
                scenario.documents.iter().all(|document| organisation.document(document).is_some()),
                "{id}"
            );
            assert!(scenario.statement().is_ok(), "{id}");
            for look in scenario.look.iter().filter(|look| look.from != "reporter") {
                let post = look.from.parse().unwrap();
                assert!(organisation.has_post(&post), "{id}: {post}");
            }
            let offered = organisation.counterparts(&scenario.raising_unit);
            assert!(offered.iter().any(|unit| unit.id == scenario.concerned_unit), "{id}");
        }
    }

    #[test]
    fn every_scenario_routes() {
        let organisation = organisation().unwrap();
        for scenario in scenarios().unwrap() {
            let standards = Standards::proposed(scenario.pace);
            let (mine, other) = (&scenario.raising_unit, &scenario.concerned_unit);
            let opening =
                organisation.route(mine, other, &scenario.handler, scenario.pace, standards).unwrap();
            assert_ne!(opening.sides.raising.component, opening.sides.concerned.component);
            assert_eq!(opening.bypass.field, scenario.handler != HandlerConcerned::No, "{}", scenario.id);
        }
    }

    /// Whether a flag covers some of the words that a trace names.
    fn touches(flag: &Flag<'_>, text: &str, at: &str) -> bool {
        let start = text.find(at).unwrap_or_else(|| panic!("{at} is not in {text}"));
        flag.span.start < start + at.len() && start < flag.span.end
    }

    #[test]
    fn an_03_every_expected_trace_is_found_or_known_to_lie_beyond_the_rules() {
        let (mut found, mut beyond) = (0, 0);
        for scenario in scenarios().unwrap() {
            let Some(raw) = &scenario.raw else {
                assert!(scenario.traces.is_empty());
                continue;
            };
            let flags = check(raw);
            for trace in &scenario.traces {
                let mut on_it = flags.iter().filter(|flag| touches(flag, raw, &trace.at));
                if trace.found {
                    assert!(
                        on_it.any(|flag| Some(flag.kind) == trace.kind),
                        "{}: {}",
                        scenario.id,
                        trace.name
                    );
                    found += 1;
                } else {
                    // Should a rule come to reach it, the file must say so.
                    assert!(on_it.next().is_none(), "{}: {} is found after all", scenario.id, trace.name);
                    beyond += 1;
                }
            }
        }
        assert_eq!((found, beyond), (21, 2));
    }

    /// The control: a text is flagged for the words that are flagged, and not for being one of these texts.
    #[test]
    fn an_03_control_without_its_words_a_trace_is_not_found() {
        let mut left_out = 0;
        for scenario in scenarios().unwrap() {
            let Some(raw) = &scenario.raw else { continue };
            for trace in scenario.traces.iter().filter(|trace| trace.found) {
                let without = raw.replace(&trace.at, "…");
                assert!(check(&without).len() < check(raw).len(), "{}: {}", scenario.id, trace.name);
                left_out += 1;
            }
        }
        assert_eq!(left_out, 21);
    }

    #[test]
    fn an_03_a_text_that_heeds_the_check_has_no_flags() {
        for scenario in scenarios().unwrap() {
            for text in [&scenario.summary, &scenario.remedy] {
                let flags: Vec<&str> = check(text).iter().map(|flag| flag.excerpt).collect();
                // The one exact date is that of a document, which a reporter is told to leave to its list.
                let expected: &[&str] = if text.contains("30 September") { &["30 September"] } else { &[] };
                assert_eq!(flags, expected, "{}", scenario.id);
            }
            if scenario.traces.is_empty()
                && let Some(raw) = &scenario.raw
            {
                assert!(check(raw).is_empty(), "{}", scenario.id);
            }
        }
    }
}
