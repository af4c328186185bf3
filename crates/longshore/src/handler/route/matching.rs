//! Which route takes a message.

use serde_json::Value;

use super::condition::Condition;
use crate::queue::Message;

/// The conditions of a queue's routes, in order.
#[derive(Debug, Default)]
pub(crate) struct Matching {
    conditions: Vec<Condition>,
    /// Whether a condition looks into the body.
    reads_body: bool,
}

impl Matching {
    pub(crate) fn new(conditions: Vec<Condition>) -> Self {
        let reads_body = conditions.iter().any(Condition::reads_body);
        Self { conditions, reads_body }
    }

    /// The index of the first route whose condition holds; the number of routes if none does. Parses
    /// the body if a condition looks into it.
    pub(crate) fn route_of(&self, message: &Message) -> usize {
        let body: Option<Value> = match self.reads_body {
            true => serde_json::from_str(&message.body).ok(),
            false => None,
        };
        let first = self.conditions.iter().position(|it| it.holds(message, body.as_ref()));
        first.unwrap_or(self.conditions.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_condition_that_holds_decides() {
        let kind = || Condition::body("/kind").unwrap();
        let matching =
            Matching::new(vec![kind().equals("refund"), kind().starts_with("r"), kind()]);
        let of = |body: &str| matching.route_of(&Message::new("id", "receipt", body));
        assert_eq!(of(r#"{"kind": "refund"}"#), 0);
        assert_eq!(of(r#"{"kind": "return"}"#), 1);
        assert_eq!(of(r#"{"kind": 5}"#), 2);
        assert_eq!(of(r#"{"sort": "refund"}"#), 3);
        assert_eq!(of("not json"), 3);
    }
}
