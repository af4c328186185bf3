//! SIGTERM loses nothing, strands nothing, and the ledger says what became of everything.

use std::time::Duration;

use longshore_local::{Action, Counts, Fault, Rule};
use rustix::process::Signal;
use tokio::time::Instant;

use super::app::App;
use super::longshore::{Ended, Longshore};
use crate::support::test_server::{QUEUE, TestServer, bodies, soon};

/// Tells that it has begun, and runs on for twenty seconds.
const SLOW: &str = r#"echo "began $(cat)" >&2; sleep 20"#;
/// The same, and deaf to the signal that would end it.
const DEAF: &str = r#"trap "" TERM; echo "began $(cat)" >&2; sleep 20; sleep 20"#;

#[tokio::test]
async fn a_shutdown_finishes_messages_in_flight() {
    let server = TestServer::open().await;
    server.send_many(20).await;
    let app = App::taking(Duration::from_secs(2)).await;
    let concurrency = ["--set", "defaults.concurrency=20"];
    let arguments = [&["--queue", QUEUE, "--http", app.url()][..], &concurrency].concat();
    let worker = Longshore::run(&server.local, &arguments);
    app.log().until(20).await;
    worker.terminate();
    let ended = worker.ends().await;
    assert_eq!((ended.code, ended.ledger()), (Some(0), [20, 0, 0, 0, 0]));
    assert_eq!(server.local.counts(QUEUE).unwrap(), Counts::default());
    assert!(app.log().times().values().all(|times| *times == 1), "{:?}", app.log().times());
}

#[tokio::test]
async fn a_shutdown_finishes_commands() {
    let server = TestServer::open().await;
    server.send_many(20).await;
    let script = r#"body=$(cat); echo "began $body" >&2; sleep 2; echo "ended $body" >&2"#;
    let command = ["--queue", QUEUE, "--", "sh", "-c", script];
    let arguments = [&["--set", "defaults.concurrency=20"][..], &command].concat();
    let worker = Longshore::run(&server.local, &arguments);
    worker.says_times("began m", 20).await;
    worker.terminate();
    let ended = worker.ends().await;
    assert_eq!((ended.code, ended.ledger()), (Some(0), [20, 0, 0, 0, 0]));
    assert_eq!(server.local.counts(QUEUE).unwrap(), Counts::default());
    let ends = ended.lines.iter().filter_map(|line| line.split_once("\"line\":\"ended "));
    let mut ends: Vec<_> = ends.map(|(_, body)| body).collect();
    ends.sort();
    ends.dedup();
    assert_eq!(ends.len(), 20);
}

/// Five commands of twenty seconds, and a grace of one.
async fn cut_off(script: &str) {
    let server = TestServer::open().await;
    server.send_many(5).await;
    let marker = uuid::Uuid::new_v4().to_string();
    let settings = ["--grace", "1s", "--set", "defaults.concurrency=5", "--queue", QUEUE];
    let command = ["--", "sh", "-c", script, &marker];
    let worker = Longshore::run(&server.local, &[&settings[..], &command].concat());
    worker.says_times("began m", 5).await;
    assert!(processes_with(&marker) >= 5);
    worker.terminate();
    let ended = worker.ends().await;
    let counts = server.local.counts(QUEUE).unwrap();
    assert_eq!((counts.visible, counts.in_flight), (5, 0), "visible again, at once");
    assert_eq!((ended.code, ended.ledger()), (Some(3), [0, 0, 0, 5, 0]));
    assert_eq!(processes_with(&marker), 0);
}

#[tokio::test]
async fn a_command_that_outlasts_the_grace_is_interrupted_and_its_message_released() {
    cut_off(SLOW).await;
}

#[tokio::test]
async fn a_command_that_ignores_its_signal_is_killed() {
    cut_off(DEAF).await;
}

