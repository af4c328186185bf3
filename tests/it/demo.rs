//! `longshore demo` as a process: its results, its progress lines and its shutdown.

use std::process::Output;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use tokio::time::Instant;

use crate::support::program::{Program, get, output_of};

async fn demo(arguments: &[&str]) -> Output {
    output_of(&[&["demo"], arguments].concat()).await
}

fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

#[tokio::test]
async fn polling_handles_all_orders_and_long_polling_sends_fewer_requests() {
    let output = demo(&["--for", "6s", "--json"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let figures: Value = serde_json::from_str(stdout(&output)).expect("only one JSON object");
    let (short, long) = (&figures["short_polling"], &figures["long_polling"]);
    let count = |phase: &Value, key: &str| phase[key].as_u64().unwrap();
    for phase in [short, long] {
        assert!(count(phase, "sent") > 0, "{figures}");
        assert_eq!(count(phase, "sent"), count(phase, "messages"), "{figures}");
        assert!(count(phase, "errors") > 0, "the demo retries an order: {figures}");
        assert!(
            count(phase, "requests") > count(phase, "receives"),
            "deletes are billed: {figures}"
        );
    }
    assert_eq!(count(short, "sent"), count(long, "sent"));
    assert!(count(long, "empty_receives") * 20 <= count(short, "empty_receives"), "{figures}");
    let dollars = |phase: &Value| phase["usd_per_month"].as_f64().unwrap();
    assert!(dollars(long) > 0.0 && dollars(long) * 2.0 < dollars(short), "{figures}");
}

#[tokio::test]
async fn a_deploy_aborts_messages_only_without_a_drain() {
    let output = demo(&["--for", "2s", "--json"]).await;
    let figures: Value = serde_json::from_str(stdout(&output)).unwrap();
    let (without, with) = (&figures["deploy_without_drain"], &figures["deploy_with_drain"]);
    let count = |deploy: &Value, key: &str| deploy[key].as_u64().unwrap();
    assert!(count(without, "in_handlers") >= 10, "{figures}");
    assert_eq!(count(without, "aborted"), count(without, "in_handlers"), "{figures}");
    assert_eq!(count(without, "repeated"), count(without, "aborted"), "{figures}");
    assert!(count(with, "in_handlers") >= 10, "{figures}");
    assert_eq!((count(with, "aborted"), count(with, "repeated")), (0, 0), "{figures}");
    assert!(count(with, "completed") >= count(with, "in_handlers"), "{figures}");
}

#[tokio::test]
async fn a_month_is_projected_from_billed_requests() {
    let output = demo(&["--for", "2s", "--json"]).await;
    let figures: Value = serde_json::from_str(stdout(&output)).unwrap();
    for phase in ["short_polling", "long_polling"] {
        let figure = |key: &str| figures[phase][key].as_f64().unwrap();
        let month = figure("requests") * 0.40 / 1e6 * 30.0 * 86_400.0 / figure("seconds");
        assert!((figure("usd_per_month") - month).abs() < 1e-6, "{figures}");
    }
}

#[tokio::test]
async fn without_a_terminal_the_output_is_plain_lines() {
    let output = demo(&["--for", "4s"]).await;
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", stderr(&output));
    assert!(!text.contains('\u{1b}'), "escape sequences without a terminal: {text:?}");
    assert_eq!(stderr(&output), "");
    let mut from = 0;
    for part in [
        "Act 1: short polling",
        "   1 s  requests ",
        "Act 2: long",
        "Act 3: deploy without a drain",
        "Act 4: deploy with a drain",
        "fewer empty receives",
        "0 aborted messages instead of ",
        "Next",
    ] {
        let at = text[from..].find(part);
        from += at.unwrap_or_else(|| panic!("no {part:?} where it belongs:\n{text}"));
    }
}

#[tokio::test]
async fn short_and_long_polling_are_on_one_page() {
    let mut demo = Program::start(&["demo", "--for", "6s"]);
    let mut addresses = Vec::new();
    for (phase, queue, wait) in [("Act 1", "short", "0"), ("Act 2", "long", "20")] {
        let line = demo.line_with(phase).await;
        let url = line.rsplit(' ').next().unwrap();
        let scrape = get(&format!("{url}metrics")).await;
        let configured = format!(
            "longshore_configured_wait_seconds{{queue=\"orders-{queue}-polling\"}} {wait}\n"
        );
        assert!(scrape.contains(&configured), "{scrape}");
        assert!(scrape.contains("longshore_draining 0\n"), "{scrape}");
        assert_eq!(get(&format!("{url}livez")).await, "alive\n");
        addresses.push(url.to_owned());
    }
    assert_eq!(addresses[0], addresses[1]);
    let page = get(&addresses[0]).await;
    for queue in ["orders-short-polling", "orders-long-polling"] {
        assert!(page.contains(&format!("{queue}</h2>")), "{page}");
    }
    assert!(page.contains("a month on empty receives"), "{page}");
    let (status, _) = demo.ends().await;
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn ctrl_c_in_act_1_prints_a_summary() {
    let mut demo = Program::start(&["demo"]);
    demo.line_with("   1 s  ").await;
    let pressed = Instant::now();
    demo.signal(Signal::INT);
    let (status, rest) = demo.ends().await;
    assert_eq!(status.code(), Some(0), "{rest}");
    assert!(rest.contains("cost per month"), "{rest}");
    assert!(rest.contains("long polling was not reached"), "{rest}");
    assert!(pressed.elapsed() < Duration::from_secs(5), "{:?}", pressed.elapsed());
}

#[tokio::test]
async fn ctrl_c_in_act_2_does_not_wait_for_the_open_long_poll() {
    let mut demo = Program::start(&["demo", "--for", "4s"]);
    demo.line_with("Act 2").await;
    let pressed = Instant::now();
    demo.signal(Signal::INT);
    let (status, rest) = demo.ends().await;
    assert_eq!(status.code(), Some(0), "{rest}");
    assert!(rest.contains("fewer empty receives"), "{rest}");
    assert!(pressed.elapsed() < Duration::from_secs(10), "{:?}", pressed.elapsed());
}

#[tokio::test]
async fn an_act_that_did_not_run_is_null() {
    let mut demo = Program::start(&["demo", "--for", "40s", "--json"]);
    // Nothing is to be read on standard output before the end.
    tokio::time::sleep(Duration::from_secs(1)).await;
    demo.signal(Signal::TERM);
    let line = demo.line_with("{").await;
    let figures: Value = serde_json::from_str(&line).unwrap();
    assert!(figures["long_polling"].is_null() && figures["short_polling"].is_object(), "{line}");
    let (status, rest) = demo.ends().await;
    assert_eq!((status.code(), &*rest), (Some(0), ""));
}

#[tokio::test]
async fn a_time_too_short_for_two_acts_is_refused() {
    let output = demo(&["--for", "1s"]).await;
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("from 2s to 24h"), "{}", stderr(&output));
}
