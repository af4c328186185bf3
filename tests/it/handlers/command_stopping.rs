//! A command that is interrupted, or whose caller was dropped.

use std::time::Duration;

use longshore::{Handler, Verdict};
use tokio::time::Instant;

use super::scene::{Lifeline, Traces, call, is_reaped, message, soon, undisturbed};

const WIND_DOWN: Duration = Duration::from_secs(2);

/// Runs a script that says when it may be stopped, and stops it then.
async fn stopped(traces: &Traces, lifeline: &mut Lifeline, script: &str, body: &str) -> Verdict {
    let call = call();
    let handler = traces.script(script);
    let stop = async {
        lifeline.says("ready").await;
        call.stop();
    };
    let handled = handler.handle(message(body), call.clone().wind_down(WIND_DOWN).context());
    soon(async { tokio::join!(handled, stop).0 }).await
}

#[tokio::test]
async fn a_command_that_is_stopped_may_finish_and_its_exit_code_counts() {
    let traces = Traces::new();
    let mut lifeline = traces.lifeline();
    let script = r#"
        exec 3> "$1/lifeline"
        trap 'echo "asked to end" >&3; exit 0' TERM
        echo ready >&3
        sleep 60 & wait
        exit 1
    "#;
    let verdict = stopped(&traces, &mut lifeline, script, "").await;

    assert_eq!(verdict, Verdict::Done);
    lifeline.says("asked to end").await;
    lifeline.ends().await;
}

#[tokio::test]
async fn a_command_without_a_signal_handler_ends_by_the_signal() {
    let traces = Traces::new();
    let mut lifeline = traces.lifeline();
    let script = r#"exec 3> "$1/lifeline"; echo ready >&3; exec sleep 60"#;

    let verdict = stopped(&traces, &mut lifeline, script, "").await;

    assert_eq!(verdict, Verdict::retry("ended by signal: 15 (SIGTERM)"));
    lifeline.ends().await;
}

#[tokio::test]
async fn a_process_group_that_ignores_sigterm_is_killed() {
    let traces = Traces::new();
    let mut lifeline = traces.lifeline();
    let script = r#"
        exec 3> "$1/lifeline"
        trap '' TERM
        sh -c 'trap "" TERM; sleep 60; sleep 60' &
        echo $$ > "$1/pid"
        echo ready >&3
        wait
    "#;
    let begin = Instant::now();
    let verdict = stopped(&traces, &mut lifeline, script, "").await;

    assert_eq!(verdict, Verdict::retry("ended by signal: 9 (SIGKILL)"));
    assert!(begin.elapsed() >= WIND_DOWN / 4 * 3, "it was not given its time");
    assert!(begin.elapsed() < WIND_DOWN, "it would have been dropped");
    assert!(is_reaped(&traces.read("pid")));
    lifeline.ends().await;
}

#[tokio::test]
async fn a_command_that_is_stopped_still_gets_its_whole_body() {
    let traces = Traces::new();
    let mut lifeline = traces.lifeline();
    let script = r#"
        exec 3> "$1/lifeline"
        trap 'wc -c > "$1/read"; exit 0' TERM
        echo ready >&3
        sleep 60 & wait
        exit 1
    "#;
    let body = "x".repeat(1 << 20);
    let verdict = stopped(&traces, &mut lifeline, script, &body).await;

    assert_eq!(verdict, Verdict::Done);
    assert_eq!(traces.read("read").trim(), "1048576");
}

#[tokio::test]
async fn no_command_starts_while_stopping() {
    let traces = Traces::new();
    let call = call();
    call.stop();
    let handler = traces.script(r#": > "$1/started""#);

    let verdict =
        soon(handler.handle(message(""), call.clone().wind_down(WIND_DOWN).context())).await;

    assert_eq!(verdict, Verdict::retry("stopped before the command was started"));
    assert!(!traces.has("started"));
}

/// Waits until tokio has reaped what a dropped future left to it, which no event reports.
async fn reaped(pid: &str) {
    soon(async {
        while !is_reaped(pid) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_dropped_call_leaves_no_process() {
    let traces = Traces::new();
    let mut lifeline = traces.lifeline();
    let script = r#"
        exec 3> "$1/lifeline"
        trap '' TERM
        sleep 60 &
        echo $$ >&3
        wait
    "#;
    let handler = traces.script(script);
    let pid = tokio::select! {
        verdict = handler.handle(message(""), undisturbed()) => panic!("ended with {verdict:?}"),
        pid = lifeline.line() => pid,
    };

    lifeline.ends().await;
    reaped(&pid).await;
}

#[tokio::test]
async fn a_call_dropped_while_stopping_leaves_no_process() {
    let traces = Traces::new();
    let mut lifeline = traces.lifeline();
    let script = r#"
        exec 3> "$1/lifeline"
        trap '' TERM; sleep 60 &
        trap 'echo "asked to end" >&3' TERM
        echo $$ >&3
        wait; wait
    "#;
    let handler = traces.script(script);
    let call = call();
    let pid = {
        let unlimited = Duration::from_secs(600);
        let handled = handler.handle(message(""), call.clone().wind_down(unlimited).context());
        let watch = async {
            let pid = lifeline.line().await;
            call.stop();
            lifeline.says("asked to end").await;
            pid
        };
        tokio::select! {
            verdict = handled => panic!("ended with {verdict:?}"),
            pid = watch => pid,
        }
    };

    lifeline.ends().await;
    reaped(&pid).await;
}
