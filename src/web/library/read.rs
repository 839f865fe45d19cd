//! The library's pages for everybody: few choices each, so that no page is much longer than another.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::concern::Pace;
use crate::domain::id::{CategoryId, ComponentId, EntryId};
use crate::domain::library::{LEAST_TOGETHER, Month, Origin, Pair, Worth};
use crate::domain::organisation::{Branch, Organisation};
use crate::domain::time::{SpanUnit, amount};
use crate::service::library::{Among, Shelf, Shown};
use crate::web::App;
use crate::web::errors::Failure;
use crate::web::form::{InPath, Query};
use crate::web::page::{Page, VisitorFrame};

use super::directives;
use super::document::{self, Changed};
use super::lines::{self, Line, counted};
use super::visitor::{At, Visitor};

/// Entries on one page.
pub(super) const PAGE: usize = 8;
/// Other answers that an entry leads to; the newest.
const LINKED: usize = 5;
/// Choices on one page.
const CHOICES: usize = 20;
/// Directives on the first page.
const DIRECTIVES: usize = 3;
/// Entries of the newest month on the first page.
const NEWEST: usize = 4;

#[derive(Debug, Deserialize)]
pub struct Turn {
    /// From 1.
    #[serde(default = "first")]
    pub page: u32,
}

const fn first() -> u32 {
    1
}

#[derive(Template)]
#[template(path = "library/start.html")]
struct StartPage<'a> {
    frame: VisitorFrame,
    at: &'a At,
    month: Option<Month>,
    lines: Vec<Line>,
    more: bool,
    directives: Vec<directives::Line>,
}

#[derive(Template)]
#[template(path = "library/choose.html")]
struct ChoosePage<'a> {
    frame: VisitorFrame,
    at: &'a At,
    title: &'static str,
    lead: &'static str,
    /// Address, name and how many entries.
    choices: Vec<(String, String, String)>,
    turn: Turning,
}

#[derive(Template)]
#[template(path = "library/list.html")]
struct ListPage<'a> {
    frame: VisitorFrame,
    at: &'a At,
    title: &'a str,
    /// Where the list of such lists is, and its name.
    above: (&'static str, &'static str),
    says: String,
    lines: Vec<Line>,
    turn: Turning,
}

#[derive(Template)]
#[template(path = "library/entry.html")]
struct EntryPage<'a> {
    frame: VisitorFrame,
    at: &'a At,
    entry: &'a Shown,
    topic: Option<String>,
    document: Option<String>,
    pair: String,
    decided_by: &'static str,
    changed: bool,
    /// When its document has changed, and how.
    changes: Vec<Changed>,
    /// What took its document's place: address and title.
    successor: Option<(String, String)>,
    /// Entries to which this is another answer, and later ones that give another answer than this.
    departs_from: Vec<Line>,
    otherwise: Vec<Line>,
}

#[derive(Template)]
#[template(path = "library/who.html")]
struct WhoPage<'a> {
    frame: VisitorFrame,
    at: &'a At,
    organisation: &'a Organisation,
    together: usize,
    /// How long each side has to answer a question.
    answered_within: String,
}

/// The pages around this one.
#[derive(Debug, Default)]
pub struct Turning {
    pub says: String,
    pub earlier: String,
    pub later: String,
}

/// What stands on a page, and the pages around it. Nothing if there is no such page.
pub fn turn<T>(
    all: Vec<T>,
    page: u32,
    size: usize,
    path: &str,
    at: &At,
) -> Result<(Vec<T>, Turning), Failure> {
    let number = usize::try_from(page).unwrap_or(usize::MAX);
    let pages = all.len().div_ceil(size).max(1);
    if number == 0 || number > pages {
        return Err(Failure::NotFound);
    }
    let to = |page: usize| at.to(format!("{path}?page={page}"));
    let mut turning = Turning::default();
    if pages > 1 {
        turning.says = format!("Page {number} of {pages}");
        if number > 1 {
            turning.earlier = to(number - 1);
        }
        if number < pages {
            turning.later = to(number + 1);
        }
    }
    Ok((all.into_iter().skip((number - 1) * size).take(size).collect(), turning))
}

