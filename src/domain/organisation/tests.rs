use std::collections::BTreeSet;

use crate::domain::concern::{HandlerConcerned, Pace};
use crate::domain::deadline::Standards;
use crate::domain::dispute::Opening;
use crate::domain::id::{PostId, UnitId};

use super::{Band, Change, FileError, Organisation, RouteError};

const DEMONSTRATION: &str = include_str!("../../demonstration/organisation.toml");

const SMALL: &str = r#"department = "Department"
council = "Council"

[[components]]
id = "A"
name = "Agency A"
short = "A"

[[components]]
id = "B"
name = "Agency B"
short = "B"

[[branches]]
id = "A-1"
name = "First"
component = "A"
headquarters = "A-HQ"

[[branches]]
id = "B-1"
name = "First"
component = "B"
headquarters = "B-HQ"

[[units]]
id = "A-HQ"
name = "Headquarters A"
branch = "A-1"
place = "Capital"
strength = "100+"
commander = "Head of A"

[[units]]
id = "B-HQ"
name = "Headquarters B"
branch = "B-1"
place = "Capital"
strength = "100+"
commander = "Head of B"

[[units]]
id = "A-BIG"
name = "Big office"
branch = "A-1"
place = "City"
strength = "25-99"
commander = "Chief"
counterparts = ["B-HQ"]

[[units]]
id = "A-TOWN"
name = "Town office"
branch = "A-1"
parent = "A-BIG"
place = "Town"
strength = "5-9"

[[headquarters]]
id = "HQ-A"
name = "Office A"
component = "A"

[[headquarters]]
id = "HQ-B"
name = "Office B"
component = "B"

[[headquarters]]
id = "HQ-D"
name = "Operations"
"#;

