//! A command from its start to an end of its own choosing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use futures_util::future::join_all;
use longshore::handler::{CommandError, CommandHandler, Stderr};
use longshore::{Handler, Verdict};
use longshore_cli::settings::HandlerConfig;

use super::scene::{Traces, bytes, is_reaped, message, ran_with, soon, text, traced, undisturbed};

const A_MEBIBYTE: usize = 1 << 20;

async fn verdict_of(script: &str) -> Verdict {
    soon(Traces::new().script(script).handle(message("body"), undisturbed())).await
}

#[tokio::test]
async fn a_body_of_a_mebibyte_arrives_whole() {
    let traces = Traces::new();
    let body: String = ('a'..='z').cycle().take(A_MEBIBYTE).collect();

    let handler = traces.script(r#"cat > "$1/body""#);
    let verdict = soon(handler.handle(message(body.clone()), undisturbed())).await;

    assert_eq!(verdict, Verdict::Done);
    assert!(traces.read("body") == body);
}

#[tokio::test]
async fn a_command_need_not_read_its_body() {
    let traces = Traces::new();
    let handler = traces.script("exit 0");
    let verdict = soon(handler.handle(message("x".repeat(A_MEBIBYTE)), undisturbed())).await;
    assert_eq!(verdict, Verdict::Done);
}

#[tokio::test]
async fn a_background_process_does_not_delay_the_verdict() {
    let traces = Traces::new();
    let handler = traces.script("sleep 60 <&0 & exit 0");
    let verdict = soon(handler.handle(message("x".repeat(A_MEBIBYTE)), undisturbed())).await;
    assert_eq!(verdict, Verdict::Done);
}

/// The process has a session of its own, so it is not killed with the command.
#[tokio::test]
async fn an_open_stderr_does_not_delay_the_verdict() {
    let traces = Traces::new();
    let handler = traces.script(
        r#"setsid sh -c ': > "$0/started"; sleep 45' "$1" &
        until [ -e "$1/started" ]; do sleep 0.01; done"#,
    );
    let verdict = soon(handler.handle(message(""), undisturbed())).await;
    assert_eq!(verdict, Verdict::Done);
}

#[tokio::test]
async fn a_command_that_floods_stderr_never_blocks() {
    let script = "head -c 3000000 /dev/zero >&2; yes | head -n 200000 >&2";
    assert_eq!(verdict_of(script).await, Verdict::Done);
}

#[tokio::test]
async fn standard_input_is_a_file_of_the_length_that_a_variable_has() {
    let traces = Traces::new();
    let handler = traces
        .script(r#"[ -f /dev/stdin ] && [ "$(wc -c < /dev/stdin)" = "$LONGSHORE_BODY_BYTES" ]"#);
    let verdict = soon(handler.handle(message("größer"), undisturbed())).await;
    assert_eq!(verdict, Verdict::Done);
}

#[tokio::test]
async fn background_processes_end_with_their_command() {
    let traces = Traces::new();
    let mut lifeline = traces.lifeline();
    let handler = traces.script(r#"exec 3> "$1/lifeline"; sleep 60 & exit 0"#);

    let verdict = soon(handler.handle(message(""), undisturbed())).await;

    assert_eq!(verdict, Verdict::Done);
    lifeline.ends().await;
}

#[tokio::test]
async fn a_command_leaves_no_zombie() {
    let traces = Traces::new();
    let handler = traces.script(r#"echo $$ > "$1/pid"; exit 7"#);
    soon(handler.handle(message(""), undisturbed())).await;
    assert!(is_reaped(&traces.read("pid")));
}

/// One SIGCHLD may stand for many exits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_commands_that_end_at_once_are_all_seen() {
    let traces = Traces::new();
    let handler = Arc::new(traces.script("exit 65"));
    let handled = (0..50).map(|_| {
        let handler = Arc::clone(&handler);
        tokio::spawn(async move { handler.handle(message("body"), undisturbed()).await })
    });
    for verdict in soon(join_all(handled)).await {
        assert_eq!(verdict.unwrap(), Verdict::reject("exit code 65 (EX_DATAERR)"));
    }
}

#[tokio::test]
async fn the_exit_code_is_the_verdict() {
    assert_eq!(verdict_of("exit 0").await, Verdict::Done);
    assert_eq!(verdict_of("exit 65").await, Verdict::reject("exit code 65 (EX_DATAERR)"));
    assert_eq!(verdict_of("exit 75").await, Verdict::outage("exit code 75 (EX_TEMPFAIL)"));
    assert_eq!(verdict_of("exit 1").await, Verdict::retry("exit code 1"));
    assert_eq!(verdict_of("exit 127").await, Verdict::retry("exit code 127"));
    let killed = Verdict::retry("ended by signal: 9 (SIGKILL)");
    assert_eq!(verdict_of("kill -KILL $$").await, killed);
}

#[tokio::test]
async fn a_program_that_cannot_start_is_unavailable() {
    let directory = env!("CARGO_TARGET_TMPDIR");
    for program in ["/no/such/program", directory] {
        let handler = CommandHandler::new(vec![program.into()]).unwrap();
        let verdict = soon(handler.handle(message(""), undisturbed())).await;
        assert!(matches!(verdict, Verdict::Unavailable { .. }), "{program}: {verdict:?}");
    }
}

#[test]
fn an_impossible_command_is_refused() {
    let refusal = |argv: &[&str]| {
        CommandHandler::new(argv.iter().map(ToString::to_string).collect()).unwrap_err()
    };
    assert_eq!(refusal(&[]), CommandError::Empty);
    assert_eq!(refusal(&[""]), CommandError::Empty);
    assert_eq!(refusal(&["true", "a\0b"]), CommandError::Nul(1));
}

#[tokio::test]
async fn a_command_gets_its_arguments_unchanged() {
    let words = ["test", "$HOME; exit 1", "=", "$HOME; exit 1"].map(String::from).into();
    let handler = HandlerConfig::Command { words, stderr: Stderr::Log }.build();
    let verdict = soon(handler.unwrap().handle(message(""), undisturbed())).await;
    assert_eq!(verdict, Verdict::Done);
}

/// The variables of ours that a command sees.
async fn seen(message: longshore::Message) -> BTreeMap<String, String> {
    let traces = Traces::new();
    let handler = traces.script(r#"env > "$1/environment""#);
    let context = traced(&message);
    let verdict = soon(handler.handle(message, context)).await;
    assert_eq!(verdict, Verdict::Done);
    let environment = traces.read("environment");
    let of_the_trace = ["TRACEPARENT=", "TRACESTATE=", "BAGGAGE="];
    let ours = environment.lines().filter_map(|line| {
        let traced = of_the_trace.iter().any(|name| line.starts_with(name)).then_some(line);
        line.strip_prefix("LONGSHORE_").or(traced)
    });
    ours.filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn variables<const N: usize>(expected: [(&str, &str); N]) -> BTreeMap<String, String> {
    expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[tokio::test]
async fn a_command_sees_the_attributes_of_its_message() {
    let mut full = message("");
    full.receive_count = 3;
    full.sent_at = Some(UNIX_EPOCH + Duration::from_millis(1_763_922_300_750));
    full.first_received_at = Some(UNIX_EPOCH + Duration::from_secs(1_763_922_301));
    full.group_id = Some("customer-7".into());
    full.trace_header = Some("Root=1-5759e988-bd862e3fe1be46a994272793".into());
    full.attributes = [
        ("tenant.id", text("42")),
        ("größe", text("groß")),
        ("picture", bytes(b"\x89PNG")),
        ("nul", text("a\0b")),
        ("endless", text(&"x".repeat(128 * 1024))),
        ("traceparent", text("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();

    let expected = variables([
        ("ATTR_GR__E", "groß"),
        ("ATTR_TENANT_ID", "42"),
        ("ATTR_TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("BODY_BYTES", "0"),
        ("DEADLINE_SECONDS", "20"),
        ("FIRST_RECEIVED_AT", "2025-11-23T18:25:01Z"),
        ("GROUP_ID", "customer-7"),
        ("MESSAGE_ID", "5fea7756-0ea4-451a-a703-a558b933e274"),
        ("OMITTED_ATTRIBUTES", "3"),
        ("QUEUE", "orders"),
        ("RECEIVE_COUNT", "3"),
        ("SENT_AT", "2025-11-23T18:25:00Z"),
        ("TRACEPARENT", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("TRACE_HEADER", "Root=1-5759e988-bd862e3fe1be46a994272793"),
    ]);
    assert_eq!(seen(full).await, expected);
}

#[tokio::test]
async fn of_two_attributes_with_one_variable_the_first_by_name_is_used() {
    let mut twice = message("");
    twice.attributes = [("a.b", text("dot")), ("a-b", text("dash")), ("a_b", text("underscore"))]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
    assert_eq!(seen(twice).await["ATTR_A_B"], "dash");
}

#[tokio::test]
async fn attributes_have_at_most_64_kibibytes_smallest_first() {
    let mut large = message("");
    large.attributes = (1..=9).map(|n| (format!("a{n}"), text(&"x".repeat(n * 10_000)))).collect();
    large.attributes.insert("tenant".into(), text("42"));

    let seen = seen(large).await;

    let names: Vec<_> = seen.keys().filter(|name| name.starts_with("ATTR_")).collect();
    assert_eq!(names, ["ATTR_A1", "ATTR_A2", "ATTR_A3", "ATTR_TENANT"]);
    assert_eq!(seen["ATTR_A3"].len(), 30_000);
    assert_eq!(seen["OMITTED_ATTRIBUTES"], "6");
}

#[tokio::test]
async fn a_command_sees_nothing_of_another_message() {
    let environment = [("LONGSHORE_ATTR_OLD", "another's"), ("LONGSHORE_GROUP_ID", "another's")];
    if ran_with(environment, "command::a_command_sees_nothing_of_another_message").await {
        return;
    }
    let seen = seen(message("")).await;
    let names: Vec<_> = seen.keys().map(String::as_str).collect();
    assert_eq!(names, ["BODY_BYTES", "DEADLINE_SECONDS", "MESSAGE_ID", "QUEUE", "RECEIVE_COUNT"]);
}
