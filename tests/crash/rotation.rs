//! The exchange of the service key, stopped at every step and begun again.

use super::play::{Again, Play};
use crate::rotation::both;
use crate::support::app::{CONCERNED, RAISING, TestApp, concern};

async fn an_exchange_of_keys_goes_on_where_it_was(app: TestApp) {
    app.leaves_work_behind();
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    app.raise(&concern()).await;
    let with_both = app.with_keys(both()).await.unwrap();
    let mut play = Play::of(&with_both).await;
    play.deed("exchange the service key", Again::Nothing, async |candor| {
        candor.rotate_service_key(|_| ()).await.map(drop)
    })
    .await;
    let end = play.app.candor.rotation().await.unwrap();
    assert_eq!((end.before(), end.shut()), (0, 0));
    assert!(play.stops > 40, "only {} stops", play.stops);
}

on_both!(an_exchange_of_keys_goes_on_where_it_was);
