//! Payloads in S3, with the real SDK, against a server with the answers of S3.

use std::collections::BTreeMap;

use longshore::config::{AwsConfig, QueueAddress};
use longshore::queue::{Connection, PayloadFailure, PayloadObject, PayloadStore, S3Payloads};

use crate::support::s3_server::{IN_PARTS, S3Server, error};

const LIMIT: usize = 6 << 20;

/// Nothing answers at the endpoint of SQS.
async fn payloads_at(s3_endpoint: &str) -> S3Payloads {
    let config =
        AwsConfig::default().endpoint_url("http://127.0.0.1:9").s3_endpoint_url(s3_endpoint);
    let connection = Connection::open(&config).await.unwrap();
    connection.payload_store(&QueueAddress::from("orders"))
}

fn object(key: &str) -> PayloadObject {
    PayloadObject { bucket: "payloads".to_owned(), key: key.to_owned() }
}

#[tokio::test]
async fn an_object_is_read_byte_for_byte_up_to_the_limit() {
    let payload: Vec<u8> = (0..5 << 20).map(|n: u32| ((n * 31) >> 3) as u8).collect();
    let large = vec![0; LIMIT + 1];
    let server = S3Server::start(BTreeMap::from([
        ("GET /payloads/a/b%20c%2B", (200, vec![], payload.clone())),
        ("GET /payloads/parts", (200, vec![IN_PARTS], payload.clone())),
        ("GET /payloads/large", (200, vec![], large.clone())),
        ("GET /payloads/large-in-parts", (200, vec![IN_PARTS], large)),
    ]))
    .await;
    let store = payloads_at(&server.url).await;
    for key in ["a/b c+", "parts"] {
        let read = store.read(&object(key), LIMIT).await.unwrap();
        assert!(read == payload, "{key} differs");
    }
    for key in ["large", "large-in-parts"] {
        let error = store.read(&object(key), LIMIT).await.unwrap_err();
        assert_eq!(error.failure, PayloadFailure::TooLarge, "{error}");
    }
    let authorization = server.requests()[0].1["authorization"].to_str().unwrap().to_owned();
    assert!(authorization.contains("/s3/aws4_request"), "{authorization}");
}

#[tokio::test]
async fn answers_of_s3_are_failures_with_its_reason_and_one_request_each() {
    use PayloadFailure::{Missing, Refused, Unavailable};
    let region = vec![("x-amz-bucket-region", "eu-west-1")];
    let server = S3Server::start(BTreeMap::from([
        ("GET /payloads/gone", (404, vec![], error("NoSuchKey"))),
        ("GET /payloads/denied", (403, vec![], error("AccessDenied"))),
        ("GET /payloads/elsewhere", (301, region, error("PermanentRedirect"))),
        ("GET /payloads/slow", (503, vec![], error("SlowDown"))),
        ("GET /payloads/broken", (500, vec![], error("InternalError"))),
    ]))
    .await;
    let store = payloads_at(&server.url).await;
    for (key, failure, reason) in [
        ("gone", Missing, "S3 answered 404 NoSuchKey: a message of S3"),
        ("denied", Refused, "S3 answered 403 AccessDenied: a message of S3"),
        ("elsewhere", Refused, "the bucket is in eu-west-1"),
        ("slow", Unavailable, "S3 answered 503 SlowDown"),
        ("broken", Unavailable, "S3 answered 500 InternalError"),
    ] {
        let error = store.read(&object(key), LIMIT).await.unwrap_err();
        assert_eq!(error.failure, failure, "{key}: {error}");
        assert!(error.to_string().contains(reason), "{key}: {error}");
    }
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn an_object_is_deleted_by_one_request() {
    let server = S3Server::start(BTreeMap::from([
        ("DELETE /payloads/key", (204, vec![], vec![])),
        ("DELETE /payloads/denied", (403, vec![], error("AccessDenied"))),
    ]))
    .await;
    let store = payloads_at(&server.url).await;
    store.delete(&object("key")).await.unwrap();
    let error = store.delete(&object("denied")).await.unwrap_err();
    assert_eq!(error.failure, PayloadFailure::Refused);
    let lines: Vec<_> = server.requests().into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, ["DELETE /payloads/key", "DELETE /payloads/denied"]);
}

#[tokio::test]
async fn a_server_that_is_away_is_an_outage() {
    let store = payloads_at("http://127.0.0.1:9").await;
    let error = store.read(&object("key"), LIMIT).await.unwrap_err();
    assert_eq!(error.failure, PayloadFailure::Unavailable, "{error}");
}
