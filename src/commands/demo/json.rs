//! The figures for a program.

use serde_json::{Value, json};

use crate::demo::{Acts, Figures};

/// One object on one line; an act that was not reached is null.
pub(super) fn object(acts: &Acts) -> String {
    let act = |figures: &Option<Figures>| figures.as_ref().map(act);
    json!({
        "short_polling": act(&acts.short_polling),
        "long_polling": act(&acts.long_polling),
    })
    .to_string()
}

fn act(figures: &Figures) -> Value {
    let counts = &figures.counts;
    json!({
        "seconds": figures.took.as_secs_f64(),
        "sent": figures.sent,
        "messages": counts.deleted,
        "errors": counts.handler_errors,
        "receives": counts.receives,
        "empty_receives": counts.empty_receives,
        "requests": counts.billed_requests,
        "usd_per_month": figures.usd_per_month(),
        "median_wait_seconds": figures.median_wait.map(|wait| wait.as_secs_f64()),
    })
}
