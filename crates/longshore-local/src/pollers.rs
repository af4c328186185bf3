//! The clients that receive, with the number of their receives that were empty or did not wait. On
//! AWS each receive costs as much as a send, so short polls of an idle queue cost the most.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// One more client takes the place of the one that has not received for the longest time.
const MAX_CLIENTS: usize = 100;

/// Bytes of a `User-Agent` that are kept.
const MAX_AGENT_BYTES: usize = 200;

const MINUTE: usize = 60;

/// A client of the server, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Client<'a> {
    pub(crate) address: Option<IpAddr>,
    /// The `User-Agent` header.
    pub(crate) agent: Option<&'a str>,
}

/// One completed receive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receive {
    /// Whether it had a wait time of 0.
    pub(crate) is_short: bool,
    pub(crate) is_empty: bool,
}

/// The receives of a client on one queue.
#[derive(Clone, Debug)]
pub(crate) struct Poller {
    pub(crate) queue_arn: Arc<str>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) agent: Option<Box<str>>,
    pub(crate) receives: Receives,
    last: Instant,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Receives {
    pub(crate) all: u64,
    pub(crate) short: u64,
    pub(crate) empty: u64,
    pub(crate) short_and_empty: u64,
    recent: Recent,
}

/// Empty receives of the last minute, by second.
#[derive(Clone, Debug)]
struct Recent {
    seconds: [u32; MINUTE],
    newest: u64,
}

/// All receives of a server. The memory is bounded.
#[derive(Debug)]
pub(crate) struct Pollers {
    start: Instant,
    clients: Mutex<Clients>,
}

#[derive(Clone, Debug, Default)]
struct Clients {
    known: Vec<Poller>,
    /// The receives of clients that are no longer in `known`. Their prices can differ.
    others: Others,
}

/// The receives of clients that are not listed, by the type of their queues.
#[derive(Clone, Debug, Default)]
pub(crate) struct Others {
    pub(crate) standard: Receives,
    pub(crate) fifo: Receives,
}

/// The receives up to one moment.
#[derive(Debug)]
pub(crate) struct PollersView {
    pub(crate) clients: Vec<Poller>,
    pub(crate) others: Others,
    /// Seconds since the server started.
    now: u64,
}

impl Default for Pollers {
    fn default() -> Self {
        Self { start: Instant::now(), clients: Mutex::default() }
    }
}

impl Pollers {
    /// Counts a completed receive.
    pub(crate) fn count(&self, queue_arn: &Arc<str>, client: Client<'_>, receive: Receive) {
        let now = Instant::now();
        let second = (now - self.start).as_secs();
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let poller = clients.poller(queue_arn, client, now);
        poller.last = now;
        poller.receives.count(receive, second);
    }

    pub(crate) fn view(&self) -> PollersView {
        let now = self.start.elapsed().as_secs();
        let Clients { known, others } =
            self.clients.lock().unwrap_or_else(PoisonError::into_inner).clone();
        PollersView { clients: known, others, now }
    }
}

impl Clients {
    fn poller(&mut self, queue_arn: &Arc<str>, client: Client<'_>, now: Instant) -> &mut Poller {
        let agent = client.agent.map(|agent| &agent[..agent.floor_char_boundary(MAX_AGENT_BYTES)]);
        let is_same = |poller: &Poller| {
            poller.address == client.address
                && poller.agent.as_deref() == agent
                && poller.queue_arn == *queue_arn
        };
        let place = self.known.iter().position(is_same).unwrap_or_else(|| {
            self.make_room();
            self.known.push(Poller {
                queue_arn: Arc::clone(queue_arn),
                address: client.address,
                agent: agent.map(Box::from),
                receives: Receives::default(),
                last: now,
            });
            self.known.len() - 1
        });
        &mut self.known[place]
    }

    fn make_room(&mut self) {
        if self.known.len() < MAX_CLIENTS {
            return;
        }
        let oldest = self.known.iter().enumerate().min_by_key(|(_, poller)| poller.last);
        if let Some((place, _)) = oldest {
            let removed = self.known.swap_remove(place);
            let others = match removed.is_fifo() {
                true => &mut self.others.fifo,
                false => &mut self.others.standard,
            };
            others.add(&removed.receives);
        }
    }
}

impl Poller {
    pub(crate) fn is_fifo(&self) -> bool {
        self.queue_arn.ends_with(".fifo")
    }
}

impl Receives {
    fn count(&mut self, receive: Receive, second: u64) {
        self.all += 1;
        self.short += u64::from(receive.is_short);
        self.empty += u64::from(receive.is_empty);
        self.short_and_empty += u64::from(receive.is_short && receive.is_empty);
        self.recent.advance(second);
        self.recent.seconds[second as usize % MINUTE] += u32::from(receive.is_empty);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.all += other.all;
        self.short += other.short;
        self.empty += other.empty;
        self.short_and_empty += other.short_and_empty;
        let newest = self.recent.newest.max(other.recent.newest);
        let mut recent = other.recent.clone();
        recent.advance(newest);
        self.recent.advance(newest);
        for (sum, count) in self.recent.seconds.iter_mut().zip(recent.seconds) {
            *sum += count;
        }
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self { seconds: [0; MINUTE], newest: 0 }
    }
}

