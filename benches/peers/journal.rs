//! The work of a handler, and the journal that proves it.

use std::env;
use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::sleep;

/// A handler that sleeps, and writes a line when it starts and a line when it ends.
pub struct Journal {
    file: File,
    sleeps: Duration,
    fails: bool,
}

impl Journal {
    pub fn from_environment() -> Result<Self, Box<dyn Error>> {
        let file = OpenOptions::new().append(true).create(true).open(env::var("JOURNAL")?)?;
        let sleeps = Duration::from_millis(env::var("HANDLER_MS")?.parse()?);
        Ok(Self { file, sleeps, fails: env::var("HANDLER_FAILS")? == "1" })
    }

    /// Handles one message. The first word of its body is its id.
    pub async fn handle(&self, body: &str) -> io::Result<()> {
        let id = body.split(' ').next().unwrap_or_default();
        self.write("start", id)?;
        if !self.sleeps.is_zero() {
            sleep(self.sleeps).await;
        }
        if self.fails {
            return Err(io::Error::other("this handler always fails"));
        }
        self.write("end", id)
    }

    fn write(&self, event: &str, id: &str) -> io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // One write call, because other processes append to the same file.
        let line = format!("{event} {id} {:.6}\n", now.as_secs_f64());
        (&self.file).write_all(line.as_bytes())
    }
}
