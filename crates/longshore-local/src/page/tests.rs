//! The HTML of the pages, of a server without a port.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::{Form, Visit, overview, problem, queue};
use crate::action::Action;
use crate::actions::{Call, ServerState, perform};
use crate::live::LiveQueue;
use crate::pollers::{Client, Receive};
use crate::protocol::Parameters;
use crate::queue::Counts;
use crate::settings::QueueAttributes;

const HOSTILE: &str = "</pre><script>alert('x')</script>\"&";

fn server(attributes: &[(&str, &str)]) -> (ServerState, Arc<LiveQueue>) {
    let server = ServerState::without_port();
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    let attributes: QueueAttributes = attributes.iter().map(owned).collect();
    let name = if attributes.contains_key("FifoQueue") { "orders.fifo" } else { "orders" };
    let live = server
        .directory
        .create(&server.directory.home, name, &attributes, QueueAttributes::new())
        .unwrap();
    (server, live)
}

async fn call(server: &ServerState, action: Action, mut request: serde_json::Value) {
    let name = server.directory.all()[0].name.clone();
    request["QueueUrl"] = format!("http://h/0/{name}").into();
    let parameters = Parameters::Query(request);
    let client = Client { address: Some([127, 0, 0, 1].into()), agent: Some("<b>boto3</b>") };
    let mut call = Call::without_client(server, action, "h", parameters);
    call.client = client;
    perform(&call).await.unwrap();
}

fn page(server: &ServerState, live: &Arc<LiveQueue>) -> String {
    queue(server, live, Visit::default())
}

fn has(html: &str, part: &str) {
    assert!(html.contains(part), "{part:?} is missing:\n{html}");
}

#[tokio::test(start_paused = true)]
async fn each_state_of_a_message_is_named_with_its_end() {
    let (server, live) = server(&[("VisibilityTimeout", "45")]);
    call(&server, Action::SendMessage, json!({ "MessageBody": "first" })).await;
    call(&server, Action::ReceiveMessage, json!({})).await;
    call(&server, Action::SendMessage, json!({ "MessageBody": "later", "DelaySeconds": 60 })).await;
    call(&server, Action::SendMessage, json!({ "MessageBody": "now" })).await;
    tokio::time::advance(Duration::from_secs(5)).await;
    let html = page(&server, &live);
    for part in [
        "<b class=\"state\">in flight, returns in 40 s</b> <span>sent 5 s ago</span> <span>received once</span>",
        "<b class=\"state\">visible</b> <span>sent 5 s ago</span> <span>never received</span>",
        "<b class=\"state\">delayed, visible in 55 s</b>",
        "<dt>Visible</dt><dd>1</dd>",
        "The queue has 3 messages.",
    ] {
        has(&html, part);
    }
    let order = ["first", "now", "later"].map(|body| html.find(&format!(">{body}<")).unwrap());
    assert!(order.is_sorted(), "{order:?}");
}

#[tokio::test(start_paused = true)]
async fn a_look_at_the_pages_receives_nothing() {
    let (server, live) = server(&[("VisibilityTimeout", "45")]);
    for body in ["a", "b"] {
        call(&server, Action::SendMessage, json!({ "MessageBody": body })).await;
    }
    call(&server, Action::ReceiveMessage, json!({})).await;
    let before = live.act(|queue, _| format!("{:?}", queue.snapshot(10)));
    overview(&server, false);
    page(&server, &live);
    assert_eq!(live.act(|queue, _| format!("{:?}", queue.snapshot(10))), before);
    assert_eq!(live.counts(), Counts { visible: 1, in_flight: 1, delayed: 0, polls: 0 });
    assert_eq!(server.pollers.view().clients[0].receives.all, 1);
}

#[tokio::test(start_paused = true)]
async fn text_of_clients_is_escaped() {
    let (server, live) = server(&[]);
    let attribute = json!({ "DataType": "String", "StringValue": "<u>value" });
    let message = json!({ "MessageBody": HOSTILE, "MessageAttributes": { "n": attribute } });
    call(&server, Action::SendMessage, message).await;
    call(&server, Action::ReceiveMessage, json!({ "VisibilityTimeout": 0 })).await;
    let form =
        Form { body: HOSTILE.into(), attributes: "</textarea><b>".into(), ..Form::default() };
    let problem_text = Some("<em>refused".to_owned());
    let visit = Visit { problem: problem_text, form, ..Visit::default() };
    for html in [queue(&server, &live, visit), overview(&server, false), problem("<em>refused")] {
        for tag in ["<script", "<u>", "<em>", "</textarea><b>", "<b>boto3", "alert('"] {
            assert!(!html.contains(tag), "{tag} is not escaped:\n{html}");
        }
    }
    has(&page(&server, &live), "&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;");
}

#[tokio::test(start_paused = true)]
async fn at_most_a_hundred_messages_are_shown() {
    let (server, live) = server(&[]);
    for number in 0..1_234 {
        call(&server, Action::SendMessage, json!({ "MessageBody": format!("m{number}") })).await;
    }
    let html = page(&server, &live);
    assert_eq!(html.matches("<li class=\"message visible\">").count(), 100);
    has(&html, "<p class=\"lead\">1,134 more messages not shown.</p>");
}

