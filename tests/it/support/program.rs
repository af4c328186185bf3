//! The program as in a terminal: arguments, output lines, Ctrl-C.

use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
#[cfg(target_os = "linux")]
use rustix::process::{Resource, Rlimit, prlimit};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// Nothing that is expected to happen takes nearly as long.
const LONG: Duration = Duration::from_secs(40);

/// The program with these arguments, and nothing of the tester's environment or directory.
fn longshore(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longshore"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["LONGSHORE_", "AWS_", "OTEL_", "CLICOLOR"].iter().any(|start| name.starts_with(start)) {
            command.env_remove(&*name);
        }
    }
    command.current_dir(env!("CARGO_TARGET_TMPDIR")).args(arguments).kill_on_drop(true);
    command.stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) async fn output_of(arguments: &[&str]) -> Output {
    let output = tokio::time::timeout(LONG, longshore(arguments).output()).await;
    output.expect("it never ended").unwrap()
}

/// A running program whose standard output is read. Dropping it kills the process.
pub(crate) struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = longshore(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// Reads on to a line with these words.
    pub(crate) async fn line_with(&mut self, words: &str) -> String {
        let read = async {
            loop {
                let mut line = String::new();
                let length = self.output.read_line(&mut line).await.unwrap();
                assert!(length > 0, "it ended without saying {words:?}");
                if line.contains(words) {
                    return line.trim_end().to_owned();
                }
            }
        };
        let line = tokio::time::timeout(LONG, read).await;
        line.unwrap_or_else(|_| panic!("it never said {words:?}"))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// From now on it can open this number of file descriptors more.
    #[cfg(target_os = "linux")]
    pub(crate) fn limit_descriptors(&self, more: usize) {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.pid().as_raw_nonzero())).unwrap();
        let limit = Some((open.count() + more) as u64);
        let limit = Rlimit { current: limit, maximum: limit };
        prlimit(Some(self.pid()), Resource::Nofile, limit).unwrap();
    }

    fn pid(&self) -> Pid {
        let pid = i32::try_from(self.child.id().expect("it still runs")).unwrap();
        Pid::from_raw(pid).unwrap()
    }

    /// Everything it still says, and how it ends.
    pub(crate) async fn ends(mut self) -> (ExitStatus, String) {
        let end = async {
            let mut rest = String::new();
            self.output.read_to_string(&mut rest).await.unwrap();
            (self.child.wait().await.unwrap(), rest)
        };
        tokio::time::timeout(LONG, end).await.expect("it never ended")
    }
}

pub(crate) async fn get(url: &str) -> String {
    reqwest::get(url).await.unwrap().text().await.unwrap()
}
