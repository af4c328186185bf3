//! The form of a Query request: `Action=SendMessage&MessageBody=hi&Attribute.1.Name=…`. A dot
//! separates the name of a member from the names of its own members, and lists have numbers.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html>

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::form_names::{Kind, kind};
use crate::refusal::{Reason, Refusal};

/// More than the largest request has: ten messages with ten attributes each.
const MAX_PARAMETERS: usize = 2_000;
/// `SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue` has six parts.
const MAX_PARTS: usize = 8;

/// The parameters of a form, by the parts of their names.
#[derive(Debug, Default)]
pub(crate) struct Form(BTreeMap<String, Part>);

#[derive(Debug)]
enum Part {
    Text(String),
    Members(Form),
}

impl Form {
    /// Parses the query of a URL and the body of a request. Names in the body win.
    pub(crate) fn parse(query: &str, body: &[u8]) -> Result<Self, Refusal> {
        let mut form = Self::default();
        let parameters =
            form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(body));
        for (index, (name, value)) in parameters.enumerate() {
            if index == MAX_PARAMETERS {
                let message = format!("A request has at most {MAX_PARAMETERS} parameters.");
                return Err(Refusal::new(Reason::SerializationException, message));
            }
            let parts: Vec<&str> = name.split('.').collect();
            if parts.len() <= MAX_PARTS {
                form.insert(&parts, value.into_owned());
            }
        }
        Ok(form)
    }

    fn insert(&mut self, parts: &[&str], value: String) {
        let [first, rest @ ..] = parts else { return };
        if rest.is_empty() {
            self.0.insert((*first).to_owned(), Part::Text(value));
            return;
        }
        let part =
            self.0.entry((*first).to_owned()).or_insert_with(|| Part::Members(Self::default()));
        if let Part::Text(_) = part {
            *part = Part::Members(Self::default());
        }
        if let Part::Members(members) = part {
            members.insert(rest, value);
        }
    }

    /// The value of a parameter without members.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Part::Text(text) => Some(text),
            Part::Members(_) => None,
        }
    }

    /// The parameters in the structure of the JSON protocol. `path` is the path of the request,
    /// which names the queue if the form does not.
    pub(crate) fn into_parameters(self, path: &str) -> Value {
        let mut object = self.into_object();
        if !object.contains_key("QueueUrl") && path.trim_matches('/').contains('/') {
            object.insert("QueueUrl".to_owned(), path.into());
        }
        Value::Object(object)
    }

    fn into_object(self) -> Map<String, Value> {
        self.0
            .into_iter()
            .map(|(name, part)| {
                let kind = kind(&name);
                (kind.json_name(name), part.into_value(kind))
            })
            .collect()
    }

    /// The members by their numbers.
    fn into_list(self) -> impl Iterator<Item = Part> {
        let numbered =
            self.0.into_iter().filter_map(|(number, part)| Some((number.parse().ok()?, part)));
        numbered.collect::<BTreeMap<u32, Part>>().into_values()
    }

    /// A map whose entries have members with these names.
    fn into_map(self, key: &str, value: &str) -> Value {
        let entries = self.into_list().filter_map(|part| {
            let Part::Members(mut entry) = part else { return None };
            let Some(Part::Text(key)) = entry.0.remove(key) else { return None };
            let value = entry.0.remove(value).unwrap_or(Part::Text(String::new()));
            Some((key, value.into_value(Kind::Plain)))
        });
        Value::Object(entries.collect())
    }
}

impl Part {
    fn into_value(self, kind: Kind) -> Value {
        match (self, kind) {
            (Self::Text(text), Kind::Number) => {
                text.parse::<i64>().map_or(Value::String(text), Value::from)
            }
            // How a client writes an empty list.
            (Self::Text(text), Kind::List(_)) if text.is_empty() => Value::Array(Vec::new()),
            (Self::Text(text), Kind::Map { .. }) if text.is_empty() => Value::Object(Map::new()),
            (Self::Text(text), _) => Value::String(text),
            (Self::Members(members), Kind::List(_)) => {
                members.into_list().map(|part| part.into_value(Kind::Plain)).collect()
            }
            (Self::Members(members), Kind::Map { key, value, .. }) => members.into_map(key, value),
            (Self::Members(members), Kind::Plain | Kind::Number) => {
                Value::Object(members.into_object())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parameters(form: &str) -> Value {
        Form::parse("", form.as_bytes()).unwrap().into_parameters("/")
    }

    #[test]
    fn texts_are_decoded_and_numbers_are_numbers() {
        let found = parameters("MessageBody=a+b%26c%0D&DelaySeconds=5&VisibilityTimeout=many");
        let expected =
            json!({ "MessageBody": "a b&c\r", "DelaySeconds": 5, "VisibilityTimeout": "many" });
        assert_eq!(found, expected);
    }

    #[test]
    fn lists_are_in_the_order_of_their_numbers() {
        let found = parameters("AttributeName.10=C&AttributeName.2=B&AttributeName.1=A&TagKey=");
        assert_eq!(found, json!({ "AttributeNames": ["A", "B", "C"], "TagKeys": [] }));
    }

    #[test]
    fn maps_have_names_or_keys() {
        let found = parameters(
            "Attribute.1.Name=DelaySeconds&Attribute.1.Value=5&Tag.1.Key=team&Tag.1.Value=a&Tag.2.Key=b",
        );
        let expected =
            json!({ "Attributes": { "DelaySeconds": "5" }, "Tags": { "team": "a", "b": "" } });
        assert_eq!(found, expected);
    }

    #[test]
    fn entries_of_a_batch_have_attributes() {
        let found = parameters(
            "SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.DelaySeconds=3\
             &SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n\
             &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String\
             &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=v&Entry.1.Id=b",
        );
        let attributes = json!({ "n": { "DataType": "String", "StringValue": "v" } });
        let entry = json!({ "Id": "a", "DelaySeconds": 3, "MessageAttributes": attributes });
        assert_eq!(found, json!({ "Entries": [entry] }));
    }

    #[test]
    fn the_path_names_the_queue_unless_the_form_does() {
        let url = |form: &str, path| {
            Form::parse(form, b"").unwrap().into_parameters(path)["QueueUrl"].clone()
        };
        assert_eq!(url("", "/000000000000/orders"), json!("/000000000000/orders"));
        assert_eq!(url("QueueUrl=http://h/0/x", "/000000000000/orders"), json!("http://h/0/x"));
        assert_eq!(url("", "/"), Value::Null);
    }

    #[test]
    fn a_form_has_at_most_2000_parameters() {
        let form = |count: usize| vec!["a=b"; count].join("&");
        assert!(Form::parse("", form(2_000).as_bytes()).is_ok());
        let refusal = Form::parse("", form(2_001).as_bytes()).unwrap_err();
        assert_eq!(refusal.code(), "MalformedInput");
    }

    #[test]
    fn a_name_can_have_a_value_and_members() {
        assert_eq!(parameters("Tag=x&Tag.1.Key=k&Tag.1.Value=v"), json!({ "Tags": { "k": "v" } }));
        assert_eq!(parameters("Tag.1.Key=k&Tag="), json!({ "Tags": {} }));
    }
}
