//! AN-17: sending is idempotent, and a right and a wrong receipt look alike from outside.

use crate::support::app::TestApp;
use crate::support::http::Client;

fn shuffled(words: &str) -> String {
    let mut words: Vec<_> = words.split(' ').collect();
    words.reverse();
    words.join(" ")
}

async fn an_17_right_and_wrong_have_one_size_class(app: TestApp) {
    let mut client = Client::new(&app.site());
    let words = client.raise(&[]).await;
    let right = client.come_back(&words).await.ok();
    let wrong = Client::new(&app.site()).come_back(&shuffled(&words)).await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(right.body.len(), wrong.body.len());
    assert_eq!(right.body.len() % 8_192, 0);
    app.run_batches().await;
    let opened = Client::new(&app.site()).come_back(&words).await.ok();
    assert_eq!(opened.body.len() % 8_192, 0);
}

/// Times, on one database (the other adds only noise): the two distributions lie together.
async fn an_17_right_and_wrong_take_the_same_time(app: TestApp) {
    const CLOSE: f64 = 0.05;
    let (reporter, _) = app.open_case(&crate::support::app::concern()).await;
    let wrong = shuffled(&reporter.words);
    let mut distances = Vec::new();
    // A machine that is busy with something else can part them once, not three times; a look-up that
    // took another way for a right receipt than for a wrong one parted them every time.
    for _ in 0..3 {
        let [right, wrong] = times(&app, &reporter.words, &wrong).await;
        let distance = kolmogorov_smirnov(&right, &wrong);
        // The control: a difference of a fifth of the time is seen, however busy the machine is.
        let slower: Vec<_> = wrong.iter().map(|time| *time + *time / 5).collect();
        assert!(kolmogorov_smirnov(&right, &slower) > CLOSE);
        // Whoever takes the slower of two for the right one: 0.5 is chance. It is never further from that than D.
        let (classifier, control) =
            (area_under_the_curve(&right, &wrong), area_under_the_curve(&slower, &right));
        assert!(
            (classifier - 0.5).abs() <= distance + 0.001 && control > 0.5 + CLOSE,
            "{classifier}, {control}"
        );
        crate::privacy::adversary::print(&format!(
            "AN-17: {} right and wrong receipts each: AUC {classifier:.3}, D {distance:.3}; one slower by a fifth: AUC {control:.3}",
            right.len()
        ));
        if distance < CLOSE {
            return;
        }
        distances.push(distance);
    }
    panic!("D = {distances:?}");
}

/// How long opening a visit takes, sorted: with a right and with a wrong receipt, taken in turns in an
/// order that changes.
async fn times(app: &TestApp, right: &str, wrong: &str) -> [Vec<std::time::Duration>; 2] {
    const EACH: usize = 3_000;
    let mut times = [Vec::with_capacity(EACH), Vec::with_capacity(EACH)];
    for turn in 0..2 * EACH {
        let which = (turn + turn / 2) % 2;
        let started = std::time::Instant::now();
        let opened = app.candor.open_visit([right, wrong][which]).await;
        times[which].push(started.elapsed());
        assert_eq!(opened.is_ok(), which == 0);
    }
    for one in &mut times {
        one.sort_unstable();
    }
    times
}

/// How often one of the first is larger than one of the others, of sorted samples; equal ones count half.
#[expect(clippy::cast_precision_loss, reason = "counts of some thousand")]
fn area_under_the_curve<T: Ord>(one: &[T], others: &[T]) -> f64 {
    let larger_than = |value: &T| {
        let below = others.partition_point(|known| known < value);
        (below + others.partition_point(|known| known <= value)) as f64 / 2.0
    };
    one.iter().map(larger_than).sum::<f64>() / (one.len() * others.len()) as f64
}

/// The largest distance between two cumulative distributions, of sorted samples.
#[expect(clippy::cast_precision_loss, reason = "counts of some thousand")]
fn kolmogorov_smirnov<T: Ord>(one: &[T], other: &[T]) -> f64 {
    let below =
        |sorted: &[T], value: &T| sorted.partition_point(|known| known <= value) as f64 / sorted.len() as f64;
    one.iter().chain(other).map(|value| (below(one, value) - below(other, value)).abs()).fold(0.0, f64::max)
}

on_both!(an_17_right_and_wrong_have_one_size_class);

#[test]
fn an_17_times() {
    crate::support::run_on(crate::support::Engine::Sqlite, an_17_right_and_wrong_take_the_same_time);
}
