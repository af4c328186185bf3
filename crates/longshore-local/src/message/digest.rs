//! The MD5 digests that AWS SDKs verify, and the SHA-256 digest of content-based deduplication.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::attribute::{Attribute, Value};

/// The marker bytes that the digest contains before a value of this type.
const STRING: u8 = 1;
const BINARY: u8 = 2;

/// `MD5OfMessageBody`.
pub(crate) fn md5_of_body(body: &str) -> String {
    hex(&Md5::digest(body.as_bytes()))
}

/// `MD5OfMessageAttributes` and `MD5OfMessageSystemAttributes`; `None` without attributes.
///
/// The names must be sorted. Before each name, data type and value is its length, as 4 big-endian
/// bytes
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation>).
pub(crate) fn md5_of_attributes<'a>(
    sorted: impl Iterator<Item = (&'a str, &'a Attribute)>,
) -> Option<String> {
    let mut digest = Md5::new();
    let mut any = false;
    for (name, attribute) in sorted {
        any = true;
        update_with_length(&mut digest, name.as_bytes());
        update_with_length(&mut digest, attribute.data_type.as_bytes());
        let (marker, value) = match &attribute.value {
            Value::Text(text) => (STRING, text.as_bytes()),
            Value::Binary(bytes) => (BINARY, bytes.as_slice()),
        };
        digest.update([marker]);
        update_with_length(&mut digest, value);
    }
    any.then(|| hex(&digest.finalize()))
}

/// The deduplication id of content-based deduplication: the SHA-256 digest of the body.
pub(crate) fn deduplication_id(body: &str) -> String {
    hex(&Sha256::digest(body.as_bytes()))
}

fn update_with_length(digest: &mut Md5, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("a message is at most 1 MiB");
    digest.update(length.to_be_bytes());
    digest.update(bytes);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Attribute {
        Attribute { data_type: "String".into(), value: Value::Text(value.into()) }
    }

    #[test]
    fn digests_equal_those_of_sqs() {
        // Recorded from SQS by other projects that compare their digests with it.
        assert_eq!(md5_of_body("msg"), "6e2baaf3b97dbeef01c0043275f9a0e7");
        let (general, hello, help) = (text("Kenobi"), text("There"), text("Me"));
        let all = [("General", &general), ("Hello", &hello), ("Help.Me", &help)];
        assert_eq!(
            md5_of_attributes(all.into_iter()).as_deref(),
            Some("4c360f3fdafd970e05fae2f149d997f5")
        );
        let some = [("Hello", &hello), ("Help.Me", &help)];
        assert_eq!(
            md5_of_attributes(some.into_iter()).as_deref(),
            Some("83fee93c1bcd8b9a5a923ffacdc636c7")
        );
    }

    #[test]
    fn a_binary_value_has_its_own_marker() {
        let value =
            b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01".to_vec();
        let attribute = Attribute { data_type: "Binary".into(), value: Value::Binary(value) };
        let digest = md5_of_attributes([("attr1", &attribute)].into_iter());
        assert_eq!(digest.as_deref(), Some("8cbe4db156db8a94db8b801b7addb984"));
    }

    #[test]
    fn no_attributes_have_no_digest() {
        assert_eq!(md5_of_attributes(std::iter::empty()), None);
    }
}
