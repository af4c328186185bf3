//! Settings that the rules and the dashboards read as metrics.

use super::catalog;
use super::possible::Possible;
use super::series::Registrar;
use crate::config::QueueConfig;
use crate::config::objectives::LONG_POLL_REFERENCE;
use crate::label::LabelSet;
use crate::slo::Slo;

/// Shows the settings of one queue.
pub(super) fn show(r: &Registrar, config: &QueueConfig, possible: &Possible<'_>) {
    let slo = config.objectives();
    let objective = |name| match name {
        Slo::Delivery => slo.delivery,
        Slo::Latency => slo.latency,
        Slo::Freshness => slo.freshness,
        Slo::Polling => slo.polling,
    };
    let objectives = r.gauges::<Slo>(&catalog::SLO_OBJECTIVE, |_| false);
    let min_bad_events = r.gauges::<Slo>(&catalog::SLO_MIN_BAD_EVENTS, |_| false);
    for name in Slo::ALL.iter().filter(|name| possible.objective(**name)) {
        objectives.get(*name).set(objective(*name));
        min_bad_events.get(*name).set(slo.min_bad_events);
    }
    let message_cost = slo.cost_per_million_messages_usd / 1e6;
    for (metric, value) in [
        (&catalog::REQUEST_PRICE, config.price_per_million_usd() / 1e6),
        (&catalog::CONFIGURED_WAIT, config.wait().as_secs_f64()),
        (&catalog::CONFIGURED_VISIBILITY, config.visibility().as_secs_f64()),
        (&catalog::CONFIGURED_CONCURRENCY, config.concurrency() as f64),
        (&catalog::LONG_POLL_REFERENCE, LONG_POLL_REFERENCE.as_secs_f64()),
        (&catalog::WASTE_BUDGET, slo.waste_budget_per_month_usd),
        (&catalog::MESSAGE_COST_OBJECTIVE, message_cost),
    ] {
        r.gauge(metric, &[]).set(value);
    }
}
