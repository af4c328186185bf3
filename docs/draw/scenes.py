"""The scenes: what happens in each, and which data Prometheus must have before the picture."""

from dataclasses import dataclass, field

from exporters import CloudWatch
from fleet import SCRAPE_SECONDS, fleet

# Seconds before a fault begins. The mark of the start of the workers must not look like the cause.
CALM_SECONDS = 120
# Evaluations of the rules with the firing alert, 3 s apart.
ALERT_EVALUATIONS = 25


def firing(alert, **labels):
    """An expression that returns a series when the alert has fired for a while."""
    matchers = ", ".join(f'{name}="{value}"' for name, value in
                         {"alertname": alert, "alertstate": "firing", **labels}.items())
    return f"count_over_time(ALERTS{{{matchers}}}[1h]) >= {ALERT_EVALUATIONS}"


def nothing(_fleet, _stack):
    pass


def fail_handler(fleet, _stack):
    """A new version of the handler of one queue has a bug."""
    fleet.handlers.failing["emails"] = 0.9


def send_invalid_messages(fleet, _stack):
    """A sender has a bug: one message in twenty can never be processed."""
    fleet.invalid["invoices"] = 0.05


def deploy_during_long_calls(fleet, stack):
    """A deploy replaces both workers while handlers run that take longer than the grace."""
    fleet.handlers.seconds["thumbnails"] = 60
    fleet.wait_until('sum(longshore_messages_in_flight{queue="thumbnails"}) >= 10')
    for old, new in (("shop-1", "shop-3"), ("shop-2", "shop-4")):
        stack.enter_context(fleet.worker(new))
        fleet.stop(old)
    del fleet.handlers.seconds["thumbnails"]


@dataclass(frozen=True)
class Scene:
    name: str
    # The queue that the dashboard of one queue shows.
    queue: str
    # Prometheus has the data of the scene when this returns a series.
    shows: str
    fault: callable = nothing
    settings: dict = field(default_factory=dict)
    max_receives: int = 20
    rules: bool = True

    scrape_seconds = SCRAPE_SECONDS

    def dashboards(self):
        """The name of each picture, its dashboard, and the chosen values of its variables."""
        for dashboard in ("fleet", "queue", "shutdown"):
            yield dashboard, f"longshore-{dashboard}", {"queue": [self.queue]} if dashboard == "queue" else {}

    def play(self, longshore, scratch, ended, stack):
        """Starts the fleet and returns it when there is something to see. It ends with the stack."""
        found = stack.enter_context(fleet(longshore, scratch, ended, self.max_receives, self.settings, self.rules))
        found.wait_until(f"min(count_over_time(up[1h])) >= {CALM_SECONDS // SCRAPE_SECONDS}")
        self.fault(found, stack)
        found.wait_until(self.shows)
        return found


# A small budget, because a busy machine polls slowly.
SHORT_POLLING = 'wait = "0s"\nshort_polling = true\nslo.cost.waste_budget_per_month = 5\n'

SCENES = [
    Scene("healthy", "orders",
          'count_over_time(job_queue:longshore_spend:usd_per_30d_rate30m{queue="orders"}[1h]) >= 80'),
    Scene("failing-handler", "emails",
          firing("LongshoreHandlersFailing", queue="emails", severity="critical"), fail_handler),
    Scene("short-polling", "webhooks",
          firing("LongshorePollingWaste", queue="webhooks"), settings={"webhooks": SHORT_POLLING}),
    Scene("aborted-by-deploy", "thumbnails",
          firing("LongshoreMessagesAborted", queue="thumbnails"), deploy_during_long_calls),
    Scene("dead-letters", "invoices",
          firing("LongshoreDeadLetters", queue="invoices"), send_invalid_messages, max_receives=2),
    Scene("no-rules", "emails",
          f'max(count_over_time(up[1h])) >= {300 // SCRAPE_SECONDS}', fail_handler, rules=False),
    CloudWatch(),
]
