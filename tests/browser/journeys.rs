//! Three ways that a concern goes past its commanders, from the first page to the last, with nothing done for
//! anybody but what they press and type. Time passes and the batches run by themselves.

use candor::clock::{DAY, HOUR};

use super::driver::{self, Eye};
use super::steps::{
    Journey, accept, accept_afresh, acknowledge, acknowledge_notice, act, desk, dispute, fields, notices,
    open_case, proposal, propose, raise_and_open, read_notice,
};
use crate::support::app::{CONCERNED, RAISING, TestApp};

const LEADS: [&str; 2] = ["council-guard", "council-harbour"];

/// Nobody in the field acts: the clock takes it to the Council, where both leads find it and resolve it.
async fn a_lapse_goes_to_the_council_and_is_resolved_there(app: TestApp) {
    const FINDING: &str = "The boat is the guard's until eight.";
    if !driver::is_there() {
        return;
    }
    let journey = Journey::begin(&app, true, Eye::Glances).await;
    let (words, number) = raise_and_open(&journey, &app, "no").await;
    let commander = journey.staff(RAISING).await;
    desk(&commander).await;
    commander.says(&number).await;
    commander.close().await;
    let [guard, _] = LEADS;
    let early = journey.staff(guard).await;
    desk(&early).await;
    early.says("Nothing waits for you").await;
    assert!(!early.text().await.contains(&number), "the Council has it before its time");
    early.close().await;
    app.pass(30 * DAY).await;

    let commander = journey.staff(CONCERNED).await;
    desk(&commander).await;
    commander.says("Nothing waits for you").await;
    open_case(&commander, &number).await;
    commander.says("This case has left your desk").await;
    commander.close().await;

    let one = journey.staff(LEADS[0]).await;
    let other = journey.staff(LEADS[1]).await;
    for lead in [&one, &other] {
        desk(lead).await;
        lead.says(&number).await;
        open_case(lead, &number).await;
        lead.says("The harbour takes the patrol boat").await;
        lead.says("What waits for you").await;
        acknowledge(lead, &number).await;
    }
    propose(&one, &app, &number, "Propose a resolution", FINDING).await;
    // Both look at it in their own time, and sign with a passphrase given just then.
    app.pass(HOUR / 2).await;
    accept_afresh(&one, &number, 1).await;
    open_case(&other, &number).await;
    other.says(FINDING).await;
    accept_afresh(&other, &number, 1).await;
    other.says("Resolved by the Council").await;
    other.says("Headquarters was told").await;
    one.close().await;
    other.close().await;

    let office = journey.staff("office-guard").await;
    read_notice(&office).await;
    office.says(FINDING).await;
    office.says("Council level").await;
    acknowledge_notice(&office).await;
    office.says("Time passed without action").await;
    office.close().await;

    let reporter = journey.returned(&words).await;
    reporter.says("The outcome").await;
    reporter.says(FINDING).await;
    reporter.says("It is settled, headquarters has been told").await;
    reporter.look("visit-outcome").await;
    reporter.close().await;
    all_is_well(&app, 1).await;
}

/// The commanders cannot agree, nor can the Council: the Secretary decides.
async fn a_disagreement_goes_up_to_the_secretary_who_decides(app: TestApp) {
    const FINDING: &str = "The order gives the boat to the guard until noon.";
    const TITLE: &str = "State your position and go to the Secretary";
    if !driver::is_there() {
        return;
    }
    let journey = Journey::begin(&app, true, Eye::Glances).await;
    let (words, number) = raise_and_open(&journey, &app, "no").await;
    let one = journey.staff(RAISING).await;
    acknowledge(&one, &number).await;
    let position = [("position", "The boat is needed on the river in the mornings.")];
    act(&one, &number, "State your position and escalate", &position, "Your position is recorded.").await;
    one.close().await;
    let other = journey.staff(CONCERNED).await;
    acknowledge(&other, &number).await;
    open_case(&other, &number).await;
    other.says("The other side stated its position and asks to escalate.").await;
    let position = [("position", "The boat is needed in the harbour in the mornings.")];
    let agree = "State your position and agree to escalate";
    act(&other, &number, agree, &position, "Your position is recorded.").await;
    other.says("This case has left your desk").await;
    other.close().await;

    let lead = journey.staff(LEADS[1]).await;
    acknowledge(&lead, &number).await;
    lead.says("The boat is needed on the river").await;
    lead.says("The boat is needed in the harbour").await;
    let position = [("position", "The order must name an hour.")];
    act(&lead, &number, TITLE, &position, "Your position is recorded.").await;
    lead.close().await;

    let secretary = journey.staff("secretary").await;
    desk(&secretary).await;
    secretary.says(&number).await;
    open_case(&secretary, &number).await;
    secretary.says("Both positions").await;
    secretary.says("The order must name an hour.").await;
    secretary.says("the other stated no position").await;
    let mut decision = proposal(&app, FINDING);
    decision.push(("sign", "yes".to_owned()));
    act(&secretary, &number, "Decide", &fields(&decision), "You have decided and signed.").await;
    secretary.says("Resolved by the Secretary").await;
    secretary.look("case-decided").await;
    secretary.close().await;

    let office = journey.staff("office-harbour").await;
    read_notice(&office).await;
    office.says(FINDING).await;
    office.says("Secretary level").await;
    acknowledge_notice(&office).await;
    office.close().await;

    let reporter = journey.returned(&words).await;
    reporter.says("The Secretary’s office has decided, headquarters has been told").await;
    reporter.says(FINDING).await;
    reporter.look("visit-outcome").await;
    reporter.close().await;
    all_is_well(&app, 1).await;
}