#[tokio::test(start_paused = true)]
async fn a_long_body_is_cut_and_has_a_page_of_its_own() {
    let (server, live) = server(&[]);
    let body = "ä".repeat(100_000);
    call(&server, Action::SendMessage, json!({ "MessageBody": body })).await;
    let html = page(&server, &live);
    assert!(html.len() < 60_000, "{} bytes", html.len());
    let id = live.act(|queue, _| queue.snapshot(1)[0].envelope.content.message_id.clone());
    has(
        &html,
        &format!(
            "<a href=\"/queues/orders/messages/{id}\">Open the whole body of 200,000 bytes</a>"
        ),
    );
}

#[tokio::test(start_paused = true)]
async fn a_message_behind_another_of_its_group_is_blocked() {
    let (server, live) = server(&[("FifoQueue", "true"), ("ContentBasedDeduplication", "true")]);
    for (body, group) in [("a1", "a"), ("a2", "a"), ("b1", "b")] {
        let request = json!({ "MessageBody": body, "MessageGroupId": group });
        call(&server, Action::SendMessage, request).await;
    }
    call(&server, Action::ReceiveMessage, json!({})).await;
    let html = page(&server, &live);
    let states: Vec<&str> = html
        .split("<li class=\"message ")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(states, ["in-flight", "visible", "blocked"]);
    has(&html, "waits for its message group");
}

#[tokio::test(start_paused = true)]
async fn short_polls_have_a_cost_per_month_when_it_is_known() {
    let (server, live) = server(&[]);
    for _ in 0..120 {
        call(&server, Action::ReceiveMessage, json!({})).await;
    }
    let html = overview(&server, false);
    has(&html, "120 empty so far: <b>$0.000048</b> on AWS. The cost per month is known 10 s after");
    has(&html, "not known yet");
    tokio::time::advance(Duration::from_secs(60) - Duration::from_millis(1)).await;
    server.pollers.count(&live.arn, Client::default(), Receive { is_short: false, is_empty: true });
    for html in [overview(&server, false), page(&server, &live)] {
        // 121 in 59 s at $0.40 for a million.
        has(&html, "At the rate of the last 59 s: <b>$2.13</b> per month.");
        has(&html, "Clients poll short");
        has(&html, "&#60;b&#62;boto3&#60;/b&#62; <span class=\"about\">127.0.0.1</span>");
        has(&html, "no User-Agent");
    }
}

#[tokio::test]
async fn a_page_that_refreshes_has_no_forms() {
    let (server, live) = server(&[]);
    let visit = Visit { refreshes: true, ..Visit::default() };
    let html = queue(&server, &live, visit);
    has(&html, "<meta http-equiv=\"refresh\" content=\"5\">");
    assert!(!html.contains("<form"));
    let html = page(&server, &live);
    assert!(html.contains("<form") && !html.contains("http-equiv"));
}

#[tokio::test]
async fn a_dead_letter_queue_has_a_form_for_a_move_task() {
    let (server, dead) = server(&[]);
    assert!(!page(&server, &dead).contains("/redrive"));
    let policy = json!({ "deadLetterTargetArn": &*dead.arn, "maxReceiveCount": 3 }).to_string();
    let attributes = QueueAttributes::from([("RedrivePolicy".to_owned(), policy)]);
    server
        .directory
        .create(&server.directory.home, "source", &attributes, QueueAttributes::new())
        .unwrap();
    let html = page(&server, &dead);
    has(&html, "<form method=\"post\" action=\"/queues/orders/redrive\">");
    has(&html, "<option value=\"arn:aws:sqs:us-east-1:000000000000:source\">source</option>");
    has(&overview(&server, false), "<a href=\"/queues/orders\">orders</a></td>");
}

#[tokio::test]
async fn a_server_without_queues_says_how_to_create_one() {
    let server = ServerState::without_port();
    let html = overview(&server, false);
    has(&html, "<h1>0 queues, 0 messages</h1>");
    has(&html, "No queue exists.");
    has(&html, "No client has received from a queue yet.");
}

#[tokio::test(start_paused = true)]
async fn only_a_receive_with_a_wait_time_of_0_is_a_short_poll() {
    let (server, _) = server(&[("ReceiveMessageWaitTimeSeconds", "2")]);
    for request in [json!({}), json!({ "WaitTimeSeconds": 1 }), json!({ "WaitTimeSeconds": 0 })] {
        call(&server, Action::SendMessage, json!({ "MessageBody": "m" })).await;
        for _with_a_message_and_without in 0..2 {
            call(&server, Action::ReceiveMessage, request.clone()).await;
        }
    }
    let receives = &server.pollers.view().clients[0].receives;
    let counts = [receives.all, receives.short, receives.empty, receives.short_and_empty];
    assert_eq!(counts, [6, 2, 3, 1]);
}
