//! Where a unit is handled and shown, and who is left out.

use super::*;
use crate::domain::organisation::Unit;

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

/// The units whose cases would be handled and shown where fewer than ten people are.
fn shown_too_finely<'a>(
    organisation: &'a Organisation,
    handling: impl Fn(&'a Unit) -> &'a Unit,
) -> Vec<&'a str> {
    let all = organisation.units.iter();
    all.filter(|unit| !handling(unit).band.is_enough()).map(|unit| unit.name.as_str()).collect()
}

/// The control: shown where they work, some would be.
#[test]
fn an_01_control_without_the_rule_some_are_shown_too_finely() {
    let organisation = demonstration();
    let by_rule = shown_too_finely(&organisation, |unit| organisation.handling_unit(&unit.id).unwrap());
    assert_eq!(by_rule, Vec::<&str>::new());
    let without = shown_too_finely(&organisation, |unit| unit);
    assert!(without.contains(&"Investigations, Key West") && without.len() > 3, "{without:?}");
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
        assert_eq!(Band::of(people).is_enough(), people >= crate::domain::organisation::ENOUGH_PEOPLE);
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
