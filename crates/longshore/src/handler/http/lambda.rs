//! A function of AWS Lambda behind a URL, as a runtime interface emulator serves it
//! (<https://github.com/aws/aws-lambda-runtime-interface-emulator>).

use serde_json::Value;

use super::batch::{self, Reply};
use super::post::{HttpError, HttpHandler};
use crate::handler::batch::{failures, function};
use crate::handler::{BatchHandler, Context, Handler, NotReady, Verdict};
use crate::outcome::Ending;
use crate::queue::Message;

/// Posts the event of AWS Lambda to the URL of a runtime interface emulator, such as
/// `http://127.0.0.1:9000/2015-03-31/functions/function/invocations`. An emulator has one invocation
/// at a time, so a `concurrency` of one batch is enough.
///
/// # Answer
/// As of a [`LambdaHandler`](crate::handler::LambdaHandler). An emulator also reports an error of
/// the function with status 200: an object with `errorMessage` or `errorType` means that all messages
/// are retried.
#[derive(Debug)]
pub struct LambdaUrlHandler(HttpHandler);

impl LambdaUrlHandler {
    /// A handler for this URL.
    ///
    /// # Errors
    /// If it is not an `http` or `https` URL, or if an `https` client cannot be set up.
    pub fn new(url: &str) -> Result<Self, HttpError> {
        Ok(Self(HttpHandler::new(url)?))
    }
}

impl BatchHandler for LambdaUrlHandler {
    async fn handle_batch(&self, messages: &[Message], context: Context) -> Vec<Verdict> {
        match batch::reply(&self.0, messages, &context).await {
            Reply::Body(body) => verdicts(&body, messages),
            Reply::All(verdict) => failures::all(messages, &verdict),
        }
    }

    async fn check(&self) -> Result<(), NotReady> {
        Handler::check(&self.0).await
    }

    fn can_end(&self, ending: Ending) -> bool {
        Handler::can_end(&self.0, ending)
    }
}

fn verdicts(body: &[u8], messages: &[Message]) -> Vec<Verdict> {
    match error(body) {
        Some(error) => failures::all(messages, &Verdict::retry(error)),
        None => function::verdicts(body, messages),
    }
}

/// The error in an answer, if it is one.
fn error(body: &[u8]) -> Option<String> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return None };
    let text = |name| fields.get(name).and_then(Value::as_str);
    match (text("errorType"), text("errorMessage")) {
        (None, None) => None,
        (kind, message) => {
            let parts = [kind, message].into_iter().flatten();
            Some(function::error(&parts.collect::<Vec<_>>().join(": ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_function_is_retried() {
        let messages = [Message::new("a", "r", "")];
        let answer = |body: &str| verdicts(body.as_bytes(), &messages).remove(0);
        for (body, reason) in [
            (r#"{"errorMessage": "no stock", "errorType": "ValueError"}"#, "ValueError: no stock"),
            (r#"{"errorType": "Runtime.ExitError"}"#, "Runtime.ExitError"),
        ] {
            assert_eq!(answer(body), Verdict::retry(reason));
        }
        assert!(matches!(answer("Task timed out after 3.00 seconds"), Verdict::Retry { .. }));
        for done in ["", "null", r#"{"statusCode": 200}"#, r#""done""#] {
            assert_eq!(answer(done), Verdict::Done, "{done}");
        }
    }
}
