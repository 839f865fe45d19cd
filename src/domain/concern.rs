//! What a reporter sends: the answers of the form, checked once.

use serde::{Deserialize, Serialize};

use zeroize::Zeroizing;

use super::id::{CategoryId, ComponentId, DocumentId, UnitId};
use super::organisation::Organisation;
use super::prose::Prose;

/// Limits of the form's fields in characters; each is shown beside its field.
pub mod limit {
    pub const WHAT_HAPPENS: usize = 4_000;
    pub const COUNCIL_ONLY: usize = 2_000;
    pub const EFFECT: usize = 1_000;
    pub const TRIED: usize = 1_000;
    pub const REMEDY: usize = 1_000;
    pub const NAME: usize = 100;
    pub const CONTACT: usize = 200;
    pub const MESSAGE: usize = 2_000;
}

/// How much haste the matter itself has. A reporter's choice; it picks the time standards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    #[default]
    Routine,
    Extraordinary,
}

impl Pace {
    /// The one that is not this one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Routine => Self::Extraordinary,
            Self::Extraordinary => Self::Routine,
        }
    }
}

/// When the act may reach its readers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispatch {
    /// Drawn from the next four batches (the next one if the pace is extraordinary).
    #[default]
    Mixed,
    /// Within the hour: the reporter chose so, knowing that the time then narrows down who it was.
    Urgent,
}

/// "Does this concern someone who would handle it?"
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandlerConcerned {
    No,
    OurSide,
    OtherSide,
    BothSides,
    NotSure,
    /// Somebody on the Council for this component.
    Council(ComponentId),
    /// Somebody at this headquarters unit.
    Headquarters(UnitId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    Once,
    Sometimes,
    Often,
    Always,
}

/// Whether it was raised directly before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tried {
    #[default]
    NotSaid,
    Tried,
    NotTried,
    NotSafe,
}

/// A month, never a day: finer would narrow down who wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Month {
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
}

/// The part that commanders and the Council read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub what_happens: Prose,
    pub category: Option<CategoryId>,
    pub document: Option<DocumentId>,
    pub frequency: Option<Frequency>,
    pub since: Option<Month>,
    pub effect: Prose,
    pub tried: Tried,
    pub tried_words: Prose,
    pub remedy: Prose,
}

/// A name, if the reporter gives one. Typed, hence unverified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub name: Prose,
    pub contact: Prose,
    /// Whether the panel may see it too; otherwise the Council alone.
    pub for_panel: bool,
}

/// A whole concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concern {
    pub my_unit: UnitId,
    pub other_unit: UnitId,
    pub handler: HandlerConcerned,
    pub pace: Pace,
    pub dispatch: Dispatch,
    pub statement: Statement,
    pub council_only: Prose,
    pub identity: Identity,
}

choice!(Pace {
    Routine = "routine", "Routine";
    Extraordinary = "extraordinary", "Extraordinary";
});

choice!(Dispatch {
    Mixed = "mixed", "Within two days, at a time drawn by chance";
    Urgent = "urgent", "Within the hour";
});

choice!(Frequency {
    Once = "once", "Once";
    Sometimes = "sometimes", "Sometimes";
    Often = "often", "Often";
    Always = "always", "Every time";
});

choice!(Tried {
    NotSaid = "not_said", "I would rather not say";
    Tried = "tried", "Yes, I raised it directly";
    NotTried = "not_tried", "No, not yet";
    NotSafe = "not_safe", "No, it did not feel safe";
});

impl Pace {
    /// One sentence beside the choice.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Routine => "It can wait a few weeks.",
            Self::Extraordinary => "Waiting for weeks would put people or an operation at risk.",
        }
    }
}

impl Dispatch {
    /// One sentence beside the choice; the second states its risk.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Mixed => "Nobody can tell from its arrival when you wrote.",
            Self::Urgent => {
                "It then shows within an hour when you wrote, and who was at work may narrow down who you are."
            }
        }
    }
}

impl HandlerConcerned {
    /// The choices that name neither an agency nor a headquarters.
    pub const PLAIN: [Self; 5] = [Self::No, Self::OurSide, Self::OtherSide, Self::BothSides, Self::NotSure];

    /// Every choice of an organisation, in the order in which a form offers them.
    #[must_use]
    pub fn choices(organisation: &Organisation) -> Vec<Self> {
        let council = organisation.components.iter().map(|component| Self::Council(component.id.clone()));
        let headquarters = organisation.headquarters.iter().map(|unit| Self::Headquarters(unit.id.clone()));
        Self::PLAIN.into_iter().chain(council).chain(headquarters).collect()
    }

