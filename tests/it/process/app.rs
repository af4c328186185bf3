//! The application behind an HTTP handler: a server in the test that notes each message.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::Log;

/// A server. Dropping it ends it.
pub(super) struct App {
    url: String,
    log: Log,
    headers: Arc<Mutex<Vec<HeaderMap>>>,
    serving: JoinHandle<()>,
}

impl App {
    /// On a free port; answers 200 after this time.
    pub(super) async fn taking(takes: Duration) -> Self {
        Self::answering(move |_| async move {
            tokio::time::sleep(takes).await;
            200
        })
        .await
    }

    /// On a free port; answers with the status that `answer` gives for the n-th call with a body, from 1.
    pub(super) async fn answering<F: Future<Output = u16> + Send + 'static>(
        answer: impl Fn(u32) -> F + Clone + Send + Sync + 'static,
    ) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), answer).await
    }

    /// On a free port; answers 200 with this text.
    pub(super) async fn saying(text: String) -> Self {
        let answer = move |_| std::future::ready((200, text.clone()));
        Self::serving("127.0.0.1:0".parse().unwrap(), answer).await
    }

    pub(super) async fn at<F: Future<Output = u16> + Send + 'static>(
        address: SocketAddr,
        answer: impl Fn(u32) -> F + Clone + Send + Sync + 'static,
    ) -> Self {
        let without_text = move |count| {
            let status = answer(count);
            async move { (status.await, String::new()) }
        };
        Self::serving(address, without_text).await
    }

    async fn serving<F: Future<Output = (u16, String)> + Send + 'static>(
        address: SocketAddr,
        answer: impl Fn(u32) -> F + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let log = Log::default();
        let noted = log.clone();
        let headers: Arc<Mutex<Vec<HeaderMap>>> = Arc::default();
        let kept = headers.clone();
        let handle = move |headers: HeaderMap, body: String| {
            kept.lock().unwrap().push(headers.clone());
            let count = noted.note(body);
            let answer = answer(count);
            async move {
                let (status, text) = answer.await;
                (StatusCode::from_u16(status).unwrap(), text)
            }
        };
        let router = Router::new().fallback(handle);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, log, headers, serving }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The headers of each request, in the order of their coming.
    pub(super) fn headers(&self) -> Vec<HeaderMap> {
        self.headers.lock().unwrap().clone()
    }

    /// The messages that came.
    pub(super) fn log(&self) -> &Log {
        &self.log
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
