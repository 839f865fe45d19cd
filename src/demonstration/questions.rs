//! What was asked and settled without a concern: an answer that everybody reads, and one of each that waits.

use crate::domain::id::{DocumentId, PostId, ReadingId};
use crate::domain::proposal::{Comparison, ResolutionKind, limit::LIBRARY_TEXT};
use crate::domain::prose::Prose;
use crate::domain::reading::limit;
use crate::service::readings::{NewQuestion, NewSettlement, ReadingAct};
use crate::service::{Candor, Problem};

use super::cast::Cast;

const CHIEF: &str = "commander:OBP-TCA";
const AGENT_IN_CHARGE: &str = "commander:OI-TUS";

/// A question that both sides have answered long before a visitor comes.
pub(super) async fn answered(candor: &Candor, cast: &Cast) -> Result<(), Problem> {
    let question = "Does the memorandum ask for notice before planned surveillance begins, or is it enough to tell \
                    the other side afterwards?";
    let id = ask(candor, cast, CHIEF, "GD-MOU-2004", question).await?;
    let answer = "Notice comes before planned surveillance begins on ground that both agencies work. Where that is not \
                  possible it comes as soon as it is. Notice is enough: the other agency is not asked for consent.";
    let propose = proposed(candor, "GD-MOU-2004", answer).await?;
    act(candor, cast, "group:CBP:WG-OBP-OI", id, 1, propose).await?;
    act(candor, cast, "group:ICE:WG-OBP-OI", id, 2, ReadingAct::Agree).await
}

/// An answer and a settlement that wait for the other side, which a visitor may be.
pub(super) async fn waiting(candor: &Candor, cast: &Cast) -> Result<(), Problem> {
    let question =
        "Is a referral made once the duty desk was told by telephone, or only when it is in writing?";
    let id = ask(candor, cast, AGENT_IN_CHARGE, "GD-MEMO-2006-05-10", question).await?;
    let answer = "A referral is made once the duty desk has been told, in whatever way. Both agencies then write down \
                  what was told.";
    let propose = proposed(candor, "GD-MEMO-2006-05-10", answer).await?;
    act(candor, cast, "group:CBP:WG-OFO-OI", id, 1, propose).await?;
    let post: PostId = CHIEF.parse().map_err(|_| Problem::Damaged)?;
    let settlement = NewSettlement {
        with: AGENT_IN_CHARGE.parse().map_err(|_| Problem::Damaged)?,
        document: None,
        category: None,
        kind: ResolutionKind::Protocol,
        issue: text("Each office heard late of what the other had seized.", limit::ISSUE)?,
        agreed: text("The two desks call each other every evening and keep one list.", limit::AGREED)?,
        library_text: text(
            "Offices that work the same ground tell each other at the end of each day what was seized, and keep one \
             list.",
            LIBRARY_TEXT,
        )?,
        comparison: Comparison::default(),
    };
    let (signed_in, _) = cast.in_post(candor, &post).await?;
    candor.record_settlement(&signed_in, &post, settlement).await.map(drop)
}

/// An answer that agrees with what the library says on its document.
async fn proposed(candor: &Candor, document: &str, answer: &str) -> Result<ReadingAct, Problem> {
    let shelf = candor.shelf().await?;
    let precedents = shelf.precedents(None, Some(&document.into()));
    let compared = precedents.into_iter().map(|entry| entry.id).collect();
    let comparison = Comparison { compared, ..Comparison::default() };
    Ok(ReadingAct::Propose(text(answer, LIBRARY_TEXT)?, comparison))
}

async fn ask(
    candor: &Candor,
    cast: &Cast,
    post: &str,
    document: &str,
    question: &str,
) -> Result<ReadingId, Problem> {
    let post: PostId = post.parse().map_err(|_| Problem::Damaged)?;
    let (signed_in, _) = cast.in_post(candor, &post).await?;
    let question = text(question, limit::ISSUE)?;
    let new = NewQuestion { document: DocumentId::from(document), category: None, question };
    candor.ask_reading(&signed_in, &post, new).await
}

async fn act(
    candor: &Candor,
    cast: &Cast,
    post: &str,
    id: ReadingId,
    seen: u32,
    act: ReadingAct,
) -> Result<(), Problem> {
    let post: PostId = post.parse().map_err(|_| Problem::Damaged)?;
    let (signed_in, _) = cast.in_post(candor, &post).await?;
    candor.act_on_reading(&signed_in, id, seen, act).await
}

fn text(words: &str, most: usize) -> Result<Prose, Problem> {
    Prose::parse(words, most).map_err(|error| Problem::Unusable(error.to_string()))
}
