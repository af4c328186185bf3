//! Each example of the library, run against a local queue as a user's program, and the errors for
//! invalid settings.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use longshore::queue::Sender;
use longshore::{Connection, QueueConfig};
use longshore_local::Server;
use rustix::process::{Pid, Signal, kill_process};

/// The discard port, where nothing listens.
const NO_COLLECTOR: &str = "http://127.0.0.1:9";

/// A local queue server with these queues.
async fn server(queues: &[&str]) -> (Server, Vec<Sender>) {
    let server = Server::start().await.unwrap();
    let connection = Connection::local(&server.endpoint_url());
    let sender = |name: &&str| connection.sender(server.create_queue(name, &[]).unwrap());
    let senders = queues.iter().map(sender).collect();
    (server, senders)
}

async fn send(sender: &Sender, bodies: &[&str]) {
    let bodies: Vec<String> = bodies.iter().map(|body| (*body).to_owned()).collect();
    assert_eq!(sender.send_batch(&bodies).await.unwrap(), []);
}

/// A running example and its output.
struct Example {
    process: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Example {
    fn start(program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        let mut process = command.args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// Reads until a line contains the text. Fails at the end of the output.
    fn prints(&mut self, text: &str) -> String {
        let mut seen = Vec::new();
        for line in self.lines.by_ref().map(Result::unwrap) {
            if line.contains(text) {
                return line;
            }
            seen.push(line);
        }
        panic!("the example did not print {text:?}, but {seen:#?}");
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.process);
        kill_process(pid, signal).unwrap();
    }

    /// Waits for the end and checks the exit code.
    fn ends(mut self) {
        let status = self.process.wait().unwrap();
        assert_eq!(status.code(), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hello_prints_the_messages_of_a_queue() {
    let (server, senders) = server(&["orders"]).await;
    send(&senders[0], &["two crates of oranges"]).await;
    let mut example =
        Example::start(env!("CARGO_BIN_EXE_hello"), &[&server.endpoint_url(), "orders"]);
    example.prints("orders: two crates of oranges");
    example.signal(Signal::INT);
    // The open long poll ends with the next message.
    send(&senders[0], &["late"]).await;
    example.prints("shutdown ledger");
    example.ends();
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_drains_on_sigterm() {
    let (server, senders) = server(&["orders"]).await;
    send(&senders[0], &["an offer"]).await;
    let mut example = Example::start(env!("CARGO_BIN_EXE_signals"), &[&server.endpoint_url()]);
    example.prints("sent: an offer");
    example.signal(Signal::TERM);
    send(&senders[0], &["late"]).await;
    let ledger = example.prints("shutdown ledger");
    assert!(ledger.contains("aborted=0 abandoned=0"), "{ledger}");
    example.ends();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_queues_have_a_handler_each() {
    let names = ["orders", "mail", "invoices"];
    let (server, senders) = server(&names).await;
    for (sender, body) in senders.iter().zip(["12", "an offer", "invoice 7"]) {
        send(sender, &[body]).await;
    }
    let mut example = Example::start(env!("CARGO_BIN_EXE_many_queues"), &[&server.endpoint_url()]);
    let mut printed = [String::new(), String::new(), String::new()];
    printed.iter_mut().for_each(|line| *line = example.prints(": "));
    printed.sort();
    assert_eq!(printed, ["invoices: printed invoice 7", "mail: sent an offer", "orders: stored 12"]);
    example.signal(Signal::TERM);
    for sender in &senders {
        send(sender, &["1"]).await;
    }
    for name in names {
        example.prints(&format!("{name}: 1 deleted"));
    }
    example.ends();
}

#[test]
fn own_queue_runs_until_it_is_empty() {
    let mut example = Example::start(env!("CARGO_BIN_EXE_own_queue"), &[]);
    example.prints("processed crate 25");
    let line = example.prints("25 messages, ");
    assert!(line.contains(" requests, shutdown ledger"), "{line}");
    example.ends();
}

#[tokio::test(flavor = "multi_thread")]
async fn traces_runs_without_a_collector() {
    let (server, senders) = server(&["orders"]).await;
    send(&senders[0], &["two crates of oranges"]).await;
    let endpoint = server.endpoint_url();
    let mut example = Example::start(env!("CARGO_BIN_EXE_traces"), &[&endpoint, NO_COLLECTOR]);
    // Without a collector the message is processed, and its span exists.
    let line = example.prints("two crates of oranges");
    assert!(line.contains("traceparent=00-"), "{line}");
    example.signal(Signal::TERM);
    send(&senders[0], &["late"]).await;
    example.prints("shutdown ledger");
    example.ends();
}

#[test]
fn six_bad_values_are_refused_with_the_reason() {
    let seconds = Duration::from_secs;
    let orders = || QueueConfig::builder("orders");
    for (builder, found, accepted) in [
        (QueueConfig::builder("orders!"), "name = orders!", "1 to 80 letters"),
        (orders().concurrency(0), "concurrency = 0", "1 to 120000"),
        (orders().wait(seconds(25)), "wait = 25s", "1s to 20s"),
        (orders().wait(Duration::ZERO), "short_polling = false", "short_polling = true"),
        (orders().visibility(seconds(5)), "visibility = 5s", "from 10s"),
        (orders().handler_timeout(Duration::ZERO), "handler.timeout = 0s", "more than 0s"),
    ] {
        let error = builder.build().unwrap_err().to_string();
        assert!(error.contains("invalid configuration of queue `orders"), "{error}");
        assert!(error.contains(found) && error.contains(accepted), "{error}");
    }
}
