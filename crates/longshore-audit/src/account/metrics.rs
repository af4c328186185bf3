//! The metrics of SQS in CloudWatch: up to 500 in each request.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>

mod series;

use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric as SdkMetric, MetricDataQuery, MetricStat, ScanBy, StatusCode,
};
use futures_util::StreamExt;

use super::connection::Connection;
use super::failure::{Failure, record};
use super::found::Found;
use super::progress::{Progress, Step};
use crate::gap::Gap;
use crate::queue::Queue;
use series::{Metric, Series};

/// CloudWatch accepts this many metrics in a request.
const METRICS: usize = 500;

/// Requests at the same time.
const AT_ONCE: usize = 4;

const ACTION: &str = "cloudwatch:GetMetricData";
const LACKS: &str = "money, ages and rates";
const HOUR: u64 = 3_600;

/// One metric of one queue.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    queue: usize,
    metric: Metric,
}

/// The time that all metrics cover.
#[derive(Debug, Clone, Copy)]
struct Window {
    start: DateTime,
    end: DateTime,
    end_seconds: u64,
    days: u32,
}

impl Window {
    /// Ends at the last full hour.
    fn until(now: SystemTime, days: u32) -> Self {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let end = now - now % HOUR;
        let start = end.saturating_sub(u64::from(days) * 24 * HOUR);
        let time = |seconds: u64| DateTime::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        Self { start: time(start), end: time(end), end_seconds: end, days }
    }

    /// The days since the queue was created, if those are fewer.
    fn days_of(&self, queue: &Queue) -> f64 {
        let all = f64::from(self.days);
        let created = queue.created.unwrap_or_default().as_secs();
        let age = self.end_seconds.saturating_sub(created) as f64 / (24 * HOUR) as f64;
        age.clamp(1.0 / 24.0, all)
    }
}

/// Reads the metrics of all queues. If a request fails, its queues have none, and there is a gap.
pub(super) async fn read(
    connection: &Connection,
    days: u32,
    found: &mut Found,
    progress: &dyn Progress,
) {
    let Some(client) = &connection.cloudwatch else {
        found.gaps.push(not_asked(found.queues.len()));
        return;
    };
    let window = Window::until(SystemTime::now(), days);
    let requests = requests(&found.queues);
    progress.begin(Step::Measuring(requests.len()));
    let answers = futures_util::stream::iter(requests)
        .map(|wanted| {
            let queries =
                wanted.iter().enumerate().map(|(id, one)| query(id, one, &found.queues[one.queue]));
            let queries: Vec<_> = queries.collect();
            async move { (ask(client, window, queries).await, wanted) }
        })
        .buffer_unordered(AT_ONCE)
        .inspect(|_| progress.advance());
    let answers: Vec<_> = answers.collect().await;
    for (answer, wanted) in answers {
        match answer {
            Ok(answer) => {
                found.requests.metrics += wanted.len() as u64;
                found.requests.cloudwatch += answer.pages;
                add(&mut found.queues, &wanted, &answer.series, window);
            }
            Err(failure) => {
                found.requests.cloudwatch += 1;
                for _ in wanted.chunk_by(|a, b| a.queue == b.queue) {
                    record(&mut found.gaps, &failure, ACTION, LACKS);
                }
            }
        }
    }
}

fn not_asked(queues: usize) -> Gap {
    let error = "The endpoint of SQS is on this machine. Set AWS_ENDPOINT_URL_CLOUDWATCH to read metrics too.";
    Gap { action: ACTION, queues, error: error.to_owned(), lacks: LACKS, statement: None }
}

/// The metrics of all queues in requests. Those of one queue are in one request.
fn requests(queues: &[Queue]) -> Vec<Vec<Wanted>> {
    let mut requests: Vec<Vec<Wanted>> = Vec::new();
    for (index, queue) in queues.iter().enumerate() {
        let wanted = Metric::of(queue).map(|metric| Wanted { queue: index, metric });
        let wanted: Vec<_> = wanted.collect();
        match requests.last_mut() {
            Some(last) if last.len() + wanted.len() <= METRICS => last.extend(wanted),
            _ => requests.push(wanted),
        }
    }
    requests
}

fn query(id: usize, wanted: &Wanted, queue: &Queue) -> MetricDataQuery {
    let (name, statistic, period) = wanted.metric.query();
    let dimension = Dimension::builder().name("QueueName").value(&queue.name).build();
    let metric =
        SdkMetric::builder().namespace("AWS/SQS").metric_name(name).dimensions(dimension).build();
    let seconds = i32::try_from(period.as_secs()).unwrap_or(i32::MAX);
    let stat = MetricStat::builder().metric(metric).period(seconds).stat(statistic).build();
    MetricDataQuery::builder().id(format!("m{id}")).metric_stat(stat).build()
}

struct Answer {
    /// By the index of the query.
    series: Vec<Series>,
    pages: u64,
}

async fn ask(
    client: &aws_sdk_cloudwatch::Client,
    window: Window,
    queries: Vec<MetricDataQuery>,
) -> Result<Answer, Failure> {
    let mut answer = Answer { series: vec![Series::default(); queries.len()], pages: 0 };
    let mut token = None;
    loop {
        let request = client
            .get_metric_data()
            .start_time(window.start)
            .end_time(window.end)
            .scan_by(ScanBy::TimestampAscending)
            .set_metric_data_queries(Some(queries.clone()))
            .set_next_token(token);
        let page = request.send().await.map_err(|error| Failure::new(&error))?;
        answer.pages += 1;
        for result in page.metric_data_results.unwrap_or_default() {
            let id = result.id.as_deref().and_then(|id| id.strip_prefix('m'));
            let Some(series) =
                id.and_then(|id| id.parse().ok()).and_then(|id: usize| answer.series.get_mut(id))
            else {
                continue;
            };
            if let Some(code @ (StatusCode::Forbidden | StatusCode::InternalError)) =
                &result.status_code
            {
                return Err(Failure::of_result(code.as_str()));
            }
            let times = result.timestamps.unwrap_or_default();
            let points = times.iter().map(DateTime::secs).zip(result.values.unwrap_or_default());
            series.extend(points);
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(answer);
        }
    }
}

fn add(queues: &mut [Queue], wanted: &[Wanted], series: &[Series], window: Window) {
    for (wanted, series) in wanted.iter().zip(series) {
        let queue = &mut queues[wanted.queue];
        let days = window.days_of(queue);
        let usage = queue.usage.get_or_insert_default();
        usage.days = days;
        wanted.metric.add(series, usage);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn two_hundred_queues_need_four_requests() {
        let queues: Vec<_> =
            (0..200).map(|index| Queue::example(&format!("queue-{index}"))).collect();
        let requests = requests(&queues);
        assert_eq!(requests.len(), 4);
        assert!(requests.iter().all(|request| request.len() <= METRICS));
        let per_queue = requests.concat().len() / queues.len();
        assert_eq!(per_queue, 9);
    }

    #[test]
    fn a_young_queue_is_not_averaged_over_days_before_it_existed() {
        let window = Window::until(UNIX_EPOCH + Duration::from_secs(100 * 86_400 + 1_800), 14);
        let mut queue = Queue::example("orders");
        queue.created = Some(Duration::from_secs(98 * 86_400));
        assert!((window.days_of(&queue) - 2.0).abs() < 1e-9);
        queue.created = Some(Duration::ZERO);
        assert!((window.days_of(&queue) - 14.0).abs() < 1e-9);
    }
}
