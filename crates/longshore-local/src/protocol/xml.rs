//! The XML documents of the Query protocol.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-responses.html>

use serde_json::Value;

use super::xml_names::{Element, element};
use crate::action::Action;
use crate::characters;
use crate::refusal::Refusal;

const DECLARATION: &str = "<?xml version=\"1.0\"?>";
const NAMESPACE: &str = "http://queue.amazonaws.com/doc/2012-11-05/";

/// The document for the result of an action.
pub(crate) fn result_document(action: Action, result: &[u8], request_id: &str) -> Vec<u8> {
    let name = action.name();
    let result = String::from_utf8_lossy(result);
    let metadata =
        format!("<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>");
    format!(
        "{DECLARATION}<{name}Response xmlns=\"{NAMESPACE}\">{result}{metadata}</{name}Response>"
    )
    .into_bytes()
}

/// The document for an error.
pub(crate) fn error_document(refusal: &Refusal, request_id: &str) -> Vec<u8> {
    let shape = refusal.shape();
    let party = if shape.senders_fault() { "Sender" } else { "Receiver" };
    let (code, message) = (shape.code, escape(refusal.message()));
    format!(
        "{DECLARATION}<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{party}</Type><Code>{code}</Code>\
         <Message>{message}</Message><Detail/></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    .into_bytes()
}

/// The result element of an action.
pub(super) fn result(action: Action, result: &Value) -> Vec<u8> {
    let mut writer = Writer { action, xml: String::new() };
    writer.element(&format!("{}Result", action.name()), result);
    writer.xml.into_bytes()
}

/// The text with the characters of the markup escaped. Errors can quote a text with characters that
/// XML does not allow.
fn escape(text: &str) -> String {
    quick_xml::escape::escape(characters::replaced(text)).into_owned()
}

/// One element of a list in the result of an action.
pub(crate) fn list_element(action: Action, list: &str, value: &Value) -> String {
    let mut writer = Writer { action, xml: String::new() };
    if let Element::Each(each) = element(action, list) {
        writer.element(each, value);
    }
    writer.xml
}

struct Writer {
    action: Action,
    xml: String,
}

impl Writer {
    fn element(&mut self, name: &str, value: &Value) {
        self.within(name, |writer| match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| writer.member(name, value));
            }
            Value::String(value) => writer.xml.push_str(&escape(value)),
            other => writer.xml.push_str(&other.to_string()),
        });
    }

    fn within(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        for part in ["<", name, ">"] {
            self.xml.push_str(part);
        }
        content(self);
        for part in ["</", name, ">"] {
            self.xml.push_str(part);
        }
    }

    fn member(&mut self, name: &str, value: &Value) {
        match (element(self.action, name), value) {
            (Element::Each(each), Value::Array(list)) => {
                list.iter().for_each(|value| self.element(each, value));
            }
            (Element::Entries(entry, key_name), Value::Object(map)) => {
                for (key, value) in map {
                    self.within(entry, |writer| {
                        writer.within(key_name, |writer| writer.xml.push_str(&escape(key)));
                        writer.element("Value", value);
                    });
                }
            }
            _ => self.element(name, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::refusal::{Reason, Refusal};

    fn written(action: Action, value: &Value) -> String {
        String::from_utf8(result(action, value)).unwrap()
    }

    #[test]
    fn lists_and_maps_are_elements_of_their_own() {
        let message = json!({
            "MessageId": "m", "Body": "a<b>&\r\n", "Attributes": { "SenderId": "0" },
            "MessageAttributes": { "n": { "DataType": "String", "StringValue": "v" } },
        });
        assert_eq!(
            written(Action::ReceiveMessage, &json!({ "Messages": [message] })),
            "<ReceiveMessageResult><Message><Attribute><Name>SenderId</Name><Value>0</Value></Attribute>\
             <Body>a&lt;b&gt;&amp;&#13;\n</Body><MessageAttribute><Name>n</Name><Value><DataType>String</DataType>\
             <StringValue>v</StringValue></Value></MessageAttribute><MessageId>m</MessageId></Message>\
             </ReceiveMessageResult>"
        );
    }

    #[test]
    fn an_empty_result_is_an_empty_element() {
        assert_eq!(
            written(Action::ReceiveMessage, &json!({})),
            "<ReceiveMessageResult></ReceiveMessageResult>"
        );
    }

    #[test]
    fn the_entries_of_batches_have_the_name_of_their_action() {
        for (action, name) in [
            (Action::SendMessageBatch, "SendMessageBatchResultEntry"),
            (Action::DeleteMessageBatch, "DeleteMessageBatchResultEntry"),
            (Action::ChangeMessageVisibilityBatch, "ChangeMessageVisibilityBatchResultEntry"),
        ] {
            let found = written(action, &json!({ "Successful": [{ "Id": "a" }] }));
            assert!(found.contains(&format!("<{name}><Id>a</Id></{name}>")), "{found}");
        }
        let failed = json!({ "Failed": [{ "Id": "a", "SenderFault": true }] });
        let found = written(Action::SendMessageBatch, &failed);
        let entry = "<BatchResultErrorEntry><Id>a</Id><SenderFault>true</SenderFault></BatchResultErrorEntry>";
        assert!(found.contains(entry), "{found}");
    }

    #[test]
    fn documents_have_the_request_id() {
        let found = result_document(Action::TagQueue, b"", "id");
        assert_eq!(
            String::from_utf8(found).unwrap(),
            "<?xml version=\"1.0\"?><TagQueueResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">\
             <ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></TagQueueResponse>"
        );
        let found = error_document(&Refusal::new(Reason::InternalFailure, "a & b\u{1}"), "id");
        assert_eq!(
            String::from_utf8(found).unwrap(),
            "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error>\
             <Type>Receiver</Type><Code>InternalFailure</Code><Message>a &amp; b\u{FFFD}</Message><Detail/></Error>\
             <RequestId>id</RequestId></ErrorResponse>"
        );
    }
}
