//! What was to be told outside and could not be: tried again, or let go.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::domain::id::DeliveryId;
use crate::domain::organisation::Organisation;
use crate::service::deliveries::{Deliveries, SHOWN_MOST};
use crate::store::outbox::Channel;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Done, Fields, Problems, Query};
use crate::web::page::{Page, StaffFrame, see_other};

use super::{DELIVERY, administrator, frame};

#[derive(Template)]
#[template(path = "admin/delivery.html")]
struct DeliveryPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    problems: &'a Problems,
    waiting: i64,
    unclear: i64,
    /// Identifier, post, way, how often it was tried, what happened.
    dead: Vec<(String, String, &'static str, u32, &'static str)>,
    /// Post and ways.
    posts: Vec<(String, String)>,
    more: bool,
    done: &'static str,
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    administrator(&staff)?;
    let done = match done.as_str() {
        "again" => "It goes out again after the next batch.",
        "drop" => "It was let go. The notice itself stays where it is.",
        _ => "",
    };
    Ok(page(&app, &staff, &Problems::default(), done).await?.into_response())
}

pub async fn settle(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    administrator(&staff)?;
    let id = form.one("id").parse::<DeliveryId>();
    let (Ok(id), done @ ("again" | "drop")) = (id, form.one("do")) else {
        let mut problems = Problems::default();
        problems.add("dead", "Choose one of the entries, and what is to be done with it.");
        let page = page(&app, &staff, &problems, "").await?;
        return Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response());
    };
    app.candor.settle_delivery(&staff.signed_in, id, done == "again").await?;
    Ok(see_other(&format!("{DELIVERY}?done={done}")))
}

async fn page(app: &App, staff: &Staff, problems: &Problems, done: &'static str) -> Result<Page, Failure> {
    let directory = app.candor.directory().await?;
    let deliveries = app.candor.deliveries(&staff.signed_in).await?;
    let (frame, csrf) = (frame(app, staff), staff.signed_in.csrf.as_str());
    Page::of(&of(frame, csrf, problems, &deliveries, directory.organisation.as_deref(), done))
}

fn of<'a>(
    frame: StaffFrame,
    csrf: &'a str,
    problems: &'a Problems,
    deliveries: &Deliveries,
    organisation: Option<&Organisation>,
    done: &'static str,
) -> DeliveryPage<'a> {
    let name = |post| organisation.map_or_else(|| format!("{post}"), |known| known.post_name(post));
    let dead = deliveries.dead.iter();
    DeliveryPage {
        frame,
        csrf,
        problems,
        waiting: deliveries.waiting,
        unclear: deliveries.unclear,
        dead: dead
            .map(|one| (one.id.to_string(), name(&one.recipient), word(one.channel), one.tries, one.says))
            .collect(),
        posts: deliveries.posts.iter().map(|(post, ways)| (name(post), words(ways))).collect(),
        more: i64::try_from(deliveries.dead.len()).is_ok_and(|count| count >= SHOWN_MOST),
        done,
    }
}

const fn word(channel: Channel) -> &'static str {
    match channel {
        Channel::Mail => "Mail",
        Channel::Webhook => "Webhook",
    }
}

fn words(channels: &[Channel]) -> String {
    if channels.is_empty() {
        return "Only here".to_owned();
    }
    channels.iter().map(|channel| word(*channel)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::{Channel, Deliveries, DeliveryId, Problems, StaffFrame, of};
    use crate::delivery::Reason;
    use crate::domain::id::PostId;
    use crate::service::deliveries::GivenUp;

    #[test]
    fn each_entry_offers_both_and_says_what_happened() {
        let post = PostId::Headquarters("OFFICE".into());
        let dead = |number, reason: Reason| GivenUp {
            id: DeliveryId(uuid::Uuid::from_u128(number)),
            recipient: post.clone(),
            channel: Channel::Mail,
            tries: 3,
            says: reason.says(),
        };
        let deliveries = Deliveries {
            waiting: 4,
            unclear: 1,
            dead: vec![dead(1, Reason::Refused), dead(2, Reason::Unclear)],
            posts: vec![(post.clone(), vec![Channel::Mail, Channel::Webhook])],
        };
        let problems = Problems::default();
        let page = of(StaffFrame::default(), "token", &problems, &deliveries, None, "");
        let html = page.render().unwrap();
        assert_eq!(html.matches("value=\"again\"").count(), 2);
        assert_eq!(html.matches("value=\"drop\"").count(), 2);
        assert!(html.contains("Mail, Webhook") && html.contains("It may have arrived."), "{html}");
        let none = of(StaffFrame::default(), "token", &problems, &Deliveries::default(), None, "");
        assert!(none.render().unwrap().contains("Nothing has been given up."));
    }
}
