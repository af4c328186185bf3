//! Accepts connections, and serves each one on its own task.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::request;
use crate::actions::ServerState;

/// The pause after a failed accept, so that the loop does not spin while the system has no free
/// sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until the server stops. Then open connections finish their current request,
/// and long polls end.
pub(crate) async fn accept(listener: TcpListener, server: Arc<ServerState>, tasks: TaskTracker) {
    let stop = server.stop.clone();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => {
                tasks.spawn(serve(stream, Arc::clone(&server), stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection. If the client disconnects, its request is dropped, and so is its long
/// poll.
async fn serve(stream: TcpStream, server: Arc<ServerState>, stop: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot disable the Nagle algorithm; responses can be slow");
    }
    let service = service_fn(move |request| {
        let server = Arc::clone(&server);
        async move { request::serve(&server, request).await }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection closed before its response was complete");
    }
}
