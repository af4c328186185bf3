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
    for absent in ["longshore-", "first-received-at", "sent-at", "trace", "attr"] {
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
    assert_eq!(request.header("Longshore-Omitted-Attributes"), Some("11"));
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

/// A message with ten attributes of 2 KB: 20 KB of headers, which Node.js refuses.
fn ten_attributes_of_two_kilobytes() -> Message {
    let mut large = message("{}");
    large.attributes =
        (0..10).map(|n| (format!("large{n}"), text(&n.to_string().repeat(2000)))).collect();
    large.attributes.insert("tenant".into(), text("42"));
    large.attributes.insert("baggage".into(), text(&"b".repeat(2000)));
    large.attributes.insert("traceparent".into(), text(PARENT));
    large
}

#[tokio::test]
async fn attributes_and_trace_have_at_most_six_kibibytes_smallest_first() {
    let request = delivered(ten_attributes_of_two_kilobytes()).await;

    assert!(request.head.len() < 7 * 1024, "{} bytes", request.head.len());
    assert_eq!(request.header("X-Aws-Sqsd-Attr-tenant"), Some("42"));
    assert_eq!(request.header("Traceparent"), Some(PARENT));
    // Three values of 2 KB would have more than 6 KiB.
    let large = request.head.lines().filter(|line| line.len() > 2000).count();
    assert_eq!(large, 2, "{}", request.head);
    let sent = request.head.to_lowercase().matches("x-aws-sqsd-attr-").count();
    let omitted = (13 - sent).to_string();
    assert_eq!(request.header("Longshore-Omitted-Attributes"), Some(&*omitted));
}

const TOO_LARGE: &str = "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\n\r\n";

/// The verdict on a message whose first request is answered with 431, and the second request if
/// there is one.
async fn refused_once(message: Message, then: &str) -> (Verdict, Option<Request>) {
    let server = Server::start().await;
    let handler = HttpHandler::new(&server.url()).unwrap();
    let attributes = !message.attributes.is_empty();
    let serve = async {
        let (mut connection, _refused) = server.called().await;
        connection.answer(TOO_LARGE).await;
        if !attributes {
            return (connection, None);
        }
        let again = connection.request().await;
        connection.answer(then).await;
        (connection, Some(again))
    };
    let context = traced(&message);
    let handled = handler.handle(message, context);
    let (verdict, (_open, again)) = soon(async { tokio::join!(handled, serve) }).await;
    (verdict, again)
}

#[tokio::test]
async fn a_message_whose_headers_are_refused_is_sent_once_more_without_attributes() {
    let done = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let (verdict, again) = refused_once(ten_attributes_of_two_kilobytes(), done).await;
    assert_eq!(verdict, Verdict::Done);
    let again = again.unwrap();
    assert_eq!(again.body, "{}");
    assert_eq!(again.header("Longshore-Omitted-Attributes"), Some("13"));
    assert_eq!(again.header("Traceparent"), Some(PARENT));
    assert_eq!(again.header("X-Aws-Sqsd-Msgid"), Some("5fea7756-0ea4-451a-a703-a558b933e274"));
    assert!(again.head.len() < 1024, "{}", again.head);

    let (verdict, _) = refused_once(ten_attributes_of_two_kilobytes(), TOO_LARGE).await;
    assert_eq!(verdict, Verdict::retry("answered 431"));
}

#[tokio::test]
async fn a_message_without_attributes_is_not_sent_again_after_a_431() {
    let (verdict, _) = refused_once(message("{}"), "").await;
    assert_eq!(verdict, Verdict::retry("answered 431"));
}