/// Processes that have this among their arguments: commands, not the worker, whose own it is too.
pub(super) fn processes_with(argument: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let commands = processes.filter(|process| {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let mut words = line.split(|byte| *byte == 0);
        words.next() == Some(b"sh") && words.any(|word| word == argument.as_bytes())
    });
    commands.count()
}

#[tokio::test]
async fn a_second_signal_ends_the_grace() {
    let server = TestServer::open().await;
    server.send("slow").await;
    let command = ["--queue", QUEUE, "--", "sh", "-c", SLOW];
    let one_slot = ["--set", "defaults.concurrency=1"];
    let worker = Longshore::run(&server.local, &[&one_slot[..], &command].concat());
    worker.says("began slow").await;
    worker.stop().await;
    let second = Instant::now();
    worker.signal(Signal::QUIT);
    let ended = worker.ends().await;
    assert!(second.elapsed() < Duration::from_secs(10), "{:?}", second.elapsed());
    assert_eq!((ended.code, ended.ledger()), (Some(3), [0, 0, 0, 1, 0]));
    assert_eq!(server.local.counts(QUEUE).unwrap().visible, 1);
}

#[tokio::test]
async fn hangup_and_quit_drain_like_sigterm() {
    for signal in [Signal::HUP, Signal::QUIT] {
        let server = TestServer::open().await;
        server.send("slow").await;
        let script = r#"echo "began $(cat)" >&2; sleep 1"#;
        let worker = Longshore::run(&server.local, &["--queue", QUEUE, "--", "sh", "-c", script]);
        worker.says("began slow").await;
        worker.signal(signal);
        let ended = worker.ends().await;
        assert_eq!((ended.code, ended.ledger()), (Some(0), [1, 0, 0, 0, 0]), "{signal:?}");
    }
}

#[tokio::test]
async fn a_worker_under_nohup_ignores_a_hangup() {
    let server = TestServer::open().await;
    let app = App::taking(Duration::ZERO).await;
    let arguments = ["--queue", QUEUE, "--http", app.url()];
    let worker = Longshore::run_without_hangup(&server.local, &arguments);
    soon(server.local.until(QUEUE, |counts| counts.polls == 1)).await.unwrap();
    worker.signal(Signal::HUP);
    server.send("after the hangup").await;
    app.log().until(1).await;
    worker.stop().await;
    let ended = worker.ends().await;
    assert_eq!((ended.code, ended.ledger()), (Some(0), [1, 0, 0, 0, 0]));
    assert!(!ended.lines.iter().any(|line| line.contains("SIGHUP")), "{:#?}", ended.lines);
}

/// A message that is sent after the signal, while the last long poll is open.
async fn late_arrival(server: TestServer) -> Ended {
    let app = App::taking(Duration::ZERO).await;
    let arguments = ["--queue", QUEUE, "--http", app.url()];
    let worker = Longshore::run(&server.local, &arguments);
    soon(server.local.until(QUEUE, |counts| counts.polls == 1)).await.unwrap();
    worker.stop().await;
    server.send("late").await;
    let sent = Instant::now();
    let received = server.receive(20).await;
    assert!(sent.elapsed() < Duration::from_secs(1), "{:?}", sent.elapsed());
    assert_eq!(bodies(&received), ["late"]);
    let ended = worker.ends().await;
    assert_eq!(app.log().len(), 0, "it was handled after the signal");
    ended
}

#[tokio::test]
async fn a_message_of_the_last_receive_is_released() {
    let ended = late_arrival(TestServer::open().await).await;
    assert_eq!((ended.code, ended.ledger()), (Some(0), [0, 1, 1, 0, 0]));
}

#[tokio::test]
async fn the_last_receive_is_awaited() {
    let server = TestServer::open().await;
    server.local.faults().add(Rule::new(Fault::OrphanPoll).on(Action::ReceiveMessage));
    let ended = late_arrival(server).await;
    assert_eq!((ended.code, ended.ledger()), (Some(0), [0, 1, 1, 0, 0]));
}
