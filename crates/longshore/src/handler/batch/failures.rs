//! Which messages of a batch failed, as a Lambda function answers it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting>

#[cfg(test)]
mod property;

use std::collections::HashSet;

use serde_json::Value;

use super::unrepeated::Unrepeated;
use crate::handler::Verdict;
use crate::queue::Message;

/// The reason of a message that the answer names.
const REPORTED: &str = "reported in batchItemFailures";

/// The verdicts of messages whose handler has ended well, by its answer.
pub(crate) fn verdicts(answer: &[u8], messages: &[Message]) -> Vec<Verdict> {
    match failed(answer, messages) {
        Ok(failed) => messages
            .iter()
            .map(|message| match failed.contains(&*message.id) {
                true => Verdict::retry(REPORTED),
                false => Verdict::Done,
            })
            .collect(),
        Err(why) => all(messages, &Verdict::retry(format!("not a batch answer: {why}"))),
    }
}

/// The same verdict for all messages.
pub(crate) fn all(messages: &[Message], verdict: &Verdict) -> Vec<Verdict> {
    messages.iter().map(|_| verdict.clone()).collect()
}

/// The ids of the failed messages. An answer that is not valid means that all failed, as in Lambda.
fn failed(answer: &[u8], messages: &[Message]) -> Result<HashSet<String>, String> {
    if answer.trim_ascii().is_empty() {
        return Ok(HashSet::new());
    }
    let answer = parsed(answer)?;
    let Some(items) = items(&answer)? else { return Ok(HashSet::new()) };
    let known: HashSet<&str> = messages.iter().map(|message| &*message.id).collect();
    items.iter().map(|item| identifier(item, &known)).collect()
}

fn parsed(answer: &[u8]) -> Result<Value, String> {
    let value = serde_json::from_slice(answer).map_err(|error| {
        format!("it is no JSON ({error}); the answer must be alone, without log lines")
    })?;
    serde_json::from_slice::<Unrepeated>(answer).map_err(|error| error.to_string())?;
    Ok(value)
}

/// The items of `batchItemFailures`; `None` if no message failed. An object without this key can be
/// that of an application which knows nothing of batches, such as `{"processed": ["a"]}`, unless it
/// looks like one with a misspelled key.
fn items(answer: &Value) -> Result<Option<&Vec<Value>>, String> {
    let fields = match answer {
        Value::Null => return Ok(None),
        Value::Object(fields) => fields,
        _ => return Err("it is no object".to_owned()),
    };
    match fields.get("batchItemFailures") {
        Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(_) => Err("batchItemFailures is no list".to_owned()),
        None if is_misspelled(answer) => {
            Err("it names failed messages, but has no batchItemFailures".to_owned())
        }
        None => Ok(None),
    }
}

/// Whether there is an `itemIdentifier` anywhere, in any spelling, or a key such as `batch_item_failures` with a value.
/// An empty list or `null` names no message, and retrying all would use up their receives.
fn is_misspelled(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(is_misspelled),
        Value::Object(fields) => fields.iter().any(|(key, value)| {
            let letters = key.chars().filter(char::is_ascii_alphanumeric);
            let letters = letters.map(|letter| letter.to_ascii_lowercase()).collect::<String>();
            let names_them = letters.trim_end_matches('s') == "batchitemfailure";
            let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            let names_one = letters.contains("itemidentifier");
            names_one || names_them && !is_empty || is_misspelled(value)
        }),
        _ => false,
    }
}

