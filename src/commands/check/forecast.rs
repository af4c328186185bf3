//! What a month costs in which no message comes.

use longshore::config::QueueConfig;

use crate::settings::Config;
use longshore::cost::forecast::ROUND_TRIP;
use longshore::cost::pricing::{receives_per_month, usd};

/// One queue's idle month with one poller, which is what an idle queue keeps.
pub(super) struct IdleMonth<'a> {
    pub(super) queue: &'a QueueConfig,
    /// As it is configured.
    pub(super) configured: Cost,
    /// As it would be with a wait of 0.
    pub(super) short_polling: Cost,
}

/// A month's requests and their price, the free ones not taken off.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    pub(super) receives: u64,
    pub(super) usd: f64,
}

/// The idle month of each queue.
pub(super) fn idle_months(config: &Config) -> Vec<IdleMonth<'_>> {
    config.queues.iter().map(idle_month).collect()
}

fn idle_month(queue: &QueueConfig) -> IdleMonth<'_> {
    let cost = |each| {
        let receives = receives_per_month(each);
        Cost { receives, usd: usd(receives, queue.price_per_million_usd) }
    };
    IdleMonth {
        queue,
        configured: cost(queue.wait.max(ROUND_TRIP)),
        short_polling: cost(ROUND_TRIP),
    }
}

/// All queues together, as one of an [`IdleMonth`]'s two ways of polling.
pub(super) fn sum<'a>(
    months: &'a [IdleMonth<'a>],
    way: impl Fn(&IdleMonth<'a>) -> Cost + 'a,
) -> Cost {
    let costs = months.iter().map(way);
    costs.fold(Cost { receives: 0, usd: 0.0 }, |sum, cost| Cost {
        receives: sum.receives + cost.receives,
        usd: sum.usd + cost.usd,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use longshore::config::QueueAddress;

    fn queue(wait: Duration) -> QueueConfig {
        let queue = QueueConfig::new(QueueAddress::Name("orders".to_owned()));
        QueueConfig { wait, ..queue }
    }

    #[test]
    fn long_polling_idles_for_cents_and_short_polling_for_a_hundred_dollars() {
        let queue = queue(Duration::from_secs(20));
        let month = idle_month(&queue);
        assert_eq!(month.configured.receives, 129_600);
        assert_eq!(month.short_polling.receives, 259_200_000);
        assert!((month.configured.usd - 0.05184).abs() < 1e-9);
        assert!((month.short_polling.usd - 103.68).abs() < 1e-9);
    }

    #[test]
    fn a_wait_of_zero_is_forecast_as_the_short_polling_it_is() {
        let queue = queue(Duration::ZERO);
        let month = idle_month(&queue);
        assert_eq!(month.configured.receives, month.short_polling.receives);
    }
}
