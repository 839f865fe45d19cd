//! Whether one order tells anything of another: Spearman's rank correlation within each batch, put together.

/// How seldom an honest order may be taken for a telling one, over all that were looked at.
const SELDOM: f64 = 1e-4;

/// The sum of rank products over groups, in units of its standard deviation when every order within a group is
/// equally likely. Then its variance is known exactly: it is one.
///
/// Each group is one batch: pairs of when an act came and where it was found.
#[expect(clippy::cast_precision_loss, reason = "some hundred acts")]
pub fn correlation(groups: &[Vec<(u64, u64)>]) -> f64 {
    let (mut sum, mut variance) = (0.0, 0.0);
    for group in groups.iter().filter(|group| group.len() > 1) {
        let one = ranks(&group.iter().map(|pair| pair.0).collect::<Vec<_>>());
        let other = ranks(&group.iter().map(|pair| pair.1).collect::<Vec<_>>());
        let squares = |ranks: &[f64]| ranks.iter().map(|rank| rank * rank).sum::<f64>();
        sum += one.iter().zip(&other).map(|(one, other)| one * other).sum::<f64>();
        variance += squares(&one) * squares(&other) / (group.len() - 1) as f64;
    }
    if variance > 0.0 { sum / variance.sqrt() } else { 0.0 }
}

/// Ranks around nought; equal values share theirs.
#[expect(clippy::cast_precision_loss, reason = "some hundred acts")]
fn ranks(values: &[u64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let middle = (values.len() - 1) as f64 / 2.0;
    let rank = |value: &u64| {
        let first = sorted.partition_point(|known| known < value);
        let after = sorted.partition_point(|known| known <= value);
        (first + after - 1) as f64 / 2.0 - middle
    };
    values.iter().map(rank).collect()
}

/// What no honest order passes, if so many are looked at: for sums of bounded, exchangeable terms the tails are
/// no heavier than 2 exp(-z²/2), and each order gets its share of [`SELDOM`].
#[expect(clippy::cast_precision_loss, reason = "some thousand orders")]
pub fn bound(looked_at: usize) -> f64 {
    (2.0 * (2.0 * looked_at.max(1) as f64 / SELDOM).ln()).sqrt()
}

#[cfg(test)]
mod tests {
    use candor::rng::Randomness;

    use super::{bound, correlation};

    fn group(length: u64, seed: u8) -> Vec<(u64, u64)> {
        let mut found: Vec<u64> = (0..length).collect();
        Randomness::labelled([seed; 32]).shuffle("found", &mut found);
        (0..length).map(|at| 1_000 + 7 * at).zip(found).collect()
    }

    #[test]
    fn an_honest_order_stays_below_and_a_telling_one_does_not() {
        let mut largest: f64 = 0.0;
        for seed in 0..200 {
            largest = largest.max(correlation(&[group(40, seed), group(30, seed), group(2, seed)]).abs());
        }
        assert!(largest < bound(200) && largest > 1.5, "{largest}");
        for turned in [false, true] {
            let telling = |length: u64| {
                (0..length).map(|at| (at, if turned { length - at } else { at })).collect::<Vec<_>>()
            };
            assert!(correlation(&[telling(40), telling(30)]).abs() > bound(10_000));
        }
        // One batch in three that is written in the order of arrival shows as well.
        let mixed = [group(40, 1), group(40, 2), (0..40).map(|at| (at, at)).collect()];
        assert!(correlation(&mixed).abs() > 3.0);
    }

    #[test]
    fn what_is_alike_tells_nothing() {
        assert!(correlation(&[(0..50).map(|at| (at, 7)).collect()]).abs() < f64::EPSILON);
        assert!(correlation(&[Vec::new(), vec![(1, 1)]]).abs() < f64::EPSILON);
    }
}
