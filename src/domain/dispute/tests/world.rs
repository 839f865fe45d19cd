//! A small world for cases: a calendar, who holds which post, and a case that keeps its journal.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::domain::concern::Pace;
use crate::domain::deadline::{Calendar, Standards};
use crate::domain::dispute::{
    Actor, Bypass, Command, Dispute, Event, Facts, Member, Opening, PerSide, Refusal, Seat, Side, Standing,
    decide, due_events,
};
use crate::domain::id::{AccountId, ComponentId, PostId, UnitId};

/// Monday to Friday in New York, with the federal holidays.
pub(super) static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::united_states);

/// A time where the calendar is.
pub(super) fn at(year: i16, month: i8, day: i8, hour: i8) -> Timestamp {
    CALENDAR.at(jiff::civil::date(year, month, day), hour).unwrap()
}

/// The evening batch of Tuesday 5 January 2027: no holiday within the next eight working days.
pub(super) fn start() -> Timestamp {
    at(2027, 1, 5, 18)
}

pub(super) fn account(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(number))
}

pub(super) fn component(side: Side) -> ComponentId {
    ComponentId::from(match side {
        Side::Raising => "ice",
        Side::Concerned => "cbp",
    })
}

pub(super) fn unit(side: Side) -> UnitId {
    UnitId::from(match side {
        Side::Raising => "ice-tucson",
        Side::Concerned => "cbp-tucson",
    })
}

pub(super) fn commander(side: Side) -> PostId {
    PostId::Commander(unit(side))
}

pub(super) fn alternate(side: Side) -> PostId {
    PostId::Alternate(unit(side))
}

pub(super) fn council(side: Side) -> PostId {
    PostId::Council(component(side))
}

pub(super) fn headquarters() -> PostId {
    PostId::Headquarters("ice-headquarters".into())
}

/// Which side a post of this case belongs to.
pub(super) fn side_of(post: &PostId) -> Option<Side> {
    Side::BOTH.into_iter().find(|side| [commander(*side), alternate(*side), council(*side)].contains(post))
}

/// Who is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Staffing {
    Full,
    /// One commander and one lead on each side, nobody else.
    Thin,
    /// One person holds posts of both sides.
    Shared,
    /// The Council has members, but nobody leads.
    Unled,
    /// One side has nobody on the Council.
    HalfCouncil,
    /// One side has an alternate but no commander.
    NoCommander,
    /// One side has nobody in the field.
    NoField,
}

impl Staffing {
    pub(super) const ALL: [Self; 7] = [
        Self::Full,
        Self::Thin,
        Self::Shared,
        Self::Unled,
        Self::HalfCouncil,
        Self::NoCommander,
        Self::NoField,
    ];
}

/// Who holds which post.
#[derive(Debug)]
pub(super) struct World {
    pub(super) members: BTreeMap<PostId, Vec<Member>>,
}

impl World {
    /// On each side three commanders, two alternates, and a lead and two members on the Council.
    pub(super) fn staffed(staffing: Staffing) -> Self {
        let mut members = BTreeMap::new();
        let mut hold = |post: PostId, people: &[u128], led: bool| {
            let member = |(place, number): (usize, &u128)| Member {
                account: account(*number),
                lead: led && place == 0,
            };
            members.insert(post, people.iter().enumerate().map(member).collect::<Vec<_>>());
        };
        for (side, ten) in [(Side::Raising, 10), (Side::Concerned, 20)] {
            let thin = staffing == Staffing::Thin;
            let some = |people: [u128; 3]| people[..if thin { 1 } else { 3 }].to_vec();
            hold(commander(side), &some([ten + 1, ten + 2, ten + 8]), false);
            let alternates = if thin { vec![] } else { vec![30 + ten, 31 + ten] };
            hold(alternate(side), &alternates, false);
            hold(council(side), &some([ten + 5, ten + 6, ten + 7]), staffing != Staffing::Unled);
        }
        for (side, person) in [(Side::Raising, 91), (Side::Concerned, 93)] {
            for (group, person) in [("rules", person), ("safety", person + 1)] {
                hold(PostId::WorkingGroup(component(side), group.into()), &[person], false);
            }
        }
        hold(PostId::WorkingGroup(component(Side::Raising), "half".into()), &[95], false);
        hold(PostId::Secretary, &[81, 82], false);
        hold(headquarters(), &[83], false);
        hold(PostId::Commander("ice-nogales".into()), &[61], false);
        hold(PostId::Council("fema".into()), &[62], true);
        match staffing {
            Staffing::Full | Staffing::Thin | Staffing::Unled => {}
            Staffing::Shared => {
                for side in Side::BOTH {
                    hold(commander(side), &[71], false);
                    hold(council(side), &[71], true);
                }
            }
            Staffing::HalfCouncil => hold(council(Side::Concerned), &[], true),
            Staffing::NoCommander => hold(commander(Side::Concerned), &[], false),
            Staffing::NoField => {
                hold(commander(Side::Raising), &[], false);
                hold(alternate(Side::Raising), &[], false);
            }
        }
        Self { members }
    }

