//! An OTLP collector as a separate process. It accepts every request, is slow, refuses every
//! request, or is unreachable.

use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tokio::net::TcpListener;
use tokio::time::sleep;

/// Longer than the timeout of the exporter.
const SLOW: Duration = Duration::from_secs(30);

/// The process of a collector, as the bench sees it.
pub struct CollectorProcess {
    pub url: String,
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

/// The spans and bytes that the collector received.
#[derive(Debug, Clone, Copy, Default)]
pub struct Volume {
    pub spans: usize,
    pub bytes: usize,
}

impl CollectorProcess {
    pub fn start(behavior: &str) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["collect", behavior])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().ok_or("no stdin")?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let mut url = String::new();
        stdout.read_line(&mut url)?;
        Ok(Self { url: url.trim().to_owned(), child, stdin, stdout })
    }

    pub fn stop(self) -> Result<Volume, Box<dyn Error>> {
        let Self { mut child, stdin, mut stdout, .. } = self;
        drop(stdin);
        let mut volume = String::new();
        stdout.read_to_string(&mut volume)?;
        child.wait()?;
        let (spans, bytes) = volume.trim().split_once(' ').ok_or("no volume")?;
        Ok(Volume { spans: spans.parse()?, bytes: bytes.parse()? })
    }
}

/// Accepts exports until standard input ends.
#[tokio::main(flavor = "current_thread")]
pub async fn collect(behavior: &str) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    if behavior == "away" {
        drop(listener);
        std::io::stdin().read_to_end(&mut Vec::new())?;
        println!("0 0");
        return Ok(());
    }
    let (spans, bytes): (Arc<AtomicUsize>, Arc<AtomicUsize>) = Default::default();
    let (slow, refuses) = (behavior == "slow", behavior == "refusing");
    let (spans_seen, bytes_seen) = (spans.clone(), bytes.clone());
    let take = move |body: Bytes| async move {
        if slow {
            sleep(SLOW).await;
        }
        bytes_seen.fetch_add(body.len(), Relaxed);
        spans_seen.fetch_add(count(&body), Relaxed);
        if refuses { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
    };
    let router = Router::new().fallback(take).layer(DefaultBodyLimit::disable());
    tokio::spawn(async move { axum::serve(listener, router).await });
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    println!("{} {}", spans.load(Relaxed), bytes.load(Relaxed));
    Ok(())
}

fn count(body: &[u8]) -> usize {
    let request = ExportTraceServiceRequest::decode(body).unwrap_or_default();
    let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    scopes.map(|scope| scope.spans.len()).sum()
}
