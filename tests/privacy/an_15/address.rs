//! An address that the site believes, because a proxy of the settings names it or because the connection comes from there:
//! through pages, limits, faults and panics it is written down nowhere.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::{Extension, Router};
use candor::web::settings::{LimitSettings, WebSettings};
use candor::web::{self, App};

use super::{caught, lines_with};
use crate::support::app::TestApp;
use crate::support::http::Client;

/// Nobody else in these tests comes from there.
pub const ADDRESS: &str = "203.0.113.77";

/// The site as it is for connections from a peer.
fn reached_from(app: &TestApp, peer: &str) -> Router {
    let limits = LimitSettings {
        address_burst: 12,
        address_every: Duration::from_hours(1),
        ..LimitSettings::default()
    };
    let trusted_proxies = vec!["10.0.0.1".parse().unwrap()];
    let settings = WebSettings { limits, trusted_proxies, ..WebSettings::default() };
    let peer = SocketAddr::new(peer.parse().unwrap(), 40_000);
    web::router(App::new(app.candor.clone(), settings)).layer(Extension(ConnectInfo(peer)))
}

async fn an_15_an_address_that_is_believed_is_written_down_nowhere(app: TestApp) {
    caught();
    for (peer, named) in [("10.0.0.1", Some(ADDRESS)), (ADDRESS, None)] {
        let site = reached_from(&app, peer);
        let client = || {
            let mut client = Client::new(&site);
            client.extra.extend(named.map(|named| ("x-forwarded-for".to_owned(), named.to_owned())));
            client
        };
        // A concern takes seven requests; then a fault of the database, and then too many.
        let mut writer = client();
        let review = writer.reach_review(&[]).await.ok();
        app.database.run("ALTER TABLE inbox RENAME TO elsewhere").await;
        let (_, failed) = writer.send_reviewed(&review).await;
        assert!(failed.status.is_server_error(), "{}", failed.text());
        app.database.run("ALTER TABLE elsewhere RENAME TO inbox").await;
        writer.send_reviewed(&review).await.1.ok().says("It is sent");
        let mut turned_away = 0;
        for _ in 0..12 {
            for path in ["/return", "/staff/sign-in", "/nowhere"] {
                let answer = client().get(path).await;
                turned_away += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
                assert!(!answer.body.contains(ADDRESS));
            }
        }
        // The control: it was believed, for it was counted.
        assert!(turned_away > 20, "{turned_away}");
        let mut elsewhere = client();
        elsewhere.extra.push(("x-forwarded-for".to_owned(), "198.51.100.9".to_owned()));
        let answer = elsewhere.get("/return").await;
        assert_eq!(answer.status == StatusCode::OK, named.is_some(), "somebody else is let in, if believed");
    }
    for _ in 0..2 {
        assert_eq!(app.database.tables_with(ADDRESS).await, Vec::<String>::new());
        assert_eq!(super::files_with(&app, ADDRESS).await, 0);
        app.run_batches().await;
    }
    assert_eq!(lines_with(ADDRESS), Vec::<String>::new());
    // The control: what is logged is caught.
    tracing::info!("control {ADDRESS}");
    assert_eq!(lines_with(ADDRESS).len(), 1);
    super::caught().lock().unwrap().retain(|line| !line.contains("control"));
}

on_both!(an_15_an_address_that_is_believed_is_written_down_nowhere);
