"""Results that cannot be right, or that break a promise of Longshore."""


def find(results):
    return [text for name, result in results.items() for text in of_consumer(name, result)]


def of_consumer(name, result):
    if "not_run" in result:
        return
    for scenario, figures in result.items():
        if "error" in figures:
            yield f"{name}: {scenario}: {figures['error']}"
        elif scenario in CHECKS:
            yield from (f"{name}: {scenario}: {text}" for text in CHECKS[scenario](figures))
        if name.startswith("longshore") and "error" not in figures:
            broken = broken_promises(scenario, figures)
            yield from (f"{name}: {scenario}: {text}" for text in broken)


def steady(figures):
    if figures["idle"]["requests_per_minute"] <= 0:
        yield "no request while idle"
    for rate in ("1/s", "10/s"):
        if figures[rate]["processed"] == 0:
            yield f"no message processed at {rate}"


def saturated(figures):
    if figures["messages_per_second"] <= 1:
        yield "no message processed"


def shutdown(figures):
    found = figures["finished"] + figures["left_in_queue"] + len(figures["lost"])
    if found - figures["finished_but_still_queued"] != figures["sent"]:
        yield f"the fates of the messages do not add up: {figures}"


CHECKS = {
    "steady": steady,
    "saturated": saturated,
    "in_flight": shutdown,
    "open_poll": shutdown,
    "lost_poll": shutdown,
}


def broken_promises(scenario, figures):
    """Longshore loses no message, leaves none hidden, and leaves no process behind."""
    for key in ("lost", "hidden", "finished_but_still_queued", "handled_twice", "children_left"):
        if figures.get(key):
            yield f"{key}: {figures[key]}"
    if figures.get("deleted_although_failed"):
        yield f"deleted {figures['deleted_although_failed']} messages although the handler failed"
    if scenario == "refused" and figures["recovery_seconds"] is None:
        yield "did not recover after the queue was up again"
