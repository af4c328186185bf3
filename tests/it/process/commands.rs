//! Commands of a worker: what they write to standard error, and what is left of them if the worker
//! is killed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use tokio::time::sleep;

use super::drain::processes_with;
use super::longshore::Longshore;
use crate::support::test_server::{QUEUE, TestServer, soon};

/// The lines of a worker whose command writes to standard error, in parts and without a last line
/// end.
async fn lines(more: &[&str]) -> Vec<String> {
    let server = TestServer::open().await;
    server.send("body").await;
    let script = r#"
        printf '{"level":' >&2; sleep 0.1; printf '1}\nsecond "line"\n' >&2
        printf 'no end' >&2
    "#;
    let quick = ["--set", "defaults.wait=1s", "--until-empty", "--queue", QUEUE];
    let command = ["--", "sh", "-c", script];
    let worker = Longshore::run(&server.local, &[more, &quick, &command].concat());
    let ended = worker.ends().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.lines);
    ended.lines
}

#[tokio::test]
async fn what_a_command_writes_to_stderr_is_logged_with_the_ids_of_the_message() {
    let lines = lines(&["--log-format", "json"]).await;
    let parsed = lines.iter().map(|line| serde_json::from_str::<Value>(line));
    let parsed: Vec<_> = parsed.collect::<Result<_, _>>().unwrap_or_else(|_| panic!("{lines:#?}"));
    let written: Vec<_> =
        parsed.iter().filter(|event| event["message"] == "command wrote to stderr").collect();
    let texts: Vec<_> = written.iter().map(|event| event["line"].as_str().unwrap()).collect();
    assert_eq!(texts, [r#"{"level":1}"#, r#"second "line""#, "no end"]);
    for event in written {
        assert_eq!((&event["level"], &event["queue"]), (&"INFO".into(), &QUEUE.into()));
        assert_eq!(event["message_id"].as_str().unwrap().len(), 36);
    }
}

#[tokio::test]
async fn for_people_stderr_of_a_command_is_a_log_line_too() {
    let lines = lines(&["--log-format", "human"]).await;
    let logged = |text: &str| {
        lines.iter().any(|line| line.contains("command wrote to stderr") && line.contains(text))
    };
    assert!(logged(r#"line="no end""#), "{lines:#?}");
    assert!(logged("message_id="), "{lines:#?}");
}

#[tokio::test]
async fn stderr_of_a_command_is_passed_on_unchanged_by_choice() {
    let lines = lines(&["--set", "defaults.handler.stderr=inherit"]).await;
    assert!(lines.iter().any(|line| line == r#"second "line""#), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("command wrote to stderr")), "{lines:#?}");
}

/// A directory of its own for a test, gone with it.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let name = format!("killed-{}", uuid::Uuid::new_v4());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// Waits for what no event reports, because it happens in processes of which the test is no parent.
async fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let wait = async {
        while !happened() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.unwrap_or_else(|_| panic!("{what}"));
}

#[tokio::test]
async fn commands_and_their_children_end_with_a_killed_worker() {
    let server = TestServer::open().await;
    server.send_many(3).await;
    let marker = uuid::Uuid::new_v4().to_string();
    let script = r#"
        trap '' TERM HUP
        sh -c 'trap "" TERM HUP; echo "began" >&2; sleep 60; sleep 60' sh "$0" & wait
    "#;
    let command = ["--queue", QUEUE, "--", "sh", "-c", script, &marker];
    let worker = Longshore::run(&server.local, &command);
    worker.says_times(r#""line":"began""#, 3).await;
    assert!(processes_with(&marker) >= 6);

    worker.signal(Signal::KILL);

    until("the commands run on", || processes_with(&marker) == 0).await;
}

/// The command has a session of its own, so that it outlives the worker.
#[tokio::test]
async fn a_command_of_a_killed_worker_reads_its_whole_body() {
    let server = TestServer::open().await;
    let body = "x".repeat(921_607);
    server.send(&body).await;
    let directory = Directory::new();
    let (go, read) = (directory.file("go"), directory.file("read"));
    let script = r#"
        echo "began with $LONGSHORE_BODY_BYTES" >&2
        until [ -e "$0" ]; do sleep 0.02; done
        wc -c > "$1.part" && mv "$1.part" "$1"
    "#;
    let command = ["--queue", QUEUE, "--", "setsid", "--wait", "sh", "-c", script, &go, &read];
    let worker = Longshore::run(&server.local, &command);
    worker.says("began with 921607").await;

    worker.signal(Signal::KILL);
    soon(worker.killed()).await;
    std::fs::write(&go, "").unwrap();

    until("nothing was read", || Path::new(&read).exists()).await;
    assert_eq!(std::fs::read_to_string(&read).unwrap().trim(), "921607");
}
