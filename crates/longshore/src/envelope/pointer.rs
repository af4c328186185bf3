//! Pointers to payloads in S3, as the extended clients for SQS send them.
//! <https://github.com/awslabs/amazon-sqs-java-extended-client-lib>
//! <https://github.com/awslabs/amazon-sqs-python-extended-client-lib>

use serde::Deserialize;

use super::object::Object;
use crate::queue::{Message, PayloadObject};

/// The attributes with the size of the payload, of new and of old senders. One of them is there if
/// the body is a pointer.
const ATTRIBUTES: [&str; 2] = ["ExtendedPayloadSize", "SQSLargePayloadSize"];

/// The class names of new and of old senders.
const CLASSES: [&str; 2] = [
    "software.amazon.payloadoffloading.PayloadS3Pointer",
    "com.amazon.sqs.javamessaging.MessageS3Pointer",
];

/// Whether the payload of a message is in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pointed {
    /// The body is the payload.
    Not,
    /// It has the attribute of a pointer or the body of one, and not both.
    InPart,
    /// The payload is this object.
    To(PayloadObject),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    s3_bucket_name: String,
    s3_key: String,
}

/// Where the payload of a message is.
pub(crate) fn pointed(message: &Message) -> Pointed {
    match (has_attribute(message), pointer(&message.body)) {
        (true, Some(object)) => Pointed::To(object),
        (false, None) => Pointed::Not,
        (true, None) | (false, Some(_)) => Pointed::InPart,
    }
}

/// The message of the sender: it has this body, and no attribute of a pointer.
pub(crate) fn with_payload(message: &Message, body: String) -> Message {
    let mut sent = Message { body, ..message.clone() };
    ATTRIBUTES.iter().for_each(|name| drop(sent.attributes.remove(*name)));
    // It is of the pointer.
    sent.body_md5 = None;
    sent
}

fn has_attribute(message: &Message) -> bool {
    !message.attributes.is_empty()
        && ATTRIBUTES.iter().any(|name| message.attributes.contains_key(*name))
}

fn pointer(body: &str) -> Option<PayloadObject> {
    // A search is cheaper than a parser, and the class is at the start.
    let start = body.trim_ascii_start().strip_prefix('[')?.trim_ascii_start();
    let start = start.strip_prefix('"')?;
    CLASSES.iter().find(|class| start.starts_with(**class))?;
    let (class, Object(location)): (String, Object<Location>) = serde_json::from_str(body).ok()?;
    let Location { s3_bucket_name: bucket, s3_key: key } = location;
    let is_one = CLASSES.contains(&&*class) && !bucket.is_empty() && !key.is_empty();
    is_one.then_some(PayloadObject { bucket, key })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::queue::{AttributeContent, AttributeValue};

    /// As the Java library 2.1.2 sends it.
    const JAVA: &str = r#"["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"payloads","s3Key":"2f6c1c4e-8c5e-4a0e-9d0a-6d8d2b8d8a11"}]"#;
    /// As the Java library 1 sends it.
    const OLD_JAVA: &str = r#"["com.amazon.sqs.javamessaging.MessageS3Pointer",{"s3BucketName":"payloads","s3Key":"2f6c1c4e-8c5e-4a0e-9d0a-6d8d2b8d8a11"}]"#;
    /// As the Python library 1.0.1 sends it.
    const PYTHON: &str = r#"["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "payloads", "s3Key": "2f6c1c4e-8c5e-4a0e-9d0a-6d8d2b8d8a11"}]"#;

    fn number(value: &str) -> AttributeValue {
        let content = AttributeContent::Text(value.to_owned());
        AttributeValue { data_type: "Number".to_owned(), content }
    }

    fn message(attribute: Option<&str>, body: &str) -> Message {
        let mut message = Message::new("id", "receipt", body);
        message.attributes.insert("tenant".to_owned(), number("42"));
        message.attributes.extend(attribute.map(|name| (name.to_owned(), number("5242880"))));
        message
    }

    #[test]
    fn the_pointers_of_both_libraries_are_read() {
        let (bucket, key) = ("payloads".into(), "2f6c1c4e-8c5e-4a0e-9d0a-6d8d2b8d8a11".into());
        let expected = Pointed::To(PayloadObject { bucket, key });
        for body in [JAVA, OLD_JAVA, PYTHON, &format!(" \n{JAVA}\n")] {
            for attribute in ATTRIBUTES {
                assert_eq!(pointed(&message(Some(attribute), body)), expected, "{body}");
            }
            assert_eq!(pointed(&message(None, body)), Pointed::InPart);
        }
        assert_eq!(pointed(&message(None, "two crates")), Pointed::Not);
        assert_eq!(pointed(&message(Some("ExtendedPayloadSize"), "crate")), Pointed::InPart);
    }

    /// A key can have every character, and S3 knows no folders.
    #[test]
    fn a_key_is_taken_as_it_is() {
        let key = "a/../b c+%20\u{1f34a}\"\\";
        let body = json!([CLASSES[0], {"s3BucketName": "payloads", "s3Key": key}]).to_string();
        let Pointed::To(object) = pointed(&message(Some(ATTRIBUTES[0]), &body)) else {
            panic!("not a pointer: {body}")
        };
        assert_eq!(object.key, key);
    }

    #[test]
    fn a_body_that_only_looks_like_a_pointer_is_none() {
        let location = json!({"s3BucketName": "payloads", "s3Key": "key"});
        let values: &[Value] = &[
            json!([CLASSES[0]]),
            json!([CLASSES[0], location, location]),
            json!([CLASSES[0], ["payloads", "key"]]),
            json!([CLASSES[0], {"s3BucketName": "payloads"}]),
            json!([CLASSES[0], {"s3BucketName": "payloads", "s3Key": 1}]),
            json!([CLASSES[0], {"s3BucketName": "", "s3Key": "key"}]),
            json!([CLASSES[0], {"s3BucketName": "payloads", "s3Key": ""}]),
            json!([format!("{}2", CLASSES[0]), location]),
            json!(["java.lang.Runtime", location]),
            json!({CLASSES[0]: location}),
            location,
        ];
        let twice = JAVA.replace(r#""s3Key""#, r#""s3Key":"other","s3Key""#);
        let texts = [twice, format!("{JAVA}{JAVA}"), JAVA[1..].to_owned(), format!("[{JAVA}]")];
        for body in values.iter().map(Value::to_string).chain(texts) {
            assert_eq!(pointed(&message(None, &body)), Pointed::Not, "{body}");
            assert_eq!(pointed(&message(Some(ATTRIBUTES[1]), &body)), Pointed::InPart, "{body}");
        }
    }

    #[test]
    fn the_handler_gets_the_payload_without_the_attribute_of_the_pointer() {
        let mut pointer = message(Some(ATTRIBUTES[0]), JAVA);
        pointer.body_md5 = Some("0".repeat(32));
        let sent = with_payload(&pointer, "payload".to_owned());
        assert_eq!((&*sent.body, &sent.body_md5), ("payload", &None));
        assert_eq!(sent.attributes.keys().collect::<Vec<_>>(), ["tenant"]);
        assert_eq!((&sent.id, pointer.attributes.len()), (&pointer.id, 2));
    }
}
