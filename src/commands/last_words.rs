//! What the worker says at its end: the shutdown ledger and whether the last scrape was seen, in the log
//! and where Kubernetes looks.

use std::path::Path;
use std::time::Duration;

use longshore::admin::LastScrape;
use longshore::otlp::{Flushed, Otlp};
use longshore::worker::Ledger;

/// Where Kubernetes reads a container's last words from.
/// <https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/>
const TERMINATION_LOG: &str = "/dev/termination-log";

/// Logs the ledger and leaves it for Kubernetes.
pub(super) fn say(ledger: &Ledger, last_scrape: &LastScrape) {
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
    leave(&text(ledger, last_scrape));
}

/// Sends what is left to the collector, and says if it has not arrived.
pub(super) async fn flush(otlp: Otlp, limit: Duration) {
    let seconds = milliseconds(limit);
    match otlp.flush(limit).await {
        Flushed::Off | Flushed::Done => {}
        Flushed::Failed => tracing::warn!(
            "the last traces or metrics could not be exported by OTLP; the ledger has what became of the messages"
        ),
        Flushed::TimedOut => tracing::warn!(
            seconds,
            "the last traces or metrics did not reach the collector within shutdown.flush; the ledger has what became of the messages"
        ),
    }
}

/// Says who has not fetched the final values, if somebody has not.
pub(super) fn name_the_missing(last_scrape: &LastScrape) {
    let waited_seconds = milliseconds(last_scrape.waited());
    for scraper in last_scrape.missing() {
        tracing::warn!(
            %scraper,
            waited_seconds,
            "did not fetch the final values, which the ledger has; shutdown.last_scrape would have to be its interval and a second"
        );
    }
}

/// Leaves these words for Kubernetes, in place of earlier ones.
pub(super) fn leave(words: &str) {
    let path = Path::new(TERMINATION_LOG);
    if path.exists()
        && let Err(error) = std::fs::write(path, words)
    {
        tracing::warn!(%error, "cannot write {TERMINATION_LOG}");
    }
}

fn text(ledger: &Ledger, last_scrape: &LastScrape) -> String {
    let (outcome, seconds) = (last_scrape.as_str(), last_scrape.waited().as_secs_f64());
    format!("{ledger} last_scrape={outcome:?} last_scrape_seconds={seconds:.1}")
}

/// Seconds, to the millisecond.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_for_kubernetes_end_with_the_last_scrape() {
        let ledger = Ledger { aborted: 1, took: Duration::from_secs(22), ..Ledger::default() };
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
