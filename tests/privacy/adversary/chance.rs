//! What guessing alone would do, and how far luck may go beyond it.

/// Guesses of one kind: how many were right, and how likely each was to be right by chance.
#[derive(Clone, Debug, Default)]
pub struct Guesses {
    pub hits: usize,
    chances: Vec<f64>,
}

impl Guesses {
    pub fn add(&mut self, hit: bool, chance: f64) {
        self.hits += usize::from(hit);
        self.chances.push(chance);
    }

    pub fn join(&mut self, others: Self) {
        self.hits += others.hits;
        self.chances.extend(others.chances);
    }

    pub fn count(&self) -> usize {
        self.chances.len()
    }

    /// The most hits that chance reaches but for one time in 1 / `level`: the upper bound of the binomial, and
    /// where not every guess is as likely, of the Poisson-binomial distribution.
    pub fn bound(&self, level: f64) -> usize {
        let mut exactly = vec![1.0];
        for chance in &self.chances {
            let mut next = vec![0.0; exactly.len() + 1];
            for (hits, probability) in exactly.iter().enumerate() {
                next[hits] += probability * (1.0 - chance);
                next[hits + 1] += probability * chance;
            }
            exactly = next;
        }
        let mut below = 0.0;
        for (hits, probability) in exactly.iter().enumerate() {
            below += probability;
            if below >= 1.0 - level {
                return hits;
            }
        }
        self.count()
    }

    pub fn success(&self) -> f64 {
        self.hits as f64 / self.count().max(1) as f64
    }

    pub fn chance(&self) -> f64 {
        self.chances.iter().sum::<f64>() / self.count().max(1) as f64
    }
}

/// A table of guesses that are judged together: the level holds for the whole of it.
#[derive(Debug, Default)]
pub struct Table(Vec<(String, Guesses, bool)>);

impl Table {
    /// Guesses that must do no better than chance.
    pub fn protected(&mut self, name: &str, guesses: Guesses) {
        self.0.push((name.to_owned(), guesses, true));
    }

    /// Guesses with a protection off, which must do better.
    pub fn control(&mut self, name: &str, guesses: Guesses) {
        self.0.push((name.to_owned(), guesses, false));
    }

    /// Prints the table if it is asked for, and fails if a line is not as it must be. No line of protected guesses goes
    /// beyond what luck alone reaches one time in twenty, each by itself; and with a protection off every line goes beyond
    /// what it reaches one time in twenty over the whole table.
    pub fn judge(self, title: &str) {
        use std::fmt::Write;
        let level = 0.05 / self.0.len() as f64;
        let mut text = format!("\n{title}\n");
        let mut wrong = Vec::new();
        for (name, guesses, protected) in &self.0 {
            let (alone, bound) = (guesses.bound(0.05), guesses.bound(level));
            let _ = writeln!(
                text,
                "  {name:<66} {:>4} of {:>4} = {:>5.1} %, chance {:>5.1} %, bound {alone:>3} alone, {bound:>3} in this table{}",
                guesses.hits,
                guesses.count(),
                100.0 * guesses.success(),
                100.0 * guesses.chance(),
                if *protected { "" } else { "  (protection off)" },
            );
            let is_wrong = if *protected { guesses.hits > alone } else { guesses.hits <= bound };
            if is_wrong {
                wrong.push(name.clone());
            }
        }
        super::print(&text);
        assert!(wrong.is_empty(), "not as they must be: {wrong:?}{text}");
    }
}

#[test]
fn the_bound_is_that_of_the_binomial_distribution() {
    let mut guesses = Guesses::default();
    for turn in 0..20 {
        guesses.add(turn < 3, 0.05);
    }
    // scipy.stats.binom.ppf(0.95, 20, 0.05) = 3, of 0.999: 5.
    assert_eq!((guesses.bound(0.05), guesses.bound(0.001)), (3, 5));
    assert!((guesses.chance() - 0.05).abs() < 1e-9 && (guesses.success() - 0.15).abs() < 1e-9);
}
