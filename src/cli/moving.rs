//! `candor move`: everything into an empty database, of the same kind or the other.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use super::{Stop, keys, private_folder, stop};
use crate::clock::Clock;
use crate::config::{Config, Database};
use crate::rng::Randomness;
use crate::service::backup::move_everything;
use crate::service::hexadecimal;
use crate::store::{Db, StoreError};

pub(super) async fn run(config: Config, to: &str) -> Result<(), Stop> {
    let target = match to {
        "sqlite" => Database::Sqlite(config.data_dir.join("candor.db")),
        address if address.starts_with("postgres://") || address.starts_with("postgresql://") => {
            Database::Postgres(address.to_owned())
        }
        _ => {
            return Err(stop(
                "--to takes sqlite, or a PostgreSQL address such as postgres://candor@localhost/candor.",
            ));
        }
    };
    if target == config.database {
        return Err(stop("That is where everything is already; name another place with --to."));
    }
    if keys::read(&config)?.is_none() {
        return Err(stop(format!("The service key {} is not there.", keys::place(&config).display())));
    }
    if let Database::Sqlite(file) = &config.database
        && !file.exists()
    {
        return Err(stop("There is no deployment here; set data_dir or database."));
    }
    let source = open(&config.database).await?;
    let made = match &target {
        Database::Sqlite(file) if !file.exists() => Some(file.clone()),
        _ => None,
    };
    let destination = open(&target).await?;
    let moved = move_everything(&source, &destination, Clock::System.now()).await;
    source.close().await;
    destination.close().await;
    let moved = moved.map_err(|error| {
        if let Some(file) = made {
            super::restore::remove_database(&file);
        }
        stop(format!("Nothing was moved. {error}"))
    })?;
    for (table, rows) in moved.tables.iter().filter(|(_, rows)| *rows > 0) {
        println!("{table}: {rows} rows, as they were");
    }
    println!(
        "Moved. Set database to the new place on every machine, run candor verify, and start the site. Then"
    );
    println!(
        "destroy the earlier database: nobody can serve it any more, and it keeps what retention destroys."
    );
    Ok(())
}

async fn open(database: &Database) -> Result<Db, Stop> {
    let opened = match database {
        Database::Sqlite(file) => {
            if let Some(folder) = file.parent() {
                private_folder(folder).map_err(|_| {
                    stop(format!("The data folder {} cannot be made; set data_dir.", folder.display()))
                })?;
            }
            Db::sqlite_alone(file).await
        }
        Database::Postgres(address) => {
            let options = PgConnectOptions::from_str(address).map_err(|_| {
                stop("That is no PostgreSQL address; write postgres://candor@localhost/candor.")
            })?;
            // A name of its own, by which its connections are told from others'.
            let name: [u8; 8] = Randomness::system().bytes("move");
            Db::postgres(options.application_name(&format!("candor move {}", hexadecimal(&name)))).await
        }
    };
    opened.map_err(|error| match error {
        StoreError::Conflict => stop("Another program has the database open; stop the site first."),
        error => stop(format!("The database cannot be opened: {error}. See the setting database.")),
    })
}
