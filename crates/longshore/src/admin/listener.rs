//! Accepts the connections of the admin endpoint and serves each on its own task, within limits, so
//! that clients cannot use up the memory or the file descriptors of the worker.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::Response;
use hyper::Request;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connections::{Connections, Place};
use crate::telemetry::Repeats;

/// Connections to the admin endpoint that can be open at the same time.
pub const MAX_CONNECTIONS: usize = 64;

/// What the clients of the endpoint can use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Open connections. One more closes the one whose last request began first.
    pub(super) connections: usize,
    /// Bytes of a request line with its headers. hyper does not accept less than 8192.
    pub(super) head_bytes: usize,
    /// From the end of a response, or from the connect, to the end of the next request's headers.
    /// It is also the limit of an idle connection.
    pub(super) head: Duration,
    /// From the start of a request to the start of the next one. It ends a connection whose client
    /// does not read its response.
    pub(super) request: Duration,
    /// Bytes of all responses that their clients may not have read. More of them close the
    /// connection whose last request began first.
    pub(super) unread_bytes: u64,
}

impl Limits {
    pub(super) const DEFAULT: Self = Self {
        connections: MAX_CONNECTIONS,
        head_bytes: 16 * 1024,
        head: Duration::from_secs(10),
        request: Duration::from_secs(60),
        unread_bytes: 32 * 1024 * 1024,
    };
}

/// The pause after a failed accept, so that the loop does not spin while the process has no free
/// file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The endpoint's side of its connections.
pub(super) struct Listener {
    pub(super) router: Router,
    pub(super) limits: Limits,
    pub(super) stop: CancellationToken,
}

impl Listener {
    /// Accepts connections until the stop. Then open connections finish their current response.
    pub(super) async fn serve(self, listener: TcpListener) {
        let connections = Connections::new(self.limits.connections);
        let tasks = TaskTracker::new();
        self.stop.run_until_cancelled(self.accept(&listener, &connections, &tasks)).await;
        drop(listener);
        tasks.close();
        tasks.wait().await;
    }

    async fn accept(&self, listener: &TcpListener, connections: &Connections, tasks: &TaskTracker) {
        let (refused, full) = (Repeats::default(), Repeats::default());
        for id in 0.. {
            let (stream, peer) = loop {
                match listener.accept().await {
                    Ok(accepted) => break accepted,
                    Err(error) => {
                        if let Some(suppressed) = refused.occurred() {
                            tracing::warn!(%error, suppressed, "cannot accept an admin connection");
                        }
                        connections.close_least_recent();
                        sleep(ACCEPT_PAUSE).await;
                    }
                }
            };
            if connections.are_full() {
                if let Some(suppressed) = full.occurred() {
                    let limit = self.limits.connections;
                    let advice =
                        "find the clients that keep connections open to the admin endpoint";
                    tracing::warn!(%peer, limit, suppressed, advice, "too many admin connections");
                }
                connections.close_least_recent();
            }
            let place = connections.place(id).await;
            tasks.spawn(self.connection(stream, peer, place));
        }
    }

    /// One connection, until the client closes it, a limit ends it, or the endpoint stops.
    fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        place: Place,
    ) -> impl Future<Output = ()> + use<> {
        let Limits { head, head_bytes, request, unread_bytes, .. } = self.limits;
        let (router, stop) = (self.router.clone(), self.stop.clone());
        async move {
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(head_bytes);
            let service = service_fn(|request: Request<Incoming>| {
                place.used();
                let has_body = !request.body().is_end_stream();
                let (place, response) = (&place, respond(&router, request, peer));
                async move {
                    let mut response = response.await?;
                    // No path needs a body. What follows it could be read as part of it, or as a
                    // request that its sender did not send.
                    if has_body {
                        response
                            .headers_mut()
                            .insert(CONNECTION, HeaderValue::from_static("close"));
                    }
                    place.responds(response.body().size_hint().lower(), unread_bytes);
                    Ok::<_, Infallible>(response)
                }
            });
            let connection = http.serve_connection(TokioIo::new(stream), service);
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = place.ended(request) => return,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%peer, %error, "admin connection ended early");
            }
        }
    }
}

