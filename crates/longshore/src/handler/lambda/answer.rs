//! The verdicts of messages by the answer of a function.

use super::invocation::Answer;
use crate::handler::Verdict;
use crate::handler::batch::{failures, function};
use crate::queue::Message;

/// The verdict of each message.
pub(super) fn verdicts(
    answer: Answer,
    messages: &[Message],
    reports_failures: bool,
) -> Vec<Verdict> {
    match answer {
        Answer::Response(_) if !reports_failures => failures::all(messages, &Verdict::Done),
        Answer::Response(body) => function::verdicts(&body, messages),
        Answer::Error(reason) => failures::all(messages, &Verdict::retry(reason)),
        Answer::Exited(reason) => failures::all(messages, &Verdict::outage(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts_of(body: &'static str, reports_failures: bool) -> [bool; 2] {
        let messages = [Message::new("a", "r", ""), Message::new("b", "r", "")];
        let answer = Answer::Response(body.into());
        let found = verdicts(answer, &messages, reports_failures);
        [found[0] == Verdict::Done, found[1] == Verdict::Done]
    }

    #[test]
    fn an_answer_names_the_messages_that_failed() {
        let failed = r#"{"batchItemFailures": [{"itemIdentifier": "b"}]}"#;
        assert_eq!(verdicts_of(failed, true), [true, false]);
        for done in ["null", "", "{}", r#"{"statusCode": 200}"#, r#""done""#, "7", "true"] {
            assert_eq!(verdicts_of(done, true), [true, true], "{done}");
        }
        for invalid in [r#"["b"]"#, "[]", "{", r#"{"batchItemFailures": "b"}"#] {
            assert_eq!(verdicts_of(invalid, true), [false, false], "{invalid}");
        }
    }

    #[test]
    fn a_function_that_reports_nothing_has_done_all() {
        for answer in [r#"["b"]"#, r#"{"batchItemFailures": [{"itemIdentifier": "b"}]}"#] {
            assert_eq!(verdicts_of(answer, false), [true, true], "{answer}");
        }
    }

    #[test]
    fn an_error_is_retried_and_an_exit_is_an_outage() {
        let messages = [Message::new("a", "r", "")];
        let error = verdicts(Answer::Error("ValueError: x".into()), &messages, true);
        assert_eq!(error, [Verdict::retry("ValueError: x")]);
        let exit = verdicts(Answer::Exited("exit code 1".into()), &messages, false);
        assert_eq!(exit, [Verdict::outage("exit code 1")]);
    }
}
