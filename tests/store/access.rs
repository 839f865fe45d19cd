//! The access phrase as it rests.

use candor::store::access::{self, Row};

use crate::support::TestDb;

async fn it_is_set_changed_and_removed(db: TestDb) {
    assert_eq!(access::current(&mut db.read().await).await, Ok(None));
    for row in [
        Row { version: 1, hash: Some([1; 32]) },
        Row { version: 2, hash: Some([2; 32]) },
        Row { version: 3, hash: None },
        Row { version: 4, hash: Some([4; 32]) },
    ] {
        db.commit(async |tx| access::set(tx, row).await).await.unwrap();
        assert_eq!(access::current(&mut db.read().await).await, Ok(Some(row)));
    }
}

on_both!(it_is_set_changed_and_removed);
