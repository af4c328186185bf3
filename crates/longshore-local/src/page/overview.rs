//! The page of all queues.

use askama::Template;

use super::figures::{count, counted};
use super::frame::{Frame, html};
use super::link::Link;
use super::pollers::Pollers;
use crate::actions::ServerState;
use crate::clock::Moment;
use crate::live::LiveQueue;
use crate::scope::Scope;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    frame: Frame,
    heading: String,
    queues: Vec<Row>,
    pollers: Pollers,
}

struct Row {
    link: Link,
    is_fifo: bool,
    visible: String,
    in_flight: String,
    delayed: String,
    polls: String,
    dead_letter_queue: Option<Link>,
}

/// The page of all queues and their clients.
pub(crate) fn overview(server: &ServerState, refreshes: bool) -> String {
    let queues = server.directory.all();
    let mut now = None;
    let mut messages = 0;
    let home = &server.directory.home;
    let rows: Vec<Row> =
        queues.iter().map(|queue| Row::new(home, queue, &mut messages, &mut now)).collect();
    html(&Overview {
        frame: Frame::new("/".to_owned(), refreshes, now).ahead(server.directory.clock().ahead()),
        heading: format!("{}, {}", counted(rows.len(), "queue"), counted(messages, "message")),
        queues: rows,
        pollers: Pollers::new(home, &server.pollers.view(), None),
    })
}

impl Row {
    fn new(home: &Scope, live: &LiveQueue, messages: &mut usize, now: &mut Option<Moment>) -> Self {
        let counts = live.counts();
        let (is_fifo, dead_letter_queue) = live.act(|queue, moment| {
            *now = Some(moment);
            let policy = queue.settings.redrive.as_ref();
            (queue.is_fifo(), policy.and_then(|policy| Link::of_arn(home, &policy.target_arn)))
        });
        *messages += counts.visible + counts.in_flight + counts.delayed;
        let [visible, in_flight, delayed, polls] =
            [counts.visible, counts.in_flight, counts.delayed, counts.polls]
                .map(|number| count(number as u64));
        let link = Link::new(home, &live.scope, &live.name);
        Self { link, is_fifo, visible, in_flight, delayed, polls, dead_letter_queue }
    }
}
