"""What SIGTERM does: with messages in flight, with an open receive, and at rest."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from stage import Stage
from traffic import decode

HANDLER_MS = 3_000
IN_FLIGHT = 20
# The time from SIGTERM to SIGKILL in Kubernetes by default.
KILL_AFTER = 30
# When messages are sent after SIGTERM, in seconds.
LATE = (0.0, 0.05, 0.2, 0.5, 1.0)
# The same for lost polls: a process that ends at once has ended before the first message.
LATE_FOR_LOST_POLLS = (0.4, 0.5, 0.6, 0.8, 1.0)


def with_messages(programs, peer, _pace):
    """SIGTERM one second after the first of 20 messages was started."""
    settings = {"concurrency": 10} | peer.in_flight
    with Stage(programs, peer, "in-flight", handler_ms=HANDLER_MS, **settings) as stage:
        stage.start_consumer()
        ids = [f"h-{n}" for n in range(IN_FLIGHT)]
        stage.send(ids)
        stage.wait_until(lambda: stage.events("start"), 30, "started no handler")
        time.sleep(1)
        counts = stage.proxy.counts()
        running = len(stage.events("start")) - len(stage.events("end"))
        in_flight = counts["messages_received"] - counts["messages_deleted"]
        result = {"received_not_deleted": in_flight, "handlers_running": running}
        return result | stop(stage, ids)


def with_open_receive(programs, peer, _pace, loses=False):
    """Five messages arrive at and after SIGTERM, while a receive is open."""
    name = "lost-poll" if loses else "open-poll"
    with Stage(programs, peer, name) as stage:
        stage.start_consumer()
        if loses:
            stage.server.lose_dropped_polls()
        # The fault applies to receives that begin after it, so wait for one of them.
        first = stage.receives()
        if loses:
            stage.send(["first"])
            stage.wait_until(lambda: stage.receives() > first, 25, "sent no further receive")
        stage.wait_until(lambda: stage.proxy.counts()["open_receives"] > 0, 25)
        time.sleep(1)
        ids = [f"l-{n}" for n in range(len(LATE))]
        late = LATE_FOR_LOST_POLLS if loses else LATE
        with ThreadPoolExecutor(1) as sender:
            sent = sender.submit(send_late, stage, dict(zip(ids, late, strict=False)))
            return stop(stage, ids + ["first"] * loses, sent)


def send_late(stage, messages):
    """Sends each message when its time after SIGTERM has come."""
    began = time.monotonic()
    for message_id, after in messages.items():
        time.sleep(max(0.0, began + after - time.monotonic()))
        stage.send([message_id])


def with_lost_poll(programs, peer, pace):
    """The same, and the queue answers receives whose client hung up."""
    return with_open_receive(programs, peer, pace, loses=True)


def at_rest(programs, peer, _pace):
    """SIGTERM while the queue is empty: how long the process takes to exit."""
    with Stage(programs, peer, "at-rest") as stage:
        stage.start_consumer()
        time.sleep(2)
        return stop(stage, [])


def stop(stage, ids, sent=None):
    """Ends the consumer, and finds each message: in the journal, in the queue, or nowhere."""
    tree, began = stage.consumer, time.monotonic()
    tree.process.terminate()
    exited = stage.wait_until(lambda: not tree.is_alive(), KILL_AFTER)
    seconds = time.monotonic() - began
    # A process that ends with its parent needs a moment.
    time.sleep(1)
    if sent is not None:
        sent.result()
    children = tree.kill() - (0 if exited else 1)
    hidden = stage.server.counts()[1]
    hidden_seconds = stage.server.seconds_until_visible() if hidden else 0.0
    left = [decode(stage.peer.body, body) for body in stage.server.drain()]
    return fates(stage, ids, left) | {
        "exit_code": tree.process.returncode if exited else f"SIGKILL after {KILL_AFTER} s",
        "exit_seconds": round(seconds, 1),
        "children_left": max(children, 0),
        "hidden": hidden,
        "hidden_seconds": round(hidden_seconds, 1),
        "dropped_receives": stage.proxy.counts()["dropped_receives"],
    }


def fates(stage, ids, left):
    ends = Counter(name for name, _ in stage.events("end"))
    starts = Counter(name for name, _ in stage.events("start"))
    finished, remaining = set(ends), set(left)
    return {
        "sent": len(ids),
        "finished": len(finished & set(ids)),
        "lost": sorted(set(ids) - finished - remaining),
        "finished_but_still_queued": len(finished & remaining),
        "handled_twice": sum(1 for count in starts.values() if count > 1),
        "left_in_queue": len(remaining),
    }
