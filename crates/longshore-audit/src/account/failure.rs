//! Why a request failed.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};

use longshore::format::{bounded, error_chain};

use crate::gap::Gap;
use crate::queue::InvalidAttribute;

/// A request that failed after all its attempts.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// The error in one line.
    pub(super) text: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Denied,
    Missing,
    NoCredentials,
    Other,
}

impl Failure {
    pub(super) fn new<E, R>(error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        let service = error.as_service_error();
        let code = service.and_then(ProvideErrorMetadata::code).unwrap_or_default();
        let kind = match code.rsplit('.').next().unwrap_or(code) {
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => Kind::Denied,
            "QueueDoesNotExist" | "NonExistentQueue" => Kind::Missing,
            _ => Kind::Other,
        };
        if service.is_none() && error_chain(error).contains("credential") {
            let text = "There are no valid credentials.".to_owned();
            return Self { text, kind: Kind::NoCredentials };
        }
        let text = match service.and_then(|service| service.message()) {
            Some(message) => format!("{code}: {message}"),
            None if !code.is_empty() => code.to_owned(),
            None => error_chain(error),
        };
        Self { text: bounded(text.trim_end_matches('.').to_owned() + "."), kind }
    }

    /// An answer that cannot be read.
    pub(super) fn of_answer(error: &InvalidAttribute) -> Self {
        Self { text: bounded(format!("{error}.")), kind: Kind::Other }
    }

    /// The status of one metric in an answer.
    pub(super) fn of_result(status: &str) -> Self {
        let kind = if status == "Forbidden" { Kind::Denied } else { Kind::Other };
        Self { text: format!("{status}."), kind }
    }

    pub(super) fn is_missing(&self) -> bool {
        self.kind == Kind::Missing
    }

    pub(super) fn is_denied(&self) -> bool {
        self.kind == Kind::Denied
    }

    /// The end of an error that ends the audit.
    pub(super) fn advice(&self, action: &str) -> String {
        match self.kind {
            Kind::Denied => {
                format!(" This statement of an IAM policy gives access: {}", Gap::statement(action))
            }
            Kind::NoCredentials => {
                " Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. docs/aws.md has all sources.".to_owned()
            }
            Kind::Missing | Kind::Other => String::new(),
        }
    }

    pub(super) fn gap(&self, action: &'static str, lacks: &'static str) -> Gap {
        Gap {
            action,
            queues: 0,
            error: self.text.clone(),
            lacks,
            statement: self.is_denied().then(|| Gap::statement(action)),
        }
    }
}

/// Adds a failure for one queue to the gaps: one gap for each action and kind of error.
pub(super) fn record(
    gaps: &mut Vec<Gap>,
    failure: &Failure,
    action: &'static str,
    lacks: &'static str,
) {
    let denied = failure.is_denied();
    let same = |gap: &&mut Gap| gap.action == action && gap.statement.is_some() == denied;
    if let Some(gap) = gaps.iter_mut().find(same) {
        gap.queues += 1;
        return;
    }
    gaps.push(Gap { queues: 1, ..failure.gap(action, lacks) });
}
