//! The local queue as a separate process with one thread.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use longshore_local::Server;
use rustix::time::{ClockId, clock_gettime};
use tokio::io::AsyncBufReadExt;

use super::Outcome;

/// The process of the server, as the bench sees it. It answers each line on its input with its CPU
/// time.
pub struct ServerProcess {
    pub address: String,
    child: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl ServerProcess {
    pub fn start() -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().ok_or("no stdin")?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let mut address = String::new();
        stdout.read_line(&mut address)?;
        let pipes = Mutex::new((stdin, stdout));
        Ok(Self { address: address.trim().to_owned(), child, pipes })
    }

    /// The CPU time of the server until now.
    pub fn cpu(&self) -> Outcome<Duration> {
        let mut pipes = self.pipes.lock().expect("no code panics while it holds this lock");
        let (stdin, stdout) = &mut *pipes;
        stdin.write_all(b"\n")?;
        let mut seconds = String::new();
        stdout.read_line(&mut seconds)?;
        Ok(Duration::from_secs_f64(seconds.trim().parse()?))
    }
}

impl ServerProcess {
    /// The resident memory of the server, in MiB. Only on Linux.
    pub fn resident_mib(&self) -> Outcome<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.ok_or("no VmRSS")?.trim().trim_end_matches(" kB").parse::<f64>()?;
        Ok(kib / 1024.0)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // A kill loses nothing, because the queue is in memory.
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed.expect("the server is our child and runs until now");
    }
}

/// Serves until standard input ends.
#[tokio::main(flavor = "current_thread")]
pub async fn serve() -> Outcome<()> {
    let server = Server::start().await?;
    server.create_queue("bench", &[]).map_err(|refusal| refusal.to_string())?;
    println!("{}", server.address());
    let mut asked = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    while asked.next_line().await?.is_some() {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        println!("{}.{:09}", cpu.tv_sec, cpu.tv_nsec);
    }
    server.stop().await;
    Ok(())
}
