//! The report for a person.

use std::time::Duration;

use console::style;
use humantime::format_duration;

use super::forecast::{Cost, IdleMonth, sum};
use super::working::{self, COPIES, Working};
use crate::commands::table::{Align, columns};
use longshore::config::StopBudget;

use crate::settings::{Effective, Loaded, Source};
use longshore::cost::forecast::ROUND_TRIP;
use longshore::cost::pricing::FREE_REQUESTS;
use longshore::format::{dollars, thousands};

/// The whole report.
pub(super) fn report(
    loaded: &Loaded,
    months: &[IdleMonth<'_>],
    working: &[Working<'_>],
    budget: &StopBudget,
) -> String {
    let parts = [
        heading("Values in effect, and where each comes from"),
        values(&loaded.effective),
        heading("Idling: a month of 30 days in which no message comes"),
        idling(months),
        heading("Working: a month of messages that come at random and are handled quickly"),
        work(working),
        heading("Stopping: the time between SIGTERM and SIGKILL"),
        stopping(budget),
        warnings(&loaded.warnings),
    ];
    parts.concat()
}

fn heading(text: &str) -> String {
    format!("{}\n\n", style(text).bold())
}

fn values(effective: &[Effective]) -> String {
    let mut rows = Vec::new();
    let mut group = "";
    for value in effective {
        if value.group != group {
            group = &value.group;
            rows.push([group.to_owned(), String::new(), String::new()]);
        }
        let indent = if group.is_empty() { "" } else { "  " };
        rows.push([format!("{indent}{}", value.key), value.value.clone(), origin(value)]);
    }
    columns([Align::Left; 3], &rows) + "\n"
}

/// The place of a value; that it was written for all queues, where it was.
fn origin(Effective { place, .. }: &Effective) -> String {
    match &place.source {
        Source::File(position) if place.key.starts_with("defaults.") => {
            format!("{position} [defaults]")
        }
        source => source.to_string(),
    }
}

fn idling(months: &[IdleMonth<'_>]) -> String {
    let head = ["queue", "wait", "receives", "cost", "receives if short*", "cost if short*"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(months.iter().map(|IdleMonth { queue, configured, short_polling }| {
        let wait = format_duration(queue.wait).to_string();
        costs(&queue.name, wait, *configured, *short_polling)
    }));
    let configured = sum(months, |month| month.configured);
    if months.len() > 1 {
        let short_polling = sum(months, |month| month.short_polling);
        rows.push(costs("together", String::new(), configured, short_polling));
    }
    let align = [Align::Left, Align::Right, Align::Right, Align::Right, Align::Right, Align::Right];
    format!(
        "{}\n  * with a wait of 0, at {} a round trip.\n\n  This is one running copy, which keeps one poller \
         on an idle queue; each further copy costs as much\n  again. {}\n\n",
        columns(align, &rows),
        format_duration(ROUND_TRIP),
        free_share(configured.receives),
    )
}

fn costs(name: &str, wait: String, configured: Cost, short_polling: Cost) -> [String; 6] {
    [
        name.to_owned(),
        wait,
        thousands(configured.receives),
        dollars(configured.usd),
        thousands(short_polling.receives),
        dollars(short_polling.usd),
    ]
}

fn free_share(receives: u64) -> String {
    let free = thousands(FREE_REQUESTS);
    let percent = thousands(receives.saturating_mul(100).div_ceil(FREE_REQUESTS));
    format!(
        "AWS gives each account {free} requests a month free: they are not taken off here,\n  \
         and this is {percent} % of them."
    )
}

fn work(working: &[Working<'_>]) -> String {
    let head = ["queue", "messages", "requests each", "cost", "without gather", "in 10 copies"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(working.iter().map(|month| {
        let other = |cost: working::Cost| format!("{:.2}  {}", cost.requests, dollars(cost.usd));
        [
            month.queue.name.clone(),
            format!("{}/s", month.per_second),
            format!("{:.2}", month.configured.requests),
            dollars(month.configured.usd),
            other(month.without_gather),
            other(month.in_copies),
        ]
    }));
    let align = [Align::Left, Align::Right, Align::Right, Align::Right, Align::Right, Align::Right];
    format!(
        "{}\n  The least is 0.2 requests a message: ten received at once, ten deleted at once. A longer gather \
         comes\n  nearer to it and lets messages wait longer. One copy with room for many costs less than {COPIES} \
         with room\n  for few: give it more concurrency before you give it company.\n\n",
        columns(align, &rows),
    )
}

fn stopping(budget: &StopBudget) -> String {
    let time = |time: Duration| format_duration(time).to_string();
    let queue = budget.slowest_queue.as_deref().unwrap_or_default();
    let mut rows = vec![[
        "last polls end".to_owned(),
        time(budget.polls_end),
        format!(
            "within the grace: the longest wait ({queue}), and 1s for the answer{}",
            verdict(budget.polls_late_by())
        ),
    ]];
    rows.extend(
        budget.terms.map(|term| [term.key.to_owned(), time(term.time), term.meaning.to_owned()]),
    );
    let spare = budget.limit.saturating_sub(budget.total());
    let end = if budget.over_limit_by().is_zero() {
        format!("of {}: fits, {} to spare", time(budget.limit), time(spare))
    } else {
        format!("of {}{}", time(budget.limit), verdict(budget.over_limit_by()))
    };
    rows.push(["together".to_owned(), time(budget.total()), end]);
    columns([Align::Left, Align::Right, Align::Left], &rows) + "\n"
}

fn verdict(excess: Duration) -> String {
    if excess.is_zero() {
        String::new()
    } else {
        format!(": DOES NOT FIT, by {}", format_duration(excess))
    }
}

fn warnings(warnings: &[String]) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let lines: Vec<_> = warnings.iter().map(|warning| format!("  {warning}\n")).collect();
    format!("{}{}", heading("Warnings"), lines.concat())
}
