//! One queue of a valid configuration, and its handlers.

use longshore::AnyHandler;
use longshore::config::QueueConfig;
use longshore::handler::{AnyBatchHandler, Condition, Routes};

use super::cron::CronConfig;
use super::handler::{HandlerConfig, HandlerError};

/// One queue and its handlers.
#[derive(Debug, Clone)]
pub struct QueueSettings {
    /// How the queue is consumed.
    pub config: QueueConfig,
    /// What processes its messages, or those that no route takes. A queue without routes has one.
    pub handler: Option<HandlerConfig>,
    /// The routes, in order.
    pub routes: Vec<RouteConfig>,
    /// What happens to the messages that no route takes.
    pub unrouted: Unrouted,
    /// Whether every handler gets batches. Otherwise only those do that know nothing else.
    pub has_batches: bool,
    /// Its periodic tasks.
    pub cron: Option<CronConfig>,
}

/// One route of a queue.
#[derive(Debug, Clone)]
pub struct RouteConfig {
    /// Its name in the label `route`.
    pub name: String,
    /// Which messages it takes.
    pub condition: Condition,
    /// What processes them.
    pub handler: HandlerConfig,
}

/// What happens to the messages that no route takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unrouted {
    /// The handler of the queue gets them.
    #[default]
    Handler,
    /// They are rejected.
    Reject,
    /// They are retried.
    Retry,
}

/// The handlers of a queue, ready to be added to a worker.
pub enum Handlers {
    /// One handler, which gets single messages.
    Single(AnyHandler),
    /// One handler, which gets several messages in one call.
    Batch(AnyBatchHandler),
    /// A handler for each route.
    Routes(Routes),
}

enum Either {
    Single(AnyHandler),
    Batch(AnyBatchHandler),
}

impl QueueSettings {
    /// All handlers that can get a message.
    pub fn handlers(&self) -> impl Iterator<Item = &HandlerConfig> {
        let others = self.handler.iter().filter(|_| self.unrouted == Unrouted::Handler);
        self.routes.iter().map(|route| &route.handler).chain(others)
    }

    /// Makes the handlers. `region` is for functions of AWS Lambda.
    ///
    /// # Errors
    /// If a program or a URL cannot be used.
    pub fn build(&self, region: Option<&str>) -> Result<Handlers, HandlerError> {
        let either = |handler| self.either(handler, region);
        let others = match (self.unrouted, &self.handler) {
            (Unrouted::Handler, Some(handler)) => Some(either(handler)?),
            (Unrouted::Handler | Unrouted::Reject | Unrouted::Retry, _) => None,
        };
        if self.routes.is_empty() {
            return match others.ok_or(HandlerError::None)? {
                Either::Single(handler) => Ok(Handlers::Single(handler)),
                Either::Batch(handler) => Ok(Handlers::Batch(handler)),
            };
        }
        let mut routes = match others {
            Some(Either::Single(handler)) => Routes::with_default(handler),
            Some(Either::Batch(handler)) => Routes::with_default_batch(handler),
            None if self.unrouted == Unrouted::Reject => Routes::rejecting_others(),
            None => Routes::retrying_others(),
        };
        for RouteConfig { name, condition, handler } in &self.routes {
            let condition = condition.clone();
            routes = match either(handler)? {
                Either::Single(handler) => routes.route(name, condition, handler),
                Either::Batch(handler) => routes.batch_route(name, condition, handler),
            };
        }
        Ok(Handlers::Routes(routes))
    }

    fn either(
        &self,
        handler: &HandlerConfig,
        region: Option<&str>,
    ) -> Result<Either, HandlerError> {
        if self.has_batches || handler.needs_batches() {
            return handler.build_for_batches(&self.config, region).map(Either::Batch);
        }
        handler.build().map(Either::Single)
    }
}
