//! The handlers of one queue, and which of them gets a message.

use std::sync::Arc;

use futures_util::future::{join_all, try_join_all};

use super::batches::Batching;
use crate::config::QueueConfig;
use crate::handler::{AnyHandler, Handler, Handling, Matching, NotReady, OTHERS, Route, Routes};
use crate::queue::Message;
use crate::telemetry::{QueueMetrics, RouteEnds};

/// What happens to the messages of a queue, before its metrics exist.
#[derive(Debug)]
pub(super) enum Plan {
    One(Handling),
    Routes(Routes),
}

/// The routes of one queue, by their indexes. A queue without routes has one, for all messages.
pub(super) struct Routing {
    matching: Matching,
    /// Of each route, and at the end that of the messages that no route takes.
    targets: Vec<Target>,
    /// Whether an application gets the messages that no route takes.
    others_are_handled: bool,
}

/// What happens to the messages of one route.
pub(super) struct Target {
    /// `None`: the queue has no routes.
    name: Option<Arc<str>>,
    pub(super) action: Action,
}

/// The handler of a route.
pub(super) enum Action {
    Single(AnyHandler),
    /// A handler of single messages in front of a batch handler.
    Batch(AnyHandler),
}

impl Plan {
    /// Whether a handler gets several messages in one call.
    pub(super) fn has_batches(&self) -> bool {
        match self {
            Self::One(handling) => handling.is_batch(),
            Self::Routes(routes) => routes.has_batches(),
        }
    }

    /// How the calls of each route can end.
    pub(super) fn ends(&self) -> Vec<RouteEnds<'_>> {
        match self {
            Self::One(handling) => vec![ends(None, handling)],
            Self::Routes(Routes { routes, others, .. }) => {
                let named = routes.iter().map(|route| ends(Some(&route.name), &route.handling));
                named.chain([ends(Some(OTHERS), others)]).collect()
            }
        }
    }

    pub(super) fn routing(self, config: &QueueConfig, metrics: &Arc<QueueMetrics>) -> Routing {
        let handled = |handling| match handling {
            Handling::Single(handler) => Action::Single(handler),
            Handling::Batch(handler) => {
                Action::Batch(AnyHandler::new(Batching::new(handler, config, metrics.clone())))
            }
        };
        let (routes, others, name, others_are_handled) = match self {
            Self::One(handling) => (Vec::new(), handled(handling), None, true),
            Self::Routes(Routes { routes, others, others_are_handled }) => {
                (routes, handled(others), Some(OTHERS.into()), others_are_handled)
            }
        };
        let (conditions, mut targets): (Vec<_>, Vec<_>) = routes
            .into_iter()
            .map(|Route { name, condition, handling }| {
                (condition, Target { name: Some(name.into()), action: handled(handling) })
            })
            .unzip();
        targets.push(Target { name, action: others });
        Routing { matching: Matching::new(conditions), targets, others_are_handled }
    }
}

fn ends<'a>(name: Option<&'a str>, handling: &'a Handling) -> RouteEnds<'a> {
    RouteEnds { name, can_end: Box::new(|ending| handling.can_end(ending)) }
}

impl Routing {
    /// The only handler of a queue.
    #[cfg(test)]
    pub(super) fn of(handler: impl Handler) -> Arc<Self> {
        let target = Target { name: None, action: Action::Single(AnyHandler::new(handler)) };
        let (matching, targets) = (Matching::default(), vec![target]);
        Arc::new(Self { matching, targets, others_are_handled: true })
    }

    /// The index of the route that takes this message.
    pub(super) fn route_of(&self, message: &Message) -> usize {
        self.matching.route_of(message)
    }

    /// The name of a route; `None` if the queue has no routes.
    pub(super) fn name(&self, route: usize) -> Option<&str> {
        self.targets[route].name.as_deref()
    }

    pub(super) fn action(&self, route: usize) -> &Action {
        &self.targets[route].action
    }

    /// Whether the end of a call says something about an application.
    pub(super) fn has_application(&self, route: usize) -> bool {
        self.others_are_handled || route + 1 < self.targets.len()
    }

    /// Whether the handler of a route gets several messages in one call.
    pub(super) fn has_batches(&self, route: usize) -> bool {
        matches!(self.action(route), Action::Batch(_))
    }

    /// Checks that every handler can process a message: see [`Handler::check`].
    pub(super) async fn check(&self) -> Result<(), NotReady> {
        try_join_all(self.targets.iter().map(Target::check)).await.map(drop)
    }

    /// Ends what the handlers have started: see [`Handler::close`].
    pub(super) async fn close(&self) {
        join_all(self.targets.iter().map(|target| target.handler().close())).await;
    }
}

impl Target {
    fn handler(&self) -> &AnyHandler {
        match &self.action {
            Action::Single(handler) | Action::Batch(handler) => handler,
        }
    }

    async fn check(&self) -> Result<(), NotReady> {
        let named = |why: String| match &self.name {
            Some(name) => format!("route {name}: {why}"),
            None => why,
        };
        self.handler().check().await.map_err(|not_ready| match not_ready {
            NotReady::Unreachable(why) => NotReady::Unreachable(named(why)),
            NotReady::Shortage(why) => NotReady::Shortage(named(why)),
        })
    }
}
