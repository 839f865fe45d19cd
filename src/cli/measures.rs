//! `candor measures`: a quarter's joint measures, as they were published. Nothing is written.

use clap::ValueEnum;

use super::{Stop, stop, verify};
use crate::config::Config;
use crate::domain::measures::{Quarter, Release, words};
use crate::web::headquarters::write_row;

/// In which form.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Form {
    /// Sentences and tables, to read.
    #[default]
    Text,
    Json,
    Csv,
}

pub(super) async fn run(config: Config, quarter: Option<String>, form: Form) -> Result<(), Stop> {
    let candor = verify::open_to_read(&config).await?;
    let releases = candor.published_measures().await.map_err(|problem| stop(problem.to_string()));
    let next = candor.next_measures().await.ok().flatten();
    candor.db.close().await;
    let releases = releases?;
    let wanted = match &quarter {
        None => None,
        Some(typed) => Some(typed.parse::<Quarter>().map_err(|()| {
            stop(format!("{typed} is no quarter; write the year and the quarter, for example 2026-Q2."))
        })?),
    };
    let place = match wanted {
        None => releases.len().checked_sub(1),
        Some(quarter) => releases.iter().position(|release| release.period.quarter == quarter),
    };
    let Some(release) = place.and_then(|place| releases.get(place)) else {
        let published: Vec<String> =
            releases.iter().map(|release| release.period.quarter.to_string()).collect();
        let published = if published.is_empty() { "none".to_owned() } else { published.join(", ") };
        let next = next.map_or_else(String::new, |(quarter, _)| format!(" Next comes {quarter}."));
        return Err(stop(format!("This quarter is not published. Published so far: {published}.{next}")));
    };
    let before = place.and_then(|place| place.checked_sub(1)).and_then(|place| releases.get(place));
    match form {
        Form::Text => print!("{}", text(release, before)),
        Form::Json => {
            let text = serde_json::to_string_pretty(release)
                .map_err(|_| stop("The measures could not be written."))?;
            println!("{text}");
        }
        Form::Csv => {
            let mut table = String::new();
            write_row(&mut table, words::COLUMNS.into_iter());
            for row in words::rows(release) {
                write_row(&mut table, row.iter().map(String::as_str));
            }
            print!("{table}");
        }
    }
    Ok(())
}

fn text(release: &Release, before: Option<&Release>) -> String {
    use std::fmt::Write;
    let mut text = format!("Joint measures, {}\n\n{}\n", release.period.quarter.words(), words::WHY_NOT);
    for topic in &release.topics {
        let _ = write!(text, "\n{}\n  {}\n", words::title(topic.topic), words::whole(topic));
        for lines in &topic.branches {
            for line in lines.iter().filter(|line| words::is_shown(line.count)) {
                let _ = writeln!(text, "  {}: {}", line.name, words::number(line.count));
            }
        }
        if let Some(missing) = words::not_told(topic) {
            let _ = writeln!(text, "  {missing}");
        }
        for told in &topic.told {
            let _ = writeln!(text, "  {}", words::split_title(told.split));
            for row in &told.rows {
                let earlier = before.and_then(|before| before.parts(told.split, row.of));
                let _ = writeln!(text, "    {}", words::told(release, told, row, earlier));
            }
        }
    }
    for step in release.steps.iter().filter(|step| !step.rows.is_empty()) {
        let _ = writeln!(text, "\nWorking days: {}", words::step_title(step.step));
        for row in &step.rows {
            let _ = writeln!(text, "  {}", words::lasted(release, row));
        }
    }
    text
}
