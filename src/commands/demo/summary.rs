//! The last words: before and after, what made the difference, and where to go from here.

use super::comparison::table;
use super::number::seconds;
use super::text::{Line, Tone};
use crate::demo::{Acts, Figures, Polling, ROUND_TRIP, less};
use longshore::config::QueueConfig;
use longshore::cost::pricing;
use longshore::format::{dollars, percent, thousands};

/// The rate of empty receives of the fleet that this is the story of: 7.2 billion in a month of 30
/// days, $2,880 at list price.
const STORY_EMPTY_RECEIVES_PER_SECOND: f64 = 7.2e9 / (30.0 * 24.0 * 60.0 * 60.0);

/// The summary, line by line.
pub(super) fn of(acts: &Acts) -> Vec<Line> {
    let mut lines = vec![Line::new()];
    lines.extend(table(acts));
    lines.push(Line::new());
    lines.extend(what_changed(acts));
    lines.extend(the_story(acts));
    lines.push(Line::new());
    lines.extend(measured(acts).map(|line| Line::of(Tone::Faint, line)));
    lines.push(Line::new());
    lines.extend(next());
    lines
}

fn what_changed(acts: &Acts) -> Vec<Line> {
    let (Some(before), Some(after)) = (acts.short_polling, acts.long_polling) else {
        return vec![Line::of(Tone::Plain, "Stopped in act one: long polling was not reached.")];
    };
    let empties = |act: &Figures| act.per_second(act.counts.empty_receives);
    let fewer = less(empties(&before), empties(&after)).unwrap_or_default();
    let cheaper = less(before.usd_per_month(), after.usd_per_month()).unwrap_or_default();
    let no_later = match (before.median_wait, after.median_wait) {
        (Some(before), Some(after)) if after <= before => ", and the median wait no longer",
        _ => "",
    };
    vec![
        Line::of(Tone::Strong, "One setting changed: `wait`, from 0 to 20 seconds."),
        Line::of(Tone::Good, format!("{} fewer empty receives", percent(fewer)))
            .with(Tone::Plain, format!(", {} off the bill{no_later}.", percent(cheaper))),
    ]
}

/// How many workers like the one of act one make the waste that nobody saw for eight years.
fn the_story(acts: &Acts) -> Option<Line> {
    let act = acts.short_polling?;
    let rate = act.per_second(act.counts.empty_receives);
    let workers = (rate >= 1.0).then(|| (STORY_EMPTY_RECEIVES_PER_SECOND / rate).ceil() as u64)?;
    let workers = thousands(workers);
    let text = format!(
        "{workers} workers like act one's make 7.2 billion empty receives a month: $2,880."
    );
    Some(Line::of(Tone::Plain, text))
}

/// How the figures came about.
fn measured(acts: &Acts) -> impl Iterator<Item = String> {
    let time = |act: Option<Figures>| act.map_or("not played".to_owned(), |act| seconds(act.took));
    let (short, long) = (time(acts.short_polling), time(acts.long_polling));
    let price = QueueConfig::STANDARD_USD_PER_MILLION;
    let round_trip = ROUND_TRIP.as_millis();
    let wait = Polling::Long.wait();
    let idle = dollars(pricing::usd(pricing::receives_per_month(wait), price));
    [
        format!(
            "Counted by the worker's own metrics in {short} and {long}, at ${price:.2} a million"
        ),
        format!(
            "requests, for a month of 30 days. A round trip was made to take {round_trip} ms, as in"
        ),
        "a region; queue, producer and worker were in this process, through the AWS SDK."
            .to_owned(),
        format!(
            "Idle, a long poll still comes back empty every {} s: {idle} a month.",
            wait.as_secs()
        ),
    ]
    .into_iter()
}

fn next() -> [Line; 4] {
    let command = |text: &str, what: &str| {
        Line::of(Tone::Plain, format!("  {text:<48}")).with(Tone::Faint, what)
    };
    [
        Line::of(Tone::Strong, "Next"),
        command("longshore run --queue orders -- ./handle-order", "a queue of yours"),
        command("longshore check", "what idling will cost, and why"),
        command("README.md", "from here to a real queue"),
    ]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use longshore::telemetry::Snapshot;

    fn act(empty_receives: u64, median_wait: u64) -> Option<Figures> {
        let counts = Snapshot {
            receives: empty_receives + 5,
            empty_receives,
            billed_requests: empty_receives + 10,
            deleted: 40,
            ..Snapshot::default()
        };
        Some(Figures {
            took: Duration::from_secs(10),
            sent: 40,
            counts,
            price_per_request_usd: 0.40 / 1e6,
            median_wait: Some(Duration::from_millis(median_wait)),
        })
    }

    fn text(acts: &Acts) -> String {
        of(acts).iter().map(|line| line.plain() + "\n").collect()
    }

    #[test]
    fn it_says_by_how_much_and_what_that_is_to_a_fleet() {
        let text = text(&Acts { short_polling: act(900, 6), long_polling: act(1, 2) });
        assert!(text.contains("99.9 % fewer empty receives"), "{text}");
        assert!(text.contains("98.8 % off the bill, and the median wait no longer."), "{text}");
        assert!(
            text.contains("Idle, a long poll still comes back empty every 20 s: $0.05 a month.")
        );
        assert!(text.contains("31 workers like act one's"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn it_claims_nothing_that_was_not_measured() {
        let text_of = |acts| text(&acts);
        let later = text_of(Acts { short_polling: act(900, 2), long_polling: act(1, 6) });
        assert!(!later.contains("no longer"), "{later}");
        let half = text_of(Acts { short_polling: act(900, 2), long_polling: None });
        assert!(half.contains("long polling was not reached"), "{half}");
        assert!(!half.contains("fewer"), "{half}");
    }
}
