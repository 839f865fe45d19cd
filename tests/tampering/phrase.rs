//! The access phrase's row, changed in each of its parts by somebody who writes the database.

use candor::service::hexadecimal;

use super::{Played, names};
use crate::support::app::TestApp;

async fn a_changed_access_phrase_is_named(app: TestApp) {
    let played = Played::on(&app).await;
    let (administrator, _) = app.administrator().await;
    let bytes = |byte: u8| {
        let text = hexadecimal(&[byte; 32]);
        if app.is_sqlite() { format!("X'{text}'") } else { format!("'\\x{text}'::bytea") }
    };
    played
        .run(&format!("INSERT INTO access_phrase (only_row, version, hash) VALUES (1, 1, {})", bytes(7)))
        .await;
    let faults = played.faults().await;
    assert!(names(&faults, "access_phrase row: the journal does not know it"), "{faults:?}");
    played.run("DELETE FROM access_phrase").await;
    for phrase in [Some("blue river seven"), Some("green river nine"), None] {
        app.candor.set_access_phrase(&administrator, phrase).await.unwrap();
        played.clean().await;
        let entry = played.rows().await.len();
        let other = if phrase.is_some() {
            format!("the phrase is not the one that journal row {entry} names")
        } else {
            format!("whether one is asked for is not what journal row {entry} names")
        };
        for (change, says) in [
            (format!("UPDATE access_phrase SET hash = {}", bytes(7)), other),
            (
                "UPDATE access_phrase SET version = version - 1".to_owned(),
                format!("its number is not the one that journal row {entry} names"),
            ),
            (
                "DELETE FROM access_phrase".to_owned(),
                format!("missing, though journal row {entry} says that it was set or removed"),
            ),
        ] {
            played.keep("access_phrase").await;
            played.run(&change).await;
            let faults = played.faults().await;
            assert_eq!(faults, [format!("access_phrase row: {says}")]);
            played.put_back("access_phrase").await;
            played.clean().await;
        }
    }
    // Removed in the row alone.
    app.candor.set_access_phrase(&administrator, Some("blue river seven")).await.unwrap();
    played.run("UPDATE access_phrase SET hash = NULL").await;
    let faults = played.faults().await;
    assert!(names(&faults, "access_phrase row: whether one is asked for"), "{faults:?}");
}

on_both!(a_changed_access_phrase_is_named);
