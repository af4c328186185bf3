//! Where log lines go: stderr, by a thread of its own. A stderr that no process reads, such as that
//! of a stuck log driver or of a stopped terminal, blocks this thread and nothing else.
//!
//! `tracing-appender` has such a writer, but its guard calls `eprintln!` if it cannot flush. With a
//! full pipe, that call never returns, so the process would not end.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use super::buffer::{Buffer, Next};

/// About 4,000 lines. A stuck stderr costs this memory, and no more.
const MAX_BYTES: usize = 1024 * 1024;
/// How long the end of the process waits for the last lines, if stderr is stuck.
const FLUSH: Duration = Duration::from_secs(1);
/// Minimum time between two reports while stderr is too slow for the log.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);
/// A process that shares stderr can make it non-blocking. The thread then tries again after this
/// time.
const RETRY: Duration = Duration::from_millis(20);

/// The log lines of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct LogOutput {
    pub(super) buffer: Arc<Buffer>,
}

impl LogOutput {
    /// Starts the thread that writes to stderr.
    pub(crate) fn start() -> io::Result<Self> {
        // Not through `io::stderr()`, whose lock would block all other users of it.
        let stderr = File::from(io::stderr().as_fd().try_clone_to_owned()?);
        Self::to(stderr)
    }

    fn to(out: impl Write + Send + 'static) -> io::Result<Self> {
        let buffer = Arc::new(Buffer::new(MAX_BYTES));
        let lines = buffer.clone();
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            write_lines(&lines, out);
            lines.ended();
        })?;
        Ok(Self { buffer })
    }

    /// Writes a line that does not come from the log.
    pub(crate) fn print(&self, text: &str) {
        self.buffer.push(format!("{text}\n").as_bytes());
    }

    /// The number of lines that were dropped so far.
    pub(crate) fn dropped(&self) -> u64 {
        self.buffer.dropped()
    }

    /// Waits until the last line is written, but at most 1 s if stderr is stuck.
    pub(crate) fn finish(self) {
        self.buffer.close(FLUSH);
    }
}

fn write_lines(buffer: &Buffer, mut out: impl Write) {
    let mut reports = Reports::default();
    loop {
        match buffer.next(reports.known()) {
            Next::Line(line) => match write_line(&mut out, &line) {
                Ok(()) => reports.line_written(buffer.dropped()),
                Err(error) => {
                    buffer.lost();
                    reports.line_failed(error);
                }
            },
            Next::Report => reports.log(buffer.dropped()),
            Next::End => return,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this thread is not one of the runtime")]
fn write_line(out: &mut impl Write, mut line: &[u8]) -> io::Result<()> {
    while !line.is_empty() {
        match out.write(line) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => line = &line[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(RETRY),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The log lines about dropped lines.
#[derive(Default)]
struct Reports {
    /// The number of dropped lines that the log has reported.
    reported: u64,
    last: Option<Instant>,
    /// Whether the last line could not be written. A report would only be dropped too.
    failing: bool,
    /// The last error that is not in the log yet.
    error: Option<io::Error>,
}

impl Reports {
    /// The number of dropped lines that need no report, or none now.
    fn known(&self) -> u64 {
        if self.failing { u64::MAX } else { self.reported }
    }

    /// Reports the first loss as soon as a line could be written again, and later ones at intervals.
    fn line_written(&mut self, dropped: u64) {
        self.failing = false;
        let rested = self.last.is_none_or(|last| last.elapsed() >= REPORT_INTERVAL);
        if dropped > self.reported && rested {
            self.log(dropped);
        }
    }

    fn line_failed(&mut self, error: io::Error) {
        self.failing = true;
        self.error = Some(error);
    }

    fn log(&mut self, dropped: u64) {
        let lines = dropped - self.reported;
        (self.reported, self.last) = (dropped, Some(Instant::now()));
        let error = self.error.take().map(tracing::field::display);
        tracing::warn!(
            dropped = lines,
            error,
            advice = "check what reads stderr, such as the log driver of the container",
            "log lines were dropped; stderr is writable again"
        );
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Fails with these errors first, one for each write. Then it takes up to three bytes a write.
    struct Pipe {
        errors: Vec<ErrorKind>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(error) = self.errors.pop() {
                return Err(error.into());
            }
            let taken = &bytes[..bytes.len().min(3)];
            self.written.lock().unwrap().extend(taken);
            Ok(taken.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is written of two lines, and how many lines are lost.
    fn write_two(errors: &[ErrorKind]) -> (String, u64) {
        let written = Arc::default();
        let pipe = Pipe { errors: errors.to_vec(), written: Arc::clone(&written) };
        let output = LogOutput::to(pipe).unwrap();
        output.print("first");
        output.print("second");
        let buffer = output.buffer.clone();
        output.finish();
        (String::from_utf8(written.lock().unwrap().clone()).unwrap(), buffer.dropped())
    }

    #[test]
    fn the_last_line_is_written_before_the_process_ends() {
        assert_eq!(write_two(&[]), ("first\nsecond\n".to_owned(), 0));
    }

    #[test]
    fn a_line_that_cannot_be_written_counts_as_dropped() {
        assert_eq!(write_two(&[ErrorKind::StorageFull]), ("second\n".to_owned(), 1));
        assert_eq!(write_two(&[ErrorKind::BrokenPipe; 2]), (String::new(), 2));
    }

    #[test]
    fn a_non_blocking_stderr_tears_no_line() {
        let errors = [ErrorKind::WouldBlock, ErrorKind::Interrupted];
        assert_eq!(write_two(&errors), ("first\nsecond\n".to_owned(), 0));
    }
}
