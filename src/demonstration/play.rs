//! Playing the concerns, day by day, each to where a visitor finds it.

use std::collections::BTreeMap;

use crate::clock::{DAY, Timestamp};
use crate::domain::id::PostId;
use crate::jobs;
use crate::service::{Candor, Problem};

use super::cast::{Cast, Played, Sight};
use super::data::{self, Scenario, Step};
use super::director::Director;
use super::{earlier, members, questions, support};

/// Fills every post and plays what has happened when a visitor comes: the steps of every scenario.
pub async fn play(candor: &Candor) -> Result<Cast, Problem> {
    play_from(candor, candor.clock.now()).await
}

/// As [`play`], where people begin to raise concerns later than there is an organisation: what was published of
/// the quarters between is there to be seen.
pub async fn play_from(candor: &Candor, begin: Timestamp) -> Result<Cast, Problem> {
    let cast = Cast::assemble(candor, data::ORGANISATION).await?;
    let cast = members::enlist(candor, cast).await?;
    support::given(candor, &cast).await?;
    advance(candor, begin).await?;
    questions::answered(candor, &cast).await?;
    earlier::play(candor, &cast).await?;
    let scenarios = data::scenarios().map_err(|_| Problem::Damaged)?;
    let director = Director::new(candor, &cast);
    walk(&director, &scenarios, candor.clock.now(), |scenario| &scenario.steps).await?;
    acknowledge_notices(&director).await?;
    questions::waiting(candor, &cast).await?;
    support::waiting(candor, &cast).await?;
    members::acknowledge(candor, &cast).await?;
    for scenario in &scenarios {
        let played = director.played(scenario)?;
        cast.keep(Played { sights: sights(&cast, scenario, &played)?, ..played });
    }
    Ok(cast)
}

/// Plays what [`play`] left for visitors to do, if they have done nothing of it.
pub async fn finish(candor: &Candor, cast: &Cast, start: Timestamp) -> Result<(), Problem> {
    let scenarios = data::scenarios().map_err(|_| Problem::Damaged)?;
    walk(&Director::new(candor, cast), &scenarios, start, |scenario| &scenario.left).await
}

/// Takes all steps by their day, those of one day by scenario.
async fn walk(
    director: &Director<'_>,
    scenarios: &[Scenario],
    start: Timestamp,
    steps: impl Fn(&Scenario) -> &[Step],
) -> Result<(), Problem> {
    let mut days: BTreeMap<i64, Vec<(&Scenario, &Step)>> = BTreeMap::new();
    for scenario in scenarios {
        for step in steps(scenario) {
            days.entry(step.day).or_default().push((scenario, step));
        }
    }
    for (day, steps) in days {
        director.until(start.plus(day * DAY)).await?;
        for (scenario, step) in steps {
            if let Err(problem) = director.take(scenario, step).await {
                // Without this nobody finds the line that is at fault.
                tracing::error!(scenario = scenario.id, day, "a step cannot be taken: {problem}");
                return Err(problem);
            }
        }
    }
    Ok(())
}

/// Moves the clock to a time, running every batch and sweep on the way when it is due.
pub async fn advance(candor: &Candor, to: Timestamp) -> Result<(), Problem> {
    let calendar = candor.directory().await?.calendar.clone();
    loop {
        let now = candor.clock.now();
        let next = match jobs::next_due(candor).await? {
            // Held back by the last batch: it waits for the next.
            Some(due) if due <= now => calendar.next_batches(now, 1).first().copied(),
            due => due,
        };
        let stop = next.filter(|next| *next < to).unwrap_or(to);
        candor.clock.advance_to(stop);
        jobs::run_once(candor).await?;
        if stop >= to {
            return Ok(());
        }
    }
}

/// The first recipient has acknowledged the older half of its notices.
async fn acknowledge_notices(director: &Director<'_>) -> Result<(), Problem> {
    let candor = director.candor;
    let posts = candor.directory().await?.headquarters();
    let held = director.in_post(posts.first().ok_or(Problem::Damaged)?).await?;
    let list = candor.notices(&held.0, &held.1, "", 0).await?;
    let half = list.notices.len() / 2;
    let older: Vec<_> = list.notices.iter().rev().take(half).map(|notice| notice.id).collect();
    candor.acknowledge_notices(&held.0, &held.1, &older).await?;
    Ok(())
}

/// What there is to see of a concern, with the page and whom to sign in as.
fn sights(cast: &Cast, scenario: &Scenario, played: &Played) -> Result<Vec<Sight>, Problem> {
    let mut sights = Vec::new();
    for look in &scenario.look {
        let (what, to_do) = (look.what.clone(), look.to_do);
        if look.from == "reporter" {
            let role = "The reporter".to_owned();
            sights.push(Sight { what, sign_in_name: None, role, address: String::new(), to_do });
            continue;
        }
        let post: PostId = look.from.parse().map_err(|_| Problem::Damaged)?;
        let persona = cast.holder(&post).ok_or(Problem::NotFound)?;
        let address = match (&post, &played.number) {
            (PostId::Headquarters(_), _) | (_, None) => persona.home.clone(),
            // Whoever a case goes past has no page of it.
            _ if look.nothing => persona.home.clone(),
            (_, Some(number)) => format!("{}/case/{number}", persona.home),
        };
        sights.push(Sight {
            what,
            sign_in_name: Some(persona.sign_in_name.clone()),
            role: persona.role.clone(),
            address,
            to_do,
        });
    }
    Ok(sights)
}
