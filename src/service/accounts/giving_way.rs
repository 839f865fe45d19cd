//! Long work on a passphrase, which must not make anybody else wait for a page.

use tokio::sync::oneshot;

use crate::service::Problem;

/// How much less of a processor it gets than everything else, as `nice` counts; it has all of one that is idle.
const NICENESS: i32 = 10;

/// Does something on a thread of its own that gives way to all others.
pub(super) async fn giving_way<Done: Send + 'static>(
    work: impl FnOnce() -> Done + Send + 'static,
) -> Result<Done, Problem> {
    let (tell, told) = oneshot::channel();
    let work = move || {
        // On Linux this is about the calling thread alone. Where the system does not allow it, pages wait longer.
        let _ = rustix::process::setpriority_process(None, NICENESS);
        drop(tell.send(work()));
    };
    std::thread::Builder::new()
        .name("passphrase".to_owned())
        .spawn(work)
        .map_err(|_| Problem::Busy { retry_after: 5 })?;
    told.await.map_err(|_| Problem::Damaged)
}
