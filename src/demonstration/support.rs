//! Support that units of the two sides asked of each other: enough of it that a quarter's measures say something, and
//! requests that wait for either side.

use crate::domain::deadline::Span;
use crate::domain::id::{PostId, SupportId};
use crate::domain::prose::Prose;
use crate::domain::support::{Given, limit};
use crate::service::accounts::SignedIn;
use crate::service::support::{NewSupport, SupportAct};
use crate::service::{Candor, Problem};

use super::cast::Cast;

/// Commanders who ask each other, pair by pair.
const PAIRS: [(&str, &str); 2] =
    [("commander:OBP-TCA", "commander:OI-TUS"), ("commander:OBP-LRT", "commander:OI-LRD")];

/// What each asks of the other, and what comes of it; nothing is an answer that never came.
const ASKED: [(&str, Option<Given>); 5] = [
    ("Two agents who read the language of the seized papers, for one day.", Some(Given::InFull)),
    ("The list of seizures of the last month, so that both offices count alike.", Some(Given::InFull)),
    ("Notice of planned surveillance on the ground that we both work, for a week.", Some(Given::InPart)),
    ("A second vehicle at the checkpoint while ours is repaired.", Some(Given::NotGiven)),
    ("A place in the next course on vessel searches.", None),
];

/// How long each has for an answer.
const TIME: Span = Span::WorkingDays(10);

/// What was asked and given in the first weeks, long before a visitor comes.
pub(super) async fn given(candor: &Candor, cast: &Cast) -> Result<(), Problem> {
    for (one, other) in PAIRS {
        let (one, other) = (enter(candor, cast, one).await?, enter(candor, cast, other).await?);
        for (from, of) in [(&one, &other), (&other, &one)] {
            for (what, came) in ASKED {
                let id = ask(candor, from, of, what).await?;
                let Some(came) = came else { continue };
                let why = match came {
                    Given::InFull => "",
                    Given::InPart => "For some days of it; on the others nothing was planned.",
                    Given::NotGiven => "We have none to spare this month.",
                };
                let answer = SupportAct::Answer(came, words(why, limit::WORDS)?);
                candor.act_on_support(&of.0, id, 1, answer).await?;
                if came != Given::NotGiven {
                    let confirm = SupportAct::Confirm(came, Prose::default());
                    candor.act_on_support(&from.0, id, 2, confirm).await?;
                }
            }
        }
    }
    Ok(())
}

/// A request that waits for an answer, and one whose answer waits for a word on what came.
pub(super) async fn waiting(candor: &Candor, cast: &Cast) -> Result<(), Problem> {
    let [(patrol, investigations), _] = PAIRS;
    let patrol = enter(candor, cast, patrol).await?;
    let investigations = enter(candor, cast, investigations).await?;
    ask(candor, &patrol, &investigations, "One agent at the evening briefing, for two weeks.").await?;
    let what = "Room for four people in the station\u{2019}s holding area, for one night.";
    let id = ask(candor, &investigations, &patrol, what).await?;
    let answer = SupportAct::Answer(Given::InPart, words("Room for two.", limit::WORDS)?);
    candor.act_on_support(&patrol.0, id, 1, answer).await
}

async fn enter(candor: &Candor, cast: &Cast, post: &str) -> Result<(SignedIn, PostId), Problem> {
    let post: PostId = post.parse().map_err(|_| Problem::Damaged)?;
    let (signed_in, _) = cast.in_post(candor, &post).await?;
    Ok((signed_in, post))
}

async fn ask(
    candor: &Candor,
    from: &(SignedIn, PostId),
    of: &(SignedIn, PostId),
    what: &str,
) -> Result<SupportId, Problem> {
    let due = candor.directory().await?.calendar.due(candor.clock.now(), TIME);
    let new = NewSupport { of: of.1.clone(), what: words(what, limit::WHAT)?, due };
    candor.ask_support(&from.0, &from.1, new).await
}

fn words(text: &str, most: usize) -> Result<Prose, Problem> {
    Prose::parse_optional(text, most).map_err(|error| Problem::Unusable(error.to_string()))
}
