//! The page of one queue: its messages, its clients, and its forms.

use std::sync::Arc;

use askama::Template;

use super::figures::{count, counted, span};
use super::frame::{Frame, html};
use super::link::Link;
use super::messages::Message;
use super::pollers::Pollers;
use crate::actions::ServerState;
use crate::clock::Moment;
use crate::live::LiveQueue;
use crate::move_tasks::MoveTask;
use crate::queue::{Counts, MessageView, Queue};
use crate::settings::Number;

/// Messages on one page.
const MAX_MESSAGES: usize = 100;
/// Move tasks on one page, newest first.
const MAX_TASKS: usize = 3;

/// What a user has done before this page.
#[derive(Debug, Default)]
pub(crate) struct Visit {
    pub(crate) refreshes: bool,
    /// What a form has done.
    pub(crate) notice: Option<&'static str>,
    /// Why a form was refused, and the input that the user can correct.
    pub(crate) problem: Option<String>,
    pub(crate) form: Form,
}

/// The input of the form that sends a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) body: String,
    pub(crate) delay: String,
    pub(crate) group: String,
    pub(crate) deduplication_id: String,
    /// `NAME=VALUE`, one on each line.
    pub(crate) attributes: String,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct Page<'a> {
    frame: Frame,
    visit: Visit,
    name: &'a str,
    arn: &'a str,
    is_fifo: bool,
    tiles: [(&'static str, String); 4],
    settings: Vec<(&'static str, String)>,
    dead_letter_queue: Option<Link>,
    sources: Vec<Link>,
    /// Queues to which the messages of this dead-letter queue can move, as name and ARN.
    destinations: Vec<(String, Arc<str>)>,
    tasks: Vec<String>,
    messages: Vec<Message>,
    total: String,
    unlisted: Option<String>,
    pollers: Pollers,
}

/// What is read under the lock of the queue.
struct Snapshot {
    now: Moment,
    counts: Counts,
    messages: Vec<MessageView>,
    is_fifo: bool,
    settings: Vec<(&'static str, String)>,
    dead_letter_queue: Option<Arc<str>>,
}

/// The page of one queue.
pub(crate) fn queue(server: &ServerState, live: &Arc<LiveQueue>, visit: Visit) -> String {
    let home = &server.directory.home;
    let polls = live.counts().polls;
    let snapshot = live.act(Snapshot::new);
    let sources = server.directory.dead_letter_sources(live);
    let destinations = if sources.is_empty() { Vec::new() } else { destinations(server, live) };
    let Snapshot { now, counts, messages, is_fifo, settings, dead_letter_queue } = snapshot;
    let total = counts.visible + counts.in_flight + counts.delayed;
    let unlisted = total.saturating_sub(messages.len());
    html(&Page {
        frame: Frame::new(
            Link::new(home, &live.scope, &live.name).path,
            visit.refreshes,
            Some(now),
        )
        .ahead(server.directory.clock().ahead()),
        visit,
        name: &live.name,
        arn: &live.arn,
        is_fifo,
        tiles: [
            ("Visible", count(counts.visible as u64)),
            ("In flight", count(counts.in_flight as u64)),
            ("Delayed", count(counts.delayed as u64)),
            ("Open long polls", count(polls as u64)),
        ],
        settings,
        dead_letter_queue: dead_letter_queue.and_then(|arn| Link::of_arn(home, &arn)),
        sources: sources.iter().map(|from| Link::new(home, &from.scope, &from.name)).collect(),
        destinations,
        tasks: server.move_tasks.of(live).iter().take(MAX_TASKS).map(|task| words(task)).collect(),
        messages: messages.iter().map(|message| Message::new(message, now)).collect(),
        total: counted(total, "message"),
        unlisted: (unlisted > 0).then(|| counted(unlisted, "more message")),
        pollers: Pollers::new(home, &server.pollers.view(), Some(&live.arn)),
    })
}

impl Snapshot {
    fn new(queue: &mut Queue, now: Moment) -> Self {
        let redrive = queue.settings.redrive.as_ref();
        let seconds = |number: Number| span(u64::from(queue.settings[number]) * 1000);
        let wait = match queue.settings[Number::ReceiveMessageWaitTimeSeconds] {
            0 => "0 s: receives without a wait time are short polls".to_owned(),
            _ => seconds(Number::ReceiveMessageWaitTimeSeconds),
        };
        let mut settings = vec![
            ("Visibility timeout", seconds(Number::VisibilityTimeout)),
            ("Wait time of receives", wait),
            ("Retention", seconds(Number::MessageRetentionPeriod)),
        ];
        if queue.settings[Number::DelaySeconds] > 0 {
            settings.push(("Delay", seconds(Number::DelaySeconds)));
        }
        if let Some(policy) = redrive {
            settings.push(("Receives before dead letter", policy.max_receive_count.to_string()));
        }
        Self {
            now,
            counts: queue.counts(),
            messages: queue.snapshot(MAX_MESSAGES),
            is_fifo: queue.is_fifo(),
            dead_letter_queue: redrive.map(|policy| policy.target_arn.as_str().into()),
            settings,
        }
    }
}

/// The other queues of the same type.
fn destinations(server: &ServerState, live: &LiveQueue) -> Vec<(String, Arc<str>)> {
    let is_fifo = live.name.ends_with(".fifo");
    let mut queues = server.directory.list(&live.scope, "");
    queues.retain(|other| other.arn != live.arn && other.name.ends_with(".fifo") == is_fifo);
    queues.iter().map(|other| (other.name.clone(), Arc::clone(&other.arn))).collect()
}

fn words(task: &MoveTask) -> String {
    let progress = task.progress();
    let target = task.destination.as_deref().and_then(|arn| arn.rsplit(':').next());
    let reason = progress.status.failure_reason().map_or(String::new(), |why| format!(" ({why})"));
    format!(
        "{}: moved {} of {} to {}{reason}",
        progress.status.name(),
        count(progress.moved as u64),
        counted(task.to_move, "message"),
        target.unwrap_or("their source queues"),
    )
}