/// The commanders resolve it, the reporter does not accept that, and the Council decides anew.
async fn a_disputed_outcome_is_decided_again_one_level_up(app: TestApp) {
    const FIRST: &str = "Whoever comes first has the boat.";
    const SECOND: &str = "The boat is shared by the week.";
    const REASON: &str = "The harbour still comes first every day.";
    if !driver::is_there() {
        return;
    }
    let journey = Journey::begin(&app, true, Eye::Glances).await;
    let (words, number) = raise_and_open(&journey, &app, "no").await;
    let one = journey.staff(RAISING).await;
    acknowledge(&one, &number).await;
    let other = journey.staff(CONCERNED).await;
    acknowledge(&other, &number).await;
    propose(&one, &app, &number, "Propose a resolution", FIRST).await;
    accept(&one, &number, 1).await;
    accept(&other, &number, 1).await;
    other.says("Resolved by the two commanders").await;
    one.close().await;
    other.close().await;

    let reporter = journey.returned(&words).await;
    reporter.says(FIRST).await;
    dispute(&reporter, "not_settled", REASON).await;
    reporter.close().await;
    // Until its batch it has changed nothing for anybody.
    let office = journey.staff("office-department").await;
    read_notice(&office).await;
    office.says(FIRST).await;
    assert!(!office.text().await.contains("Reopened"), "a reporter's act before its batch");
    office.close().await;
    app.run_batches().await;
    let office = journey.staff("office-department").await;
    notices(&office).await;
    office.says("Reopened").await;
    read_notice(&office).await;
    office.says("The reporter does not accept this resolution.").await;
    assert!(!office.text().await.contains(REASON), "headquarters reads the reporter's words");
    acknowledge_notice(&office).await;
    office.close().await;

    let reporter = journey.returned(&words).await;
    reporter.says("You did not accept the outcome. It is with the Council").await;
    reporter.close().await;
    let one = journey.staff(LEADS[0]).await;
    let other = journey.staff(LEADS[1]).await;
    for lead in [&one, &other] {
        open_case(lead, &number).await;
        lead.says("The reporter disputes the outcome").await;
        lead.says(REASON).await;
        acknowledge(lead, &number).await;
    }
    propose(&one, &app, &number, "Propose a new version", SECOND).await;
    accept(&one, &number, 1).await;
    accept(&other, &number, 1).await;
    other.says("Resolved by the Council").await;
    one.close().await;
    other.close().await;

    let office = journey.staff("office-department").await;
    notices(&office).await;
    office.says("Replaced").await;
    read_notice(&office).await;
    office.says(SECOND).await;
    office.says("Council level").await;
    acknowledge_notice(&office).await;
    office.close().await;
    let reporter = journey.returned(&words).await;
    reporter.says(SECOND).await;
    assert!(!reporter.text().await.contains(FIRST), "what was replaced is still told");
    reporter.look("visit-outcome").await;
    reporter.close().await;
    all_is_well(&app, 2).await;
}

/// The record holds, and each outcome was told to each of the three offices.
async fn all_is_well(app: &TestApp, outcomes: u32) {
    let report = app.candor.verify().await.unwrap();
    assert_eq!(report.faults, Vec::<String>::new());
    assert_eq!((report.resolutions, report.notices), (outcomes.into(), i64::from(3 * outcomes)));
}

on_sqlite!(
    a_lapse_goes_to_the_council_and_is_resolved_there,
    a_disagreement_goes_up_to_the_secretary_who_decides,
    a_disputed_outcome_is_decided_again_one_level_up,
);
