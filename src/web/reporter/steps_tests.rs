use super::{Step, choices, reach};
use crate::web::reporter::draft::Draft;
use crate::web::reporter::samples::{self, fields};

fn reached(wanted: Step, sent: &[(&str, &str)]) -> Step {
    reach(wanted, &Draft::of(&fields(sent)), &samples::organisation())
}

const BRANCH: (&str, &str) = ("our_branch", "patrol");
const UNIT: (&str, &str) = ("our_unit", "north-patrol");

#[test]
fn each_answer_leads_one_step_on() {
    assert_eq!(reached(Step::Write, &[]), Step::OurBranch);
    assert_eq!(reached(Step::Write, &[BRANCH]), Step::OurUnit);
    assert_eq!(reached(Step::Write, &[BRANCH, UNIT]), Step::OtherBranch);
    assert_eq!(reached(Step::Write, &[BRANCH, UNIT, ("other_pick", "branch:removal")]), Step::OtherUnit);
    assert_eq!(reached(Step::Write, &[BRANCH, UNIT, ("other_pick", "unit:north-inquiry")]), Step::Write);
}

#[test]
fn going_back_is_always_possible() {
    let all = [BRANCH, UNIT, ("other_unit", "north-inquiry")];
    for step in [Step::OurBranch, Step::OurUnit, Step::OtherBranch, Step::OtherUnit, Step::Write] {
        assert_eq!(reached(step, &all), step);
    }
}

#[test]
fn answers_that_do_not_go_together_are_asked_again() {
    assert_eq!(reached(Step::Write, &[("our_branch", "inquiry"), UNIT]), Step::OurUnit);
    assert_eq!(reached(Step::Write, &[BRANCH, UNIT, ("other_unit", "south-patrol")]), Step::OtherBranch);
    assert_eq!(reached(Step::Write, &[BRANCH, UNIT, ("other_branch", "patrol")]), Step::OtherBranch);
    assert_eq!(reached(Step::Write, &[("our_branch", "nonsense")]), Step::OurBranch);
}

#[test]
fn units_nearby_come_first_and_our_own_agency_never() {
    let draft = Draft::of(&fields(&[BRANCH, UNIT]));
    let offered: Vec<String> = choices(Step::OtherBranch, &draft, &samples::organisation())
        .into_iter()
        .map(|choice| choice.value)
        .collect();
    assert_eq!(offered, ["unit:north-inquiry", "branch:inquiry", "branch:removal"]);
}

#[test]
fn only_the_units_of_the_chosen_branch_are_offered() {
    let draft = Draft::of(&fields(&[BRANCH]));
    let offered: Vec<String> = choices(Step::OurUnit, &draft, &samples::organisation())
        .into_iter()
        .map(|choice| choice.value)
        .collect();
    assert_eq!(offered, ["north-patrol", "south-patrol"]);
}

#[test]
fn what_was_chosen_stays_chosen_on_the_way_back() {
    let draft = samples::draft(&[]);
    let organisation = samples::organisation();
    for (step, value) in [
        (Step::OurBranch, "patrol"),
        (Step::OurUnit, "north-patrol"),
        (Step::OtherBranch, "unit:north-inquiry"),
        (Step::OtherUnit, "north-inquiry"),
    ] {
        let chosen: Vec<String> = choices(step, &draft, &organisation)
            .into_iter()
            .filter(|choice| choice.chosen)
            .map(|choice| choice.value)
            .collect();
        assert_eq!(chosen, [value]);
    }
}
