//! What runtimes write to standard output and standard error, as log events.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use crate::handler::process::{Line, Output};

/// The target of the events, so that a subscriber can filter them.
const TARGET: &str = "longshore::handler";

/// How many lines the reason of a failure has at most.
const LAST_LINES: usize = 5;

/// How many characters of each of them.
const LINE_CHARACTERS: usize = 200;

/// The output of one runtime process.
#[derive(Debug)]
pub(super) struct RuntimeLog {
    streams: [Stream; 2],
}

#[derive(Debug)]
struct Stream {
    output: Output,
    names: Names,
}

#[derive(Debug)]
struct Names {
    function: String,
    runtime: usize,
    stream: &'static str,
    last: Arc<Mutex<VecDeque<String>>>,
}

impl RuntimeLog {
    /// A log, and the ends of its pipes for standard output and standard error.
    pub(super) fn open(function: &str, runtime: usize) -> io::Result<(Self, Stdio, Stdio)> {
        let last = Arc::default();
        let open = |stream| {
            let (output, writer) = Output::open()?;
            let names =
                Names { function: function.to_owned(), runtime, stream, last: Arc::clone(&last) };
            io::Result::Ok((Stream { output, names }, writer))
        };
        let ((stdout, out), (stderr, err)) = (open("stdout")?, open("stderr")?);
        Ok((Self { streams: [stdout, stderr] }, out, err))
    }

    /// Logs lines as they come. Never completes. Cancel-safe.
    pub(super) async fn follow(&mut self) -> Infallible {
        let [stdout, stderr] = &mut self.streams;
        tokio::select! {
            never = stdout.follow() => never,
            never = stderr.follow() => never,
        }
    }

    /// Logs what is still in the pipes. Returns the last lines, joined.
    pub(super) fn close(mut self) -> Option<String> {
        for Stream { output, names } in &mut self.streams {
            output.finish(|line| names.log(&line));
        }
        let last = self.streams[0].names.last.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<&str> = last.iter().map(String::as_str).collect();
        (!lines.is_empty()).then(|| lines.join(" | "))
    }
}

impl Stream {
    async fn follow(&mut self) -> Infallible {
        let Self { output, names } = self;
        output.follow(|line| names.log(&line)).await
    }
}

/// Runtimes of Lambda write a text of several lines as one, with carriage returns.
fn with_line_ends(text: &str) -> Cow<'_, str> {
    match text.trim_matches('\r') {
        text if text.contains('\r') => text.replace('\r', "\n").into(),
        text => text.into(),
    }
}

impl Names {
    fn log(&self, line: &Line<'_>) {
        let text = with_line_ends(&line.text);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(text.chars().take(LINE_CHARACTERS).collect());
        drop(last);
        tracing::info!(
            target: TARGET,
            function = self.function,
            runtime = self.runtime,
            stream = self.stream,
            line = &*text,
            omitted_bytes = (line.omitted_bytes > 0).then_some(line.omitted_bytes),
            "function wrote a line"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_several_lines_is_one_event() {
        assert_eq!(with_line_ends("one"), "one");
        assert_eq!(with_line_ends("\rTraceback:\r  File\r"), "Traceback:\n  File");
    }
}