impl Recent {
    /// Forgets what is older than a minute.
    fn advance(&mut self, second: u64) {
        let passed = second.saturating_sub(self.newest).min(MINUTE as u64);
        for gone in second + 1 - passed..=second {
            self.seconds[gone as usize % MINUTE] = 0;
        }
        self.newest = self.newest.max(second);
    }
}

impl PollersView {
    /// How long the rate of the last minute is measured; `None` in the first seconds, because a
    /// rate of a few requests says nothing.
    pub(crate) fn measured(&self) -> Option<Duration> {
        const LEAST: u64 = 10;
        (self.now >= LEAST).then(|| Duration::from_secs(self.now.min(MINUTE as u64)))
    }

    /// The empty receives of the last minute.
    pub(crate) fn recently_empty(&self, receives: &Receives) -> u64 {
        let mut recent = receives.recent.clone();
        recent.advance(self.now);
        recent.seconds.iter().copied().map(u64::from).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: Receive = Receive { is_short: true, is_empty: true };

    fn agent(agent: &str) -> Client<'_> {
        Client { address: None, agent: Some(agent) }
    }

    #[tokio::test(start_paused = true)]
    async fn receives_are_counted_by_client_and_queue() {
        let pollers = Pollers::default();
        let (orders, mail): (Arc<str>, Arc<str>) = ("orders".into(), "mail".into());
        pollers.count(&orders, agent("a"), EMPTY);
        pollers.count(&orders, agent("a"), Receive { is_short: true, is_empty: false });
        pollers.count(&orders, agent("a"), Receive { is_short: false, is_empty: true });
        pollers.count(&orders, agent("b"), EMPTY);
        pollers.count(&mail, agent("a"), EMPTY);
        pollers.count(
            &mail,
            Client { address: Some([10, 0, 0, 1].into()), agent: Some("a") },
            EMPTY,
        );
        let view = pollers.view();
        let found = view.clients.iter().map(|poller| {
            let Receives { all, short, empty, short_and_empty, .. } = poller.receives;
            (&*poller.queue_arn, poller.agent.as_deref(), [all, short, empty, short_and_empty])
        });
        let expected = [
            ("orders", Some("a"), [3, 2, 2, 1]),
            ("orders", Some("b"), [1, 1, 1, 1]),
            ("mail", Some("a"), [1, 1, 1, 1]),
            ("mail", Some("a"), [1, 1, 1, 1]),
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_is_that_of_the_last_minute() {
        let (pollers, queue) = (Pollers::default(), "orders".into());
        pollers.count(&queue, agent("a"), EMPTY);
        assert_eq!(pollers.view().measured(), None, "no rate in the first seconds");
        tokio::time::advance(Duration::from_secs(30)).await;
        pollers.count(&queue, agent("a"), EMPTY);
        let recent = |pollers: &Pollers| {
            let view = pollers.view();
            (view.measured().unwrap().as_secs(), view.recently_empty(&view.clients[0].receives))
        };
        assert_eq!(recent(&pollers), (30, 2));
        tokio::time::advance(Duration::from_secs(29)).await;
        assert_eq!(recent(&pollers), (59, 2));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(recent(&pollers), (60, 1), "the first receive is older than a minute");
        tokio::time::advance(Duration::from_secs(1_000)).await;
        assert_eq!(recent(&pollers), (60, 0));
        pollers.count(&queue, agent("a"), EMPTY);
        assert_eq!(recent(&pollers), (60, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn at_most_a_hundred_clients_are_kept_and_none_is_lost() {
        let pollers = Pollers::default();
        for (count, suffix) in [(150, ""), (70, ".fifo")] {
            let queue = format!("orders{suffix}").into();
            for client in 0..count {
                tokio::time::advance(Duration::from_millis(100)).await;
                pollers.count(&queue, agent(&format!("client-{client}")), EMPTY);
            }
        }
        let view = pollers.view();
        assert_eq!(view.clients.len(), 100);
        let (standard, fifo) = (&view.others.standard, &view.others.fifo);
        assert_eq!((standard.empty, fifo.empty), (120, 0), "the oldest ones are not listed");
        assert_eq!(view.recently_empty(standard), 120);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_user_agent_is_cut() {
        let pollers = Pollers::default();
        pollers.count(&"orders".into(), agent(&"ä".repeat(5_000)), EMPTY);
        assert_eq!(pollers.view().clients[0].agent.as_deref().map(str::len), Some(200));
    }
}
