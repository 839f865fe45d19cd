//! `candor rotate-service-key`: seals everything anew that rests under the previous service key.

use super::{Stop, keys, open_services, stop};
use crate::clock::Clock;
use crate::config::{Config, Database};
use crate::crypto::passphrase::Parameters;
use crate::service::rotation::{Progress, Rotation};
use crate::store::sealed::Sort;

/// Names that are listed; more are counted.
const LISTED_MOST: usize = 50;

pub(super) async fn run(config: Config, check: bool) -> Result<(), Stop> {
    let nothing = || stop("There is no deployment here; set data_dir or database.");
    if let Database::Sqlite(file) = &config.database
        && !file.exists()
    {
        return Err(nothing());
    }
    if keys::read(&config)?.is_none() {
        return Err(stop(format!("The service key {} is not there.", keys::place(&config).display())));
    }
    let candor = open_services(&config, Clock::System, Parameters::STANDARD).await?;
    let failed = |problem: crate::service::Problem| {
        stop(format!("Stopped ({}). Nothing is lost: start it again and it goes on.", problem.code()))
    };
    let left = if check {
        candor.rotation().await.map_err(failed)?
    } else {
        let mut told = None;
        candor.rotate_service_key(|progress| tell(&mut told, progress)).await.map_err(failed)?
    };
    candor.db.close().await;
    say(&left, keys::previous_place(&config).is_some())
}

/// One line for each hundredth of a sort.
fn tell(told: &mut Option<(Sort, u64)>, progress: Progress) {
    let percent = progress.looked_at.saturating_mul(100).checked_div(progress.of).unwrap_or(100);
    if *told == Some((progress.sort, percent)) {
        return;
    }
    *told = Some((progress.sort, percent));
    println!(
        "{}: {} of {} looked at, {} sealed anew",
        progress.sort.words(),
        progress.looked_at,
        progress.of,
        progress.sealed_anew
    );
}

fn say(left: &Rotation, has_previous: bool) -> Result<(), Stop> {
    for resting in &left.sorts {
        println!(
            "{}: {} in all, {} under the previous service key, {} under neither",
            resting.sort.words(),
            resting.records,
            resting.before,
            resting.shut
        );
    }
    match left.passphrases.len() {
        0 => println!("Every passphrase is mixed with the newest pepper."),
        count => {
            println!(
                "{count} passphrases are mixed with an earlier pepper, which stays for them; each changes when its \
                 owner signs in, or is given a new link:"
            );
            for name in left.passphrases.iter().take(LISTED_MOST) {
                println!("  {name}");
            }
        }
    }
    if left.shut() > 0 {
        return Err(stop(format!(
            "{} records open under neither key: run candor verify, and destroy no key.",
            left.shut()
        )));
    }
    if left.before() > 0 {
        return Err(stop(format!(
            "{} records rest under the previous service key: keep it, and run candor rotate-service-key.",
            left.before()
        )));
    }
    if has_previous {
        println!(
            "Nothing rests under the previous service key. Take service_key_previous_file away from every machine \
             and start each again; if one has sealed under the previous key until then, run this once more first. \
             Then destroy the previous key, its copies, and the backups from before."
        );
    } else {
        println!("Everything rests under the one service key.");
    }
    Ok(())
}
