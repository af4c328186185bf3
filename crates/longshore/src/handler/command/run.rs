//! The command handler: one message through one process.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ffi::OsString;
use std::fs::File;
use std::future::pending;
use std::io;
use std::process::ExitStatus;

use tokio::process::Command;

use super::stderr::{Stderr, StderrLog};
use super::{environment, exit};
use crate::handler::process::{ProcessGroup, anonymous_file, check_program, inherited_names};
use crate::handler::{Context, Handler, NotReady, Verdict};
use crate::outcome::Ending;
use crate::queue::Message;

/// Runs a process for each message, without a shell.
///
/// # Input
/// The process gets the body on standard input, byte for byte; it need not read it. Standard input
/// is a file: on Linux in memory, elsewhere a temporary file without a name. So the end of input is
/// always the end of the body, even if the worker is killed. The process inherits standard output,
/// the working directory and the environment of the worker. Each line that it writes to standard
/// error is a log event, or goes to the standard error of the worker: [`Stderr`]. Inherited
/// variables with the prefix `LONGSHORE_` and those of traces are removed, so such a variable is
/// always about the message.
///
/// | variable | value |
/// | --- | --- |
/// | `LONGSHORE_QUEUE` | the queue's name |
/// | `LONGSHORE_MESSAGE_ID` | the id that SQS gave the message |
/// | `LONGSHORE_BODY_BYTES` | the length of the body in bytes |
/// | `LONGSHORE_RECEIVE_COUNT` | the number of receives, this one included |
/// | `LONGSHORE_SENT_AT`, `LONGSHORE_FIRST_RECEIVED_AT` | RFC 3339, UTC |
/// | `LONGSHORE_DEADLINE_SECONDS` | time left at the start: whole seconds, rounded down, at least 1 |
/// | `LONGSHORE_GROUP_ID` | the message group |
/// | `TRACEPARENT`, `TRACESTATE`, `BAGGAGE` | the trace context: [`Context::trace`] |
/// | `LONGSHORE_TRACE_HEADER` | the same as an X-Ray header |
/// | `LONGSHORE_ATTR_<NAME>` | a `String` or `Number` attribute, its name in upper case and every character outside `[A-Z0-9_]` turned into `_` |
/// | `LONGSHORE_OMITTED_ATTRIBUTES` | the number of attributes without a variable |
///
/// Missing values are not set. Binary attributes and values with a NUL byte are left out. If two
/// names become the same variable, the first in byte order is used. Attributes and trace context
/// together have at most 64 KiB of names and values; the largest are left out.
///
/// # Exit code
///
/// | code | verdict |
/// | --- | --- |
/// | 0 | [`Done`](Verdict::Done) |
/// | 65 (`EX_DATAERR`) | [`Reject`](Verdict::Reject) |
/// | 75 (`EX_TEMPFAIL`) | [`Outage`](Verdict::Outage) with the queue's back-off |
/// | any other, or death by a signal | [`Retry`](Verdict::Retry) with the queue's back-off |
///
/// If the program cannot be started, the verdict is [`Unavailable`](Verdict::Unavailable): it does
/// not exist, or it is not executable. Without memory, processes or descriptors for it, the verdict
/// is [`Shortage`](Verdict::Shortage).
///
/// # Stopping
/// Each process leads its own process group, so a Ctrl-C in the worker's terminal does not reach
/// it. At [`Context::stopping`] the group gets SIGTERM, and SIGKILL after three quarters of
/// [`Context::wind_down`]. The exit code still counts in that time.
///
/// No process of the group outlives the call: background processes are killed when the program
/// exits, and the whole group is killed when the future is dropped. If the worker itself is killed,
/// a guard process (`/bin/sh`, started with the first command) kills the groups. A process with a
/// new group or session (`setsid`), or of another user, is not reached.
#[derive(Debug)]
pub struct CommandHandler {
    program: String,
    arguments: Vec<String>,
    stderr: Stderr,
    /// Names of the worker's variables that a process must not see.
    hidden: Vec<OsString>,
}

