//! The log lines that wait to be written: bounded, and lossy, so that logging never blocks.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::terminal;

/// Lines that wait for the writer. When it is full, each new line drops the oldest ones, because
/// the newest lines report how a shutdown ended.
#[derive(Debug)]
pub(super) struct Buffer {
    max_bytes: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<Box<[u8]>>,
    bytes: usize,
    dropped: u64,
    phase: Phase,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    Open,
    /// The writer ends when every line is written.
    Closing,
    /// The writer has ended.
    Ended,
}

/// What the writer does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It writes this line.
    Line(Box<[u8]>),
    /// No line waits. Lines were dropped, and their number is not in the log yet.
    Report,
    /// Every line is written, and no more will follow.
    End,
}

impl Buffer {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Adds a line. Does not block.
    pub(super) fn push(&self, line: &[u8]) {
        let line = terminal::escaped(line);
        let mut state = self.lock();
        if line.len() > self.max_bytes {
            state.dropped += 1;
            return;
        }
        while state.bytes + line.len() > self.max_bytes
            && let Some(oldest) = state.lines.pop_front()
        {
            state.bytes -= oldest.len();
            state.dropped += 1;
        }
        state.bytes += line.len();
        state.lines.push_back(line.into_owned().into());
        drop(state);
        self.changed.notify_all();
    }

    /// Waits until the writer has something to do. `reported` is the number of dropped lines that
    /// the log has reported.
    pub(super) fn next(&self, reported: u64) -> Next {
        let mut state = self.lock();
        loop {
            if let Some(line) = state.lines.pop_front() {
                state.bytes -= line.len();
                return Next::Line(line);
            }
            if state.dropped > reported {
                return Next::Report;
            }
            if state.phase != Phase::Open {
                return Next::End;
            }
            state = self.changed.wait(state).expect(NO_PANIC);
        }
    }

    /// A line could not be written, so it is lost.
    pub(super) fn lost(&self) {
        self.lock().dropped += 1;
    }

    /// The number of lines that were dropped so far.
    pub(super) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// The writer has ended.
    pub(super) fn ended(&self) {
        self.lock().phase = Phase::Ended;
        self.changed.notify_all();
    }

    /// Asks the writer to end, and waits up to `limit` for it.
    pub(super) fn close(&self, limit: Duration) {
        let mut state = self.lock();
        if state.phase == Phase::Open {
            state.phase = Phase::Closing;
        }
        self.changed.notify_all();
        let waited =
            self.changed.wait_timeout_while(state, limit, |state| state.phase != Phase::Ended);
        drop(waited.expect(NO_PANIC));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect(NO_PANIC)
    }
}

const NO_PANIC: &str = "no code panics while it holds this lock";

/// The subscriber writes each line with one call.
impl Write for &Buffer {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Next {
        Next::Line(text.as_bytes().into())
    }

    #[test]
    fn a_full_buffer_drops_and_counts_its_oldest_lines() {
        let buffer = Buffer::new(10);
        for text in ["aaaa", "bbbb", "cccc"] {
            buffer.push(text.as_bytes());
        }
        assert_eq!(buffer.dropped(), 1);
        assert_eq!((buffer.next(0), buffer.next(0)), (line("bbbb"), line("cccc")));
    }

    #[test]
    fn a_line_longer_than_the_buffer_drops_only_itself() {
        let buffer = Buffer::new(10);
        buffer.push(b"aaaa");
        buffer.push(b"more than ten bytes");
        assert_eq!((buffer.dropped(), buffer.next(0)), (1, line("aaaa")));
    }

    #[test]
    fn dropped_lines_are_reported_after_the_last_line() {
        let buffer = Buffer::new(4);
        buffer.push(b"aaaa");
        buffer.push(b"bbbb");
        buffer.close(Duration::ZERO);
        assert_eq!((buffer.next(0), buffer.next(0)), (line("bbbb"), Next::Report));
        assert_eq!(buffer.next(1), Next::End);
    }
}
