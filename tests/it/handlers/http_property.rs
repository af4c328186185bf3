//! Any bytes as the response of an application: each ends in a documented verdict.

use std::cell::Cell;
use std::time::Duration;

use foreign_input::Input;
use longshore::handler::HttpHandler;
use longshore::{BatchHandler, Handler, Message, Verdict};
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;

use super::scene::{Server, message, soon, undisturbed};

const HALF_A_DAY: Duration = Duration::from_secs(12 * 60 * 60);

const STATUSES: &[&str] = &["200 OK", "200 OK", "204 No Content", "429 Slow Down", "500 Failed"];

const HEADERS: &[&str] = &[
    "Connection: close",
    "Content-Encoding: gzip",
    "Content-Type: application/json; charset=utf-16",
    "Retry-After: 120",
    "Retry-After: 99999999999999999999\r\nRetry-After: 1",
    "Retry-After: Sun, 23 Nov 2036 18:27:00 GMT\r\nDate: Sun, 23 Nov 2025 18:27:00 GMT",
];

const BODIES: &[&str] = &[
    "",
    "done",
    "{\"batchItemFailures\":[]}",
    "{\"batchItemFailures\":[{\"itemIdentifier\":\"b\"}]}",
    "\u{feff}{\"batchItemFailures\":[]}",
];

/// A response in one of the three forms of a body, with mutations.
fn response() -> impl Strategy<Value = Input> {
    let parts = (select(STATUSES), select(HEADERS), select(BODIES));
    let response =
        (parts, 0..3_u8, any::<bool>()).prop_map(|((status, header, body), form, old)| {
            let length = body.len();
            let framed = match form {
                0 => format!("Content-Length: {length}\r\n\r\n{body}"),
                1 => format!("Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"),
                _ => format!("\r\n{body}"),
            };
            let version = if old { "1.0" } else { "1.1" };
            format!("HTTP/{version} {status}\r\n{header}\r\n{framed}").into_bytes()
        });
    let response = response.boxed();
    prop_oneof![1 => response.clone().prop_map(Input), 3 => foreign_input::bytes(response)]
}

/// The verdicts of a call whose response is these bytes and then the end of the connection.
fn verdicts_on(response: &Input, messages: Option<&[Message]>) -> Vec<Verdict> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = Server::start().await;
        let handler = HttpHandler::new(&server.url()).unwrap();
        let serve = async {
            let (mut connection, _) = server.called().await;
            connection.answer(&**response).await;
        };
        let call = async {
            match messages {
                Some(messages) => handler.handle_batch(messages, undisturbed()).await,
                None => vec![handler.handle(message("{}"), undisturbed()).await],
            }
        };
        soon(async { tokio::join!(call, serve).0 }).await
    })
}

#[test]
fn any_response_ends_in_a_documented_verdict() {
    let (done, retried, outages) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let batch = ["a", "b", "c"].map(|id| Message::new(id, "receipt", "body"));
    proptest!(|(response in response(), is_batch in any::<bool>())| {
        let verdicts = verdicts_on(&response, is_batch.then_some(&batch[..]));
        prop_assert_eq!(verdicts.len(), if is_batch { batch.len() } else { 1 });
        for verdict in verdicts {
            let (count, after) = match verdict {
                Verdict::Done => {
                    let text = String::from_utf8_lossy(&response);
                    prop_assert!(text.contains("HTTP/1.1 200") || text.contains("HTTP/1.0 200"));
                    (&done, None)
                }
                Verdict::Retry { after, .. } => (&retried, after),
                Verdict::Outage { after, .. } => (&outages, after),
                other => panic!("{other:?}"),
            };
            prop_assert!(after.is_none_or(|after| after <= HALF_A_DAY), "{:?}", after);
            count.set(count.get() + 1);
        }
    });
    assert!(done.get() > 0 && retried.get() > 0 && outages.get() > 0);
}