    /// What a form sends: `no`, `our_side`, … `council:COMPONENT`, `headquarters:UNIT`.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::No => "no".to_owned(),
            Self::OurSide => "our_side".to_owned(),
            Self::OtherSide => "other_side".to_owned(),
            Self::BothSides => "both_sides".to_owned(),
            Self::NotSure => "not_sure".to_owned(),
            Self::Council(component) => format!("council:{component}"),
            Self::Headquarters(unit) => format!("headquarters:{unit}"),
        }
    }

    /// The choice of a word. Whether the agency or headquarters exists is for the organisation to say.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        if let Some(plain) = Self::PLAIN.into_iter().find(|choice| choice.word() == word) {
            return Some(plain);
        }
        let (kind, id) = word.split_once(':')?;
        if id.is_empty() || id.len() > 40 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return None;
        }
        match kind {
            "council" => Some(Self::Council(id.into())),
            "headquarters" => Some(Self::Headquarters(id.into())),
            _ => None,
        }
    }

    /// What a page shows.
    #[must_use]
    pub fn label(&self, organisation: &Organisation) -> String {
        match self {
            Self::No => "No".to_owned(),
            Self::OurSide => "Yes, on our side".to_owned(),
            Self::OtherSide => "Yes, on the other side".to_owned(),
            Self::BothSides => "Yes, on both sides".to_owned(),
            Self::NotSure => "I am not sure".to_owned(),
            Self::Council(id) => {
                let short = organisation.component(id).map_or(id.as_str(), |component| &component.short);
                format!("Yes, someone on the Council for {short}")
            }
            Self::Headquarters(id) => {
                let name = organisation.headquarters_unit(id).map_or(id.as_str(), |unit| &unit.name);
                format!("Yes, someone at headquarters: {name}")
            }
        }
    }
}

impl Month {
    const NAMES: [&'static str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];

    /// What a form sends: `2006-11`.
    #[must_use]
    pub fn word(self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }

    /// A month from 1950 to 2199, written `2006-11`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let (year, month) = word.split_once('-')?;
        let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        ((1950..2200).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// What a page shows: "November 2006".
    #[must_use]
    pub fn label(self) -> String {
        let index = usize::try_from(self.month).ok().and_then(|month| month.checked_sub(1));
        let name = index.and_then(|index| Self::NAMES.get(index)).copied().unwrap_or("?");
        format!("{name} {}", self.year)
    }

    #[must_use]
    pub const fn next(self) -> Self {
        match self.month {
            12.. => Self { year: self.year + 1, month: 1 },
            month => Self { year: self.year, month: month + 1 },
        }
    }

    #[must_use]
    pub const fn previous(self) -> Self {
        match self.month {
            ..=1 => Self { year: self.year - 1, month: 12 },
            month => Self { year: self.year, month: month - 1 },
        }
    }

    /// The month of a day.
    #[must_use]
    pub fn of(day: jiff::civil::Date) -> Self {
        Self { year: day.year(), month: day.month() }
    }
}

/// Sealed bytes that are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not the part of a concern that they should be")]
pub struct NotReadable;

impl Statement {
    /// The bytes that are sealed. Their form is stored for as long as cases are: fields may be added
    /// with a default, never renamed.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        to_bytes(self, &[&self.what_happens, &self.effect, &self.tried_words, &self.remedy])
    }

    /// # Errors
    /// If the bytes are of something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotReadable> {
        serde_json::from_slice(bytes).map_err(|_| NotReadable)
    }
}

impl Identity {
    /// The bytes that are sealed; as lasting as those of a statement.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        to_bytes(self, &[&self.name, &self.contact])
    }

    /// # Errors
    /// If the bytes are of something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotReadable> {
        serde_json::from_slice(bytes).map_err(|_| NotReadable)
    }

    /// Whether no name and no way to reach the reporter was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_empty() && self.contact.is_empty()
    }
}

fn to_bytes<T: Serialize>(part: &T, texts: &[&Prose]) -> Zeroizing<Vec<u8>> {
    // Room for all of it at once: a buffer that grows leaves copies behind that nobody wipes. No byte of
    // a checked text becomes more than two, for control characters are refused.
    let typed: usize = texts.iter().map(|text| text.as_str().len()).sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(typed * 2 + 1_024));
    // Plain data into memory: there is nothing that could fail.
    let written = serde_json::to_writer(&mut *bytes, part);
    debug_assert!(written.is_ok(), "plain data is always written");
    bytes
}

