//! The clients that receive, and what their empty receives would cost on AWS.

use super::figures::{count, money, per_month, span, usd};
use super::link::Link;
use crate::pollers::{Poller, PollersView, Receives};
use crate::scope::Scope;

/// Rows of the table. Other clients share the last row.
const MAX_ROWS: usize = 20;

pub(super) struct Pollers {
    pub(super) rows: Vec<Row>,
    pub(super) empty: String,
    /// The price of all empty receives since the server started.
    pub(super) so_far: String,
    /// The price of a month at the present rate; `None` in the first seconds.
    pub(super) month: Option<String>,
    /// How long the rate was measured.
    pub(super) measured: Option<String>,
    /// Whether a client received nothing with a wait time of 0.
    pub(super) has_short: bool,
    /// The price of a million requests, on a standard and on a FIFO queue.
    pub(super) prices: [String; 2],
}

pub(super) struct Row {
    /// `None` for all other clients.
    pub(super) client: Option<String>,
    pub(super) address: String,
    pub(super) queue: Option<Link>,
    pub(super) receives: String,
    pub(super) short: String,
    pub(super) empty: String,
    pub(super) recently_empty: String,
    pub(super) month: Option<String>,
    pub(super) is_short: bool,
}

impl Pollers {
    /// The clients of one queue, or of all queues. Clients that are not listed any more are only
    /// known for all queues together.
    pub(super) fn new(home: &Scope, view: &PollersView, queue_arn: Option<&str>) -> Self {
        let mut clients: Vec<&Poller> = view.clients.iter().collect();
        clients.retain(|poller| queue_arn.is_none_or(|arn| *poller.queue_arn == *arn));
        clients.sort_by_key(|poller| {
            let receives = &poller.receives;
            std::cmp::Reverse((view.recently_empty(receives), receives.short, receives.all))
        });
        let (mut others, mut all) = (Sum::default(), Sum::default());
        clients.iter().for_each(|poller| all.add(&poller.receives, poller.is_fifo()));
        for poller in clients.iter().skip(MAX_ROWS) {
            others.add(&poller.receives, poller.is_fifo());
        }
        if queue_arn.is_none() {
            for sum in [&mut others, &mut all] {
                sum.add(&view.others.standard, false);
                sum.add(&view.others.fifo, true);
            }
        }
        let mut rows: Vec<Row> =
            clients.iter().take(MAX_ROWS).map(|poller| Row::of(home, poller, view)).collect();
        if others.receives() > 0 {
            rows.push(Row::of_others(&others, view));
        }
        Self {
            rows,
            empty: count(all.standard.empty + all.fifo.empty),
            so_far: money(usd(all.standard.empty, false) + usd(all.fifo.empty, true)),
            month: all.month(view).map(money),
            measured: view.measured().map(|measured| span(measured.as_secs() * 1000)),
            has_short: all.standard.short_and_empty + all.fifo.short_and_empty > 0,
            prices: [usd(1_000_000, false), usd(1_000_000, true)].map(money),
        }
    }
}

/// The receives of more than one client, by the type of the queue, because the prices differ.
#[derive(Default)]
struct Sum {
    standard: Receives,
    fifo: Receives,
}

impl Sum {
    fn add(&mut self, receives: &Receives, is_fifo: bool) {
        if is_fifo { self.fifo.add(receives) } else { self.standard.add(receives) }
    }

    fn receives(&self) -> u64 {
        self.standard.all + self.fifo.all
    }

    fn month(&self, view: &PollersView) -> Option<f64> {
        let [standard, fifo] = [&self.standard, &self.fifo].map(|sum| view.recently_empty(sum));
        let recent = usd(standard, false) + usd(fifo, true);
        view.measured().map(|measured| per_month(recent, measured.as_secs()))
    }
}

impl Row {
    fn of(home: &Scope, poller: &Poller, view: &PollersView) -> Self {
        let mut sum = Sum::default();
        sum.add(&poller.receives, poller.is_fifo());
        let client = poller.agent.as_deref().unwrap_or("no User-Agent").to_owned();
        Self {
            client: Some(client),
            address: poller.address.map_or_else(String::new, |address| address.to_string()),
            queue: Link::of_arn(home, &poller.queue_arn),
            ..Self::of_others(&sum, view)
        }
    }

    fn of_others(sum: &Sum, view: &PollersView) -> Self {
        let both = |number: fn(&Receives) -> u64| number(&sum.standard) + number(&sum.fifo);
        Self {
            client: None,
            address: String::new(),
            queue: None,
            receives: count(both(|receives| receives.all)),
            short: count(both(|receives| receives.short)),
            empty: count(both(|receives| receives.empty)),
            recently_empty: count(
                view.recently_empty(&sum.standard) + view.recently_empty(&sum.fifo),
            ),
            month: sum.month(view).map(money),
            is_short: both(|receives| receives.short_and_empty) > 0,
        }
    }
}
