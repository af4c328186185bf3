//! A function of AWS Lambda in runtimes that the handler starts.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use longshore::handler::{LambdaHandler, NotReady};
use longshore::trace::TraceContext;
use longshore::{BatchHandler, Message, Verdict};
use serde_json::Value;

use super::lambda_runtime::function;
use super::scene::{Traces, call, soon, undisturbed};

fn handler(mode: &str) -> LambdaHandler {
    LambdaHandler::new(function(mode).init_timeout(Duration::from_secs(20))).unwrap()
}

fn messages(bodies: &[&str]) -> Vec<Message> {
    let message = |(index, body): (usize, &&str)| Message::new(index.to_string(), "r", *body);
    bodies.iter().enumerate().map(message).collect()
}

async fn handle(handler: &LambdaHandler, bodies: &[&str]) -> Vec<Verdict> {
    soon(handler.handle_batch(&messages(bodies), undisturbed())).await
}

#[tokio::test]
async fn a_function_gets_what_lambda_gives_it() {
    let (traces, handler) = (Traces::new(), handler("works"));
    let mut trace = TraceContext::default();
    trace.xray = Some("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1".to_owned());
    let context = call().trace(trace).context();
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();

    let messages = messages(&[&traces.path("seen")]);
    let verdicts = soon(handler.handle_batch(&messages, context)).await;

    assert_eq!(verdicts, [Verdict::Done]);
    let seen: Value = serde_json::from_str(&traces.read("seen")).unwrap();
    assert_eq!(seen["event"]["Records"][0]["messageId"], "0");
    assert_eq!(seen["event"]["Records"][0]["eventSource"], "aws:sqs");
    let left = seen["deadline"].as_str().unwrap().parse::<u128>().unwrap() - before;
    assert!((15_000..=50_000).contains(&left), "{left} ms");
    assert_eq!(seen["trace"], "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
    assert!(seen["arn"].as_str().unwrap().ends_with(":000000000000:function:fulfil"));
    let variables = &seen["variables"];
    assert_eq!(variables["AWS_LAMBDA_FUNCTION_NAME"], "fulfil");
    assert_eq!(variables["_HANDLER"], "app.handler");
}

#[tokio::test]
async fn the_answer_of_a_function_is_the_verdict() {
    let handler = handler("works");
    let partly = handle(&handler, &["partly", "second", "third"]).await;
    let named = Verdict::retry("reported in batchItemFailures");
    assert_eq!(partly, [Verdict::Done, named, Verdict::Done]);
    let failed = handle(&handler, &["fails", "second"]).await;
    assert_eq!(failed, vec![Verdict::retry("ValueError: no stock"); 2]);
}

#[tokio::test]
async fn a_runtime_that_ends_takes_no_later_message_with_it() {
    let (traces, handler) = (Traces::new(), handler("works"));
    let done = traces.path("seen");
    assert_eq!(handle(&handler, &[&done]).await, [Verdict::Done]);
    let exited = handle(&handler, &["exits"]).await;
    assert!(
        matches!(&exited[0], Verdict::Outage { reason, .. } if reason.ends_with("exit status: 7")),
        "{exited:?}"
    );
    soon(handler.check()).await.unwrap();
    assert_eq!(handle(&handler, &[&done]).await, [Verdict::Done]);
}

#[tokio::test]
async fn a_runtime_that_does_not_start_gets_no_message() {
    for (mode, reason) in [
        ("breaks", "exit status: 3; its last lines: "),
        ("reports", "failed: ImportError: no module app"),
    ] {
        let handler = handler(mode);
        let Err(NotReady::Unreachable(why)) = soon(handler.check()).await else {
            panic!("{mode} is ready");
        };
        assert!(why.contains(reason), "{why}");
        let verdicts = handle(&handler, &["a", "b"]).await;
        assert!(
            verdicts.iter().all(|verdict| matches!(verdict, Verdict::Unavailable { .. })),
            "{verdicts:?}"
        );
    }
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_named() {
    let function = longshore::handler::LambdaFunction::new("f", vec!["/no/such/program".into()]);
    let handler = LambdaHandler::new(function).unwrap();
    let why = soon(handler.check()).await.unwrap_err().to_string();
    assert!(why.starts_with("cannot start /no/such/program: "), "{why}");
}

#[tokio::test]
async fn a_runtime_that_never_asks_is_stopped() {
    let function = function("hangs").init_timeout(Duration::from_millis(300));
    let handler = LambdaHandler::new(function).unwrap();
    let why = soon(handler.check()).await.unwrap_err().to_string();
    assert!(why.contains("did not ask for an invocation within 0.3 s"), "{why}");
}

#[tokio::test]
async fn a_call_that_must_end_stops_its_runtime_and_the_next_one_works() {
    let (traces, handler) = (Traces::new(), handler("works"));
    soon(handler.check()).await.unwrap();
    let call = call().wind_down(Duration::from_millis(400));
    let messages = messages(&[&format!("sleeps {}", traces.path("began"))]);
    let interrupted = handler.handle_batch(&messages, call.context());
    let stop = async {
        while !traces.has("began") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        call.stop();
    };
    let (verdicts, ()) = soon(async { tokio::join!(interrupted, stop) }).await;
    assert!(matches!(&verdicts[0], Verdict::Outage { .. }), "{verdicts:?}");
    assert_eq!(handle(&handler, &[&traces.path("seen")]).await, [Verdict::Done]);
}

#[tokio::test]
async fn a_closed_handler_leaves_no_process() {
    let (traces, handler) = (Traces::new(), handler("works"));
    assert_eq!(handle(&handler, &[&traces.path("seen")]).await, [Verdict::Done]);
    let seen: Value = serde_json::from_str(&traces.read("seen")).unwrap();
    let api = seen["variables"]["AWS_LAMBDA_RUNTIME_API"].as_str().unwrap();
    soon(handler.close()).await;
    assert!(std::net::TcpStream::connect(api).is_err(), "its API is closed");
    assert!(super::scene::is_reaped(&seen["pid"].to_string()));
}
