//! The local queue as a separate process, filled before the measurement starts.

use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use longshore::queue::BATCH;
use longshore_local::Server;
use tokio::task::JoinSet;
use tokio::time::interval;

use super::{bare, measure};

const BODY_BYTES: usize = 1024;

/// The process of the server, as the bench sees it.
pub struct ServerProcess {
    pub queue_url: String,
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl ServerProcess {
    pub fn start(messages: usize) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", &messages.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().ok_or("no stdin")?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let mut queue_url = String::new();
        stdout.read_line(&mut queue_url)?;
        Ok(Self { queue_url: queue_url.trim().to_owned(), child, stdin, stdout })
    }

    /// Stops it. Returns its CPU time since it was full.
    pub fn stop(self) -> Result<Duration, Box<dyn Error>> {
        let Self { mut child, stdin, mut stdout, .. } = self;
        drop(stdin);
        let mut seconds = String::new();
        stdout.read_to_string(&mut seconds)?;
        child.wait()?;
        Ok(Duration::from_secs_f64(seconds.trim().parse()?))
    }
}

/// Serves until standard input ends.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
pub async fn serve(messages: usize) -> Result<(), Box<dyn Error>> {
    let server = Server::start().await?;
    let url =
        server.create_queue("bench", &[("VisibilityTimeout", "600")]).map_err(|e| e.to_string())?;
    fill(&url, messages).await?;
    let full = measure::cpu();
    println!("{url}");
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    println!("{}", (measure::cpu() - full).as_secs_f64());
    server.stop().await;
    Ok(())
}

/// A separate process that sends this number of messages, at the rate of the bench.
pub fn producer(url: &str, messages: usize) -> Result<Child, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    Ok(command.args(["produce", url, &messages.to_string()]).spawn()?)
}

/// Sends this number of messages one by one, `pace` per second, like many producers.
#[tokio::main(flavor = "current_thread")]
pub async fn produce(url: &str, messages: usize, pace: usize) -> Result<(), Box<dyn Error>> {
    let client = bare::client(url);
    let mut beat = interval(Duration::from_secs(1) / u32::try_from(pace)?);
    let mut sends = JoinSet::new();
    for _ in 0..messages {
        beat.tick().await;
        let send = client.send_message().queue_url(url).message_body("x".repeat(BODY_BYTES)).send();
        sends.spawn(send);
        while let Some(sent) = sends.try_join_next() {
            sent??;
        }
    }
    while let Some(sent) = sends.join_next().await {
        sent??;
    }
    Ok(())
}

/// Sends batches of ten messages without a pause.
async fn fill(url: &str, messages: usize) -> Result<(), Box<dyn Error>> {
    let client = bare::client(url);
    let body = "x".repeat(BODY_BYTES);
    let mut left = messages;
    while left > 0 {
        let batch = left.min(BATCH);
        let entries: Result<Vec<_>, _> = (0..batch)
            .map(|n| {
                SendMessageBatchRequestEntry::builder()
                    .id(n.to_string())
                    .message_body(&body)
                    .build()
            })
            .collect();
        client.send_message_batch().queue_url(url).set_entries(Some(entries?)).send().await?;
        left -= batch;
    }
    Ok(())
}
