//! The summary at the end of the demo, as text and as JSON.

use serde_json::{Value, json};

use super::comparison::table;
use super::deploys;
use super::text::{Line, TextStyle, seconds};
use crate::demo::{Act, ActStats, DeployStats, ROUND_TRIP, Results, reduction};
use longshore::config::QueueConfig;
use longshore::cost::pricing;
use longshore::format::{dollars, percent, thousands};

/// Empty receives of a production fleet, for comparison: 7.2 billion in 30 days, $2,880 at list
/// price.
const FLEET_EMPTY_RECEIVES_PER_SECOND: f64 = 7.2e9 / (30.0 * 24.0 * 60.0 * 60.0);

/// One JSON object on one line. An act that was not reached is null.
pub(super) fn json(results: &Results) -> String {
    let act = |stats: &Option<ActStats>| stats.as_ref().map(act_json);
    let deploy = |stats: &Option<DeployStats>| stats.as_ref().map(deploy_json);
    let object = json!({
        "short_polling": act(&results.short_polling),
        "long_polling": act(&results.long_polling),
        "deploy_without_drain": deploy(&results.without_drain),
        "deploy_with_drain": deploy(&results.with_drain),
    });
    format!("{object}\n")
}

fn act_json(stats: &ActStats) -> Value {
    let counts = &stats.counts;
    json!({
        "seconds": stats.elapsed.as_secs_f64(),
        "sent": stats.sent,
        "messages": counts.deleted,
        "errors": counts.handler_errors,
        "receives": counts.receives,
        "empty_receives": counts.empty_receives,
        "requests": counts.billed_requests,
        "usd_per_month": stats.usd_per_month(),
        "median_wait_seconds": stats.p50_wait.map(|wait| wait.as_secs_f64()),
    })
}

fn deploy_json(stats: &DeployStats) -> Value {
    json!({
        "in_handlers": stats.in_handlers,
        "completed": stats.completed,
        "aborted": stats.aborted,
        "repeated": stats.repeated,
        "stop_seconds": stats.stopped_after.as_secs_f64(),
    })
}

/// The summary for a person.
pub(super) fn text(results: &Results) -> String {
    lines(results).iter().map(|line| line.render(usize::MAX) + "\n").collect()
}

fn lines(results: &Results) -> Vec<Line> {
    let mut lines = vec![Line::empty()];
    lines.extend(table(results));
    lines.push(Line::empty());
    lines.extend(changes(results));
    lines.extend(fleet_comparison(results));
    lines.extend(deploys::lines(results));
    lines.extend(drain(results));
    lines.push(Line::empty());
    lines.extend(method(results).map(|line| Line::new(TextStyle::Faint, line)));
    lines.push(Line::empty());
    lines.extend(next_steps());
    lines
}

fn changes(results: &Results) -> Vec<Line> {
    let (Some(before), Some(after)) = (results.short_polling, results.long_polling) else {
        let text = "Stopped in act 1: long polling was not reached.";
        return vec![Line::new(TextStyle::Plain, text)];
    };
    let empty_rate = |act: &ActStats| act.per_second(act.counts.empty_receives);
    let fewer = reduction(empty_rate(&before), empty_rate(&after)).unwrap_or_default();
    let cheaper = reduction(before.usd_per_month(), after.usd_per_month()).unwrap_or_default();
    let same_wait = match (before.p50_wait, after.p50_wait) {
        (Some(before), Some(after)) if after <= before => ", no increase of the p50 wait",
        _ => "",
    };
    vec![
        Line::new(TextStyle::Strong, "Only one setting changed: `wait`, from 0 s to 20 s."),
        Line::new(TextStyle::Good, format!("{} fewer empty receives", percent(fewer)))
            .with(TextStyle::Plain, format!(", {} lower cost{same_wait}.", percent(cheaper))),
    ]
}

/// The number of workers like that of act 1 that cause the empty receives of the fleet.
fn fleet_comparison(results: &Results) -> Option<Line> {
    let act = results.short_polling?;
    let rate = act.per_second(act.counts.empty_receives);
    let workers = (rate >= 1.0).then(|| (FLEET_EMPTY_RECEIVES_PER_SECOND / rate).ceil() as u64)?;
    let workers = thousands(workers);
    let text = format!(
        "{workers} short-polling workers cause 7.2 billion empty receives per month: $2,880."
    );
    Some(Line::new(TextStyle::Plain, text))
}

