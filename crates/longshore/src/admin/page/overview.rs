//! The list of queues, worst first: one row for each queue. Healthy queues are folded, and ended
//! queues are apart.

use std::cmp::Reverse;

use super::figure::Figure;
use super::selection::Selection;
use super::verdict_view::VerdictView;
use crate::format::{count, percent, thousands, time};
use crate::report::{Level, QueueReport, Report, State};

/// The details of at most this number of queues are shown at once, because each has four plots.
pub(super) const DETAILS: usize = 4;
/// Rows of a group that are not folded.
const ROWS: usize = 10;
/// A younger message is not worth a figure.
const OLD_SECONDS: f64 = 60.0;

/// The queues that the page lists, and those whose details it shows.
#[derive(Debug)]
pub(super) struct Overview {
    pub(super) groups: Vec<Group>,
    /// The places of the queues with details, worst first.
    pub(super) details: Vec<usize>,
    /// "3 of 100 queues".
    pub(super) listed: String,
}

/// Rows with a title.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) rows: Vec<Row>,
    pub(super) folded: bool,
}

/// One queue.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) place: usize,
    pub(super) link: String,
    pub(super) queue: String,
    pub(super) verdict: VerdictView,
    /// Figures with their names, if they are a problem.
    pub(super) facts: Vec<(Figure, &'static str)>,
    pub(super) spend: Figure,
}

/// A queue and its place in the report.
type Placed<'a> = (usize, &'a QueueReport);

impl Overview {
    pub(super) fn new(report: &Report, selection: &Selection) -> Self {
        let listed = report.queues.iter().enumerate();
        let mut listed: Vec<_> =
            listed.filter(|(_, queue)| selection.lists(&queue.queue)).collect();
        listed.sort_by_key(|(_, queue)| Reverse((queue.verdict.level, queue.verdict.harm)));
        let details = details(report, &listed, selection);
        let number = thousands(listed.len() as u64);
        let all = count(report.queues.len() as u64, "queue");
        let is_alone = report.queues.len() == 1;
        let groups = if is_alone { Vec::new() } else { groups(report, listed) };
        let row = |placed: Placed<'_>| Row::new(placed, &details, selection);
        let groups = groups.into_iter().map(|(title, queues, folded)| Group {
            title,
            rows: queues.into_iter().map(row).collect(),
            folded,
        });
        Self { groups: groups.collect(), details, listed: format!("{number} of {all}") }
    }
}

/// The queues that were asked for, or else all queues if they are few, or else those with problems.
fn details(report: &Report, listed: &[Placed<'_>], selection: &Selection) -> Vec<usize> {
    if selection.has_queues() {
        let asked = report.queues.iter().enumerate();
        return asked
            .filter(|(_, queue)| selection.has_queue(&queue.queue))
            .map(|(place, _)| place)
            .collect();
    }
    let is_shown = |queue: &QueueReport| listed.len() <= DETAILS || is_problem(queue);
    let shown = listed.iter().filter(|(_, queue)| is_shown(queue));
    shown.map(|(place, _)| *place).take(DETAILS).collect()
}

fn is_problem(queue: &QueueReport) -> bool {
    match queue.verdict.level {
        Level::Wasting | Level::AtRisk | Level::Failing => true,
        Level::Unknown | Level::Well => false,
    }
}

/// Titles, queues, and whether they are folded.
fn groups<'a>(report: &Report, listed: Vec<Placed<'a>>) -> Vec<(String, Vec<Placed<'a>>, bool)> {
    // During a shutdown, all queues end.
    let is_apart =
        |queue: &QueueReport| report.fleet.stopping.is_none() && queue.work.state == State::Ended;
    let is_few = listed.len() <= DETAILS;
    let (ended, running): (Vec<_>, Vec<_>) =
        listed.into_iter().partition(|(_, queue)| is_apart(queue));
    let mut groups = Vec::new();
    if is_few {
        groups.push(("Queues by severity".to_owned(), running, false));
    } else {
        let (mut problems, others): (Vec<_>, Vec<_>) =
            running.into_iter().partition(|(_, queue)| is_problem(queue));
        let more = problems.split_off(problems.len().min(ROWS));
        let (well, unknown): (Vec<_>, Vec<_>) =
            others.into_iter().partition(|(_, queue)| queue.verdict.level == Level::Well);
        let number = |queues: &[Placed<'_>]| count(queues.len() as u64, "more queue");
        let (more_title, well_title) = (
            format!("{} with problems", number(&more)),
            format!("{} well", counted(&well, "is", "are")),
        );
        let unknown_title = format!("{} no judgement yet", counted(&unknown, "has", "have"));
        groups.push(("Queues with problems, worst first".to_owned(), problems, false));
        groups.push((more_title, more, true));
        groups.push((unknown_title, unknown, true));
        groups.push((well_title, well, true));
    }
    let is_folded = !is_few && !ended.iter().any(|(_, queue)| is_problem(queue));
    groups.push(("Ended queues".to_owned(), ended, is_folded));
    groups.retain(|(_, queues, _)| !queues.is_empty());
    groups.sort_by_key(|(_, queues, _)| !queues.iter().any(|(_, queue)| is_problem(queue)));
    groups
}

/// "1 queue is", "3 queues are".
fn counted(queues: &[Placed<'_>], one: &str, many: &str) -> String {
    format!(
        "{} {}",
        count(queues.len() as u64, "queue"),
        if queues.len() == 1 { one } else { many }
    )
}

impl Row {
    fn new((place, queue): Placed<'_>, details: &[usize], selection: &Selection) -> Self {
        let anchor = format!("#queue-{place}");
        let has_details = details.contains(&place);
        let address = if has_details { String::new() } else { selection.address_of(&queue.queue) };
        Self {
            place,
            link: address + &anchor,
            queue: queue.queue.clone(),
            verdict: VerdictView::from(&queue.verdict),
            facts: facts(place, queue),
            spend: Figure::dollars(
                format!("/queues/{place}/cost/projected_spend_per_month_usd"),
                queue.cost.projected_spend_per_month_usd,
            ),
        }
    }
}

fn facts(place: usize, queue: &QueueReport) -> Vec<(Figure, &'static str)> {
    let work = &queue.work;
    let at = |key: &str| format!("/queues/{place}/work/{key}");
    let failed = work.failed_call_ratio.filter(|share| *share > 0.0);
    let failed = failed.map(|share| {
        (Figure::new(at("failed_call_ratio"), Some(share), percent), "of calls failed")
    });
    let dead = work.dead_letters.filter(|messages| *messages > 0);
    let dead = dead
        .map(|messages| (Figure::count(at("dead_letters"), messages), "in the dead-letter queue"));
    let oldest = work.oldest_received_seconds.filter(|age| *age >= OLD_SECONDS);
    let oldest = oldest
        .map(|age| (Figure::new(at("oldest_received_seconds"), Some(age), time), "oldest message"));
    [failed, dead, oldest].into_iter().flatten().collect()
}