/// What a process gets.
pub(super) struct Input<'a> {
    pub(super) variables: BTreeMap<String, String>,
    /// Its standard input.
    pub(super) text: &'a str,
    pub(super) message_id: Option<&'a str>,
    /// Where its standard output goes; `None`: that of the worker.
    pub(super) output: Option<File>,
}

/// Why a command can never run.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandError {
    /// There is no program.
    #[error("the command is empty; name a program and its arguments")]
    Empty,
    /// The operating system cannot pass this argument.
    #[error("argument {0} of the command holds a NUL byte")]
    Nul(usize),
}

impl CommandHandler {
    /// A handler that runs this program with these arguments. A program without a slash is looked
    /// up in `PATH`.
    ///
    /// # Errors
    /// If the command is empty or contains a NUL byte. Whether the program exists shows at the
    /// first message.
    pub fn new(argv: Vec<String>) -> Result<Self, CommandError> {
        if let Some(position) = argv.iter().position(|argument| argument.contains('\0')) {
            return Err(CommandError::Nul(position));
        }
        let mut arguments = argv.into_iter();
        let program = arguments.next().filter(|it| !it.is_empty()).ok_or(CommandError::Empty)?;
        let hidden = inherited_names().collect();
        let (arguments, stderr) = (arguments.collect(), Stderr::default());
        Ok(Self { program, arguments, stderr, hidden })
    }

    /// Sets where the standard error of the program goes. Default: [`Stderr::Log`].
    #[must_use]
    pub fn stderr(self, stderr: Stderr) -> Self {
        Self { stderr, ..self }
    }

    pub(super) fn program(&self) -> &str {
        &self.program
    }

    pub(super) fn start(
        &self,
        input: Input<'_>,
        context: &Context,
    ) -> io::Result<(ProcessGroup, Option<StderrLog>)> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        for name in &self.hidden {
            command.env_remove(name);
        }
        command.envs(input.variables);
        command.stdin(anonymous_file::with_text("longshore-body", input.text)?);
        if let Some(output) = input.output {
            command.stdout(output);
        }
        let log = match self.stderr {
            Stderr::Inherit => None,
            Stderr::Log => {
                let (log, pipe) = StderrLog::open(input.message_id, context)?;
                command.stderr(pipe);
                Some(log)
            }
        };
        Ok((ProcessGroup::spawn(command)?, log))
    }
}

impl Handler for CommandHandler {
    async fn handle(&self, message: Message, context: Context) -> Verdict {
        if context.is_stopping() {
            return Verdict::retry("stopped before the command was started");
        }
        let input = Input {
            variables: environment::variables(&message, &context),
            text: &message.body,
            message_id: Some(&*message.id),
            output: None,
        };
        let started = self.start(input, &context);
        drop(message); // the file has the body
        let (group, stderr) = match started {
            Ok(started) => started,
            Err(error) => return exit::not_started(&self.program, &error),
        };
        match run_to_end(group, stderr, &context).await {
            Ok((status, last_line)) => exit::verdict(status, last_line.as_deref()),
            Err(error) => Verdict::retry(format!("cannot wait for the command: {error}")),
        }
    }

    async fn check(&self) -> Result<(), NotReady> {
        check_program(&self.program, std::env::var_os("PATH").as_deref())
    }

    fn can_end(&self, ending: Ending) -> bool {
        ending != Ending::Panicked
    }
}

/// Runs the process to its end, and logs its standard error until then. Returns the last line of it.
pub(super) async fn run_to_end(
    mut group: ProcessGroup,
    mut stderr: Option<StderrLog>,
    context: &Context,
) -> io::Result<(ExitStatus, Option<String>)> {
    let ending = async {
        tokio::select! {
            exited = group.leader_exited() => return exited,
            () = context.stopping() => {}
        }
        group.terminate(context.wind_down()).await
    };
    tokio::select! {
        ended = ending => ended?,
        never = follow(stderr.as_mut()) => match never {},
    }
    let status = group.reap().await?;
    Ok((status, stderr.and_then(StderrLog::close)))
}

async fn follow(stderr: Option<&mut StderrLog>) -> Infallible {
    match stderr {
        Some(stderr) => stderr.follow().await,
        None => pending().await,
    }
}
