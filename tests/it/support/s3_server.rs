//! A server with the answers of S3 that a test gives it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use tokio::net::TcpListener;

/// The answer to a method and a path: a status, its headers and its body.
type Answers = BTreeMap<&'static str, (u16, Vec<(&'static str, &'static str)>, Vec<u8>)>;

type Requests = Arc<Mutex<Vec<(String, HeaderMap)>>>;

/// A header of an answer that has no length, so that only its bytes show its size.
pub(crate) const IN_PARTS: (&str, &str) = ("x-in-parts", "1");

pub(crate) struct S3Server {
    pub(crate) url: String,
    requests: Requests,
}

impl S3Server {
    pub(crate) async fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Requests::default();
        let state = (requests.clone(), Arc::new(answers));
        let app = Router::new().fallback(answer).with_state(state);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, requests }
    }

    /// Requests by method and path, with their headers.
    pub(crate) fn requests(&self) -> Vec<(String, HeaderMap)> {
        self.requests.lock().unwrap().clone()
    }
}

/// The body of an answer with this error.
pub(crate) fn error(code: &str) -> Vec<u8> {
    let message = "a message of S3";
    format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>")
        .into_bytes()
}

async fn answer(
    State((requests, answers)): State<(Requests, Arc<Answers>)>,
    request: Request,
) -> Response<Body> {
    let line = format!("{} {}", request.method(), request.uri().path());
    requests.lock().unwrap().push((line.clone(), request.headers().clone()));
    let (status, headers, body) =
        answers.get(&*line).cloned().unwrap_or((404, vec![], error("NoSuchKey")));
    let mut answer = Response::builder().status(status);
    for (name, value) in &headers {
        answer = answer.header(*name, *value);
    }
    let body = if headers.contains(&IN_PARTS) {
        let parts = body.chunks(1 << 20).map(|part| Ok::<_, std::io::Error>(part.to_vec()));
        Body::from_stream(futures_util::stream::iter(parts.collect::<Vec<_>>()))
    } else {
        Body::from(body)
    };
    answer.body(body).unwrap()
}
