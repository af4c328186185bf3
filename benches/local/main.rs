//! The performance of the local queue: requests per second of one core in both protocols, the CPU
//! of 200 idle long polls, the time until a long poll returns after a send, the time from the start
//! to the first answer, and the memory of an idle server. The queue is a separate process with
//! one thread, and only its CPU is measured, because the clients share the machine.
//! `cargo bench --bench local`.

#![allow(unreachable_pub, reason = "a bench has no callers")]

mod client;
mod server;

use std::error::Error;
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use client::Client;
use server::ServerProcess;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const CLIENTS: usize = 8;
const LOAD: Duration = Duration::from_secs(5);
const IDLE_POLLS: usize = 200;
const IDLE: Duration = Duration::from_secs(10);
const WAKES: usize = 200;
const STARTS: usize = 21;

fn main() -> Outcome<()> {
    if std::env::args().any(|word| word == "serve") {
        return server::serve();
    }
    let server = ServerProcess::start()?;
    println!("{:<52}{:>12}{:>14}", "", "measured", "goal");
    let cycle = load(&server, Client::cycle)?;
    row("send, receive, delete: requests/s of one core", cycle, ">= 30000");
    row("send alone: requests/s of one core", load(&server, Client::send)?, ">= 30000");
    row("send, receive, delete by the Query protocol", load(&server, Client::cycle_query)?, "");
    drop(server);
    // A new queue without a backlog, so that a poll has to wait.
    let mut server = ServerProcess::start()?;
    row("200 idle long polls: CPU of one core, percent", idle(&mut server)?, "0");
    row("a send wakes a long poll: median, ms", wake(&server)?, "");
    row("from start to first answer: median, ms", first_answer()?, "< 20");
    row("idle: resident memory, MiB", ServerProcess::start()?.resident_mib()?, "");
    Ok(())
}

fn row(what: &str, measured: f64, goal: &str) {
    println!("{what:<52}{measured:>12.2}{goal:>14}");
}

/// Requests per second of CPU time of the server.
fn load(server: &ServerProcess, once: fn(&mut Client) -> Outcome<u64>) -> Outcome<f64> {
    let (cpu, start) = (server.cpu()?, Instant::now());
    let work = || -> Outcome<u64> {
        let mut client = Client::connect(&server.address)?;
        let mut requests = 0;
        while start.elapsed() < LOAD {
            requests += once(&mut client)?;
        }
        Ok(requests)
    };
    let requests = thread::scope(|scope| -> Outcome<u64> {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(work)).collect();
        clients.into_iter().map(|client| client.join().expect("a client panicked")).sum()
    })?;
    Ok(requests as f64 / (server.cpu()? - cpu).as_secs_f64())
}

fn idle(server: &mut ServerProcess) -> Outcome<f64> {
    let polls: Outcome<Vec<_>> = (0..IDLE_POLLS)
        .map(|_| {
            let mut client = Client::connect(&server.address)?;
            client.begin_poll()?;
            Ok(client)
        })
        .collect();
    let polls = polls?;
    let cpu = server.cpu()?;
    thread::park_timeout(IDLE);
    let spent = server.cpu()? - cpu;
    drop(polls);
    Ok(100.0 * spent.as_secs_f64() / IDLE.as_secs_f64())
}

fn wake(server: &ServerProcess) -> Outcome<f64> {
    let (mut sender, mut poller) =
        (Client::connect(&server.address)?, Client::connect(&server.address)?);
    let mut took = Vec::with_capacity(WAKES);
    for _ in 0..WAKES {
        poller.begin_poll()?;
        let sent = Instant::now();
        sender.send()?;
        poller.answer()?;
        took.push(sent.elapsed());
    }
    took.sort_unstable();
    Ok(took[WAKES / 2].as_secs_f64() * 1e3)
}

/// A new process each time.
fn first_answer() -> Outcome<f64> {
    let mut took = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let began = Instant::now();
        let server = ServerProcess::start()?;
        Client::connect(&server.address)?.send()?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    Ok(took[STARTS / 2].as_secs_f64() * 1e3)
}
