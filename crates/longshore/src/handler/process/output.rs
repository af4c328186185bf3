//! What a process writes to one of its streams, as lines.

use std::convert::Infallible;
use std::fs::File;
use std::future::pending;
use std::io::{self, Read};
use std::process::Stdio;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

use super::lines::{Line, Lines};

/// How many bytes are read at once.
const READ_BYTES: usize = 4 * 1024;

/// The largest pipe that a process without privileges can make. A process that has ended left at
/// most this number of bytes; more comes from a process that it left behind.
const MAX_PIPE_BYTES: usize = 1024 * 1024;

/// The reading end of a pipe.
#[derive(Debug)]
pub(in crate::handler) struct Output {
    /// `None` once the pipe is read to its end.
    pipe: Option<Receiver>,
    buffer: Vec<u8>,
    lines: Lines,
}

impl Output {
    /// A pipe, and its end for the process.
    pub(in crate::handler) fn open() -> io::Result<(Self, Stdio)> {
        let (reader, writer) = io::pipe()?;
        let pipe = Some(Receiver::from_owned_fd(reader.into())?);
        let output = Self { pipe, buffer: vec![0; READ_BYTES], lines: Lines::default() };
        Ok((output, writer.into()))
    }

    /// Passes lines to `out` as they come, so that the process never waits for a reader. Never
    /// completes, because only the end of the process ends its output. Cancel-safe.
    pub(in crate::handler) async fn follow(&mut self, mut out: impl FnMut(Line<'_>)) -> Infallible {
        while let Some(pipe) = &mut self.pipe {
            match pipe.read(&mut self.buffer).await {
                Ok(0) | Err(_) => self.pipe = None,
                Ok(read) => self.lines.add(&self.buffer[..read], &mut out),
            }
        }
        pending().await
    }

    /// Passes what is still in the pipe to `out`. It does not wait for processes that have the pipe
    /// open.
    pub(in crate::handler) fn finish(&mut self, mut out: impl FnMut(Line<'_>)) {
        self.read_rest(&mut out);
        self.lines.end(out);
    }

    /// Reads until the pipe is empty or has no writer. The descriptor is not blocking.
    fn read_rest(&mut self, mut out: impl FnMut(Line<'_>)) {
        let pipe = self.pipe.take().and_then(|pipe| pipe.into_nonblocking_fd().ok());
        let Some(mut pipe) = pipe.map(File::from) else { return };
        let mut rest = MAX_PIPE_BYTES;
        while rest > 0 {
            match pipe.read(&mut self.buffer) {
                Ok(read) if read > 0 => {
                    self.lines.add(&self.buffer[..read], &mut out);
                    rest = rest.saturating_sub(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => break,
            }
        }
    }
}
