//! The paths of the page and those of LocalStack, without a connection.

use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::header::HeaderMap;
use serde_json::{Value, json};

use super::request::answer;
use crate::action::Action;
use crate::actions::{Call, ServerState, perform};
use crate::protocol::Parameters;
use crate::queue::Counts;
use crate::scope::Scope;
use crate::settings::QueueAttributes;

const HOST: (&str, &str) = ("host", "127.0.0.1:9324");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("accept", "application/json");

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

fn server(queues: &[&str]) -> ServerState {
    let server = ServerState::without_port();
    for name in queues {
        let fifo = [("FifoQueue", "true"), ("ContentBasedDeduplication", "true")];
        let attributes = fifo.iter().filter(|_| name.ends_with(".fifo"));
        let attributes: QueueAttributes =
            attributes.map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        server
            .directory
            .create(&server.directory.home, name, &attributes, QueueAttributes::new())
            .unwrap();
    }
    server
}

async fn ask(
    server: &ServerState,
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers.iter().chain([&HOST]) {
        request = request.header(*name, *value);
    }
    let (head, body) = request.body(body.to_owned().into()).unwrap().into_parts();
    let (head, body) = answer(server, &head, None, &body).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

async fn get(server: &ServerState, uri: &str, headers: &[(&str, &str)]) -> Answer {
    ask(server, "GET", uri, headers, "").await
}

async fn submit(server: &ServerState, uri: &str, body: &str) -> Answer {
    let headers = [FORM, ("origin", "http://127.0.0.1:9324"), ("sec-fetch-site", "same-origin")];
    ask(server, "POST", uri, &headers, body).await
}

async fn call(server: &ServerState, action: Action, name: &str, mut request: Value) {
    request["QueueUrl"] = format!("http://h/0/{name}").into();
    let parameters = Parameters::Query(request);
    perform(&Call::without_client(server, action, "h", parameters)).await.unwrap();
}

fn counts(server: &ServerState, name: &str) -> Counts {
    server.directory.find(&server.directory.home, name).unwrap().counts()
}

fn bodies(server: &ServerState, name: &str) -> Vec<String> {
    let live = server.directory.find(&server.directory.home, name).unwrap();
    let views = live.act(|queue, _| queue.snapshot(100));
    views.iter().map(|view| view.envelope.content.body.clone()).collect()
}

#[tokio::test]
async fn the_pages_allow_no_script() {
    let server = server(&["orders"]);
    for (uri, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/queues/orders", "text/html; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
    ] {
        let found = get(&server, uri, &[]).await;
        assert_eq!((found.status, found.header("content-type")), (200, kind), "{uri}");
        let policy = found.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"));
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert_eq!(found.header("x-content-type-options"), "nosniff");
    }
    assert_eq!(ask(&server, "HEAD", "/", &[], "").await.status, 200);
}

#[tokio::test]
async fn an_action_in_the_url_is_not_the_page() {
    let server = server(&["orders"]);
    let found = get(&server, "/?Action=ListQueues", &[]).await;
    assert!(found.body.contains("<QueueUrl>http://127.0.0.1:9324/000000000000/orders</QueueUrl>"));
    assert_eq!(ask(&server, "POST", "/", &[], "").await.status, 404);
    assert_eq!(get(&server, "/favicon.ico", &[]).await.status, 404);
}

#[tokio::test]
async fn a_page_of_what_does_not_exist_is_missing() {
    let server = server(&["orders"]);
    for uri in ["/queues/other", "/queues/orders/messages/x", "/queues/orders/a/b/c"] {
        let found = get(&server, uri, &[]).await;
        assert_eq!(found.status, 404, "{uri}");
        assert!(found.body.contains("<h1>Not found</h1>"), "{uri}");
    }
    assert_eq!(submit(&server, "/queues/orders/other", "").await.status, 404);
    assert_eq!(submit(&server, "/queues/other/purge", "").await.status, 404);
}

#[tokio::test]
async fn the_form_sends_a_message() {
    let server = server(&["orders"]);
    let fields = "body=a%0D%0A%26b&group=&delay=0&attributes=kind%3Dx%3Dy%0D%0A%0D%0Aother%3Dz";
    let found = submit(&server, "/queues/orders/send", fields).await;
    assert_eq!((found.status, found.header("location")), (303, "/queues/orders?done=send"));
    let next = get(&server, "/queues/orders?done=send", &[]).await;
    assert!(next.body.contains("<p class=\"notice\" role=\"status\">The message is sent.</p>"));
    let live = server.directory.find(&server.directory.home, "orders").unwrap();
    let sent = live.act(|queue, _| queue.snapshot(10));
    let content = &sent[0].envelope.content;
    assert_eq!((sent.len(), content.body.as_str()), (1, "a\n&b"));
    let attributes = serde_json::to_value(&content.attributes).unwrap();
    let text = |value| json!({ "DataType": "String", "StringValue": value });
    assert_eq!(attributes, json!({ "kind": text("x=y"), "other": text("z") }));
    assert_eq!(server.requests.read().total(), 0, "a form is not a request of a client");
}

#[tokio::test]
async fn a_refused_form_keeps_its_input() {
    let server = server(&["orders"]);
    let found = submit(&server, "/queues/orders/send", "body=%3Cb%3Ekept&delay=901").await;
    assert_eq!(found.status, 400);
    assert!(found.body.contains("role=\"alert\">Refused: Value 901 for parameter DelaySeconds"));
    assert!(found.body.contains("\n&#60;b&#62;kept</textarea>"), "{}", found.body);
    for (input, why) in [
        ("body=x&delay=soon", "Delay in seconds: found &#34;soon&#34;; expected a whole number."),
        ("body=x&attributes=kind", "found &#34;kind&#34;; expected NAME=VALUE on each line."),
        ("body=x&attributes=a%3D1%0Aa%3D2", "&#34;a&#34; is there twice."),
    ] {
        let found = submit(&server, "/queues/orders/send", input).await;
        assert_eq!(found.status, 400);
        assert!(found.body.contains(why), "{why} is missing: {}", found.body);
    }
    let reloaded = get(&server, "/queues/orders/send", &[]).await;
    assert_eq!((reloaded.status, reloaded.header("location")), (303, "/queues/orders"));
    assert_eq!(counts(&server, "orders"), Counts::default());
}

#[tokio::test]
async fn the_forms_purge_and_redrive() {
    let server = server(&["dead"]);
    let arn = server.directory.find(&server.directory.home, "dead").unwrap().arn.to_string();
    let policy = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": 3 }).to_string();
    let attributes = QueueAttributes::from([("RedrivePolicy".to_owned(), policy)]);
    let source = server
        .directory
        .create(&server.directory.home, "source", &attributes, QueueAttributes::new())
        .unwrap();
    call(&server, Action::SendMessage, "dead", json!({ "MessageBody": "m" })).await;
    let fields = format!("destination={}&rate=", source.arn);
    let found = submit(&server, "/queues/dead/redrive", &fields).await;
    assert_eq!((found.status, found.header("location")), (303, "/queues/dead?done=redrive"));
    source.until(|counts| counts.visible == 1).await.unwrap();
    assert_eq!(bodies(&server, "source"), ["m"]);
    assert_eq!(submit(&server, "/queues/source/purge", "").await.status, 303);
    assert_eq!(counts(&server, "source"), Counts::default());
    assert_eq!(submit(&server, "/queues/source/redrive", "").await.status, 400);
}

#[tokio::test]
async fn forms_of_other_web_sites_are_refused() {
    let server = server(&["orders"]);
    call(&server, Action::SendMessage, "orders", json!({ "MessageBody": "m" })).await;
    let query = "Action=PurgeQueue&QueueUrl=http://h/0/orders";
    for foreign in [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")] {
        for (uri, body) in [("/queues/orders/purge", ""), ("/", query)] {
            let found = ask(&server, "POST", uri, &[FORM, foreign], body).await;
            assert_eq!(found.status, 403, "{uri} {foreign:?}");
        }
    }
    let cross = [("sec-fetch-site", "cross-site")];
    assert_eq!(get(&server, &format!("/?{query}"), &cross).await.status, 403);
    assert_eq!(counts(&server, "orders").visible, 1);
    assert_eq!(get(&server, "/queues/orders", &cross).await.status, 200, "a link is followed");
}

#[tokio::test]
async fn the_whole_body_of_a_message_is_plain_text() {
    let server = server(&["orders"]);
    let body = format!("<script>{}", "x".repeat(100_000));
    call(&server, Action::SendMessage, "orders", json!({ "MessageBody": body })).await;
    let live = server.directory.find(&server.directory.home, "orders").unwrap();
    let id = live.act(|queue, _| queue.snapshot(1)[0].envelope.content.message_id.clone());
    let found = get(&server, &format!("/queues/orders/messages/{id}"), &[]).await;
    assert_eq!((found.status, found.header("content-type")), (200, "text/plain; charset=utf-8"));
    assert_eq!(found.header("x-content-type-options"), "nosniff");
    assert_eq!(found.body, body);
}

#[tokio::test]
async fn the_messages_of_localstack_are_not_received() {
    let server = server(&["orders"]);
    for body in ["message-1", "message-2", "message-3"] {
        call(&server, Action::SendMessage, "orders", json!({ "MessageBody": body })).await;
    }
    call(&server, Action::ReceiveMessage, "orders", json!({})).await;
    let before = counts(&server, "orders");
    let messages = "/_aws/sqs/messages?QueueUrl=http://localhost:4566/000000000000/orders";
    let doc = get(&server, messages, &[JSON]).await.json();
    let found = &doc["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"];
    assert_eq!(found.as_array().unwrap().len(), 2);
    assert_eq!(found[0]["Body"], "message-2");
    assert_eq!(found[0]["MD5OfBody"], "95ef155b66299d14edf7ed57c468c13b");
    assert_eq!(found[0]["ReceiptHandle"], "SQS/BACKDOOR/ACCESS");
    for method in ["PUT", "DELETE"] {
        let refused = ask(&server, method, messages, &[JSON], "").await;
        assert_eq!((refused.status, refused.header("allow")), (405, "GET, HEAD, POST"));
    }
    let one = get(&server, &format!("{messages}&ShowInvisible=1"), &[JSON]).await.body;
    let all = get(&server, &format!("{messages}&ShowInvisible=True"), &[JSON]).await;
    assert_eq!(one.len(), all.body.len());
    let all = all.json();
    let found = &all["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"];
    assert_eq!(found.as_array().unwrap().len(), 3);
    let attribute = |message: &Value, name: &str| {
        let all = message["Attribute"].as_array().unwrap();
        all.iter().find(|entry| entry["Name"] == name).map(|entry| entry["Value"].clone())
    };
    assert_eq!(attribute(&found[0], "ApproximateReceiveCount"), Some("1".into()));
    assert_eq!(attribute(&found[0], "IsVisible"), Some("false".into()));
    assert_eq!(attribute(&found[1], "IsVisible"), Some("true".into()));
    assert_eq!(attribute(&found[1], "ApproximateFirstReceiveTimestamp"), Some("0".into()));
    assert_eq!(attribute(&found[1], "IsDelayed"), None);
    assert_eq!(attribute(&found[1], "SenderId"), Some("000000000000".into()));
    assert_eq!(counts(&server, "orders"), before);
}

#[tokio::test]
async fn delayed_messages_are_returned_on_request() {
    let server = server(&["orders"]);
    call(&server, Action::SendMessage, "orders", json!({ "MessageBody": "a" })).await;
    let delayed = json!({ "MessageBody": "b", "DelaySeconds": 10 });
    call(&server, Action::SendMessage, "orders", delayed).await;
    let path = "/_aws/sqs/messages/us-east-1/000000000000/orders";
    let one = get(&server, path, &[JSON]).await.json();
    let one = &one["ReceiveMessageResponse"]["ReceiveMessageResult"]["Message"];
    assert_eq!(one["Body"], "a", "one element is not a list");
    let xml = get(&server, &format!("{path}?ShowDelayed=true"), &[]).await;
    assert_eq!(xml.header("content-type"), "text/xml");
    assert!(xml.body.contains("<Body>b</Body>") && xml.body.contains("<ReceiveMessageResult>"));
    assert_eq!(xml.body.matches("<Name>IsDelayed</Name><Value>true</Value>").count(), 1);
}

#[tokio::test]
async fn messages_behind_others_of_their_group_are_invisible() {
    let server = server(&["orders.fifo"]);
    for body in ["a1", "a2"] {
        let message = json!({ "MessageBody": body, "MessageGroupId": "a" });
        call(&server, Action::SendMessage, "orders.fifo", message).await;
    }
    call(&server, Action::ReceiveMessage, "orders.fifo", json!({})).await;
    let path = "/_aws/sqs/messages/us-east-1/000000000000/orders.fifo";
    let empty = get(&server, path, &[JSON]).await.json();
    assert_eq!(empty["ReceiveMessageResponse"]["ReceiveMessageResult"], Value::Null);
    let all = get(&server, &format!("{path}?ShowInvisible=true"), &[]).await.body;
    assert_eq!(all.matches("<Message>").count(), 2);
}

#[tokio::test]
async fn an_aws_client_can_use_the_path_as_its_endpoint() {
    let server = server(&["orders"]);
    for body in ["a", "b"] {
        call(&server, Action::SendMessage, "orders", json!({ "MessageBody": body })).await;
    }
    let request = json!({ "QueueUrl": "http://h/0/orders", "MaxNumberOfMessages": 1 }).to_string();
    let target = ("x-amz-target", "AmazonSQS.ReceiveMessage");
    let found = ask(&server, "POST", "/_aws/sqs/messages", &[target], &request).await;
    assert_eq!(found.header("content-type"), "application/x-amz-json-1.0");
    assert_eq!(found.json()["Messages"].as_array().unwrap().len(), 2);
    let form = "Action=ReceiveMessage&QueueUrl=http://h/0/orders";
    let found = ask(&server, "POST", "/_aws/sqs/messages", &[FORM], form).await;
    assert_eq!(found.body.matches("<Message>").count(), 2);
    let target = ("x-amz-target", "AmazonSQS.SendMessage");
    let found = ask(&server, "POST", "/_aws/sqs/messages", &[target], &request).await;
    assert_eq!(found.header("x-amzn-query-error"), "InvalidRequest;Sender");
    assert_eq!(found.json()["message"], "This endpoint only accepts ReceiveMessage calls");
}

#[tokio::test]
async fn the_errors_of_the_messages_path_are_those_of_localstack() {
    let server = server(&["orders"]);
    let missing = "AWS.SimpleQueueService.NonExistentQueue";
    for (rest, status, code) in [
        ("", 400, missing),
        ("?QueueUrl=http://localhost:4566/nonsense", 404, "InvalidAddress"),
        ("?QueueUrl=http://localhost:4566/000000000000/other", 400, missing),
        ("/us-east-1/000000000000/other", 400, missing),
        ("/us-east-2/000000000000/orders", 400, missing),
        ("/us-east-1/orders", 400, missing),
    ] {
        let found = get(&server, &format!("/_aws/sqs/messages{rest}"), &[JSON]).await;
        let error = &found.json()["ErrorResponse"]["Error"];
        assert_eq!((found.status, &error["Code"]), (status, &json!(code)), "{rest}");
    }
    let xml = get(&server, "/_aws/sqs/messages", &[]).await.body;
    assert!(xml.contains(&format!("<Code>{missing}</Code>")), "{xml}");
}

#[tokio::test]
async fn the_health_is_that_of_localstack() {
    let server = server(&[]);
    let found = get(&server, "/_localstack/health", &[]).await;
    assert_eq!((found.status, found.header("content-type")), (200, "application/json"));
    let version = env!("CARGO_PKG_VERSION");
    let expected =
        json!({ "services": { "sqs": "running" }, "edition": "community", "version": version });
    assert_eq!(found.json(), expected);
    assert_eq!(ask(&server, "HEAD", "/_localstack/health", &[], "").await.status, 200);
    assert_eq!(ask(&server, "POST", "/_localstack/health", &[], "").await.status, 405);
}

#[tokio::test]
async fn queues_of_two_regions_have_two_pages() {
    let server = server(&["orders"]);
    let (region, none) = (Scope::new("eu-west-1", "000000000000"), QueueAttributes::new());
    let other = server.directory.create(&region, "orders", &none, none.clone()).unwrap();
    let overview = get(&server, "/", &[]).await.body;
    let path = "/queues/eu-west-1/000000000000/orders";
    for link in [
        "<a href=\"/queues/orders\">orders</a>".to_owned(),
        format!("<a href=\"{path}\">orders (eu-west-1 000000000000)</a>"),
    ] {
        assert!(overview.contains(&link), "{link} is missing:\n{overview}");
    }
    let found = submit(&server, &format!("{path}/send"), "body=m").await;
    assert_eq!((found.status, found.header("location")), (303, &*format!("{path}?done=send")));
    assert_eq!((other.counts().visible, counts(&server, "orders").visible), (1, 0));
    let page = get(&server, path, &[]).await.body;
    assert!(page.contains("arn:aws:sqs:eu-west-1:000000000000:orders"), "{page}");
    assert!(page.contains(&format!("<form method=\"post\" action=\"{path}/send\">")), "{page}");
    let signed =
        ("authorization", "AWS4-HMAC-SHA256 Credential=t/20261129/eu-west-1/sqs/aws4_request");
    let url = "/_aws/sqs/messages?QueueUrl=http://localhost:4566/000000000000/orders";
    assert!(get(&server, url, &[signed]).await.body.contains("<Body>m</Body>"));
    assert!(!get(&server, url, &[]).await.body.contains("<Body>m</Body>"));
}