pub async fn start(State(app): State<App>, Visitor { frame, at }: Visitor) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let organisation = directory.organisation()?;
    let month = shelf.months().first().copied();
    let among = Among { month, ..Among::default() };
    let mut lines: Vec<_> = match month {
        None => Vec::new(),
        Some(_) => {
            shelf.among(&among).take(NEWEST + 1).map(|entry| lines::line(entry, organisation, &at)).collect()
        }
    };
    let more = lines.len() > NEWEST;
    lines.truncate(NEWEST);
    let directives = shelf.directives.iter().filter(|one| one.withdrawn.is_none()).take(DIRECTIVES);
    let directives = directives.map(|one| directives::line(one, &directory, &at)).collect();
    Ok(Page::of(&StartPage { frame, at: &at, month, lines, more, directives })?.into_response())
}

/// Choices as lists show them; those without entries are left out.
fn with_entries(choices: impl Iterator<Item = (String, String, usize)>) -> Vec<(String, String, String)> {
    let choices = choices.filter(|(_, _, count)| *count > 0);
    choices.map(|(href, name, count)| (href, name, counted(count))).collect()
}

pub(super) fn choose(
    Visitor { frame, at }: Visitor,
    title: &'static str,
    lead: &'static str,
    choices: Vec<(String, String, String)>,
    (path, page): (&str, u32),
) -> Result<Response, Failure> {
    let choices = choices.into_iter().map(|(href, name, says)| (at.to(href), name, says)).collect();
    let (choices, turn) = turn(choices, page, CHOICES, path, &at)?;
    Ok(Page::of(&ChoosePage { frame, at: &at, title, lead, choices, turn })?.into_response())
}

pub(super) fn count(shelf: &Shelf, among: &Among) -> usize {
    shelf.among(among).count()
}

fn of_topic(category: &CategoryId) -> Among {
    Among { category: Some(category.clone()), ..Among::default() }
}

pub async fn topics(
    State(app): State<App>,
    visitor: Visitor,
    Query(Turn { page }): Query<Turn>,
) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let choices = directory.organisation()?.categories.iter().map(|category| {
        let href = format!("/library/topics/{}", category.id);
        (href, category.name.clone(), count(&shelf, &of_topic(&category.id)))
    });
    let lead = "What the entries are about. A topic without entries is not listed.";
    choose(visitor, "Topics", lead, with_entries(choices), ("/library/topics", page))
}

pub async fn agencies(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let components = &directory.organisation()?.components;
    let mut choices = Vec::new();
    for (place, one) in components.iter().enumerate() {
        for other in components.iter().skip(place + 1) {
            let among = Among { pair: Some(Pair::of(&one.id, &other.id)), ..Among::default() };
            let href = format!("/library/agencies/{}/{}", one.id, other.id);
            choices.push((href, format!("{} and {}", one.name, other.name), count(&shelf, &among)));
        }
    }
    let lead = "Between which agencies it was settled.";
    choose(visitor, "Agencies", lead, with_entries(choices.into_iter()), ("/library/agencies", 1))
}

pub async fn months(
    State(app): State<App>,
    visitor: Visitor,
    Query(Turn { page }): Query<Turn>,
) -> Result<Response, Failure> {
    let shelf = app.candor.shelf().await?;
    let choices = shelf.months().into_iter().map(|month| {
        let among = Among { month: Some(month), ..Among::default() };
        (format!("/library/months/{month}"), month.label(), count(&shelf, &among))
    });
    let lead = "Entries appear once a month, several at a time.";
    choose(visitor, "Months", lead, with_entries(choices), ("/library/months", page))
}

struct Listing<'a> {
    title: &'a str,
    above: (&'static str, &'static str),
    path: String,
}

fn list(
    Visitor { frame, at }: Visitor,
    listing: &Listing<'_>,
    entries: Vec<&Shown>,
    organisation: &Organisation,
    page: u32,
) -> Result<Response, Failure> {
    let says = counted(entries.len());
    let (shown, turn) = turn(entries, page, PAGE, &listing.path, &at)?;
    let lines = shown.into_iter().map(|entry| lines::line(entry, organisation, &at)).collect();
    let (title, above) = (listing.title, listing.above);
    Ok(Page::of(&ListPage { frame, at: &at, title, above, says, lines, turn })?.into_response())
}

