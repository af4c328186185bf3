//! Reads the queues of an account, then their metrics.

use super::connection::{Access, Connection};
use super::error::AccountError;
use super::progress::{Progress, Step};
use super::selection::Selection;
use super::{dead_letters, metrics, queues, selection};
use crate::report::{Facts, SourceOfFigures};

/// What to read.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Which queues.
    pub selection: Selection,
    /// The number of days that the metrics cover: 1 to 455, as long as CloudWatch keeps them.
    pub days: u32,
    /// Whether to read the metrics of CloudWatch.
    pub metrics: bool,
}

/// Reads the queues and their metrics.
///
/// # Errors
/// If the queues cannot be listed, a named queue does not exist, or a filter matches none. Whatever else
/// cannot be read is a [`Gap`](crate::Gap) of the result.
///
/// # Cancel safety
/// It only reads, so it can be dropped at any time.
pub async fn read(
    access: &Access,
    scope: &Scope,
    progress: &dyn Progress,
) -> Result<Facts, AccountError> {
    let connection = Connection::open(access).await?;
    progress.begin(Step::Listing);
    let listed = selection::list(&connection, &scope.selection).await?;
    let mut found = queues::read(&connection, &scope.selection, &listed, progress).await?;
    dead_letters::relate(&connection, &scope.selection, &mut found).await;
    if scope.metrics && !found.queues.is_empty() {
        metrics::read(&connection, scope.days, &mut found, progress).await;
    }
    found.requests.sqs = connection.sqs_requests();
    Ok(Facts {
        source: SourceOfFigures::CloudWatch,
        region: Some(connection.region().to_owned()),
        days: Some(scope.days),
        complete: scope.selection.is_everything() && found.gaps.is_empty(),
        queues: found.queues,
        gaps: found.gaps,
        requests: found.requests,
    })
}