fn demonstration() -> Organisation {
    Organisation::parse(DEMONSTRATION).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn small() -> Organisation {
    Organisation::parse(SMALL).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// The small file with one text replaced, and what is then wrong with it.
fn faults(from: &str, to: &str) -> Vec<String> {
    assert!(SMALL.contains(from), "{from} is not in the file");
    let errors = Organisation::parse(&SMALL.replacen(from, to, 1)).unwrap_err();
    errors.iter().map(FileError::to_string).collect()
}

fn id(text: &str) -> UnitId {
    text.into()
}

fn route(organisation: &Organisation, mine: &str, other: &str, who: &HandlerConcerned) -> Opening {
    let standards = Standards::proposed(Pace::Routine);
    organisation.route(&id(mine), &id(other), who, Pace::Routine, standards).unwrap()
}

#[test]
fn a_file_written_back_reads_the_same() {
    for mut organisation in [demonstration(), small()] {
        assert_eq!(Organisation::parse(&organisation.to_toml()).unwrap(), organisation);
        organisation.calendar.time_zone = "America/Chicago".to_owned();
        organisation.calendar.working_weekdays = [true, true, true, true, true, true, false];
        organisation.calendar.extra_holidays = [jiff::civil::date(2026, 12, 24)].into();
        organisation.batch_hours = vec![0, 8, 16];
        organisation.department = "Say \"yes\" \\ 'no'".to_owned();
        assert_eq!(Organisation::parse(&organisation.to_toml()).unwrap(), organisation);
    }
}

#[test]
fn dates_of_the_calendar_may_be_texts_or_dates() {
    let with = |days: &str| format!("{SMALL}\n[calendar]\nextra_holidays = [{days}]\n");
    let text = Organisation::parse(&with("\"2026-12-24\"")).unwrap();
    assert_eq!(Organisation::parse(&with("2026-12-24")).unwrap(), text);
    for wrong in ["2026-12-24T10:00:00", "\"tomorrow\"", "5", "\"2026-02-30\""] {
        assert!(Organisation::parse(&with(wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn every_fault_is_told_with_its_line_in_plain_words() {
    let no_place = ("place = \"Town\"", "plaice = \"Town\"");
    let section = ("[[branches]]\nid = \"A-1\"", "[[branches]]\nid = \"A-1\"");
    let before_branches =
        |text: &str| section.1.replacen("[[branches]]", &format!("{text}\n[[branches]]"), 1);
    let hours = before_branches("[batches]\nhours = [18, 6]");
    let zone = before_branches("[calendar]\ntime_zone = \"Mars/Base\"");
    let days = before_branches("[calendar]\nworking_weekdays = [\"funday\"]");
    // What is replaced, with what, the text on whose line the fault stands (none: the whole file), the words.
    let cases: [(&str, &str, &str, &str); 28] = [
        (
            "branch = \"A-1\"\nparent",
            "branch = \"A-9\"\nparent",
            "branch = \"A-9\"",
            "unit A-TOWN names the branch A-9, which is not defined; branches are A-1, B-1",
        ),
        (
            "parent = \"A-BIG\"",
            "parent = \"NONE\"",
            "parent =",
            "unit A-TOWN names the parent NONE, which is not among",
        ),
        (
            "parent = \"A-BIG\"",
            "parent = \"B-HQ\"",
            "parent =",
            "unit A-TOWN has the parent B-HQ, which belongs to",
        ),
        ("parent = \"A-BIG\"", "parent = \"A-TOWN\"", "parent =", "unit A-TOWN comes back to itself"),
        (
            "strength = \"5-9\"",
            "strength = \"7\"",
            "strength = \"7\"",
            "unit A-TOWN: \"strength\" must be one of \"0-4\"",
        ),
        (
            "commander = \"Chief\"\n",
            "",
            "[[units]]\nid = \"A-BIG\"",
            "unit A-BIG has the strength 25-99, so it handles cases",
        ),
        (
            "counterparts = [\"B-HQ\"]",
            "counterparts = [\n\"B-HQ\",\n\"A-HQ\"]",
            "\"A-HQ\"]",
            "unit A-BIG names the counterpart A-HQ, which is of the same component, A",
        ),
        (
            "counterparts = [\"B-HQ\"]",
            "counterparts = [\"X\"]",
            "counterparts",
            "unit A-BIG names the counterpart X, which",
        ),
        (
            "headquarters = \"A-HQ\"",
            "headquarters = \"A-TOWN\"",
            "headquarters =",
            "branch A-1 has the headquarters A-TOWN, which is too small",
        ),
        (
            "headquarters = \"A-HQ\"",
            "headquarters = \"B-HQ\"",
            "headquarters =",
            "branch A-1 has the headquarters B-HQ, which belongs to the branch B-1",
        ),
        (
            "headquarters = \"A-HQ\"",
            "headquarters = \"Q\"",
            "headquarters =",
            "branch A-1 names the headquarters Q, which is not among the units; units of the branch are A-HQ, A-BIG, A-TOWN",
        ),
        (
            "headquarters = \"A-HQ\"",
            "headquarters = \"A HQ\"",
            "headquarters =",
            "branch A-1: \"headquarters\" may hold only",
        ),
        (
            "component = \"B\"\nheadquarters",
            "component = \"C\"\nheadquarters",
            "component = \"C\"",
            "branch B-1 names the component C, which is not defined; components are A, B",
        ),
        (
            "id = \"A-TOWN\"",
            "id = \"A-BIG\"",
            "id = \"A-BIG\"\nname = \"Town",
            "unit A-BIG is there twice; the first is on line",
        ),
        (
            "id = \"HQ-D\"",
            "id = \"A-BIG\"",
            "id = \"A-BIG\"\nname = \"Operations",
            "headquarters recipient A-BIG has the id of the unit A-BIG",
        ),
        (
            "id = \"HQ-B\"\nname = \"Office B\"\ncomponent = \"B\"",
            "id = \"HQ-B\"\nname = \"Office B\"\ncomponent = \"A\"",
            "",
            "component B has no [[headquarters]]",
        ),
        (
            "name = \"Operations\"",
            "name = \"Operations\"\ncomponent = \"A\"",
            "",
            "the department has no [[headquarters]]",
        ),
        (
            no_place.0,
            no_place.1,
            "plaice",
            "unit A-TOWN has \"plaice\", which is not known here; known are id, name, branch",
        ),
        (no_place.0, no_place.1, "[[units]]\nid = \"A-TOWN\"", "unit A-TOWN lacks \"place\""),
        (
            "name = \"Town office\"",
            "name = 3",
            "name = 3",
            "unit A-TOWN: \"name\" must be a text in quotation marks, not a number",
        ),
        ("name = \"Town office\"", "name = \"\"", "name = \"\"", "unit A-TOWN: \"name\" must not be empty"),
        (
            "name = \"Town office\"",
            "name = \"Town\\u202Eoffice\"",
            "name = \"Town",
            "unit A-TOWN: \"name\" must not begin or end with a space nor hold line breaks or invisible marks",
        ),
        (
            "commander = \"Head of B\"",
            "commander = \"Head of A\"",
            "commander = \"Head of A\"\n\n[[units]]\nid = \"A-BIG\"",
            "unit B-HQ has the same commander's title and place as A-HQ",
        ),
        (section.0, &hours, "hours =", "[batches]: give two to four different hours in ascending order"),
        (section.0, &zone, "time_zone =", "[calendar]: there is no time zone Mars/Base"),
        (section.0, &days, "working_weekdays =", "[calendar]: a working weekday must be one of monday"),
        ("council = \"Council\"", "council = ", "council =", "this is not valid TOML"),
        (
            "council = \"Council\"",
            "council = \"Council\"\ncouncil = \"Twice\"",
            "council = \"Twice\"",
            "this is not valid TOML",
        ),
    ];
    for (from, to, anchor, words) in cases {
        let text = SMALL.replacen(from, to, 1);
        let line =
            if anchor.is_empty() { 0 } else { text[..text.find(anchor).unwrap()].matches('\n').count() + 1 };
        let found = faults(from, to);
        let expected = format!("line {line}: {words}");
        assert!(
            found.iter().any(|fault| fault.starts_with(&expected)),
            "expected {expected:?}, found {found:#?}"
        );
    }
}

#[test]
fn many_faults_are_told_at_once_in_the_order_of_lines() {
    let text = SMALL.replace("strength = \"100+\"", "strength = 100").replace("place = ", "plaice = ");
    let errors = Organisation::parse(&text).unwrap_err();
    assert!(errors.len() >= 10, "{errors:#?}");
    assert!(errors.is_sorted());
    let third =
        SMALL.replace("[[branches]]\nid = \"A-1\"", "[[components]]\nid = \"C\"\n[[branches]]\nid = \"A-1\"");
    let errors = Organisation::parse(&third).unwrap_err();
    assert!(
        errors.iter().any(|error| error.line == 15 && error.message.contains("exactly two")),
        "{errors:#?}"
    );
}

#[test]
fn a_circle_of_parents_is_refused_and_does_not_hang_a_look_up() {
    let circle = SMALL.replacen("counterparts = [\"B-HQ\"]", "parent = \"A-TOWN\"", 1);
    let errors = Organisation::parse(&circle).unwrap_err();
    assert_eq!(errors.iter().filter(|error| error.message.contains("comes back to itself")).count(), 2);
    let mut organisation = small();
    organisation.units[2].parent = Some(id("A-TOWN"));
    organisation.units[2].band = Band::UpTo4;
    assert_eq!(organisation.handling_unit(&id("A-TOWN")).unwrap().id, id("A-HQ"));
}

#[test]
fn nonsense_is_refused_without_panic() {
    for text in [
        "",
        "=",
        "[[units]]",
        "units = 3",
        "units = [3]",
        "[units]\nid = 1",
        "calendar = 3",
        "\u{0}",
        "[batches]\nhours = 6",
    ] {
        assert!(Organisation::parse(text).is_err(), "{text:?}");
    }
    assert!(Organisation::parse(&"#".repeat(2_000_001)).is_err());
    assert!(Organisation::parse(&"a = [".repeat(100_000)).is_err());
}

#[test]
fn an_01_every_unit_is_handled_and_shown_where_enough_people_are() {
    let organisation = demonstration();
    for unit in &organisation.units {
        let handling = organisation.handling_unit(&unit.id).unwrap();
        assert!(handling.band.is_enough() && !handling.commander.is_empty(), "{}", unit.id);
        assert_eq!(handling.branch, unit.branch);
        // No unit nearer than the handling one would have been large enough.
        let path = organisation.path(&unit.id);
        assert!(path.iter().take_while(|near| near.id != handling.id).all(|near| !near.band.is_enough()));
        if unit.band.is_enough() {
            assert_eq!(handling.id, unit.id);
        }
    }
    let place = |unit: &str| organisation.shown_place(&id(unit));
    assert_eq!(place("OI-KEY"), "Investigations, Miami");
    assert_eq!(place("OBP-MTH"), "Border Patrol coastal sector, Miami");
    assert_eq!(place("AMO-BEL"), "Headquarters, Air and Marine");
    assert_eq!(place("OI-BLA"), "Investigations, Blaine");
}

#[test]
fn an_01_a_change_of_strength_moves_the_place() {
    let mut organisation = demonstration();
    let index = organisation.units.iter().position(|unit| unit.id == id("OI-BLA")).unwrap();
    for (band, place) in [
        (Band::UpTo4, "Investigations, Seattle"),
        (Band::UpTo9, "Investigations, Seattle"),
        (Band::UpTo24, "Investigations, Blaine"),
        (Band::Over99, "Investigations, Blaine"),
    ] {
        organisation.units[index].band = band;
        assert_eq!(organisation.shown_place(&id("OI-BLA")), place);
    }
}

#[test]
fn bands_follow_their_words_and_counts() {
    for (people, band) in [
        (0, "0-4"),
        (4, "0-4"),
        (5, "5-9"),
        (9, "5-9"),
        (10, "10-24"),
        (24, "10-24"),
        (25, "25-99"),
        (99, "25-99"),
        (100, "100+"),
    ] {
        assert_eq!(Band::of(people), Band::from_word(band).unwrap());
        assert_eq!(Band::of(people).is_enough(), people >= super::ENOUGH_PEOPLE);
    }
}

#[test]
fn posts_exist_for_handling_units_only_and_have_different_names() {
    let organisation = demonstration();
    let posts = organisation.posts();
    assert!(!posts.contains(&PostId::Commander(id("OI-KEY"))));
    assert!(posts.contains(&PostId::Alternate(id("AMO-LRD"))));
    assert!(posts.iter().all(|post| organisation.has_post(post)));
    let names: BTreeSet<String> = posts.iter().map(|post| organisation.post_name(post)).collect();
    assert_eq!(names.len(), posts.len());
    let name = |post: &str| organisation.post_name(&post.parse().unwrap());
    assert_eq!(name("commander:OI-TUS"), "Special Agent in Charge, Tucson");
    assert_eq!(name("alternate:OBP-LRT"), "Alternate of Chief Patrol Agent, Laredo");
    assert_eq!(name("commander:CBP-HQ-AMO"), "Head of Air and Marine, Washington");
    assert_eq!(name("council:CBP"), "Council, CBP");
    assert_eq!(name("secretary"), "Secretary");
    assert_eq!(name("headquarters:DHS-OPS"), "Director of Operations Coordination");
    assert_eq!(name("commander:GONE"), "Commander, GONE");
}

#[test]
fn counterparts_hold_both_ways_and_fall_back_to_the_parent() {
    let organisation = demonstration();
    for unit in &organisation.units {
        for other in organisation.own_counterparts(unit) {
            assert!(organisation.own_counterparts(other).iter().any(|back| back.id == unit.id));
        }
    }
    let names = |unit: &str| -> Vec<String> {
        small().counterparts(&id(unit)).iter().map(|other| other.id.to_string()).collect()
    };
    assert_eq!(names("A-TOWN"), ["B-HQ"]);
    assert_eq!(names("B-HQ"), ["A-BIG"]);
    assert!(names("NONE").is_empty());
}

#[test]
fn a_route_stands_on_two_components_at_their_shown_places() {
    let organisation = demonstration();
    let opening = route(&organisation, "OI-KEY", "OBP-MTH", &HandlerConcerned::No);
    assert_eq!(opening.sides.raising.unit, id("OI-MIA"));
    assert_eq!(opening.sides.raising.component.as_str(), "ICE");
    assert_eq!(opening.sides.concerned.unit, id("OBP-MIP"));
    assert!(!opening.bypass.field && opening.bypass.posts.is_empty());
}

#[test]
fn a_route_that_cannot_be_is_refused_in_words() {
    let organisation = demonstration();
    let standards = Standards::proposed(Pace::Routine);
    let try_route = |mine: &str, other: &str, who: HandlerConcerned| {
        organisation.route(&id(mine), &id(other), &who, Pace::Routine, standards).unwrap_err()
    };
    let same = try_route("OI-TUS", "DRO-TUS", HandlerConcerned::No);
    assert!(same.to_string().starts_with("Both units belong to Immigration and Customs Enforcement."));
    assert_eq!(try_route("NONE", "OI-TUS", HandlerConcerned::No), RouteError::UnknownUnit(id("NONE")));
    let council = HandlerConcerned::Council("DEA".into());
    assert_eq!(try_route("OBP-TCA", "OI-TUS", council), RouteError::UnknownComponent("DEA".into()));
    let headquarters = HandlerConcerned::Headquarters(id("OI-TUS"));
    assert_eq!(try_route("OBP-TCA", "OI-TUS", headquarters), RouteError::UnknownHeadquarters(id("OI-TUS")));
}

#[test]
fn an_05_whoever_handles_and_is_concerned_is_left_out_with_all_below() {
    let organisation = demonstration();
    let left_out = |who: HandlerConcerned| {
        let bypass = route(&organisation, "OFO-BLA", "OI-BEL", &who).bypass;
        assert!(bypass.field);
        bypass.posts.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(left_out(HandlerConcerned::OurSide), ["commander:OFO-BLA", "alternate:OFO-BLA"]);
    let other = [
        "commander:OI-BEL",
        "commander:OI-BLA",
        "commander:OI-SEA",
        "alternate:OI-BEL",
        "alternate:OI-BLA",
        "alternate:OI-SEA",
    ];
    assert_eq!(left_out(HandlerConcerned::OtherSide), other);
    for who in [HandlerConcerned::BothSides, HandlerConcerned::NotSure] {
        assert_eq!(left_out(who).len(), 8);
    }
    assert_eq!(left_out(HandlerConcerned::Council("CBP".into())), ["council:CBP"]);
    assert_eq!(left_out(HandlerConcerned::Headquarters(id("DHS-OPS"))), ["headquarters:DHS-OPS"]);
}

#[test]
fn an_05_what_is_left_out_tells_no_more_than_the_shown_place() {
    let organisation = demonstration();
    for unit in &organisation.units {
        let other =
            organisation.other_component(&organisation.component_of_unit(&unit.id).unwrap().id).unwrap();
        let there = organisation.branches_of(&other.id)[0].headquarters.clone();
        for who in [HandlerConcerned::OurSide, HandlerConcerned::NotSure] {
            let shown = organisation.handling_unit(&unit.id).unwrap().id.clone();
            let mine = route(&organisation, unit.id.as_str(), there.as_str(), &who);
            assert_eq!(mine, route(&organisation, shown.as_str(), there.as_str(), &who), "{}", unit.id);
            assert!(
                who == HandlerConcerned::No
                    || mine.bypass.posts.contains(&PostId::Commander(unit.id.clone()))
            );
        }
    }
}

#[test]
fn under_the_headquarters_of_a_branch_lies_the_whole_branch() {
    let organisation = demonstration();
    let below = organisation.units_below(&id("ICE-HQ-OI"));
    assert_eq!(below.len() + 1, organisation.units_of(&"ICE-OI".into()).len());
    assert!(organisation.units_below(&id("OI-KEY")).is_empty());
}

fn difference(from: &str, to: &str) -> Vec<Change> {
    assert!(SMALL.contains(from));
    let new =
        Organisation::parse(&SMALL.replacen(from, to, 1)).unwrap_or_else(|errors| panic!("{errors:#?}"));
    Organisation::difference(&small(), &new)
}

#[test]
fn a_difference_is_told_in_words() {
    assert!(Organisation::difference(&small(), &small()).is_empty());
    let removed = difference("name = \"Operations\"", "name = \"Operations room\"");
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0].words, "The headquarters recipient HQ-D (Operations room) changes.");
    assert!(!removed[0].needs_council_lead);
    let all = Organisation::difference(&small(), &demonstration());
    assert!(all.iter().any(|change| change.words == "The unit A-TOWN (Town office) is removed."));
    assert!(
        all.iter()
            .any(|change| change.words.starts_with("The unit OI-KEY (Investigations, Key West) is added"))
    );
}

#[test]
fn an_01_a_finer_place_or_a_smaller_unit_needs_a_council_lead() {
    let needs = |from: &str, to: &str| difference(from, to).iter().any(|change| change.needs_council_lead);
    // Larger, so that its people are no longer shown at the larger unit above.
    assert!(needs("strength = \"5-9\"", "strength = \"10-24\"\ncommander = \"Town chief\""));
    // Smaller.
    assert!(needs("strength = \"5-9\"", "strength = \"0-4\""));
    assert!(needs("strength = \"25-99\"", "strength = \"10-24\""));
    // Larger without any effect on a place.
    assert!(!needs("strength = \"25-99\"", "strength = \"100+\""));
    // Shown higher up than before.
    assert!(!needs("parent = \"A-BIG\"\n", ""));
    // A place or name may be worded more finely.
    assert!(needs("name = \"Big office\"", "name = \"Big office, second floor\""));
    // A new unit of its own under one that exists.
    let added = "[[units]]\nid = \"A-NEW\"\nname = \"New\"\nbranch = \"A-1\"\nplace = \"N\"\nstrength = \"10-24\"\ncommander = \"Chief\"\n\n[[headquarters]]\nid = \"HQ-A\"";
    assert!(needs("[[headquarters]]\nid = \"HQ-A\"", added));
    assert!(!needs("commander = \"Chief\"", "commander = \"Boss\""));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(at in 0_usize..1_500, with in "\\PC{0,6}") {
        let at = (0..=at.min(SMALL.len())).rev().find(|at| SMALL.is_char_boundary(*at)).unwrap_or(0);
        let mut text = SMALL.to_owned();
        text.insert_str(at, &with);
        if let Ok(organisation) = Organisation::parse(&text) {
            proptest::prop_assert_eq!(Organisation::parse(&organisation.to_toml()).unwrap(), organisation);
        }
    }
}
