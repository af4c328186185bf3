//! The program as a process: started with nothing of the tester's environment, heard by its log
//! lines, controlled by signals.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use longshore_local::Server;
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::support::Scrape;

/// Nothing that is expected to happen takes nearly as long.
const PROGRAM: &str = env!("CARGO_BIN_EXE_longshore");
const LONG: Duration = Duration::from_secs(40);

/// A running `longshore`. Dropping it kills the process.
pub(super) struct Longshore {
    child: Child,
    said: Arc<Said>,
    reads: watch::Sender<bool>,
    reading: JoinHandle<()>,
}

#[derive(Default)]
struct Said {
    lines: Mutex<Vec<String>>,
    changed: Notify,
}

/// How a process ended.
pub(super) struct Ended {
    pub(super) code: Option<i32>,
    pub(super) lines: Vec<String>,
}

impl Longshore {
    /// `longshore run` on this local queue, with more arguments.
    pub(super) fn run(local: &Server, arguments: &[&str]) -> Self {
        Self::run_at(&local.endpoint_url(), arguments)
    }

    pub(super) fn run_at(endpoint: &str, arguments: &[&str]) -> Self {
        let mut all = vec!["run", "--endpoint-url", endpoint, "--listen", "127.0.0.1:0"];
        all.extend(arguments);
        Self::start(&all)
    }

    pub(super) fn start(arguments: &[&str]) -> Self {
        Self::start_in(arguments, &[])
    }

    /// With these variables in its environment.
    pub(super) fn start_in(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_with(Command::new(PROGRAM), arguments, environment)
    }

    /// Started by another program, whose last arguments are the path of Longshore and its arguments.
    pub(super) fn start_by(program: &str, own: &[&str], arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(own).arg(PROGRAM);
        Self::start_with(command, arguments, &[])
    }

    /// `longshore run` as `nohup` starts it: with SIGHUP ignored.
    pub(super) fn run_without_hangup(local: &Server, arguments: &[&str]) -> Self {
        let nohup = ["-c", r#"trap '' HUP; exec "$0" "$@""#];
        let endpoint = local.endpoint_url();
        let run = ["run", "--endpoint-url", &endpoint, "--listen", "127.0.0.1:0"];
        Self::start_by("sh", &nohup, &[&run, arguments].concat())
    }

    fn start_with(mut command: Command, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if ["LONGSHORE_", "AWS_", "OTEL_"].iter().any(|start| name.starts_with(start)) {
                command.env_remove(&*name);
            }
        }
        command.current_dir(env!("CARGO_TARGET_TMPDIR")).args(arguments).kill_on_drop(true);
        command.envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = Arc::new(Said::default());
        let (reads, may_read) = watch::channel(true);
        let stderr = child.stderr.take().unwrap();
        let reading = tokio::spawn(listen(stderr, said.clone(), may_read));
        Self { child, said, reads, reading }
    }

    /// Reads its stderr, or does not. Then its pipe fills.
    pub(super) fn read_stderr(&self, reads: bool) {
        self.reads.send_replace(reads);
    }

    /// Waits for its end without its stderr, and returns its exit code.
    pub(super) async fn ends_unread(mut self) -> Option<i32> {
        let status = tokio::time::timeout(LONG, self.child.wait()).await;
        status.expect("it does not end").unwrap().code()
    }

    /// Waits for a line with these words.
    pub(super) async fn says(&self, words: &str) -> String {
        self.says_times(words, 1).await.remove(0)
    }

    /// Waits for this number of lines with these words.
    pub(super) async fn says_times(&self, words: &str, times: usize) -> Vec<String> {
        let hear = async {
            loop {
                let mut changed = std::pin::pin!(self.said.changed.notified());
                changed.as_mut().enable();
                let lines = self.said.lines();
                let found: Vec<_> = lines.into_iter().filter(|line| line.contains(words)).collect();
                if found.len() >= times {
                    return found;
                }
                changed.await;
            }
        };
        let heard = tokio::time::timeout(LONG, hear).await;
        heard.unwrap_or_else(|_| panic!("never said {words:?}: {:#?}", self.said.lines()))
    }

