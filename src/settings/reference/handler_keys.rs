//! The keys of `handler`.

use super::key::{Key, Kind, key};
use Kind::{Boolean, Choice, Count, Duration, Statuses, Text, Url, Words};

/// The timeout of all calls of a queue.
pub(super) const TIMEOUT: &str = "handler.timeout";

pub(super) const HANDLER: &[Key] = &[
    key(
        "handler.command",
        Words,
        "A program and its arguments, started for each message without a shell. Either this or another handler.",
    ),
    key(
        "handler.http",
        Url,
        "A URL that gets each message as a POST request. Either this or another handler.",
    ),
    key(
        "handler.lambda",
        Words,
        "The program and the arguments of the runtime of an AWS Lambda function, which is started once and gets many events. Either this or another handler.",
    ),
    key(
        "handler.lambda_url",
        Url,
        "The URL of a runtime interface emulator, which gets each event as a POST request. Either this or another handler.",
    ),
    key(
        "handler.function_name",
        Text,
        "The name of the function of `handler.lambda`, as `AWS_LAMBDA_FUNCTION_NAME`. The default is the name of the queue.",
    ),
    key(
        "handler.function_handler",
        Text,
        "The handler of `handler.lambda` in its code, such as `app.handler`, as `_HANDLER`.",
    ),
    key(
        "handler.task_root",
        Text,
        "The directory of the code of `handler.lambda`: `LAMBDA_TASK_ROOT`, and the working directory. The default is the working directory of the worker.",
    ),
    key(
        "handler.memory_mib",
        Count(1, Some(10_240)),
        "The memory that the function of `handler.lambda` reads in `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, in MiB. It limits nothing.",
    ),
    key(
        "handler.init_timeout",
        Duration,
        "How long a runtime of `handler.lambda` may take to ask for its first event: 100 ms to 15 min.",
    ),
    key(
        "handler.runtimes",
        Count(1, Some(1_000)),
        "The number of processes of `handler.lambda`. Each has one event at a time. The default is `concurrency`, divided by `batch.max`.",
    ),
    key(
        "handler.report_failures",
        Boolean,
        "Whether the answer of `handler.lambda` can name messages that failed, in `batchItemFailures`. If not, each answer means that all are done.",
    ),
    key(
        "handler.stderr",
        Choice(&["log", "inherit"]),
        "Where the standard error of `handler.command` goes: each line to the log as an event, or unchanged to the standard error of the worker.",
    ),
    key(
        "handler.content_type",
        Text,
        "The `Content-Type` of requests of `handler.http` with one message.",
    ),
    key(
        "handler.periodic_tasks",
        Boolean,
        "Whether a message of `handler.http` with the attribute `beanstalk.sqsd.path` is a periodic task of Elastic Beanstalk: a request with an empty body to this path.",
    ),
    key(
        "handler.reject_status",
        Statuses,
        "Responses of `handler.http` that reject the message, such as `[400, 422]`. The other 4xx responses are retried.",
    ),
    key(
        TIMEOUT,
        Duration,
        "How long a handler may take: more than 0, at most 12 h. A handler that takes longer than `shutdown.grace` can be interrupted by a shutdown.",
    ),
];
