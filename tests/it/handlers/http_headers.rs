//! The headers of a request, and which headers a sender cannot set.

use std::time::{Duration, UNIX_EPOCH};

use longshore::handler::HttpHandler;
use longshore::{Handler, Message, Verdict};

use super::scene::{Request, Server, bytes, message, soon, text, traced};

/// The request by which a message is delivered.
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

async fn delivered(message: Message) -> Request {
    let server = Server::start().await;
    let handler = HttpHandler::new(&server.url()).unwrap();
    let serve = async {
        let (mut connection, request) = server.called().await;
        connection.answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        request
    };
    let context = traced(&message);
    let handled = handler.handle(message, context);
    let (verdict, request) = soon(async { tokio::join!(handled, serve) }).await;
    assert_eq!(verdict, Verdict::Done);
    request
}

#[tokio::test]
async fn the_headers_of_elastic_beanstalk_are_set() {
    let mut full = message("{}");
    full.receive_count = 3;
    full.sent_at = Some(UNIX_EPOCH + Duration::from_millis(1_763_922_300_750));
    full.first_received_at = Some(UNIX_EPOCH + Duration::from_secs(1_763_922_301));
    full.trace_header = Some("Root=1-5759e988-bd862e3fe1be46a994272793".into());
    full.attributes = [
        ("tenant.Id".into(), text("42")),
        ("picture".into(), bytes(b"\x89PNG")),
        ("traceparent".into(), text(PARENT)),
        ("tracestate".into(), text("a=b")),
        ("baggage".into(), text("tenant=42")),
    ]
    .into();

    let request = delivered(full).await;

    let expected = [
        ("Content-Type", "application/json"),
        ("X-Aws-Sqsd-Msgid", "5fea7756-0ea4-451a-a703-a558b933e274"),
        ("X-Aws-Sqsd-Queue", "orders"),
        ("X-Aws-Sqsd-Receive-Count", "3"),
        ("X-Aws-Sqsd-First-Received-At", "2025-11-23T18:25:01Z"),
        ("X-Aws-Sqsd-Sent-At", "2025-11-23T18:25:00Z"),
        ("X-Aws-Sqsd-Attr-tenant.Id", "42"),
        ("X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793"),
        ("Traceparent", PARENT),
        ("Tracestate", "a=b"),
        ("Baggage", "tenant=42"),
    ];
    for (name, value) in expected {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    let agent = request.header("User-Agent").unwrap();
    assert!(agent.starts_with("aws-sqsd/2.0 longshore/"), "{agent}");
    assert_eq!(request.header("X-Aws-Sqsd-Attr-picture"), None);
}

#[tokio::test]
async fn missing_values_have_no_header() {
    let head = delivered(message("{}")).await.head.to_lowercase();
    for absent in ["first-received-at", "sent-at", "trace", "attr"] {
        assert!(!head.contains(absent), "{head}");
    }
}

#[tokio::test]
async fn an_attribute_that_cannot_be_a_header_is_left_out() {
    let mut hostile = message("{}");
    hostile.trace_header = Some("Root=1\r\nX-Evil: trace".into());
    hostile.attributes = [
        ("crlf", text("a\r\nX-Evil: value")),
        ("lf", text("a\nX-Evil: value")),
        ("nul", text("a\0evil")),
        ("traceparent", text("00\r\nX-Evil: parent")),
        ("baggage", text("tenant=\0evil")),
        ("umlaut", text("evil ö")),
        ("X: evil\r\nX-Evil", text("name")),
        ("evil name", text("blank")),
        ("evil:name", text("colon")),
        ("größe-evil", text("umlaut")),
        ("long", text(&"evil".repeat(2000))),
        ("plain", text("kept")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();

    let request = delivered(hostile).await;

    assert!(!request.head.to_lowercase().contains("evil"), "{}", request.head);
    assert_eq!(request.header("X-Aws-Sqsd-Attr-plain"), Some("kept"));
}

#[tokio::test]
async fn of_two_attributes_that_differ_in_case_the_first_by_name_is_sent() {
    let mut twice = message("{}");
    twice.attributes =
        [("tenant".into(), text("small")), ("Tenant".into(), text("capital"))].into();

    let request = delivered(twice).await;

    assert_eq!(request.header("X-Aws-Sqsd-Attr-Tenant"), Some("capital"));
    assert!(!request.head.contains("small"), "{}", request.head);
}
