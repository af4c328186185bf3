//! The report as text.

use std::time::Duration;

use console::style;
use humantime::format_duration;

use crate::commands::table::{Align, columns};
use crate::settings::{Descriptors, Effective, Loaded, QueueSettings, Source};
use longshore::QueueConfig;
use longshore::config::StopBudget;
use longshore::cost::forecast::ROUND_TRIP;
use longshore::cost::pricing::FREE_REQUESTS;
use longshore::cost::{BusyCost, BusyMonth, IdleCost, IdleMonth};
use longshore::format::{dollars, thousands};

/// The report, section by section.
pub(super) fn report(
    loaded: &Loaded,
    idle: &[IdleMonth<'_>],
    busy: &[BusyMonth<'_>],
    budget: &StopBudget,
    descriptors: &Descriptors,
) -> String {
    let parts = [
        heading("Settings and their sources"),
        settings(&loaded.effective),
        heading("Idle cost: 30 days without messages"),
        idle_cost(idle),
        heading("Busy cost: 30 days of messages that arrive at random and are processed quickly"),
        busy_cost(busy),
        fifo(&loaded.config.queues),
        heading("Shutdown: the time between SIGTERM and SIGKILL"),
        shutdown(budget),
        heading("File descriptors: the most that this configuration can need"),
        file_descriptors(descriptors),
        warnings(&loaded.warnings),
    ];
    parts.concat()
}

fn heading(text: &str) -> String {
    format!("{}\n\n", style(text).bold())
}

fn settings(effective: &[Effective]) -> String {
    let mut rows = Vec::new();
    let mut group = "";
    for value in effective {
        if value.group != group {
            group = &value.group;
            rows.push([group.to_owned(), String::new(), String::new()]);
        }
        let indent = if group.is_empty() { "" } else { "  " };
        rows.push([format!("{indent}{}", value.key), value.value.clone(), source(value)]);
    }
    columns([Align::Left; 3], &rows) + "\n"
}

/// The source of a value, with a note if it comes from the `defaults` table.
fn source(Effective { place, .. }: &Effective) -> String {
    match &place.source {
        Source::File(position) if place.key.starts_with("defaults.") => {
            format!("{position} [defaults]")
        }
        source => source.to_string(),
    }
}

fn idle_cost(months: &[IdleMonth<'_>]) -> String {
    let head =
        ["queue", "wait", "receives", "cost", "short-polling receives*", "short-polling cost*"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(months.iter().map(|IdleMonth { queue, configured, short_polling, .. }| {
        let wait = format_duration(queue.wait()).to_string();
        costs(queue.name(), wait, *configured, *short_polling)
    }));
    let configured = months.iter().map(|month| month.configured).sum::<IdleCost>();
    if months.len() > 1 {
        let short_polling = months.iter().map(|month| month.short_polling).sum();
        rows.push(costs("total", String::new(), configured, short_polling));
    }
    let align = [Align::Left, Align::Right, Align::Right, Align::Right, Align::Right, Align::Right];
    format!(
        "{}\n  * With a wait of 0 and a round trip of {}.\n\n  \
         This is the cost of one worker, which has one poll loop on an idle queue. Each additional\n  \
         worker costs the same again. Requests for the attributes of the queues add {} requests\n  \
         and ${:.3} per month. {}\n\n",
        columns(align, &rows),
        format_duration(ROUND_TRIP),
        thousands(months.iter().map(|month| month.attribute_requests).sum()),
        months.iter().map(|month| month.attributes_usd).sum::<f64>(),
        free_share(configured.receives),
    )
}

fn costs(name: &str, wait: String, configured: IdleCost, short_polling: IdleCost) -> [String; 6] {
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
        "AWS gives each account {free} free requests per month. They are\n  \
         not subtracted here. The receives above are {percent} % of them."
    )
}

fn busy_cost(months: &[BusyMonth<'_>]) -> String {
    let workers = months.first().map_or(BusyMonth::COPIES, |month| month.copies);
    let shared = if workers == 1 { "1 worker".to_owned() } else { format!("{workers} workers") };
    let head = [
        "queue",
        "messages",
        "requests/message",
        "cost",
        "without gather",
        shared.as_str(),
        "fair queue*",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(months.iter().map(|month| {
        let other = |cost: BusyCost| format!("{:.2}  {}", cost.requests, dollars(cost.usd));
        [
            month.queue.name().to_owned(),
            format!("{}/s", month.per_second),
            format!("{:.2}", month.configured.requests),
            dollars(month.configured.usd),
            other(month.without_gather),
            other(month.in_copies),
            month.as_fair_queue.map_or_else(|| "-".to_owned(), |cost| dollars(cost.usd)),
        ]
    }));
    let align = [
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
    ];
    format!(
        "{}\n  * If its messages have a MessageGroupId. AWS adds ${:.2} per million requests: set\n  \
         price_per_million_usd to {:.2} then, so that the figures of the worker have it.\n\n  \
         The minimum is 0.2 requests per message: SQS receives and deletes up to 10 messages per\n  \
         request. A longer `gather` gets closer to it, but messages wait longer. One worker with high\n  \
         concurrency costs less than many workers with low concurrency. Raise `concurrency` before\n  \
         you add workers.\n\n",
        columns(align, &rows),
        QueueConfig::FAIR_USD_PER_MILLION,
        QueueConfig::STANDARD_USD_PER_MILLION + QueueConfig::FAIR_USD_PER_MILLION,
    )
}

/// What is different for the FIFO queues of the configuration.
fn fifo(queues: &[QueueSettings]) -> String {
    let names = queues.iter().map(|queue| &queue.config).filter(|queue| queue.address().is_fifo());
    let names: Vec<_> = names.map(QueueConfig::name).collect();
    if names.is_empty() {
        return String::new();
    }
    format!(
        "{}  {}\n\n  \
         The messages of a group are processed one after the other; groups in parallel. SQS allows 300\n  \
         requests per second and action, which are 3,000 messages in batches of ten. With high\n  \
         throughput it allows up to 70,000, depending on the region. A message that always fails blocks\n  \
         its group until maxReceiveCount of the redrive policy moves it to the dead-letter queue, and\n  \
         the messages behind it use up their receives too: do not set it below 3. Without a redrive\n  \
         policy it blocks its group until its retention ends.\n\n",
        heading("FIFO queues"),
        names.join(", "),
    )
}

fn shutdown(budget: &StopBudget) -> String {
    let time = |time: Duration| format_duration(time).to_string();
    let queue = budget.slowest_queue.as_deref().unwrap_or_default();
    let mut rows = vec![[
        "last receives".to_owned(),
        time(budget.polls_end),
        format!(
            "the longest wait (queue {queue}) and 1s for the response, within the grace{}",
            overrun(budget.polls_late_by())
        ),
    ]];
    rows.extend(
        budget.terms.map(|term| [term.key.to_owned(), time(term.time), term.meaning.to_owned()]),
    );
    let spare = budget.limit.saturating_sub(budget.total());
    let end = if budget.over_limit_by().is_zero() {
        format!("of {}: fits, {} left", time(budget.limit), time(spare))
    } else {
        format!("of {}{}", time(budget.limit), overrun(budget.over_limit_by()))
    };
    rows.push(["total".to_owned(), time(budget.total()), end]);
    columns([Align::Left, Align::Right, Align::Left], &rows) + "\n"
}

fn file_descriptors(descriptors: &Descriptors) -> String {
    let mut rows: Vec<_> = descriptors
        .terms
        .iter()
        .map(|(what, count)| [(*what).to_owned(), thousands(*count), String::new()])
        .collect();
    let of = match descriptors.limit {
        Some(limit) => format!("of {}, the hard limit of this shell", thousands(limit)),
        None => "no limit".to_owned(),
    };
    rows.push(["total".to_owned(), thousands(descriptors.needed()), of]);
    columns([Align::Left, Align::Right, Align::Left], &rows) + "\n"
}

fn overrun(excess: Duration) -> String {
    if excess.is_zero() {
        String::new()
    } else {
        format!(": DOES NOT FIT, {} too long", format_duration(excess))
    }
}

fn warnings(warnings: &[String]) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let lines: Vec<_> = warnings.iter().map(|warning| format!("  {warning}\n")).collect();
    format!("{}{}", heading("Warnings"), lines.concat())
}
