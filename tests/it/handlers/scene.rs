//! What the handlers are tried with: messages, a context whose stop the test owns, a place for a
//! script to leave its traces, and a server of which the test writes every byte.

use std::path::{Path, PathBuf};
use std::time::Duration;

use longshore::handler::CommandHandler;
use longshore::queue::{AttributeContent, AttributeValue};
use longshore::testing::TestContext;
use longshore::trace::TraceContext;
use longshore::{Context, Message};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe;
use tokio::net::{TcpListener, TcpStream};

pub(super) fn message(body: impl Into<String>) -> Message {
    Message::new("5fea7756-0ea4-451a-a703-a558b933e274", "receipt", body)
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue { data_type: "String".into(), content: AttributeContent::Text(value.into()) }
}

pub(super) fn bytes(value: &[u8]) -> AttributeValue {
    AttributeValue { data_type: "Binary".into(), content: AttributeContent::Bytes(value.into()) }
}

/// A context that is never interrupted.
pub(super) fn undisturbed() -> Context {
    call().context()
}

/// As the worker gives it: with what the message brought of a trace.
pub(super) fn traced(message: &Message) -> Context {
    let text = |name: &str| Some(message.attributes.get(name)?.as_text()?.to_owned());
    let mut trace = TraceContext::default();
    trace.traceparent = text("traceparent");
    trace.tracestate = text("tracestate");
    trace.baggage = text("baggage");
    trace.xray = message.trace_header.clone();
    call().trace(trace).context()
}

/// A call with a timeout of 20.5 s.
pub(super) fn call() -> TestContext {
    let call = TestContext::new("orders", Duration::from_millis(20_500));
    call.wind_down(Duration::from_secs(5))
}

/// Turns a hang into a failure. Nothing that is expected to happen takes nearly as long.
pub(super) async fn soon<F: Future>(event: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(30), event).await.expect("it never came")
}

/// For a test that needs another environment, which it cannot give itself: runs it once more in a
/// process that has it. True in the first process, where it has then passed; false in the second.
pub(super) async fn ran_with<const N: usize>(environment: [(&str, &str); N], test: &str) -> bool {
    if environment.iter().all(|(name, value)| std::env::var_os(name).is_some_and(|it| it == *value))
    {
        return false;
    }
    let again = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("handlers::{test}")])
        .envs(environment)
        .output();
    let again = soon(again).await.unwrap();
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(again.status.success() && said.contains("1 passed"), "{said}");
    true
}

/// A directory of its own for a test, gone with it.
pub(super) struct Traces(PathBuf);

impl Traces {
    pub(super) fn new() -> Self {
        let name = format!("traces-{}", uuid::Uuid::new_v4());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(super) fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.join(file)).unwrap()
    }

    /// The path of a file in the directory.
    pub(super) fn path(&self, file: &str) -> String {
        self.0.join(file).to_str().unwrap().to_owned()
    }

    pub(super) fn has(&self, file: &str) -> bool {
        self.0.join(file).exists()
    }

    /// A handler that runs this script with the directory as `$1`.
    pub(super) fn script(&self, script: &str) -> CommandHandler {
        let directory = self.0.to_str().unwrap();
        CommandHandler::new(["sh", "-c", script, "sh", directory].map(String::from).into()).unwrap()
    }

    /// A pipe in the directory that the script's processes hold open for writing.
    pub(super) fn lifeline(&self) -> Lifeline {
        let path = self.0.join("lifeline");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let receiver = pipe::OpenOptions::new().open_receiver(&path).unwrap();
        Lifeline(BufReader::new(receiver))
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// The reading end of a pipe whose writing end every process of a script inherits: what they write
/// are events, and its end is the end of the last of them.
pub(super) struct Lifeline(BufReader<pipe::Receiver>);

impl Lifeline {
    pub(super) async fn says(&mut self, expected: &str) {
        assert_eq!(self.line().await, expected);
    }

    pub(super) async fn line(&mut self) -> String {
        let mut line = String::new();
        soon(self.0.read_line(&mut line)).await.unwrap();
        line.trim_end().to_owned()
    }

    /// Waits until no process holds the other end.
    pub(super) async fn ends(&mut self) {
        self.says("").await;
    }
}

/// Whether a process has been reaped: a zombie has not.
pub(super) fn is_reaped(pid: &str) -> bool {
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    test_kill_process(pid) == Err(Errno::SRCH)
}

/// A server on the loopback.
pub(super) struct Server(TcpListener);

impl Server {
    pub(super) async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/work?kind=order", self.0.local_addr().unwrap())
    }

    /// A new connection, and its first request.
    pub(super) async fn called(&self) -> (Connection, Request) {
        let (stream, _) = soon(self.0.accept()).await.unwrap();
        let mut connection = Connection(BufReader::new(stream));
        let request = connection.request().await;
        (connection, request)
    }
}

/// The server's side of a connection.
pub(super) struct Connection(BufReader<TcpStream>);

impl Connection {
    /// The next request on this connection.
    pub(super) async fn request(&mut self) -> Request {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = soon(self.0.read_line(&mut head)).await.unwrap();
            assert_ne!(read, 0, "the connection was closed instead");
        }
        let mut request = Request { head, body: String::new() };
        let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        soon(self.0.read_exact(&mut body)).await.unwrap();
        request.body = String::from_utf8(body).unwrap();
        request
    }

    pub(super) async fn answer(&mut self, answer: impl AsRef<[u8]>) {
        self.0.write_all(answer.as_ref()).await.unwrap();
    }

    /// Waits until the caller has closed the connection.
    pub(super) async fn ends(&mut self) {
        let mut rest = Vec::new();
        // An end by reset is one too.
        soon(self.0.read_to_end(&mut rest)).await.ok();
        assert_eq!(rest, b"");
    }
}

/// A request as it came over the wire.
pub(super) struct Request {
    pub(super) head: String,
    pub(super) body: String,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}
