//! The numbers for Prometheus. What is told of visitors changes at batches alone (AN-15); so does memory, which
//! somebody's upload would show in.

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::service::backup::Newest;
use crate::service::operations::{Ready, Standing};

type Label = [(&'static str, String); 1];

/// One reading, as it is told.
#[derive(Debug)]
struct Reading {
    standing: Standing,
    staff: BTreeMap<(&'static str, u16), u64>,
}

/// The metrics as text.
pub(super) fn text(
    standing: Standing,
    staff: BTreeMap<(&'static str, u16), u64>,
) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("candor");
    registry.register_collector(Box::new(Reading { standing, staff }));
    let mut text = String::new();
    text::encode(&mut text, &registry)?;
    Ok(text)
}

/// Writes one metric after the other, always in the same order.
struct Writer<'a>(DescriptorEncoder<'a>);

impl Writer<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: i64) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        metric.encode_counter::<Label, _, u64>(&value, None)
    }

    fn gauges(&mut self, name: &str, help: &str, label: &'static str, values: &[(&str, i64)]) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (word, value) in values {
            let labels: Label = [(label, (*word).to_owned())];
            metric.encode_family(&labels)?.encode_gauge(value)?;
        }
        Ok(())
    }

    fn counters<'a>(
        &mut self,
        name: &str,
        help: &str,
        label: &'static str,
        values: impl IntoIterator<Item = (&'a str, u64)>,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (word, value) in values {
            let labels: Label = [(label, word.to_owned())];
            metric.encode_family(&labels)?.encode_counter::<Label, _, u64>(&value, None)?;
        }
        Ok(())
    }
}

/// Bytes and counts as the encoding takes them.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn small(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Collector for Reading {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut writer = Writer(encoder);
        self.process(&mut writer)?;
        self.visitors(&mut writer)?;
        self.staff(&mut writer)?;
        self.jobs(&mut writer)?;
        self.database(&mut writer)
    }
}

impl Reading {
    fn process(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let build = [("version", env!("CARGO_PKG_VERSION").to_owned())];
        let mut metric =
            writer.0.encode_descriptor("build", "The program's version", None, MetricType::Info)?;
        metric.encode_info(&build)?;
        let ready = Ready::ALL.map(|one| (one.word(), i64::from(one == self.standing.ready)));
        writer.gauges(
            "ready",
            "Whether this machine should be sent visitors, or why not",
            "state",
            &ready,
        )?;
        let memory = self.standing.told.memory;
        writer.gauge("memory_resident_bytes", "Memory as of the last batch", signed(memory.resident))?;
        writer.gauge("memory_peak_bytes", "Most memory ever, as of the last batch", signed(memory.peak))
    }

    fn visitors(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let counts = &self.standing.told.visitors;
        writer.counter(
            "visitor_requests",
            "Requests of reporters, readers of the library and members, together, in hundreds, as of the last batch",
            counts.requests,
        )?;
        writer.counter(
            "visitor_requests_turned_away",
            "Those answered with 429 or 503, as of the last batch",
            counts.turned_away,
        )?;
        writer.counters(
            "visitor_faults",
            "Those that failed by a fault of the program, as of the last batch",
            "reason",
            counts.faults.iter().map(|(reason, times)| (*reason, *times)),
        )
    }

    fn staff(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let help = "Requests of staff, by part of the site and class of status";
        let mut metric = writer.0.encode_descriptor("staff_requests", help, None, MetricType::Counter)?;
        for ((area, class), times) in &self.staff {
            let labels = [("area", (*area).to_owned()), ("class", format!("{class}xx"))];
            metric.encode_family(&labels)?.encode_counter::<Label, _, u64>(times, None)?;
        }
        let (busy, places) = self.standing.signing_in;
        writer.gauge("signing_in", "Passphrases being worked on at the door", small(busy))?;
        writer.gauge("signing_in_places", "Passphrases that may be worked on at once", small(places))?;
        writer.counter(
            "sign_ins_turned_away",
            "People asked to sign in later, because the door was full",
            self.standing.turned_away,
        )
    }

    fn jobs(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let rounds = self.standing.rounds;
        writer.counters(
            "jobs_rounds",
            "Rounds of the jobs on this machine, by how they ended",
            "ended",
            [("done", rounds.done), ("failed", rounds.failed)],
        )?;
        if let Some(at) = rounds.last_done {
            writer.gauge("jobs_last_round_timestamp_seconds", "When the last good round began", at.0)?;
        }
        let unreadable = i64::from(self.standing.told.unreadable);
        writer.gauge(
            "inbox_unreadable",
            "Whether the last batch left something that the service key does not open",
            unreadable,
        )?;
        if let Some(newest) = self.standing.backup.filter(|newest| *newest != Newest::NoFolder) {
            writer.gauge(
                "backup_last_timestamp_seconds",
                "The batch of the newest backup, or 0 if there is none to be seen",
                newest.batch().map_or(0, |batch| batch.0),
            )?;
        }
        Ok(())
    }

    fn database(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.counters(
            "database_faults",
            "Statements that failed, by kind; of visitors' requests as of the last batch",
            "kind",
            self.standing.faults.iter().map(|(kind, times)| (*kind, *times)),
        )?;
        let resting = self.standing.resting.as_ref();
        writer.gauge("database_up", "Whether the database answers", i64::from(resting.is_some()))?;
        let Some(resting) = resting else { return Ok(()) };
        writer.gauge("schema_version", "The last migration of the database", resting.schema)?;
        writer.gauge("founded", "Whether concerns are accepted", i64::from(resting.founded))?;
        let kinds =
            |late: crate::service::operations::Late| [("clock", late.clock), ("retention", late.retention)];
        writer.gauges(
            "work_due",
            "Cases in which something is to happen now",
            "work",
            &kinds(resting.due),
        )?;
        writer.gauges(
            "work_overdue",
            "Cases in which something should have happened five minutes ago",
            "work",
            &kinds(resting.overdue),
        )?;
        let overdue = i64::from(resting.batch_overdue);
        writer.gauge("batch_overdue", "Whether a batch should have run five minutes ago", overdue)?;
        let told =
            [("waiting", resting.waiting), ("unanswered", resting.unclear), ("given_up", resting.dead)];
        writer.gauges("deliveries", "Mails and webhooks, by how far they are", "state", &told)?;
        let mut days = Vec::new();
        let mut numbers = Vec::new();
        for head in &resting.heads {
            let (day, number) = head.newest.as_ref().map_or((0, 0), |(_, day, number)| (day.0, *number));
            days.push((head.place.word(), day));
            numbers.push((head.place.word(), number));
        }
        writer.gauges(
            "head_kept_timestamp_seconds",
            "The day of the newest head kept outside",
            "place",
            &days,
        )?;
        writer.gauges(
            "head_kept_entry",
            "The entry that the newest head kept outside names",
            "place",
            &numbers,
        )
    }
}
