"""A queue that refuses connections, and a handler that always fails, as seen from outside."""

import time

from stage import Stage

DOWN_SECONDS = 10
RECOVERY_SECONDS = 40
FAILING_MESSAGES = 20


def refused(programs, peer, _pace):
    """The queue refuses connections for 10 s. Five messages wait for the consumer meanwhile."""
    with Stage(programs, peer, "refused") as stage:
        stage.start_consumer()
        stage.send(["before"])
        stage.wait_until(lambda: stage.events("end"), 30, "processed no message")
        lines, cpu = len(stage.consumer.log_lines()), stage.cpu_seconds()
        stage.proxy.stop()
        down = time.monotonic()
        stage.send([f"d-{n}" for n in range(5)])
        time.sleep(DOWN_SECONDS - 1)
        probe, cpu_ms = stage.probe(), round((stage.cpu_seconds() - cpu) * 1000)
        time.sleep(max(0.0, down + DOWN_SECONDS - time.monotonic()))
        survived = stage.consumer.is_alive()
        logged = stage.consumer.log_lines()[lines:]
        result = {"alive": survived, "exit_code": stage.consumer.process.returncode}
        result |= {"cpu_ms": cpu_ms if survived else None}
        result |= {"log_lines": len(logged), "log_end": logged[-2:]}
        return result | {"probe": summary(probe), "recovery_seconds": recovery(stage, survived)}


def recovery(stage, survived):
    """The time until all messages are processed after the queue is up again."""
    stage.proxy.start()
    if not survived:
        return None
    began = time.monotonic()
    processed = lambda: len(dict(stage.events("end"))) >= 6  # noqa: E731
    recovered = stage.wait_until(processed, RECOVERY_SECONDS)
    return round(time.monotonic() - began, 1) if recovered else None


def failing(programs, peer, pace):
    """Every call of the handler fails."""
    with Stage(programs, peer, "failing", fails=True) as stage:
        stage.start_consumer()
        lines = len(stage.consumer.log_lines())
        stage.send([f"f-{n}" for n in range(FAILING_MESSAGES)])
        time.sleep(pace.failing_seconds)
        counts, probe = stage.proxy.counts(), stage.probe()
        logged = stage.consumer.log_lines()[lines:]
        result = {
            "seconds": pace.failing_seconds,
            "alive": stage.consumer.is_alive(),
            "exit_code": stage.consumer.process.returncode,
            "handler_calls": len(stage.events("start")),
            "messages_received": counts["messages_received"],
            "deleted_although_failed": counts["messages_deleted"],
            "log_lines": len(logged),
            "log_end": logged[-2:],
            "probe": summary(probe),
        }
        stage.consumer.terminate(30)
        return result | {"exit_code_after_sigterm": stage.consumer.process.returncode}


def summary(probe):
    """The status codes, and the verdict of the first queue in `/slo`."""
    if not probe:
        return {}
    queues = (probe.get("slo") or {}).get("queues") or [{}]
    verdict = queues[0].get("verdict") or {}
    return {"livez": probe["livez"], "readyz": probe["readyz"], "verdict": verdict}