fn identifier(item: &Value, known: &HashSet<&str>) -> Result<String, String> {
    match item.get("itemIdentifier") {
        Some(Value::String(id)) if id.is_empty() => Err("an itemIdentifier is empty".to_owned()),
        Some(Value::String(id)) if known.contains(&**id) => Ok(id.clone()),
        Some(Value::String(_)) => {
            Err("an itemIdentifier is the id of no message of the batch".to_owned())
        }
        _ => Err("an item has no itemIdentifier".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The indexes of the messages `a`, `b` and `c` that failed.
    fn failed_of(answer: &str) -> Vec<usize> {
        let messages = ["a", "b", "c"].map(|id| Message::new(id, "receipt", ""));
        let verdicts = verdicts(answer.as_bytes(), &messages);
        assert_eq!(verdicts.len(), 3);
        (0..3).filter(|index| verdicts[*index] != Verdict::Done).collect()
    }

    /// The rules of AWS, one by one.
    #[test]
    fn the_answer_of_a_lambda_function_says_which_messages_failed() {
        const NONE: &[usize] = &[];
        const ALL: &[usize] = &[0, 1, 2];
        for (answer, expected) in [
            // Complete success.
            (r#"{"batchItemFailures": []}"#, NONE),
            (r#"{"batchItemFailures": null}"#, NONE),
            ("{}", NONE),
            ("null", NONE),
            ("", NONE),
            (" \n", NONE),
            (r#"{"statusCode": 200}"#, NONE),
            (r#"{"processed": ["a", "b", "c"]}"#, NONE),
            (r#"{"batch_item_failures": []}"#, NONE),
            (r#"{"response": {"batchItemFailures": null}}"#, NONE),
            (r#"{"batchItemFailures": [], "processed": ["a", "b", "c"]}"#, NONE),
            // Partial failure.
            (r#"{"batchItemFailures": [{"itemIdentifier": "b"}]}"#, &[1]),
            (
                r#"{"batchItemFailures": [{"itemIdentifier": "c"}, {"itemIdentifier": "a"}]}"#,
                &[0, 2],
            ),
            (r#"{"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "b"}]}"#, &[1]),
            // Complete failure.
            ("not JSON", ALL),
            (r#"{"batchItemFailures": ["#, ALL),
            (r#""ok""#, ALL),
            (r#"[{"itemIdentifier": "b"}]"#, ALL),
            (r#"{"batchItemFailures": "b"}"#, ALL),
            (r#"{"batchItemFailures": ["b"]}"#, ALL),
            (r#"{"batchItemFailures": [{"itemIdentifier": ""}]}"#, ALL),
            (r#"{"batchItemFailures": [{"itemIdentifier": null}]}"#, ALL),
            (r#"{"batchItemFailures": [{"itemIdentifier": 1}]}"#, ALL),
            (r#"{"batchItemFailures": [{"id": "b"}]}"#, ALL),
            (r#"{"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "z"}]}"#, ALL),
            // Not defined by AWS.
            (r#"{"batchItemFailures": [{"itemIdentifier": "b"}], "batchItemFailures": []}"#, ALL),
            (r#"{"batchItemFailures": [{"itemIdentifier": "a", "itemIdentifier": "b"}]}"#, ALL),
            (r#"{"batchItemfailures": [{"itemIdentifier": "b"}]}"#, ALL),
            (r#"{"batch_item_failures": ["b"]}"#, ALL),
            (r#"{"response": {"batchItemFailures": [{"itemIdentifier": "b"}]}}"#, ALL),
            (r#"[{"itemIdentifier": "b"}]"#, ALL),
            (r#"{"batchItemFailure": {"itemIdentifier": "b"}}"#, ALL),
            (r#"{"failures": [{"item_identifier": "b"}]}"#, ALL),
        ] {
            assert_eq!(failed_of(answer), expected, "{answer}");
        }
    }

    #[test]
    fn the_reason_says_what_is_wrong_with_an_answer() {
        let messages = [Message::new("a", "receipt", "")];
        for (item, wrong) in [
            (
                r#"{"itemIdentifier": "z"}"#,
                "an itemIdentifier is the id of no message of the batch",
            ),
            (r#"{"itemIdentifier": ""}"#, "an itemIdentifier is empty"),
            (r#"{"id": "a"}"#, "an item has no itemIdentifier"),
        ] {
            let answer = format!(r#"{{"batchItemFailures": [{item}]}}"#);
            let expected = Verdict::retry(format!("not a batch answer: {wrong}"));
            assert_eq!(verdicts(answer.as_bytes(), &messages), [expected]);
        }
    }
}