pub async fn topic(
    State(app): State<App>,
    visitor: Visitor,
    InPath(category): InPath<String>,
    Query(Turn { page }): Query<Turn>,
) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let organisation = directory.organisation()?;
    let category = organisation.category(&category.as_str().into()).ok_or(Failure::NotFound)?;
    let among = of_topic(&category.id);
    let entries: Vec<_> = shelf.among(&among).collect();
    let listing = Listing {
        title: &category.name,
        above: ("/library/topics", "Topics"),
        path: format!("/library/topics/{}", category.id),
    };
    list(visitor, &listing, entries, organisation, page)
}

pub async fn pair(
    State(app): State<App>,
    visitor: Visitor,
    InPath((one, other)): InPath<(String, String)>,
    Query(Turn { page }): Query<Turn>,
) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let organisation = directory.organisation()?;
    let component = |id: &str| organisation.component(&ComponentId::from(id)).ok_or(Failure::NotFound);
    let (one, other) = (component(&one)?, component(&other)?);
    let among = Among { pair: Some(Pair::of(&one.id, &other.id)), ..Among::default() };
    let entries: Vec<_> = shelf.among(&among).collect();
    let listing = Listing {
        title: &format!("{} and {}", one.name, other.name),
        above: ("/library/agencies", "Agencies"),
        path: format!("/library/agencies/{}/{}", one.id, other.id),
    };
    list(visitor, &listing, entries, organisation, page)
}

pub async fn month(
    State(app): State<App>,
    visitor: Visitor,
    InPath(month): InPath<String>,
    Query(Turn { page }): Query<Turn>,
) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let month: Month = month.parse().map_err(|_| Failure::NotFound)?;
    let among = Among { month: Some(month), ..Among::default() };
    let entries: Vec<_> = shelf.among(&among).collect();
    if entries.is_empty() {
        return Err(Failure::NotFound);
    }
    let listing = Listing {
        title: &month.label(),
        above: ("/library/months", "Months"),
        path: format!("/library/months/{month}"),
    };
    list(visitor, &listing, entries, directory.organisation()?, page)
}

pub async fn entry(
    State(app): State<App>,
    Visitor { frame, at }: Visitor,
    InPath(id): InPath<String>,
) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let organisation = directory.organisation()?;
    let id: EntryId = id.parse().map_err(|_| Failure::NotFound)?;
    let entry = shelf.entry(id).ok_or(Failure::NotFound)?;
    let documents = app.candor.documents().await?;
    let since = match (&entry.document, &entry.document_was) {
        (Some(document), Some(was)) => documents.since(document, was, entry.document_more.as_deref()),
        _ => Vec::new(),
    };
    let successor = entry.document.as_ref().and_then(|id| organisation.document(id)?.successor.as_ref());
    let linked = |ids: &[EntryId]| -> Vec<Line> {
        let entries = ids.iter().filter_map(|id| shelf.entry(*id)).take(LINKED);
        entries.map(|entry| lines::line(entry, organisation, &at)).collect()
    };
    let page = EntryPage {
        frame,
        at: &at,
        changes: document::changed(since.into_iter(), &directory.calendar),
        successor: successor.map(|id| document::link(id, organisation, &at)),
        entry,
        topic: lines::topic(entry, organisation),
        document: lines::document(entry, organisation),
        pair: lines::pair(entry, organisation),
        decided_by: lines::decided_by(entry),
        changed: entry.document_changed(organisation),
        departs_from: linked(&entry.departs_from),
        otherwise: linked(&entry.otherwise),
    };
    Ok(Page::of(&page)?.into_response())
}

pub async fn who(State(app): State<App>, Visitor { frame, at }: Visitor) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    let organisation = directory.organisation()?;
    let span = directory.standards(Pace::Routine).council_extension;
    let answered_within = format!("{} {}", amount(span), SpanUnit::of(span).words());
    let page = WhoPage { frame, at: &at, organisation, together: LEAST_TOGETHER, answered_within };
    Ok(Page::of(&page)?.into_response())
}

impl WhoPage<'_> {
    /// Whoever handles for the small offices of a branch.
    fn headquarters(&self, branch: &Branch) -> String {
        self.organisation.unit(&branch.headquarters).map_or_else(String::new, |unit| unit.commander.clone())
    }
}
