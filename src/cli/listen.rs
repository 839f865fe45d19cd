//! Serving until told to stop, and then stopping so that nobody loses anything: first this machine asks to be sent
//! nobody (`/readyz`), then it takes nobody new, lets what is under way end, and cuts what does not.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Stop, serving, stop};
use crate::jobs;
use crate::web::layers::panics;
use crate::web::{self, App};

/// How long requests under way may take to end. A page takes twenty seconds at most; a file, which may take longer, is
/// cut, and whoever sent it is told so by their browser.
const LAST_REQUESTS: Duration = Duration::from_secs(25);

/// How long the round of the jobs that is under way may take. Whatever is cut off is one transaction, and done again.
const LAST_ROUND: Duration = Duration::from_secs(40);

/// How long the database may take to let its connections go.
const LAST_CONNECTIONS: Duration = Duration::from_secs(5);

/// Where it is listened.
#[derive(Debug)]
pub(super) struct Listeners {
    pub site: TcpListener,
    /// For operators; nowhere, unless it is set.
    pub metrics: Option<TcpListener>,
}

/// What asks the program to stop.
struct Asked {
    terminated: Signal,
    interrupted: Signal,
}

impl Asked {
    fn listen() -> Result<Self, Stop> {
        let listen =
            |kind| signal(kind).map_err(|_| stop("The system does not let the program hear signals."));
        Ok(Self {
            terminated: listen(SignalKind::terminate())?,
            interrupted: listen(SignalKind::interrupt())?,
        })
    }

    /// Waits until it is asked, once more; whether by somebody at a terminal, who does not want to wait.
    async fn next(&mut self) -> bool {
        tokio::select! {
            _ = self.interrupted.recv() => true,
            _ = self.terminated.recv() => false,
        }
    }
}

/// Serves until told to stop, then finishes what is under way. `drain` is for how long visitors are still taken
/// while a balancer learns that it should send nobody.
pub(super) async fn serve(app: App, listeners: Listeners, drain: Duration) -> Result<(), Stop> {
    let mut asked = Asked::listen()?;
    let candor = app.candor.clone();
    let (tell_jobs, told) = watch::channel(false);
    let tending = tokio::spawn(app.limits.clone().tend(candor.randomness.clone()));
    let jobs = app.cast.is_none().then(|| tokio::spawn(panics::aloud(jobs::run(candor.clone(), told))));
    let metrics = listeners.metrics.map(|listener| {
        let service = web::operations::router(app.clone()).into_make_service();
        tokio::spawn(async move { axum::serve(listener, service).await })
    });
    let (close, closed) = watch::channel(false);
    let mut site = tokio::spawn(serving::serve(listeners.site, web::router(app), until(closed)));
    tracing::info!("ready");

    let broken = tokio::select! {
        _ = &mut site => true,
        at_once = asked.next() => {
            candor.operations.leave();
            // The round under way ends meanwhile; what comes up now another machine does, or this one when it is back.
            let _ = tell_jobs.send(true);
            if !at_once && !drain.is_zero() {
                tracing::info!(seconds = drain.as_secs(), "stopping: no new visitors, please");
                tokio::select! {
                    () = tokio::time::sleep(drain) => {}
                    _ = asked.next() => {}
                }
            }
            false
        }
    };
    let _ = tell_jobs.send(true);
    let _ = close.send(true);
    if !broken && tokio::time::timeout(LAST_REQUESTS, &mut site).await.is_err() {
        tracing::warn!("some requests took too long and were cut off");
        site.abort();
    }
    tending.abort();
    if let Some(jobs) = jobs {
        end_jobs(jobs).await;
    }
    let _ = tokio::time::timeout(LAST_CONNECTIONS, candor.db.close()).await;
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    if broken { Err(stop("The network failed; start the program again.")) } else { Ok(()) }
}

async fn until(mut closed: watch::Receiver<bool>) {
    let _ = closed.wait_for(|closed| *closed).await;
}

async fn end_jobs(mut jobs: JoinHandle<()>) {
    if tokio::time::timeout(LAST_ROUND, &mut jobs).await.is_err() {
        tracing::warn!(
            "a round of the jobs took too long and was cut off; it is taken up again at the next start"
        );
        jobs.abort();
    }
}
