//! Pictures that are drawn alike of one queue and of all.

use super::look::Colour;
use super::panel::{About, Look, Panel};
use super::promql::metric;
use super::query::{quantile, series};
use crate::rules::BY_QUEUE;

/// All dollars, those in vain, and how many may be.
pub(super) fn spend_and_waste(title: &'static str, about: About) -> Panel {
    let spend = series(
        "spend",
        format!("sum({})", metric("job_queue:longshore_spend:usd_per_30d_rate30m")),
    );
    let wasted = series(
        "wasted",
        format!("sum({})", metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m")),
    );
    let budget = series(
        "waste budget",
        format!("sum({})", metric("job_queue:longshore_waste_budget:usd_per_30d")),
    );
    Panel::new(Look::Lines, title, about)
        .unit("currencyUSD")
        .none("no rules")
        .ask(spend.solid(Colour::Blue))
        .ask(wasted.solid(Colour::Orange))
        .ask(budget.dashed())
}

/// The sum of empty receives, and the fewest that the same time needs, had each waited as long as
/// it can.
pub(super) fn empty_receives(title: &'static str, about: About) -> Panel {
    let made = series(
        "made",
        format!(
            "sum(
  {}
)",
            metric("longshore_receive_duration_seconds_count").with("outcome", "empty").rate()
        ),
    );
    let unavoidable = series(
        "unavoidable",
        format!(
            "sum(
  sum by ({BY_QUEUE}) ({})
  / {}
)",
            metric("longshore_receive_duration_seconds_sum").with("outcome", "empty").rate(),
            metric("job_queue:longshore_long_poll_reference:seconds")
        ),
    );
    Panel::new(Look::Lines, title, about)
        .unit("reqps")
        .ask(made.solid(Colour::Orange))
        .ask(unavoidable.dashed())
}

/// How long after its first receive a message's handler starts once more.
pub(super) fn redelivery_delay(about: About) -> Panel {
    let delay = metric("longshore_redelivery_delay_seconds");
    Panel::new(Look::Lines, "Delay of redeliveries", about)
        .unit("s")
        .none("no redeliveries")
        .ask(quantile("0.5", "half", &delay).solid(Colour::Sky))
        .ask(quantile("0.99", "99 %", &delay).solid(Colour::Blue))
}
