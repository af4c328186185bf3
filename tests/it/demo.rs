//! `longshore demo` as a newcomer meets it: one command, no account, and figures that are counted.

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
async fn the_same_orders_are_all_handled_twice_and_long_polling_asks_far_less() {
    let output = demo(&["--for", "6s", "--json"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let figures: Value = serde_json::from_str(stdout(&output)).expect("one JSON object alone");
    let (short, long) = (&figures["short_polling"], &figures["long_polling"]);
    let count = |act: &Value, key: &str| act[key].as_u64().unwrap();
    for act in [short, long] {
        assert!(count(act, "sent") > 0, "{figures}");
        assert_eq!(count(act, "sent"), count(act, "messages"), "{figures}");
        assert!(count(act, "errors") > 0, "a retry is part of the show: {figures}");
        assert!(count(act, "requests") > count(act, "receives"), "deletes are billed: {figures}");
    }
    assert_eq!(count(short, "sent"), count(long, "sent"));
    assert!(count(long, "empty_receives") * 20 <= count(short, "empty_receives"), "{figures}");
    let dollars = |act: &Value| act["usd_per_month"].as_f64().unwrap();
    assert!(dollars(long) > 0.0 && dollars(long) * 2.0 < dollars(short), "{figures}");
}

#[tokio::test]
async fn a_month_is_the_billed_requests_at_their_price_by_the_time_they_took() {
    let output = demo(&["--for", "2s", "--json"]).await;
    let figures: Value = serde_json::from_str(stdout(&output)).unwrap();
    for act in ["short_polling", "long_polling"] {
        let figure = |key: &str| figures[act][key].as_f64().unwrap();
        let month = figure("requests") * 0.40 / 1e6 * 30.0 * 86_400.0 / figure("seconds");
        assert!((figure("usd_per_month") - month).abs() < 1e-6, "{figures}");
    }
}

#[tokio::test]
async fn without_a_terminal_it_tells_its_story_in_plain_lines() {
    let output = demo(&["--for", "4s"]).await;
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", stderr(&output));
    assert!(!text.contains('\u{1b}'), "escapes, and no terminal: {text:?}");
    assert_eq!(stderr(&output), "");
    let mut from = 0;
    for part in
        ["Act 1: short polling", "   1 s  requests ", "Act 2: long", "fewer empty receives", "Next"]
    {
        let at = text[from..].find(part);
        from += at.unwrap_or_else(|| panic!("no {part:?} where it belongs:\n{text}"));
    }
}

#[tokio::test]
async fn both_acts_are_on_one_page_so_that_they_can_be_compared() {
    let mut demo = Program::start(&["demo", "--for", "6s"]);
    let mut addresses = Vec::new();
    for (act, queue, wait) in [("Act 1", "short", "0"), ("Act 2", "long", "20")] {
        let line = demo.line_with(act).await;
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
async fn ctrl_c_in_act_one_ends_it_with_a_summary_of_what_was_seen() {
    let mut demo = Program::start(&["demo"]);
    demo.line_with("   1 s  ").await;
    let pressed = Instant::now();
    demo.signal(Signal::INT);
    let (status, rest) = demo.ends().await;
    assert_eq!(status.code(), Some(0), "{rest}");
    assert!(rest.contains("at this rate, a month"), "{rest}");
    assert!(rest.contains("long polling was not reached"), "{rest}");
    assert!(pressed.elapsed() < Duration::from_secs(5), "{:?}", pressed.elapsed());
}

#[tokio::test]
async fn ctrl_c_in_act_two_does_not_wait_for_the_open_long_poll() {
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
async fn an_act_that_was_not_reached_is_null() {
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
    assert!(stderr(&output).contains("from 2s to a day"), "{}", stderr(&output));
}
