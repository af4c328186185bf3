//! Accepts connections, and serves each one on its own task, within limits.

#[cfg(test)]
mod property;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONNECTION, HeaderValue, TRANSFER_ENCODING};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::bodies::Bodies;
use super::places::{Busy, Place, Places};
use super::request::{self, Disconnect};
use super::response::HttpResponse;
use crate::actions::ServerState;

/// The pause after a failed accept, so that the loop does not spin while the process has no free
/// file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Minimum time between two log lines about failed accepts.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// What the clients of the server can use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Open connections. One more closes the one that has waited longest for a request.
    pub(super) connections: usize,
    /// Bytes of a request line with its headers. hyper does not accept less than 8192.
    pub(super) head_bytes: usize,
    /// From the end of a response, or from the connect, to the end of the next request's headers.
    /// It is also the limit of an idle connection. Clients with a pool keep idle connections, and
    /// a request that meets a closing connection fails, so this is not shorter.
    pub(super) head: Duration,
    /// From the end of the headers of a request to the end of its body.
    pub(super) body: Duration,
    /// Bytes of the bodies of all requests that are not answered yet. A request that needs more is
    /// refused.
    pub(super) body_bytes: usize,
    /// From a response to the next request. It ends a connection whose client does not read its
    /// response, after at most twice this time.
    pub(super) response: Duration,
    /// Bytes of all responses that their clients may not have read. More of them close the
    /// connection that has waited longest.
    pub(super) response_bytes: u64,
}

impl Limits {
    pub(crate) const DEFAULT: Self = Self {
        connections: 1_024,
        head_bytes: 16 * 1024,
        head: Duration::from_secs(60),
        body: Duration::from_secs(60),
        body_bytes: 256 * 1024 * 1024,
        response: Duration::from_secs(60),
        response_bytes: 256 * 1024 * 1024,
    };
}

/// Accepts connections until the server stops. Then open connections finish their current request,
/// and long polls end.
pub(crate) async fn accept(
    listener: TcpListener,
    server: Arc<ServerState>,
    tasks: TaskTracker,
    limits: Limits,
) {
    let stop = server.stop.clone();
    let bodies = Bodies::new(limits.body_bytes);
    let host = Arc::new(Host { server, bodies, limits });
    let acceptor = Acceptor { listener, host, tasks };
    stop.run_until_cancelled(acceptor.accept()).await;
}

struct Acceptor {
    listener: TcpListener,
    host: Arc<Host>,
    tasks: TaskTracker,
}

/// What all connections share.
struct Host {
    server: Arc<ServerState>,
    bodies: Bodies,
    limits: Limits,
}

impl Acceptor {
    async fn accept(&self) {
        let limits = self.host.limits;
        let places = Places::new(limits.connections, limits.response_bytes);
        let mut logged: Option<Instant> = None;
        for id in 0.. {
            let stream = loop {
                match self.listener.accept().await {
                    Ok((stream, _)) => break stream,
                    Err(error) => {
                        if logged.is_none_or(|logged| logged.elapsed() >= LOG_INTERVAL) {
                            logged = Some(Instant::now());
                            tracing::warn!(%error, "cannot accept a connection");
                        }
                        places.close_longest_idle();
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            };
            let place = places.place(id).await;
            self.tasks.spawn(serve(stream, Arc::clone(&self.host), place));
        }
    }
}

async fn serve(stream: TcpStream, host: Arc<Host>, place: Arc<Place>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot disable the Nagle algorithm; responses can be slow");
    }
    let address = stream.peer_addr().ok().map(|peer| peer.ip());
    answer(stream, address, host, place).await;
}

/// Serves one connection. If the client disconnects, its request is dropped, and so is its long
/// poll.
async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    address: Option<IpAddr>,
    host: Arc<Host>,
    place: Arc<Place>,
) {
    let (stop, limits) = (host.server.stop.clone(), host.limits);
    let service = service_fn(|request| respond(Arc::clone(&host), request, address, place.busy()));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new());
    http.header_read_timeout(limits.head).max_buf_size(limits.head_bytes);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = place.ended(limits.response) => return,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection closed before its response was complete");
    }
}

async fn respond(
    host: Arc<Host>,
    request: Request<Incoming>,
    address: Option<IpAddr>,
    busy: Busy,
) -> Result<HttpResponse, Disconnect> {
    // A request with two lengths ends at one of them. What follows may be no request of its client.
    let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let mut memory = host.bodies.reserve();
    let (server, limit) = (&host.server, host.limits.body);
    let mut response = request::serve(server, request, address, &mut memory, limit).await?;
    if is_chunked {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    busy.answered(response.body().size_hint().lower());
    Ok(response)
}
