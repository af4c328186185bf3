"""Errors in locks and notifications that the tests of interleavings must find: file, text, replacement."""

WORKER = "crates/longshore/src/worker"
LIVE = "crates/longshore-local/src/live"
QUEUE = "crates/longshore-local/src/queue"

MUTATIONS = {
    "a settle looks for an open heartbeat before it waits for its end": (
        f"{WORKER}/lease_table.rs",
        "            let ended = self.extension_ended.notified();\n"
        "            let silence = self.lock().heartbeats.silence(lease);\n",
        "            let silence = self.lock().heartbeats.silence(lease);\n"
        "            let ended = self.extension_ended.notified();\n"),
    "an answered heartbeat wakes no settle": (
        f"{WORKER}/lease_table.rs", "        self.extension_ended.notify_waiters();\n", ""),
    "a new lease does not wake the heartbeat task": (
        f"{WORKER}/lease_table.rs", "        if is_next {\n", "        if false {\n"),
    "a resumed lease does not wake the heartbeat task": (
        f"{WORKER}/lease_table.rs", "            drop(table);\n            self.due_earlier.notify_one();\n", ""),
    "a settled lease keeps its heartbeats": (
        f"{WORKER}/lease_table.rs", "        table.heartbeats.stop(lease);\n", ""),
    "a lease counts again after the table is closed": (
        f"{WORKER}/lease_table.rs", "        table.closed = true;\n", ""),
    "a settle does not wait for an open heartbeat": (
        f"{WORKER}/heartbeat_schedule.rs", "entry.extending = true;", "entry.extending = false;"),
    "a message looks at the breaker before it waits for a change": (
        f"{WORKER}/breaker/turn.rs",
        "            let changed = breaker.changed.notified();\n"
        "            let step = breaker.lock().step(ticket, failed, Instant::now());\n",
        "            let step = breaker.lock().step(ticket, failed, Instant::now());\n"
        "            let changed = breaker.changed.notified();\n"),
    "a breaker that closes wakes no message": (
        f"{WORKER}/breaker/circuit.rs",
        "        self.metrics.breaker(BreakerState::Closed, None);\n        self.changed.notify_waiters();\n",
        "        self.metrics.breaker(BreakerState::Closed, None);\n"),
    "a try never ends": (f"{WORKER}/breaker/turn.rs", "            state.end_try();\n", ""),
    "a message that leaves keeps its place": (
        f"{WORKER}/breaker/turn.rs", "        self.breaker.lock().waiting.remove(&self.number);\n", ""),
    "a message without a part of the shared limit is processed": (
        f"{WORKER}/slots/pool.rs", "            slot.share(take(&share.limit, 1).await);\n",
        "            drop(take(&share.limit, 1).await);\n"),
    "an open long poll keeps its part of the shared limit": (
        f"{WORKER}/slots/slot.rs", "        self.shared = None;\n", ""),
    "a buffered message frees its place before it has a slot": (
        f"{WORKER}/slots/pool.rs", "Prefetched::Place { _place } => self.next_free().await,",
        "Prefetched::Place { _place } => { drop(_place); self.next_free().await }"),
    "the messages of a dropped poll are lost": (
        f"{LIVE}/long_poll.rs", "self.response.try_recv().unwrap_or_default()", "Vec::new()"),
    "a dropped poll does not return its messages": (
        f"{LIVE}/long_poll.rs", "            self.live.act(|queue, _| queue.undo_receive(&undelivered));\n", ""),
    "a sent message is not assigned to a poll": (
        f"{LIVE}/queue.rs", "            let outcome = action(state, now, &mut transfers);\n"
        "            self.serve(state, now, &mut transfers);\n",
        "            let outcome = action(state, now, &mut transfers);\n"),
    "a delay sets no timer": (f"{LIVE}/queue.rs", "            self.arm(state);\n", ""),
    "an earlier delay does not wake the timer": (
        f"{LIVE}/queue.rs", "            state.armed = Some(next);\n            self.rearm.notify_one();\n",
        "            state.armed = Some(next);\n"),
    "a deleted queue keeps its timer": (
        f"{LIVE}/queue.rs", "        self.rearm.notify_one();\n        self.counts_changed.notify_waiters();\n", ""),
    "a watcher looks at the counts before it waits for a change": (
        f"{LIVE}/wakeup.rs",
        "            changed.await;\n", "            self.counts_changed.notified().await;\n"),
    "a message that moves can be received": (
        f"{QUEUE}/moves.rs",
        "        self.transition(key, State::InFlight(now.after_seconds(HIDDEN_SECONDS)));\n", ""),
    "a deleted queue accepts messages of a move": (
        f"{LIVE}/queue.rs", "(!state.deleted).then(|| action(&mut state.queue, now))",
        "Some(action(&mut state.queue, now))"),
    "a message that cannot move stays hidden": (
        f"{QUEUE}/moves.rs", "        self.transition(departure.key, State::Visible);\n", ""),
}