    /// What the machine is told; everybody has just signed in.
    pub(super) fn facts(&self, now: Timestamp) -> Facts<'_> {
        Facts { now, calendar: &CALENDAR, members: &self.members, fresh: true }
    }

    /// The seat of the member of a post that comes in place `place`.
    pub(super) fn seat(&self, post: &PostId, place: usize) -> Seat {
        let member = &self.members[post][place];
        Seat { account: member.account, post: post.clone(), lead: member.lead }
    }

    /// Every seat that somebody holds.
    pub(super) fn seats(&self) -> Vec<Seat> {
        let of = |(post, members): (&PostId, &Vec<Member>)| {
            (0..members.len()).map(|place| self.seat(post, place)).collect::<Vec<_>>()
        };
        self.members.iter().flat_map(of).collect()
    }

    /// People who say that they sit where they do not.
    pub(super) fn impostors() -> Vec<Seat> {
        [commander(Side::Raising), alternate(Side::Concerned), council(Side::Raising), PostId::Secretary]
            .into_iter()
            .map(|post| Seat { account: account(99), post, lead: true })
            .collect()
    }
}

/// A routine concern of which nobody is left out.
pub(super) fn opening() -> Opening {
    let standing = |side| Standing { component: component(side), unit: unit(side) };
    Opening {
        sides: PerSide { raising: standing(Side::Raising), concerned: standing(Side::Concerned) },
        pace: Pace::Routine,
        bypass: Bypass::default(),
        standards: Standards::proposed(Pace::Routine),
        name_for_panel: false,
    }
}

/// One case with its journal, at one moment.
#[derive(Clone, Debug)]
pub(super) struct Case<'w> {
    pub(super) world: &'w World,
    pub(super) now: Timestamp,
    pub(super) dispute: Dispute,
    pub(super) journal: Vec<Event>,
}

impl<'w> Case<'w> {
    /// Opens a case with a batch.
    pub(super) fn open(world: &'w World, opening: Opening, now: Timestamp) -> Self {
        let journal = decide(None, &Actor::Batch, &Command::Open(opening), &world.facts(now)).unwrap();
        let dispute = Dispute::fold(&journal).unwrap();
        Self { world, now, dispute, journal }
    }

    /// What the machine answers; nothing is kept.
    pub(super) fn ask(&self, actor: &Actor, command: &Command) -> Result<Vec<Event>, Refusal> {
        decide(Some(&self.dispute), actor, command, &self.world.facts(self.now))
    }

    /// Puts events into the journal and into the state.
    pub(super) fn keep(&mut self, events: &[Event]) {
        for event in events {
            self.dispute.apply(event);
        }
        self.journal.extend_from_slice(events);
    }

    /// The case once the clock has done what it has due now.
    pub(super) fn settled(&self) -> Self {
        let mut settled = self.clone();
        // A group and a level, or several actions, may be due at once.
        for _ in 0..10 {
            settled.keep(&due_events(&settled.dispute, &self.world.facts(self.now)));
        }
        settled
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.dispute.next_due(&CALENDAR)
    }
}
