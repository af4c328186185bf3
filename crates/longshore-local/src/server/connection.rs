//! Accepting connections and serving each on a task of its own.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Server;
use super::request;

/// How long to wait when the system is out of sockets, rather than spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts until `stop`; then open connections finish the request they are at, and long polls end.
pub(crate) async fn accept(listener: TcpListener, server: Arc<Server>, tasks: TaskTracker) {
    let stop = server.desk.stop.clone();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => {
                tasks.spawn(serve(stream, Arc::clone(&server), stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "the local queue cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// A client that goes away ends its connection's future, and with it the request it waited for.
async fn serve(stream: TcpStream, server: Arc<Server>, stop: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small answers to this client may be slow");
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
        tracing::debug!(%error, "a connection ended early");
    }
}
