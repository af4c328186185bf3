//! A command that is told to end, or whose caller has gone.

use std::time::Duration;

use longshore::{Handler, Verdict};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::scene::{Lifeline, Traces, is_reaped, message, soon, stoppable, undisturbed};

const WIND_DOWN: Duration = Duration::from_secs(2);

/// Runs a script that says when it may be stopped, and stops it then.
async fn stopped(traces: &Traces, lifeline: &mut Lifeline, script: &str, body: &str) -> Verdict {
    let stopping = CancellationToken::new();
    let handler = traces.script(script);
    let stop = async {
        lifeline.says("ready").await;
        stopping.cancel();
    };
    let handled = handler.handle(message(body), stoppable(&stopping, WIND_DOWN));
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
async fn a_command_that_is_stopped_and_does_not_care_ends_by_the_signal() {
    let traces = Traces::new();
    let mut lifeline = traces.lifeline();
    let script = r#"exec 3> "$1/lifeline"; echo ready >&3; exec sleep 60"#;

    let verdict = stopped(&traces, &mut lifeline, script, "").await;

    assert_eq!(verdict, Verdict::retry("ended by signal: 15 (SIGTERM)"));
    lifeline.ends().await;
}

#[tokio::test]
async fn a_family_that_ignores_sigterm_is_gone_before_the_wind_down_is_over() {
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
async fn a_message_that_comes_when_all_is_stopping_starts_nothing() {
    let traces = Traces::new();
    let stopping = CancellationToken::new();
    stopping.cancel();
    let handler = traces.script(r#": > "$1/started""#);

    let verdict = soon(handler.handle(message(""), stoppable(&stopping, WIND_DOWN))).await;

    assert_eq!(verdict, Verdict::retry("stopped before the command was started"));
    assert!(!traces.has("started"));
}

/// Waits until tokio has reaped what a dropped future left to it, which no event tells.
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
async fn a_call_dropped_while_it_winds_down_leaves_no_process() {
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
    let stopping = CancellationToken::new();
    let pid = {
        let unlimited = Duration::from_secs(600);
        let handled = handler.handle(message(""), stoppable(&stopping, unlimited));
        let watch = async {
            let pid = lifeline.line().await;
            stopping.cancel();
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