fn respond(
    router: &Router,
    mut request: Request<Incoming>,
    peer: SocketAddr,
) -> impl Future<Output = Result<Response, Infallible>> + use<> {
    request.extensions_mut().insert(ConnectInfo(peer));
    TowerToHyperService::new(router.clone()).call(request)
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;

    use super::*;

    /// Shorter than the tests' patience, longer than any response takes.
    const SHORT: Duration = Duration::from_millis(200);
    const LONG: Duration = Duration::from_secs(3600);
    /// More than the sockets between hold.
    const LARGE: usize = 32 * 1024 * 1024;

    async fn start(limits: Limits) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/", get(|| async { "here" }))
            .route("/large", get(|| async { "x".repeat(LARGE) }));
        let stop = CancellationToken::new();
        tokio::spawn(Listener { router, limits, stop }.serve(listener));
        address
    }

    async fn connect(address: SocketAddr, bytes: &str) -> TcpStream {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(bytes.as_bytes()).await.unwrap();
        client
    }

    /// Everything until the endpoint closes the connection, even by a reset.
    async fn rest(mut client: TcpStream) -> String {
        let mut rest = Vec::new();
        let read = async {
            let mut part = [0; 4096];
            while let Ok(length @ 1..) = client.read(&mut part).await {
                rest.extend_from_slice(&part[..length]);
            }
        };
        let patience = Duration::from_secs(30);
        tokio::time::timeout(patience, read).await.expect("the endpoint never closed");
        String::from_utf8(rest).unwrap()
    }

    #[tokio::test]
    async fn unfinished_headers_and_idle_connections_are_closed() {
        let address = start(Limits { head: SHORT, ..Limits::DEFAULT }).await;
        let silent = connect(address, "").await;
        let slow = connect(address, "GET / HTTP/1.1\r\nhost: ").await;
        let idle = connect(address, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert_eq!(rest(silent).await, "");
        assert_eq!(rest(slow).await, "");
        assert!(rest(idle).await.ends_with("here"));
    }

    #[tokio::test]
    async fn headers_that_come_byte_by_byte_are_closed() {
        let address = start(Limits { head: SHORT, ..Limits::DEFAULT }).await;
        let mut slow = connect(address, "GET / HTTP/1.1\r\nhost: ").await;
        let send = async {
            while slow.write_all(b"x").await.is_ok() {
                sleep(SHORT / 10).await;
            }
        };
        timeout(Duration::from_secs(30), send).await.expect("the endpoint never closed");
        assert_eq!(rest(slow).await, "");
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_is_closed() {
        let limits = Limits { head: LONG, request: SHORT, ..Limits::DEFAULT };
        let client = connect(start(limits).await, "GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
        // The endpoint has closed its side when it resets what the client still sends.
        let mut client = client;
        while client.write_all(b"\r\n").await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
        assert!(rest(client).await.len() < LARGE);
    }

    #[tokio::test]
    async fn an_unread_response_is_dropped_for_a_new_one() {
        let limits = Limits { head: LONG, request: LONG, ..Limits::DEFAULT };
        let address = start(limits).await;
        let get = "GET /large HTTP/1.1\r\nconnection: close\r\n\r\n";
        let mut unread = connect(address, get).await;
        unread.read_exact(&mut [0; 12]).await.unwrap();
        assert!(rest(connect(address, get).await).await.len() > LARGE);
        assert!(rest(unread).await.len() < LARGE);
    }

    #[tokio::test]
    async fn large_headers_are_refused() {
        let address = start(Limits { head: LONG, ..Limits::DEFAULT }).await;
        let head = format!("GET / HTTP/1.1\r\nhost: x\r\nlarge: {}", "x".repeat(17 * 1024));
        let answer = rest(connect(address, &head).await).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
        let head =
            format!("GET / HTTP/1.1\r\nconnection: close\r\nlarge: {}", "x".repeat(8 * 1024));
        let answer = rest(connect(address, &format!("{head}\r\n\r\n")).await).await;
        assert!(answer.ends_with("here"), "{answer}");
    }

    #[tokio::test]
    async fn one_connection_more_closes_the_least_recently_used() {
        let limits = Limits { connections: 3, head: LONG, request: LONG, ..Limits::DEFAULT };
        let address = start(limits).await;
        let mut used = connect(address, "").await;
        let unused = connect(address, "").await;
        let _other = connect(address, "").await;
        used.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        used.read_exact(&mut [0; 12]).await.unwrap();
        let new = connect(address, "GET / HTTP/1.1\r\nconnection: close\r\n\r\n").await;
        assert!(rest(new).await.ends_with("here"));
        assert_eq!(rest(unused).await, "");
        used.write_all(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n").await.unwrap();
        assert!(rest(used).await.ends_with("here"));
    }
}
