//! The time budget of a shutdown.

use std::time::Duration;

/// How long each part of a shutdown may take. The parts follow one another; the last receives end
/// during `grace`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownConfig {
    /// How long handlers may continue after the signal. Default: 22 s.
    pub grace: Duration,
    /// How long interrupted handlers have to end after the grace. Default: 2 s.
    pub interrupt: Duration,
    /// How long deletes and releases may take after the last handler. Default: 3 s.
    pub settle: Duration,
    /// How long the export of the last traces and metrics may take. Default: 1 s.
    pub flush: Duration,
    /// How long the metrics endpoint stays up so that each scraper can read the final values once.
    /// Zero disables this. Default: 2 s.
    pub last_scrape: Duration,
    /// The time that the platform allows between SIGTERM and SIGKILL. Default: 30 s.
    pub limit: Duration,
}

impl ShutdownConfig {
    /// Sets how long handlers may continue after the signal.
    #[must_use]
    pub fn grace(self, grace: Duration) -> Self {
        Self { grace, ..self }
    }

    /// Sets how long interrupted handlers have to end after the grace.
    #[must_use]
    pub fn interrupt(self, interrupt: Duration) -> Self {
        Self { interrupt, ..self }
    }

    /// Sets how long deletes and releases may take after the last handler.
    #[must_use]
    pub fn settle(self, settle: Duration) -> Self {
        Self { settle, ..self }
    }

    /// Sets how long the export of the last traces and metrics may take.
    #[must_use]
    pub fn flush(self, flush: Duration) -> Self {
        Self { flush, ..self }
    }

    /// Sets how long the metrics endpoint stays up for the last scrape.
    #[must_use]
    pub fn last_scrape(self, last_scrape: Duration) -> Self {
        Self { last_scrape, ..self }
    }

    /// Sets the time that the platform allows between SIGTERM and SIGKILL.
    #[must_use]
    pub fn limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }
}

impl Default for ShutdownConfig {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(22),
            interrupt: Duration::from_secs(2),
            settle: Duration::from_secs(3),
            flush: Duration::from_secs(1),
            last_scrape: Duration::from_secs(2),
            limit: Duration::from_secs(30),
        }
    }
}
