//! `candor check`: looks at a deployment as it runs, from this machine and through its proxy, and says what
//! is wrong with it and what to do. Nothing is changed.

mod backups;
mod machine;
mod site;

use super::{Stop, stop};
use crate::clock::Clock;
use crate::config::Config;

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Good,
    /// Perhaps meant so; somebody should know it.
    Look,
    /// What is promised to reporters, or to the record, does not hold.
    Wrong,
}

impl Verdict {
    const fn word(self) -> &'static str {
        match self {
            Self::Good => "good ",
            Self::Look => "look ",
            Self::Wrong => "WRONG",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    verdict: Verdict,
    words: String,
}

/// What was found, in the order in which it was looked at.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn good(&mut self, words: impl Into<String>) {
        self.add(Verdict::Good, words);
    }

    fn look(&mut self, words: impl Into<String>) {
        self.add(Verdict::Look, words);
    }

    fn wrong(&mut self, words: impl Into<String>) {
        self.add(Verdict::Wrong, words);
    }

    fn add(&mut self, verdict: Verdict, words: impl Into<String>) {
        self.0.push(Finding { verdict, words: words.into() });
    }

    /// Good if nothing was added since `before`.
    fn good_unless_found(&mut self, before: usize, words: &str) {
        if self.0.len() == before {
            self.good(words);
        }
    }

    fn count(&self, verdict: Verdict) -> usize {
        self.0.iter().filter(|finding| finding.verdict == verdict).count()
    }
}

pub(super) async fn run(config: Config) -> Result<(), Stop> {
    let now = Clock::System.now();
    let mut findings = Findings::default();
    machine::look(&config, now, &mut findings).await;
    backups::look(&config, now, &mut findings).await;
    site::look(&config, &mut findings).await;
    for finding in &findings.0 {
        println!("{}  {}", finding.verdict.word(), finding.words);
    }
    println!();
    println!(
        "Not looked at, because it cannot be seen from here: what a proxy logs, who reads the machine's memory, and \
         whether copies of the key and of founders.toml lie in a safe place."
    );
    match findings.count(Verdict::Wrong) {
        0 => Ok(()),
        1 => Err(stop("1 thing is wrong.")),
        count => Err(stop(format!("{count} things are wrong."))),
    }
}