    /// Where its admin endpoint is.
    pub(super) async fn admin(&self) -> String {
        let started = json(&self.says("longshore started").await);
        started["admin"].as_str().unwrap().to_owned()
    }

    /// Asks the admin endpoint, at the address that the log names.
    pub(super) async fn get(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("{}{path}", self.admin().await)).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub(super) async fn scrape(&self) -> Scrape {
        let (status, text) = self.get("/metrics").await;
        assert_eq!(status, 200);
        Scrape { text }
    }

    /// Scrapes until a metric has this value. No event reports a change, so it repeats the scrape.
    pub(super) async fn shows(&self, metric: &str, labels: &[(&str, &str)], value: f64) {
        let reach = async {
            while self.scrape().await.sum(metric, labels) != value {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let reached = tokio::time::timeout(LONG, reach).await;
        assert!(reached.is_ok(), "{metric} never reached {value}");
    }

    /// SIGTERM.
    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// From now on it can have this number of file descriptors.
    pub(super) fn limit_descriptors(&self, limit: u64) {
        let limit = Rlimit { current: Some(limit), maximum: Some(limit) };
        prlimit(Some(self.pid()), Resource::Nofile, limit).unwrap();
    }

    /// How many file descriptors it has open.
    pub(super) fn descriptors(&self) -> u64 {
        let path = format!("/proc/{}/fd", self.pid().as_raw_nonzero());
        std::fs::read_dir(path).unwrap().count() as u64
    }

    /// The most memory that it has had so far, in bytes.
    pub(super) fn peak_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.pid().as_raw_nonzero());
        let status = std::fs::read_to_string(path).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
    }

    fn pid(&self) -> Pid {
        let pid = i32::try_from(self.child.id().expect("it still runs")).unwrap();
        Pid::from_raw(pid).unwrap()
    }

    /// SIGTERM, once it is heard.
    pub(super) async fn stop(&self) {
        self.terminate();
        self.says("shutdown began").await;
    }

    /// Waits for its end by a signal that it cannot handle.
    pub(super) async fn killed(mut self) {
        assert_eq!(self.child.wait().await.unwrap().code(), None);
    }

    /// Waits for its end, and for that of every process that it started: they all share its stderr.
    pub(super) async fn ends(mut self) -> Ended {
        let status = tokio::time::timeout(LONG, self.child.wait()).await;
        let status = status.unwrap_or_else(|_| panic!("it runs on: {:#?}", self.said.lines()));
        let silence = tokio::time::timeout(Duration::from_secs(2), self.reading).await;
        assert!(silence.is_ok(), "a process that it started is still there");
        let lines = self.said.lines();
        assert!(!lines.iter().any(|line| line.contains("panicked")), "{lines:#?}");
        Ended { code: status.unwrap().code(), lines }
    }
}

async fn listen(stderr: ChildStderr, said: Arc<Said>, mut may_read: watch::Receiver<bool>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if may_read.wait_for(|reads| *reads).await.is_err() {
            return;
        }
        said.lines.lock().unwrap().push(line);
        said.changed.notify_waiters();
    }
}

impl Said {
    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

impl Ended {
    /// The first line with these words.
    pub(super) fn line(&self, words: &str) -> &str {
        let mut lines = self.lines.iter();
        let line = lines.find(|line| line.contains(words));
        line.unwrap_or_else(|| panic!("never said {words:?}: {:#?}", self.lines))
    }

    /// Completed, released, released from the last poll, aborted, abandoned.
    pub(super) fn ledger(&self) -> [u64; 5] {
        let ledger = self.shutdown_ledger();
        let entries = ["completed", "released", "released_from_last_poll", "aborted", "abandoned"];
        entries.map(|entry| ledger[entry].as_u64().unwrap())
    }

    /// Whether the last scrape was seen, and how many seconds it was waited for.
    pub(super) fn last_scrape(&self) -> (String, f64) {
        let ledger = self.shutdown_ledger();
        let outcome = ledger["last_scrape"].as_str().unwrap().to_owned();
        (outcome, ledger["last_scrape_seconds"].as_f64().unwrap())
    }

    fn shutdown_ledger(&self) -> Value {
        json(self.line("shutdown ledger"))
    }
}

pub(super) fn json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}
