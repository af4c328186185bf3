"""Errors in the worker that the simulation must find: file, text, replacement."""

WORKER = "crates/longshore/src/worker"

MUTATIONS = {
    "heartbeats are too late": (f"{WORKER}/heartbeat_schedule.rs", "timeout / 2", "timeout * 2"),
    "no heartbeat while a delete fails": (
        f"{WORKER}/settler.rs", "            lease.resume();\n", ""),
    "a release does not wait for a heartbeat": (
        f"{WORKER}/lease_table.rs", "Silence::Extending => ended.await,",
        "Silence::Extending => return { drop(ended); self.lock().heartbeats.stop(lease) },"),
    "a FIFO lane continues behind a failure": (
        f"{WORKER}/groups/lane.rs", "Passage::Failed => self.has_failed = true,", "Passage::Failed => return Some(end.slot),"),
    "the last receive is not known": (f"{WORKER}/processor.rs", "count >= most", "count > most"),
    "a stop drops open receives": (
        f"{WORKER}/receiver.rs", "                () = self.polling.stop.hurried() => {\n                    self.abandon",
        "                () = self.polling.stop.begun() => {\n                    self.abandon"),
    "a refused delete counts as deleted": (
        f"{WORKER}/settler.rs", "Some(_) => failed.push(settlement),", "Some(_) => settlement.confirm(),"),
    "a processed message is returned": (
        f"{WORKER}/disposition.rs", "Self::Done => (Some(Delete),", "Self::Done => (Some(at_once),"),
    "the ledger counts before a stop": (
        f"{WORKER}/lease_table.rs", "        if self.stop.has_begun() {\n            self.tally.count(fate",
        "        if true {\n            self.tally.count(fate"),
    "receives are not judged": (
        f"{WORKER}/receiver.rs", "metrics.slo_event(Slo::Polling, judge::polling(messages.len(), took));", ""),
    "no back-off after a failed receive": (
        f"{WORKER}/poll_loop.rs", "let pause = backoff::poll(error.kind, failures);",
        "let pause = Duration::ZERO * failures;"),
    "an unreachable application uses up receives": (
        f"{WORKER}/processor.rs", "Signal::Unreachable | Signal::Shortage => true,",
        "Signal::Unreachable | Signal::Shortage => false,"),
    "an interrupted batch counts as released": (
        f"{WORKER}/groups/lane.rs", "if work.interrupted {", "if false {"),
    "a lost lease does not end its handler": (
        f"{WORKER}/lease.rs", "self.term.lost.cancelled().await;", "std::future::pending::<()>().await;"),
    "messages behind a failure are not released": (
        f"{WORKER}/groups/lane.rs", "    buffered::release(work.lease, disposition, settler).await;",
        "    std::mem::forget((work.lease, disposition, settler));"),
}
