//! Connections. Each ends once it has been silent for a while: as long as one is there, what was last sent over it may
//! lie in its buffers, and whoever opens many and says nothing would use up all that there can be.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::Service;

/// For how long a connection may be silent between two requests, and how long the head of one may take. Longer than
/// the proxies of docs/deploy keep one, or they would send into a connection that is just being closed.
const SILENT: Duration = Duration::from_secs(10);

/// After an error that concerns no single connection, as when there are too many.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves until told to stop, then finishes what is under way.
pub(super) async fn serve(listener: TcpListener, site: Router, stop: impl Future<Output = ()>) {
    let mut site = site.into_make_service_with_connect_info::<SocketAddr>();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(SILENT);
    let under_way = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let Ok(service) = site.call(peer).await;
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = under_way.watch(connection);
        tokio::spawn(async move {
            // However it ends: there is nobody to tell, and nothing that may be written down.
            let _ = connection.await;
        });
    }
    drop(listener);
    under_way.shutdown().await;
}
