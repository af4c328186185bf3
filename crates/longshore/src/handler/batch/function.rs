//! The answers and errors of functions of AWS Lambda.

use serde_json::Value;

use super::failures;
use crate::format::printable;
use crate::handler::Verdict;
use crate::queue::Message;

/// How many characters of an error are kept.
const MAX_ERROR: usize = 200;

/// The verdicts by the answer of a function of Lambda. A text, a number or a boolean is the answer of
/// a function that knows nothing of `batchItemFailures`. A list is not, because it can hold the ids
/// of messages that failed.
pub(crate) fn verdicts(answer: &[u8], messages: &[Message]) -> Vec<Verdict> {
    match serde_json::from_slice(answer) {
        Ok(Value::String(_) | Value::Number(_) | Value::Bool(_)) => {
            failures::all(messages, &Verdict::Done)
        }
        _ => failures::verdicts(answer, messages),
    }
}

/// The first line of an error that a function reports, for logs. Others can be a stack trace.
pub(crate) fn error(error: &str) -> String {
    let first = error.trim_start().lines().next().unwrap_or_default().trim_end();
    printable(&first.chars().take(MAX_ERROR).collect::<String>()).into_owned()
}
