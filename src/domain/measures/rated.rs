//! Ratings of outcomes as the measures count them.

use super::count::Topic;
use super::follow::{Ending, Fact, Followed};
use super::quarter::Period;
use crate::domain::follow_up::{Points, Rating};

/// The columns of each question. The best first, for the trend is of the first.
pub(super) const COLUMNS: [&str; 3] = ["4 or 5 points", "3 points", "1 or 2 points"];

/// What only a case that was resolved can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// An action that was due.
    Action,
    /// A rating by a commander.
    Commanders,
    /// The reporter's rating.
    Reporters,
}

impl Follows {
    pub(super) const fn resolution(topic: Topic) -> Option<Self> {
        match topic {
            Topic::Actions => Some(Self::Action),
            Topic::RatedByCommanders => Some(Self::Commanders),
            Topic::RatedByReporters => Some(Self::Reporters),
            _ => None,
        }
    }

    /// Whether a case was resolved by the end of a quarter and had none of this by then. What has it was resolved: so
    /// how many have it bounds how many of those decided were closed as not joint, unless enough were resolved besides.
    pub(super) fn is_missing_from(self, case: &Followed, period: &Period) -> bool {
        let mut resolved = false;
        for (_, fact) in case.facts.iter().filter(|(at, _)| *at < period.ends) {
            match (fact, self) {
                (Fact::ActionDue { .. }, Self::Action)
                | (Fact::RatedByCommander(_), Self::Commanders)
                | (Fact::RatedByReporter(_), Self::Reporters) => return false,
                (Fact::Decided { ending, .. }, _) => resolved = *ending != Ending::NotJoint,
                _ => {}
            }
        }
        resolved
    }
}

