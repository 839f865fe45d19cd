//! `candor admin roster`: bringing a roster at a terminal, with how far it is.

use std::io::{IsTerminal, Write};
use std::path::Path;

use super::admin::said;
use super::{Stop, stop};
use crate::domain::roster::BYTES_MOST;
use crate::service::Candor;
use crate::service::accounts::SignedIn;
use crate::service::members::{Counts, Scope, Step};

/// Says how far the work is: on a terminal in one line that is written over, else one line for each step.
fn tell(step: Step) {
    let (what, done, of) = match step {
        Step::Reading { lines, of } => ("Reading", lines, of),
        Step::Comparing { people, of } => ("Comparing", people, of),
        Step::Writing { people, of } => ("Writing", people, of),
    };
    let mut screen = std::io::stderr();
    if screen.is_terminal() {
        let _ = write!(screen, "\r{what}: {done} of {of}        ");
        let _ = screen.flush();
    } else if done == of || done.is_multiple_of(10_000) {
        let _ = writeln!(screen, "{what}: {done} of {of}");
    }
}

fn print(counts: &Counts) {
    let Counts { on_it, new, back, moved, renamed, gone } = counts;
    println!(
        "{on_it} people are on it: {new} new, {back} back, {moved} moved, {renamed} under another name, {gone} gone."
    );
}

pub(super) async fn bring(
    candor: &Candor,
    by: &SignedIn,
    from: &Path,
    scope: Scope,
    preview: bool,
) -> Result<(), Stop> {
    let size = std::fs::metadata(from).map_or(0, |found| found.len());
    if size > BYTES_MOST as u64 {
        return Err(stop(format!("{} is too large; at most {BYTES_MOST} bytes.", from.display())));
    }
    let file = std::fs::read(from)
        .map_err(|_| stop(format!("{} cannot be read; name a CSV file.", from.display())))?;
    let checked = match candor.check_roster(by, file, scope, tell).await.map_err(said)? {
        Ok(checked) => checked,
        Err(faults) => {
            eprintln!();
            for fault in &faults.shown {
                eprintln!("{}, line {}: {}", from.display(), fault.line, fault.says);
            }
            let count = faults.count;
            return Err(stop(format!("Nothing was changed: the file has {count} faults.")));
        }
    };
    eprintln!();
    print(&checked.counts);
    if preview {
        println!("Nothing was changed: this was a preview.");
        return Ok(());
    }
    let counts = candor.take_roster(by, &checked, tell).await.map_err(said)?;
    eprintln!();
    print(&counts);
    println!("It is taken. Print the codes on the site, under Administration.");
    Ok(())
}
