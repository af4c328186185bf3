//! Several messages through one process: the event of AWS Lambda on standard input, and its answer on
//! standard output.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::ExitStatus;

use super::run::{CommandHandler, Input};
use super::{environment, exit};
use crate::handler::batch::{event, failures};
use crate::handler::process::anonymous_file;
use crate::handler::{BatchHandler, Context, Handler, NotReady, Verdict};
use crate::outcome::Ending;
use crate::queue::Message;

/// The answer for 10,000 messages has less than 1 MiB.
const MAX_ANSWER_BYTES: u64 = 8 * 1024 * 1024;

/// # Input
/// The process gets the event that AWS Lambda passes to a function for SQS, `{"Records": [...]}`, on
/// standard input. The variables `LONGSHORE_QUEUE`, `LONGSHORE_BATCH_SIZE` and
/// `LONGSHORE_DEADLINE_SECONDS` are set.
///
/// # Answer
/// With exit code 0, standard output says which messages failed:
/// `{"batchItemFailures": [{"itemIdentifier": "MESSAGE ID"}]}`. Nothing, an empty list or `null` means
/// that all are done. If it is not valid, all messages are retried. Any other exit code counts for all
/// messages.
impl BatchHandler for CommandHandler {
    async fn handle_batch(&self, messages: &[Message], context: Context) -> Vec<Verdict> {
        let all = |verdict| failures::all(messages, &verdict);
        if context.is_stopping() {
            return all(Verdict::retry("stopped before the command was started"));
        }
        let mut answer = match anonymous_file::empty("longshore-answer") {
            Ok(answer) => answer,
            Err(error) => return all(exit::not_started("a file for the answer", &error)),
        };
        match self.run(messages, &context, &answer).await {
            Ok(Ok((status, _))) if status.success() => match read(&mut answer) {
                Ok(answer) => failures::verdicts(&answer, messages),
                Err(error) => all(Verdict::retry(format!("cannot read the answer: {error}"))),
            },
            Ok(Ok((status, last_line))) => all(exit::verdict(status, last_line.as_deref())),
            Ok(Err(error)) => all(Verdict::retry(format!("cannot wait for the command: {error}"))),
            Err(error) => all(exit::not_started(self.program(), &error)),
        }
    }

    async fn check(&self) -> Result<(), NotReady> {
        Handler::check(self).await
    }

    fn can_end(&self, ending: Ending) -> bool {
        Handler::can_end(self, ending)
    }
}

type Ended = io::Result<(ExitStatus, Option<String>)>;

impl CommandHandler {
    /// The outer error is that of a process that could not be started.
    async fn run(
        &self,
        messages: &[Message],
        context: &Context,
        answer: &File,
    ) -> io::Result<Ended> {
        let text = event::json(messages, context.queue_arn());
        let input = Input {
            variables: environment::batch_variables(messages.len(), &text, context),
            text: &text,
            message_id: None,
            output: Some(answer.try_clone()?),
        };
        let (group, stderr) = self.start(input, context)?;
        Ok(super::run::run_to_end(group, stderr, context).await)
    }
}

fn read(answer: &mut File) -> io::Result<Vec<u8>> {
    answer.rewind()?;
    let mut bytes = Vec::new();
    answer.take(MAX_ANSWER_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_ANSWER_BYTES {
        return Err(io::Error::other("it is longer than 8 MiB"));
    }
    Ok(bytes)
}