#[cfg(test)]
mod tests {
    use super::{
        Dispatch, Frequency, HandlerConcerned, Identity, Month, NotReadable, Pace, Statement, Tried, limit,
    };
    use crate::domain::prose::Prose;

    fn prose(text: &str) -> Prose {
        Prose::parse_optional(text, 10_000).unwrap()
    }

    fn statement() -> Statement {
        Statement {
            what_happens: prose("Line \"one\"\nline two"),
            category: Some("dissemination".into()),
            document: None,
            frequency: Some(Frequency::Often),
            since: Some(Month { year: 2006, month: 11 }),
            effect: prose(""),
            tried: Tried::NotSafe,
            tried_words: prose(""),
            remedy: prose("A rule"),
        }
    }

    #[test]
    fn sealed_bytes_keep_their_form() {
        let text = r#"{"what_happens":"Line \"one\"\nline two","category":"dissemination","document":null,"frequency":"often","since":{"year":2006,"month":11},"effect":"","tried":"not_safe","tried_words":"","remedy":"A rule"}"#;
        assert_eq!(statement().to_bytes().as_slice(), text.as_bytes());
        assert_eq!(Statement::from_bytes(text.as_bytes()), Ok(statement()));
        let identity = Identity { name: prose("N"), contact: prose("C"), for_panel: true };
        let text = br#"{"name":"N","contact":"C","for_panel":true}"#;
        assert_eq!(identity.to_bytes().as_slice(), text);
        assert_eq!(Identity::from_bytes(text), Ok(identity));
        assert!(Identity::default().is_empty());
    }

    #[test]
    fn the_longest_statement_is_written_without_a_copy_left_behind() {
        let mut longest = statement();
        longest.what_happens = prose(&"\"".repeat(limit::WHAT_HAPPENS));
        longest.effect = prose(&"\\".repeat(limit::EFFECT));
        longest.remedy = prose(&"😀".repeat(limit::REMEDY));
        let bytes = longest.to_bytes();
        let typed = longest.what_happens.as_str().len()
            + longest.effect.as_str().len()
            + longest.tried_words.as_str().len()
            + longest.remedy.as_str().len();
        assert!(bytes.len() <= typed * 2 + 1_024);
        assert_eq!(bytes.capacity(), typed * 2 + 1_024);
        assert_eq!(Statement::from_bytes(&bytes), Ok(longest));
    }

    #[test]
    fn other_bytes_are_refused() {
        for bytes in [&b""[..], b"{}", b"null", b"[1", &[0xff]] {
            assert_eq!(Statement::from_bytes(bytes), Err(NotReadable));
            assert_eq!(Identity::from_bytes(bytes), Err(NotReadable));
        }
    }

    #[test]
    fn every_word_leads_back_to_its_choice() {
        for pace in Pace::ALL {
            assert_eq!(Pace::from_word(pace.word()), Some(*pace));
        }
        for dispatch in Dispatch::ALL {
            assert_eq!(Dispatch::from_word(dispatch.word()), Some(*dispatch));
        }
        for frequency in Frequency::ALL {
            assert_eq!(Frequency::from_word(frequency.word()), Some(*frequency));
        }
        for tried in Tried::ALL {
            assert_eq!(Tried::from_word(tried.word()), Some(*tried));
        }
        let more =
            [HandlerConcerned::Council("CBP".into()), HandlerConcerned::Headquarters("DHS-OPS".into())];
        for handler in HandlerConcerned::PLAIN.into_iter().chain(more) {
            assert_eq!(HandlerConcerned::from_word(&handler.word()), Some(handler));
        }
        for word in ["", "No", "council", "council:", "secretary:X", "council:a b", "headquarters:é"] {
            assert_eq!(HandlerConcerned::from_word(word), None, "{word}");
        }
        assert_eq!(Pace::from_word("slow"), None);
    }

    #[test]
    fn months_are_read_strictly() {
        let month = Month { year: 2006, month: 11 };
        assert_eq!(Month::from_word("2006-11"), Some(month));
        assert_eq!(month.word(), "2006-11");
        assert_eq!(month.label(), "November 2006");
        assert_eq!(Month { year: 2006, month: 99 }.label(), "? 2006");
        for word in
            ["", "2006", "2006-13", "2006-00", "2006-1", "+006-11", "1949-12", "2006-11-01", "November"]
        {
            assert_eq!(Month::from_word(word), None, "{word}");
        }
    }
}
