//! The report at the end of a run: the shutdown ledger, the last scrape and the final OTLP export.
//! It goes to the log, and the ledger also to the termination message of Kubernetes.

use std::path::Path;
use std::time::Duration;

use longshore::admin::LastScrape;
use longshore::otlp::{Flushed, Otlp};
use longshore::worker::Ledger;

/// Kubernetes shows the content of this file as the container's termination message.
/// <https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/>
const TERMINATION_LOG: &str = "/dev/termination-log";

/// Logs the ledger and writes it to the termination log.
pub(super) fn log_ledger(ledger: &Ledger, last_scrape: &LastScrape) {
    tracing::info!(
        completed = ledger.completed,
        released = ledger.released,
        released_from_last_poll = ledger.released_from_last_poll,
        aborted = ledger.aborted,
        abandoned = ledger.abandoned,
        seconds = milliseconds(ledger.took),
        last_scrape = last_scrape.as_str(),
        last_scrape_seconds = milliseconds(last_scrape.waited()),
        "shutdown ledger"
    );
    write_termination_log(&text(ledger, last_scrape));
}

/// Exports the remaining traces and metrics, and logs a warning if they did not reach the
/// collector.
pub(super) async fn flush(otlp: Otlp, limit: Duration) {
    let advice = "the ledger has the final message counts";
    match otlp.flush(limit).await {
        Flushed::Off | Flushed::Done => {}
        Flushed::Failed => tracing::warn!(advice, "final OTLP export failed"),
        Flushed::TimedOut => {
            let limit_seconds = milliseconds(limit);
            tracing::warn!(
                limit_seconds,
                advice,
                "final OTLP export exceeded shutdown.flush and was dropped"
            );
        }
    }
}

/// Logs a warning for each scraper that did not fetch the final metrics.
pub(super) fn log_missing_scrapers(last_scrape: &LastScrape) {
    let waited_seconds = milliseconds(last_scrape.waited());
    for scraper in last_scrape.missing() {
        tracing::warn!(
            %scraper,
            waited_seconds,
            advice = "set shutdown.last_scrape to the scrape interval plus 1s; the ledger has the \
                      final message counts",
            "scraper missed the final metrics"
        );
    }
}

/// Writes the termination message of Kubernetes, in place of an earlier one.
pub(super) fn write_termination_log(text: &str) {
    let path = Path::new(TERMINATION_LOG);
    if path.exists()
        && let Err(error) = std::fs::write(path, text)
    {
        tracing::warn!(path = TERMINATION_LOG, %error, "cannot write the termination log");
    }
}

fn text(ledger: &Ledger, last_scrape: &LastScrape) -> String {
    let (outcome, seconds) = (last_scrape.as_str(), last_scrape.waited().as_secs_f64());
    format!("{ledger} last_scrape={outcome:?} last_scrape_seconds={seconds:.1}")
}

/// Seconds, rounded to milliseconds.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_termination_message_ends_with_the_last_scrape() {
        let mut ledger = Ledger::default();
        (ledger.aborted, ledger.took) = (1, Duration::from_secs(22));
        let seen = LastScrape::Seen { scrapers: 2, waited: Duration::from_millis(400) };
        assert_eq!(
            text(&ledger, &seen),
            "shutdown ledger: completed=0 released=0 released_from_last_poll=0 aborted=1 \
             abandoned=0 seconds=22.0 last_scrape=\"seen\" last_scrape_seconds=0.4"
        );
        let timed_out = LastScrape::TimedOut { missing: vec![], waited: Duration::from_secs(2) };
        assert!(
            text(&ledger, &timed_out)
                .ends_with("last_scrape=\"timed out\" last_scrape_seconds=2.0")
        );
        assert!(
            text(&ledger, &LastScrape::NoScraper)
                .ends_with("last_scrape=\"no scraper\" last_scrape_seconds=0.0")
        );
    }
}
