//! Foreign answers to a batch: never a message deleted that the answer could have meant.

use std::cell::Cell;
use std::collections::HashSet;

use foreign_input::Input;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::verdicts;
use crate::handler::Verdict;
use crate::queue::Message;

const IDS: &[&str] = &["id-0", "id-1", "id-2", "id-3", "größe", ""];

/// One to six messages. SQS can deliver one of them twice in a batch, or without an id.
fn messages() -> impl Strategy<Value = Vec<Message>> {
    vec(select(IDS), 1..7)
        .prop_map(|ids| ids.into_iter().map(|id| Message::new(id, "receipt", "body")).collect())
}

fn answer_with(failed: &[String]) -> Value {
    let items = failed.iter().map(|id| json!({ "itemIdentifier": id }));
    json!({ "batchItemFailures": items.collect::<Vec<_>>() })
}

/// Messages, and the ids of those that failed.
fn batch() -> impl Strategy<Value = (Vec<Message>, Vec<String>)> {
    (messages(), vec(any::<Index>(), 0..4)).prop_map(|(messages, failed)| {
        let failed = failed.iter().map(|index| index.get(&messages).id.to_string()).collect();
        (messages, failed)
    })
}

/// Messages, the ids of those that failed, and an answer that says so, with mutations.
fn mutated() -> impl Strategy<Value = (Vec<Message>, Vec<String>, Input)> {
    batch().prop_flat_map(|(messages, failed)| {
        let answer = answer_with(&failed);
        let answers = prop_oneof![
            6 => foreign_input::json(Just(answer.clone())),
            1 => Just(format!("\u{feff}{answer}").into_bytes()).prop_map(Input),
            1 => Just(format!("log line\n{answer}").into_bytes()).prop_map(Input),
            1 => Just(Value::String(answer.to_string()).to_string().into_bytes()).prop_map(Input),
        ];
        (Just(messages), Just(failed), answers)
    })
}

/// Whether an answer can mean what the rules of AWS say: nothing, or an object whose
/// `batchItemFailures` is a list or `null`.
fn has_a_meaning(answer: &[u8]) -> bool {
    let blank = answer.iter().all(u8::is_ascii_whitespace);
    blank
        || match serde_json::from_slice(answer) {
            Ok(Value::Null) => true,
            Ok(Value::Object(fields)) => match fields.get("batchItemFailures") {
                Some(Value::Array(items)) => {
                    items.iter().all(|item| item["itemIdentifier"].is_string())
                }
                Some(Value::Null) => true,
                Some(_) => false,
                None => !Value::Object(fields).to_string().contains("itemIdentifier"),
            },
            _ => false,
        }
}

#[test]
fn an_answer_that_is_valid_fails_the_messages_that_it_names() {
    let (none, some) = (Cell::new(0), Cell::new(0));
    proptest!(|((messages, failed) in batch())| {
        // An empty id names no message.
        let expected: HashSet<&str> = failed.iter().map(String::as_str).collect();
        let all = expected.contains("");
        let verdicts = verdicts(answer_with(&failed).to_string().as_bytes(), &messages);
        prop_assert_eq!(verdicts.len(), messages.len());
        for (message, verdict) in messages.iter().zip(&verdicts) {
            let is_done = !all && !expected.contains(&*message.id);
            prop_assert_eq!(*verdict == Verdict::Done, is_done, "{:?}", verdict);
        }
        let count = if failed.is_empty() { &none } else { &some };
        count.set(count.get() + 1);
    });
    assert!(none.get() > 0 && some.get() > 0);
}

#[test]
fn an_answer_that_is_not_understood_deletes_no_message() {
    let (understood, refused) = (Cell::new(0), Cell::new(0));
    proptest!(|((messages, failed, answer) in mutated())| {
        let verdicts = verdicts(&answer, &messages);
        prop_assert_eq!(verdicts.len(), messages.len());
        for verdict in &verdicts {
            let is_retry = matches!(verdict, Verdict::Retry { after: None, .. });
            prop_assert!(is_retry || *verdict == Verdict::Done, "{:?}", verdict);
        }
        let text = String::from_utf8_lossy(&answer);
        let deleted = || messages.iter().zip(&verdicts).filter(|(_, v)| **v == Verdict::Done);
        if deleted().next().is_none() {
            refused.set(refused.get() + 1);
        } else {
            understood.set(understood.get() + 1);
            prop_assert!(has_a_meaning(&answer), "{text}");
        }
        for (message, _) in deleted() {
            let item = format!("{{\"itemIdentifier\":\"{}\"}}", message.id);
            let list = text.split_once("\"batchItemFailures\":[").map_or("", |(_, list)| list);
            let named = failed.iter().any(|id| **id == *message.id) && list.contains(&item);
            prop_assert!(!named, "{} in {text}", message.id);
        }
    });
    assert!(understood.get() > 0 && refused.get() > 0);
}

/// The parts of an answer whose key occurs twice: which of the two counts is not defined.
#[test]
fn a_key_that_occurs_twice_deletes_no_message() {
    proptest!(|((messages, failed) in batch(), first in any::<bool>())| {
        let list = |ids: &[String]| answer_with(ids)["batchItemFailures"].to_string();
        let (one, other) = if first { (list(&failed), list(&[])) } else { (list(&[]), list(&failed)) };
        let twice = format!("{{\"batchItemFailures\":{one},\"batchItemFailures\":{other}}}");
        let verdicts = verdicts(twice.as_bytes(), &messages);
        prop_assert!(!verdicts.contains(&Verdict::Done), "{twice}");
    });
}