/// What the drain changed, if both deploys have shown it.
fn drain(results: &Results) -> Option<Line> {
    let (without, with) = (results.without_drain?.aborted, results.with_drain?.aborted);
    let text = format!("{with} aborted messages instead of {without}");
    let line = Line::new(TextStyle::Good, text);
    (with < without).then(|| line.with(TextStyle::Plain, ", because the worker drains."))
}

/// How the results were measured.
fn method(results: &Results) -> impl Iterator<Item = String> {
    let duration = |act: Option<ActStats>| act.map_or("0 s".to_owned(), |act| seconds(act.elapsed));
    let (short, long) = (duration(results.short_polling), duration(results.long_polling));
    let price = QueueConfig::STANDARD_USD_PER_MILLION;
    let round_trip = ROUND_TRIP.as_millis();
    let wait = Act::LongPolling.wait();
    let idle = dollars(pricing::usd(pricing::receives_per_month(wait), price));
    [
        format!("The worker's own metrics counted {short} of short polling and {long} of long"),
        format!(
            "polling. Costs are for 30 days at ${price:.2} per million requests. The simulated"
        ),
        format!(
            "round trip is {round_trip} ms, as within an AWS region. The queue, the producer and"
        ),
        "the worker ran in this process and used the AWS SDK.".to_owned(),
        format!(
            "On an idle queue, a long poll returns empty every {} s: {idle} per month.",
            wait.as_secs()
        ),
    ]
    .into_iter()
}

fn next_steps() -> [Line; 5] {
    let command = |text: &str, purpose: &str| {
        Line::new(TextStyle::Plain, format!("  {text:<48}")).with(TextStyle::Faint, purpose)
    };
    [
        Line::new(TextStyle::Strong, "Next"),
        command("longshore run --queue orders -- ./handle-order", "process your own queue"),
        command("longshore check", "show settings and idle cost"),
        command("docs/dashboards.md", "see the Grafana dashboards"),
        command("README.md", "set up a real queue"),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use longshore::telemetry::Snapshot;

    fn act(empty_receives: u64, p50_wait: u64) -> Option<ActStats> {
        let counts = Snapshot {
            receives: empty_receives + 5,
            empty_receives,
            billed_requests: empty_receives + 10,
            deleted: 40,
            ..Snapshot::default()
        };
        Some(ActStats {
            elapsed: Duration::from_secs(10),
            sent: 40,
            counts,
            price_per_request_usd: 0.40 / 1e6,
            p50_wait: Some(Duration::from_millis(p50_wait)),
        })
    }

    fn plain(results: &Results) -> String {
        lines(results).iter().map(|line| line.plain() + "\n").collect()
    }

    #[test]
    fn the_summary_shows_the_change_and_the_scale_of_a_fleet() {
        let text = plain(&Results {
            short_polling: act(900, 6),
            long_polling: act(1, 2),
            ..Results::default()
        });
        assert!(text.contains("99.9 % fewer empty receives"), "{text}");
        assert!(text.contains("98.8 % lower cost, no increase of the p50 wait."), "{text}");
        let idle = "On an idle queue, a long poll returns empty every 20 s: $0.05 per month.";
        assert!(text.contains(idle), "{text}");
        assert!(text.contains("31 short-polling workers"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn the_summary_claims_nothing_that_was_not_measured() {
        let slower = plain(&Results {
            short_polling: act(900, 2),
            long_polling: act(1, 6),
            ..Results::default()
        });
        assert!(!slower.contains("no increase"), "{slower}");
        let alike = Some(DeployStats::default());
        let deploys = Results { without_drain: alike, with_drain: alike, ..Results::default() };
        assert!(!plain(&deploys).contains("instead of"));
        let stopped = plain(&Results { short_polling: act(900, 2), ..Results::default() });
        assert!(stopped.contains("long polling was not reached"), "{stopped}");
        assert!(!stopped.contains("fewer"), "{stopped}");
    }
}
