//! The routes of a queue, as the user of the library builds them.

use super::condition::Condition;
use super::unrouted::Unrouted;
use crate::handler::{BatchHandler, Handler, Handling};

/// The maximum number of routes of a queue. Each has series of its own in the metrics.
pub const MAX_ROUTES: usize = 50;
/// The maximum number of characters of a route's name.
const MAX_NAME: usize = 64;
/// The name of the route of the messages that no other route takes.
pub(crate) const OTHERS: &str = "default";

/// What the name of a route can be.
pub const ROUTE_NAME: &str = "1 to 64 letters, digits, `-` and `_`, and not `default`, which is the route of the messages that \
     no other route takes";

/// Several handlers of one queue. The first route whose condition holds takes a message. The
/// constructor says what happens to the messages that no route takes.
///
/// ```
/// use longshore::handler::{Condition, Routes};
/// use longshore::{Context, Message};
///
/// async fn refund(_message: Message, _context: Context) {}
/// async fn order(_message: Message, _context: Context) {}
///
/// let routes = Routes::with_default(order)
///     .route("refunds", Condition::attribute("type").equals("refund"), refund);
/// ```
///
/// The queue has one concurrency, one handler timeout and one circuit breaker for all routes: while
/// the application of one route cannot be reached, no message of the queue is received.
#[derive(Debug)]
pub struct Routes {
    pub(crate) routes: Vec<Route>,
    /// Of the messages that no route takes.
    pub(crate) others: Handling,
    /// Whether an application gets them.
    pub(crate) others_are_handled: bool,
}

/// One route.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) name: String,
    pub(crate) condition: Condition,
    pub(crate) handling: Handling,
}

impl Routes {
    /// This handler gets the messages that no route takes. Its route has the name `default`.
    pub fn with_default(handler: impl Handler) -> Self {
        Self::new(Handling::single(handler), true)
    }

    /// The same for a handler that gets several messages in one call.
    pub fn with_default_batch(handler: impl BatchHandler) -> Self {
        Self::new(Handling::batch(handler), true)
    }

    /// The messages that no route takes are rejected: the queue's `on_reject` decides what happens to
    /// them.
    pub fn rejecting_others() -> Self {
        Self::new(Handling::single(Unrouted::Reject), false)
    }

    /// The messages that no route takes are retried, so that they become dead letters if no later
    /// version of the application takes them.
    pub fn retrying_others() -> Self {
        Self::new(Handling::single(Unrouted::Retry), false)
    }

    fn new(others: Handling, others_are_handled: bool) -> Self {
        Self { routes: Vec::new(), others, others_are_handled }
    }

    /// Adds a route. Its name is the label `route` in the metrics: see [`is_route_name`].
    #[must_use]
    pub fn route(
        self,
        name: impl Into<String>,
        condition: Condition,
        handler: impl Handler,
    ) -> Self {
        self.with(name.into(), condition, Handling::single(handler))
    }

    /// Adds a route whose handler gets several messages in one call. All of them are of this route.
    #[must_use]
    pub fn batch_route(
        self,
        name: impl Into<String>,
        condition: Condition,
        handler: impl BatchHandler,
    ) -> Self {
        self.with(name.into(), condition, Handling::batch(handler))
    }

    fn with(mut self, name: String, condition: Condition, handling: Handling) -> Self {
        self.routes.push(Route { name, condition, handling });
        self
    }

    /// Why they cannot be used, and what is accepted.
    pub(crate) fn problem(&self) -> Option<String> {
        let names: Vec<&str> = self.routes.iter().map(|route| &*route.name).collect();
        if !(1..=MAX_ROUTES).contains(&names.len()) {
            return Some(format!("found {}, expected 1 to {MAX_ROUTES}", names.len()));
        }
        if let Some(name) = names.iter().find(|name| !is_route_name(name)) {
            return Some(format!("found the name `{name}`, expected {ROUTE_NAME}"));
        }
        let twice = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name));
        twice.map(|(_, name)| format!("two have the name `{name}`"))
    }

    /// Whether one of its handlers gets several messages in one call.
    pub(crate) fn has_batches(&self) -> bool {
        self.others.is_batch() || self.routes.iter().any(|route| route.handling.is_batch())
    }
}

/// Whether a route can have this name: 1 to 64 letters of ASCII, digits, `-` and `_`. `default` is the
/// route of the messages that no other route takes.
pub fn is_route_name(name: &str) -> bool {
    let is_permitted = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_permitted) && name != OTHERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_name_is_short_and_plain() {
        for name in ["refunds", "to-eu_1", "A", &"a".repeat(64)] {
            assert!(is_route_name(name), "{name}");
        }
        for name in ["", "default", "a b", "rückgabe", "a.b", &"a".repeat(65)] {
            assert!(!is_route_name(name), "{name}");
        }
    }
}
