//! A server that answers the requests of a worker as a test says, for what the local queue does not
//! do: signatures, credentials, and proxies that answer instead of SQS.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// The header with which the SDK names the action.
const ACTION: &str = "x-amz-target";

/// A server. Dropping it ends it.
pub(super) struct StubSqs {
    pub(super) endpoint: String,
    seen: Arc<Seen>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    accepted: Mutex<u32>,
    changed: Notify,
}

impl StubSqs {
    /// Refuses a request if `refusal` has a response for its headers. Otherwise a receive waits a
    /// second and brings nothing.
    pub(super) async fn refusing(
        refusal: impl Fn(&HeaderMap) -> Option<Response> + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Seen::default());
        let noted = seen.clone();
        let handle = move |headers: HeaderMap| {
            let refused = refusal(&headers);
            let noted = noted.clone();
            async move {
                if let Some(refused) = refused {
                    return refused;
                }
                let action = headers[ACTION].to_str().unwrap();
                if action.ends_with("ReceiveMessage") {
                    *noted.accepted.lock().unwrap() += 1;
                    noted.changed.notify_waiters();
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                (StatusCode::OK, "{}").into_response()
            }
        };
        let router = Router::new().fallback(handle);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { endpoint, seen, serving }
    }

    /// The URL of its queue.
    pub(super) fn queue(&self) -> String {
        format!("{}/000000000000/orders", self.endpoint)
    }

    /// Waits until it has accepted a receive.
    pub(super) async fn accepts(&self) {
        let accepted = async {
            loop {
                let mut changed = std::pin::pin!(self.seen.changed.notified());
                changed.as_mut().enable();
                if *self.seen.accepted.lock().unwrap() > 0 {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(40), accepted).await.expect("no receive accepted");
    }
}

impl Drop for StubSqs {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// An error of SQS, with the `Date` of its clock.
pub(super) fn error(status: u16, code: &str, message: &str, now: SystemTime) -> Response {
    let headers = [
        ("x-amzn-query-error", format!("{code};Sender")),
        ("date", httpdate::fmt_http_date(now)),
        ("content-type", "application/x-amz-json-1.0".to_owned()),
    ];
    let body =
        serde_json::json!({ "__type": format!("com.amazonaws.sqs#{code}"), "message": message });
    (StatusCode::from_u16(status).unwrap(), headers, body.to_string()).into_response()
}
