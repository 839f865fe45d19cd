//! `candor measures`: a quarter's joint measures, as they were published. Nothing is written.

use std::fmt::Write;

use clap::ValueEnum;

use super::{Stop, stop, verify};
use crate::config::Config;
use crate::domain::measures::{Quarter, Release, words};
use crate::web::headquarters::{OverTime, Sheet, report_file, write_row};

/// In which form.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Form {
    /// Sentences and tables, to read.
    #[default]
    Text,
    /// The quarterly report as one page that needs nothing besides itself, with its charts; to print or to send.
    Html,
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
    // With those before it, for what has changed.
    let Some([.., release]) = place.and_then(|place| releases.get(..=place)) else {
        let published: Vec<String> =
            releases.iter().map(|release| release.period.quarter.to_string()).collect();
        let published = if published.is_empty() { "none".to_owned() } else { published.join(", ") };
        let next = next.map_or_else(String::new, |(quarter, _)| format!(" Next comes {quarter}."));
        return Err(stop(format!("This quarter is not published. Published so far: {published}.{next}")));
    };
    let shown = place.and_then(|place| releases.get(..=place)).unwrap_or_default();
    let unwritten = || stop("The measures could not be written.");
    match form {
        Form::Text => print!("{}", text(shown).ok_or_else(unwritten)?),
        Form::Html => {
            let page = report_file(shown).and_then(Result::ok).ok_or_else(unwritten)?;
            println!("{page}");
        }
        Form::Json => {
            let text = serde_json::to_string_pretty(release).map_err(|_| unwritten())?;
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

/// The report for a terminal: the sentences of the page and its tables. None if there is no release.
fn text(releases: &[Release]) -> Option<String> {
    let sheet = Sheet::of(releases)?;
    let mut text = format!("Joint measures, {}\n\n{}\n", sheet.name, words::WHY_NOT);
    for topic in &sheet.topics {
        let _ = writeln!(text, "\n{}", topic.title);
        lines(&mut text, &topic.readings);
        over_time(&mut text, topic.over_time.as_ref());
        for branches in &topic.branches {
            let rows: Vec<_> =
                branches.lines.iter().map(|(name, count)| (name.clone(), vec![count.clone()])).collect();
            let title = format!("By branch, {}", branches.direction);
            table(&mut text, &title, "Branches", &[topic.counted.to_owned()], &rows);
        }
        for parts in &topic.told {
            let _ = writeln!(text, "\n  {}", parts.title);
            lines(&mut text, &parts.readings);
            table(&mut text, parts.title, parts.counted, &parts.heads, &parts.rows);
            over_time(&mut text, parts.over_time.as_ref());
        }
        lines(&mut text, topic.not_told.as_slice());
    }
    for step in sheet.steps.iter().filter(|step| !step.readings.is_empty()) {
        let _ = writeln!(text, "\nWorking days: {}", step.title);
        lines(&mut text, &step.readings);
        table(&mut text, step.title, "Working days", &step.heads, &step.rows);
        over_time(&mut text, step.over_time.as_ref());
    }
    Some(text)
}

fn lines(text: &mut String, lines: &[String]) {
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}

fn over_time(text: &mut String, one: Option<&OverTime>) {
    if let Some(one) = one {
        table(text, &one.title, "Quarter", &one.heads, &one.rows);
    }
}

/// Columns under each other, as wide as their longest cell.
fn table(text: &mut String, title: &str, first: &str, heads: &[String], rows: &[(String, Vec<String>)]) {
    if rows.is_empty() {
        return;
    }
    let head = std::iter::once(first).chain(heads.iter().map(String::as_str)).collect::<Vec<_>>();
    let rows = rows.iter().map(|(name, cells)| {
        std::iter::once(name.as_str()).chain(cells.iter().map(String::as_str)).collect::<Vec<_>>()
    });
    let all: Vec<Vec<&str>> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| {
        let cells = all.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let _ = writeln!(text, "\n    {title}");
    for row in &all {
        let mut line = String::from("   ");
        for (column, cell) in row.iter().enumerate() {
            let width = width(column);
            let _ =
                if column == 0 { write!(line, " {cell:<width$}") } else { write!(line, "  {cell:>width$}") };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text.push('\n');
}
