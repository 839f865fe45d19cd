//! A small roster of field members: they receive what the library hands out, and most have acknowledged it.

use crate::domain::id::UnitId;
use crate::domain::prose::Prose;
use crate::service::library::NewDirective;
use crate::service::members::Scope;
use crate::service::{Candor, Problem};

use super::cast::{Cast, FieldMember};

const ROSTER: &str = include_str!("roster.csv");
const UNITS: [&str; 2] = ["OFO-LAR", "OI-LRD"];
/// So many of each unit have acknowledged what they received before the last directive.
const DILIGENT: usize = 5;

/// Takes the roster, and keeps everybody's code for the page of people.
pub(super) async fn enlist(candor: &Candor, cast: Cast) -> Result<Cast, Problem> {
    let by = cast.administrator(candor).await?;
    let checked = candor.check_roster(&by, ROSTER.as_bytes().to_vec(), Scope::Everybody, |_| ()).await?;
    let checked = checked.map_err(|_| Problem::Damaged)?;
    candor.take_roster(&by, &checked, |_| ()).await?;
    let directory = candor.directory().await?;
    let mut members = Vec::new();
    for unit in UNITS.map(UnitId::from) {
        let name = directory.organisation()?.unit(&unit).ok_or(Problem::Damaged)?.name.clone();
        for slip in candor.slips(&by, &unit).await? {
            let (number, code) = (slip.number, slip.code.to_string());
            members.push(FieldMember { number, name: slip.name, unit: name.clone(), code });
        }
    }
    Ok(cast.with_members(members))
}

/// Most members acknowledge what they have; then headquarters issues a directive, which waits for all.
pub(super) async fn acknowledge(candor: &Candor, cast: &Cast) -> Result<(), Problem> {
    let mut last = ("", 0);
    for member in cast.members.iter() {
        last = if last.0 == member.unit { (last.0, last.1 + 1) } else { (member.unit.as_str(), 1) };
        if last.1 > DILIGENT {
            continue;
        }
        let cookie = cast.enter_as_member(candor, &member.number).await?;
        let signed_in = candor.member_session(&cookie).await?.ok_or(Problem::NotFound)?;
        let items: Vec<_> = candor.received(&signed_in).await?.items.iter().map(|item| item.id).collect();
        candor.acknowledge_received(&signed_in, &items).await?;
    }
    let posts = candor.directory().await?.headquarters();
    let (by, _) = cast.in_post(candor, posts.first().ok_or(Problem::Damaged)?).await?;
    let prose = |text: &str| Prose::parse(text, 4_000).map_err(|_| Problem::Damaged);
    let directive = NewDirective {
        title: prose("Answer a request for support the same day")?,
        text: prose(
            "Whoever is asked by the other agency for people, a boat or a room answers on the same day: yes, no, or \
             when. A refusal names its ground in writing. Ask again at the unit above if no answer comes.",
        )?,
        document: None,
        units: UNITS.map(UnitId::from).to_vec(),
    };
    candor.issue_directive(&by, &directive).await?;
    Ok(())
}