/// The column of each question.
pub(super) fn columns(rating: Rating) -> Vec<usize> {
    let column = |points| match points {
        Points::Four | Points::Five => 0,
        Points::Three => 1,
        Points::One | Points::Two => 2,
    };
    rating.each().iter().map(|(_, points)| column(*points)).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::clock::{DAY, Timestamp};
    use crate::domain::deadline::Calendar;
    use crate::domain::dispute::{PerSide, Standing};
    use crate::domain::measures::count::Sheet;
    use crate::domain::measures::release::{OfTopic, Shown};
    use crate::domain::measures::{Quarter, Release, Rules, Split, sheets, suppress, words};
    use crate::domain::organisation::Organisation;

    fn period() -> Period {
        Quarter::of(date(2026, 1, 1)).period(&Calendar::united_states(), None).unwrap()
    }

    fn day(days: i64) -> Timestamp {
        period().starts.plus(days * DAY)
    }

    fn rating(clarity: Points, fairness: Points, works: Points) -> Rating {
        Rating { clarity, fairness, works }
    }

    /// A case that one of two units raised and that was resolved on the tenth day, with what came then.
    fn case(number: usize, then: &[(i64, Fact)]) -> Followed {
        let standing =
            |component: &str, unit: &str| Standing { component: component.into(), unit: unit.into() };
        let raising = if number.is_multiple_of(2) { "OBP-TCA" } else { "OBP-RGV" };
        let then = then.iter().map(|(days, fact)| (day(*days), *fact));
        let decided = (day(10), Fact::Decided { ending: Ending::Field, days: 5 });
        Followed {
            sides: PerSide { raising: standing("CBP", raising), concerned: standing("ICE", "OI-TUS") },
            opened: day(1),
            document: None,
            facts: [(day(1), Fact::Opened), decided].into_iter().chain(then).collect(),
        }
    }

    fn published(cases: &[Followed]) -> (Vec<Sheet>, Release) {
        let organisation =
            Organisation::parse(include_str!("../../demonstration/organisation.toml")).unwrap();
        let (sheets, days) = sheets(cases, &period(), &organisation).unwrap();
        let release = suppress::release(period(), &sheets, &days, Rules::IN_FORCE);
        (sheets, release)
    }

    fn of(topic: Topic, release: &Release) -> &OfTopic {
        release.topic(topic).unwrap()
    }

    #[test]
    fn where_both_commanders_rate_the_lower_points_count_question_by_question() {
        let one = Fact::RatedByCommander(rating(Points::Five, Points::Two, Points::Four));
        let other = Fact::RatedByCommander(rating(Points::Three, Points::Four, Points::Five));
        let late = Fact::RatedByCommander(rating(Points::One, Points::One, Points::One));
        let (sheets, _) = published(&[case(0, &[(20, one), (30, other), (200, late)])]);
        let sheet = sheets.iter().find(|sheet| sheet.topic == Topic::RatedByCommanders).unwrap();
        assert_eq!(sheet.entries.len(), 1, "a case counts once");
        assert_eq!(sheet.entries[0].columns, [1, 2, 0], "what came after the quarter is not in it");
        let reporters = sheets.iter().find(|sheet| sheet.topic == Topic::RatedByReporters).unwrap();
        assert_eq!((reporters.entries.len(), reporters.without.as_ref().map(Vec::len)), (0, Some(1)));
    }

    /// By direction only where each direction leaves room: who is named as not joint is told by direction as well.
    #[test]
    fn actions_are_told_while_enough_was_resolved_without_any() {
        let due = Fact::ActionDue { in_time: true };
        let turned = |case: Followed| {
            let PerSide { raising, concerned } = case.sides.clone();
            Followed { sides: PerSide { raising: concerned, concerned: raising }, ..case }
        };
        let mut cases: Vec<_> = (0..12).map(|number| case(number, &[(20, due)])).collect();
        cases.extend((0..12).map(|number| {
            let mut other = turned(case(number, &[(20, due)]));
            other.sides.raising.unit = if number.is_multiple_of(2) { "OI-TUS" } else { "OI-SNA" }.into();
            other
        }));
        assert_eq!(of(Topic::Actions, &published(&cases).1).together, Shown::Hidden, "all have one");
        cases.extend((0..6).map(|number| case(number, &[])));
        let (_, release) = published(&cases);
        assert_eq!(of(Topic::Actions, &release).together, Shown::About(25));
        let counts = |release: &Release| {
            let lines = &of(Topic::Actions, release).directions;
            [lines[0].count, lines[1].count]
        };
        assert_eq!(counts(&release), [Shown::Hidden; 2], "the other direction leaves no room");
        cases.extend((0..6).map(|number| {
            let mut other = turned(case(number, &[]));
            other.sides.raising.unit = if number.is_multiple_of(2) { "OI-TUS" } else { "OI-SNA" }.into();
            other
        }));
        assert_eq!(counts(&published(&cases).1), [Shown::About(10); 2]);
    }

    #[test]
    fn ratings_are_told_while_enough_was_resolved_and_not_rated() {
        let well = Fact::RatedByReporter(rating(Points::Five, Points::Four, Points::Four));
        let mut cases: Vec<_> = (0..12).map(|number| case(number, &[(20, well)])).collect();
        let (_, release) = published(&cases);
        assert_eq!(of(Topic::RatedByReporters, &release).together, Shown::Hidden, "all are rated");
        cases.extend((0..4).map(|number| case(number, &[])));
        assert_eq!(of(Topic::RatedByReporters, &published(&cases).1).together, Shown::Hidden, "four are not");
        cases.push(case(4, &[]));
        let (_, release) = published(&cases);
        let told = of(Topic::RatedByReporters, &release);
        assert_eq!(told.together, Shown::About(10));
        assert_eq!(words::whole(told), "In about 10 cases the reporter rated the outcome.");
        assert!(told.told.iter().all(|told| told.rows.len() == 1 && told.rows[0].of.is_none()));
        let clear = release.parts(Split::ClearToReporters, None);
        assert_eq!(clear, None, "of twelve alike it would be told that none are not");
        let rows = words::rows(&release);
        let of_ratings = rows.iter().filter(|row| row[1] == words::title(Topic::RatedByReporters));
        assert_eq!(of_ratings.map(|row| row[2].as_str()).collect::<Vec<_>>(), ["All cases"]);
        assert_eq!(of(Topic::RatedByCommanders, &release).together, Shown::Hidden);
    }
}
