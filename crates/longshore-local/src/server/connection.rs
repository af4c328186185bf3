//! Accepts connections, and serves each one on its own task, within limits.

#[cfg(test)]
mod property;

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::places::{Place, Places};
use super::request;
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
    connections: usize,
    /// Bytes of a request line with its headers. hyper does not accept less than 8192.
    head_bytes: usize,
    /// From the end of a response, or from the connect, to the end of the next request's headers.
    /// It is also the limit of an idle connection. Clients with a pool keep idle connections, and
    /// a request that meets a closing connection fails, so this is not shorter.
    head: Duration,
    /// From the end of the headers of a request to the end of its body.
    body: Duration,
}

impl Limits {
    pub(crate) const DEFAULT: Self = Self {
        connections: 1_024,
        head_bytes: 16 * 1024,
        head: Duration::from_secs(60),
        body: Duration::from_secs(60),
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
    let acceptor = Acceptor { listener, server, tasks, limits };
    stop.run_until_cancelled(acceptor.accept()).await;
}

struct Acceptor {
    listener: TcpListener,
    server: Arc<ServerState>,
    tasks: TaskTracker,
    limits: Limits,
}

impl Acceptor {
    async fn accept(&self) {
        let places = Places::new(self.limits.connections);
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
            self.tasks.spawn(serve(stream, Arc::clone(&self.server), self.limits, place));
        }
    }
}

async fn serve(stream: TcpStream, server: Arc<ServerState>, limits: Limits, place: Arc<Place>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot disable the Nagle algorithm; responses can be slow");
    }
    answer(stream, server, limits, place).await;
}

/// Serves one connection. If the client disconnects, its request is dropped, and so is its long
/// poll.
async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    server: Arc<ServerState>,
    limits: Limits,
    place: Arc<Place>,
) {
    let stop = server.stop.clone();
    let service = service_fn(|request| {
        let (server, busy) = (Arc::clone(&server), place.busy());
        async move {
            let response = request::serve(&server, request, limits.body).await;
            drop(busy);
            response
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new());
    http.header_read_timeout(limits.head).max_buf_size(limits.head_bytes);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = place.closed() => return,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection closed before its response was complete");
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::LocalQueue;
    use crate::options::Options;

    const LONG: Duration = Duration::from_secs(3600);
    const STATE: &str = "GET /_local/state HTTP/1.1\r\nconnection: close\r\n\r\n";

    async fn start(limits: Limits) -> LocalQueue {
        LocalQueue::start_within(Options::default(), limits).await.unwrap()
    }

    async fn connect(address: SocketAddr, bytes: &str) -> TcpStream {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(bytes.as_bytes()).await.unwrap();
        client
    }

    /// Everything until the server closes the connection, even by a reset.
    async fn rest(mut client: TcpStream) -> String {
        let mut rest = Vec::new();
        let read = async {
            let mut part = [0; 4096];
            while let Ok(length @ 1..) = client.read(&mut part).await {
                rest.extend_from_slice(&part[..length]);
            }
        };
        let patience = Duration::from_secs(30);
        tokio::time::timeout(patience, read).await.expect("the server never closed");
        String::from_utf8(rest).unwrap()
    }

    fn long_poll(url: &str) -> String {
        let body = format!(r#"{{"QueueUrl":"{url}","WaitTimeSeconds":20}}"#);
        format!(
            "POST / HTTP/1.1\r\nx-amz-target: AmazonSQS.ReceiveMessage\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    #[tokio::test]
    async fn unfinished_headers_and_idle_connections_are_closed() {
        let server = start(Limits { head: Duration::from_millis(200), ..Limits::DEFAULT }).await;
        let silent = connect(server.address(), "").await;
        let slow = connect(server.address(), "GET / HTTP/1.1\r\nhost: ").await;
        assert_eq!(rest(silent).await, "");
        assert_eq!(rest(slow).await, "");
    }

    #[tokio::test]
    async fn an_unfinished_body_is_closed() {
        let limits = Limits { head: LONG, body: Duration::from_millis(200), ..Limits::DEFAULT };
        let server = start(limits).await;
        let slow = connect(server.address(), "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\n{").await;
        assert_eq!(rest(slow).await, "");
    }

    #[tokio::test]
    async fn large_headers_are_refused() {
        let server = start(Limits { head: LONG, ..Limits::DEFAULT }).await;
        let head = format!("GET / HTTP/1.1\r\nhost: x\r\nlarge: {}", "x".repeat(17 * 1024));
        let answer = rest(connect(server.address(), &head).await).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }

    #[tokio::test]
    async fn a_new_connection_closes_an_idle_one_and_no_long_poll() {
        let limits = Limits { connections: 2, head: LONG, ..Limits::DEFAULT };
        let server = start(limits).await;
        let url = server.create_queue("orders", &[]).unwrap();
        let _poll = connect(server.address(), &long_poll(&url)).await;
        server.until("orders", |counts| counts.polls == 1).await.unwrap();
        let idle = connect(server.address(), "").await;
        let new = connect(server.address(), STATE).await;
        assert!(rest(new).await.starts_with("HTTP/1.1 200"));
        assert_eq!(rest(idle).await, "");
        assert_eq!(server.open_polls("orders"), 1);
    }
}
