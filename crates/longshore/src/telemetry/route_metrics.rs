//! The metrics of the calls of one route of a queue.

use std::time::Duration;

use metrics::{Counter, Histogram};
use opentelemetry::trace::TraceId;

use super::catalog;
use super::exemplars::Exemplars;
use super::series::{Family, Registrar};
use crate::label::LabelSet;
use crate::outcome::{Ending, HandlerError};

/// A route of a queue, and how the calls of its handler can end.
pub(crate) struct RouteEnds<'a> {
    /// `None`: the queue has no routes.
    pub(crate) name: Option<&'a str>,
    pub(crate) can_end: Box<dyn Fn(Ending) -> bool + 'a>,
}

impl RouteEnds<'_> {
    /// The only handler of a queue, whose calls can end in every way.
    pub(super) fn any() -> Self {
        Self { name: None, can_end: Box::new(|_| true) }
    }

    fn can_fail(&self, error: HandlerError) -> bool {
        let mut endings = Ending::ALL.iter().filter(|ending| (self.can_end)(**ending));
        endings.any(|ending| ending.handler_error() == Some(error))
    }
}

/// The series of one route.
pub(super) struct RouteMetrics {
    processing_duration: Family<Ending, Histogram>,
    handler_errors: Family<HandlerError, Counter>,
    exemplars: Family<Ending, Exemplars>,
}

impl RouteMetrics {
    pub(super) fn register(queue: &Registrar, route: &RouteEnds<'_>) -> Self {
        let r = queue.of_route(route.name);
        let exemplars = r.clone();
        Self {
            processing_duration: r
                .histograms(&catalog::PROCESSING_DURATION, |ending| (route.can_end)(ending)),
            handler_errors: r.counters(&catalog::HANDLER_ERRORS, |error| route.can_fail(error)),
            exemplars: Family::new(
                |_| false,
                move |ending| Exemplars::new(&catalog::PROCESSING_DURATION, &exemplars, ending),
            ),
        }
    }

    /// A call with a message of this trace ended.
    pub(super) fn ended(&self, ending: Ending, ran: Duration, trace: Option<TraceId>) {
        self.processing_duration.get(ending).record(ran);
        if let Some(error) = ending.handler_error() {
            self.handler_errors.get(error).increment(1);
        }
        if let Some(trace) = trace {
            self.exemplars.get(ending).observe(ran, trace);
        }
    }

    /// The exemplars of all series that have one.
    pub(super) fn exemplars(&self) -> impl Iterator<Item = &Exemplars> {
        self.exemplars.existing()
    }
}
