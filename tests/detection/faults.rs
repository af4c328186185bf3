//! The faults of the table.

use std::time::Duration;

use longshore::config::OnReject;
use longshore::outcome::TaskSender;
use longshore::queue::FailureKind;

use super::application::Mode;
use super::fault::Fault;
use super::stage::Stage;

const PAGE: &str = "critical";
const TICKET: &str = "warning";

/// In the order of the table.
pub(crate) fn all() -> Vec<Fault> {
    let mut all = application();
    all.extend(requests());
    all.extend(processes());
    all.extend(traffic());
    all.extend(money());
    all
}

/// What fails is the application.
fn application() -> Vec<Fault> {
    let without_policy = Fault {
        prepare: |stage| stage.queue.redrive_after(0),
        ..Fault::new(
            "every handler call fails, and there is no redrive policy",
            ("LongshoreHandlersFailing", PAGE),
            |stage| stage.application.becomes(Mode::Fails(1.0)),
        )
    };
    vec![
        Fault::new("every handler call fails", ("LongshoreHandlersFailing", PAGE), |stage| {
            stage.application.becomes(Mode::Fails(1.0));
        }),
        without_policy,
        Fault::new(
            "a fifth of the handler calls fail",
            ("LongshoreHandlersFailing", TICKET),
            |stage| {
                stage.application.becomes(Mode::Fails(0.2));
            },
        ),
        Fault::new(
            "the application is not reachable",
            ("LongshoreCircuitBreakerOpen", PAGE),
            |stage| {
                stage.application.becomes(Mode::Away);
            },
        ),
        Fault::new("the application answers 503", ("LongshoreCircuitBreakerOpen", PAGE), |stage| {
            stage.application.becomes(Mode::Broken);
        }),
        Fault {
            prepare: |stage| stage.config.handler_timeout = Duration::from_secs(3600),
            ..Fault::new("every handler hangs", ("LongshoreSlotsBlocked", PAGE), |stage| {
                stage.application.becomes(Mode::Hangs);
            })
        },
        Fault::new(
            "handlers take 6 s instead of 0.2 s",
            ("LongshoreErrorBudgetBurn", PAGE),
            |stage| {
                stage.application.becomes(Mode::Works(Duration::from_secs(6)));
            },
        ),
    ]
}

/// What fails are requests to SQS.
fn requests() -> Vec<Fault> {
    fn receives(stage: &Stage, kind: FailureKind, share: f64) {
        stage.links(|trouble| trouble.receives = Some((kind, share)));
    }
    vec![
        Fault::new("receives are denied", ("LongshoreRequestsRefused", PAGE), |stage| {
            receives(stage, FailureKind::Denied, 1.0);
        }),
        Fault::new("the queue is deleted", ("LongshoreRequestsRefused", PAGE), |stage| {
            receives(stage, FailureKind::Missing, 1.0);
        }),
        Fault::new(
            "the key of the queue is disabled",
            ("LongshoreRequestsRefused", PAGE),
            |stage| {
                receives(stage, FailureKind::Kms, 1.0);
            },
        ),
        Fault {
            is_elsewhere: true,
            ..Fault::new(
                "one of two workers is denied",
                ("LongshoreRequestsRefused", TICKET),
                |stage| {
                    stage.first_link(|trouble| trouble.receives = Some((FailureKind::Denied, 1.0)));
                },
            )
        },
        Fault::new("deletes are denied", ("LongshoreMessagesNotDeleted", PAGE), |stage| {
            stage.links(|trouble| trouble.deletes = Some(FailureKind::Denied));
        }),
        Fault::new(
            "the attributes of the queue are denied",
            ("LongshoreRequestsRefused", TICKET),
            |stage| {
                stage.links(|trouble| trouble.attributes = Some(FailureKind::Denied));
            },
        ),
        Fault {
            prepare: |stage| stage.config.on_reject = OnReject::DeadLetter,
            ..Fault::new(
                "one of 200 messages is rejected, and sends to the dead-letter queue are throttled",
                ("LongshoreRejectsNotMoved", TICKET),
                |stage| {
                    stage.application.becomes(Mode::Rejects(0.005));
                    stage.links(|trouble| trouble.sends = Some(FailureKind::Throttled));
                },
            )
        },
        Fault {
            prepare: |stage| stage.schedule = Some("*/10 * * * *"),
            ..Fault::new(
                "periodic tasks cannot be sent",
                ("LongshorePeriodicTasksNotSent", TICKET),
                |stage| {
                    stage.links(|trouble| trouble.sends = Some(FailureKind::Denied));
                },
            )
        },
        Fault {
            is_elsewhere: true,
            ..Fault::new(
                "each worker has cron_leader = false",
                ("LongshorePeriodicTaskSenders", TICKET),
                |stage| stage.tasks_sent_by(TaskSender::Other),
            )
        },
        Fault {
            is_elsewhere: true,
            ..Fault::new(
                "two workers have cron_leader = true",
                ("LongshorePeriodicTaskSenders", TICKET),
                |stage| stage.tasks_sent_by(TaskSender::Leader),
            )
        },
        Fault::new(
            "9 of 10 receives are throttled",
            ("LongshoreRequestsThrottled", PAGE),
            |stage| {
                receives(stage, FailureKind::Throttled, 0.9);
            },
        ),
        Fault::new(
            "a fifth of the receives is throttled",
            ("LongshoreRequestsThrottled", TICKET),
            |stage| {
                receives(stage, FailureKind::Throttled, 0.2);
            },
        ),
        Fault::new("SQS cannot be reached", ("LongshorePollersStalled", PAGE), |stage| {
            receives(stage, FailureKind::Unavailable, 1.0);
        }),
        Fault {
            prepare: |stage| {
                stage.application.becomes(Mode::Works(Duration::from_secs(40)));
                stage.config.handler_timeout = Duration::from_secs(60);
                stage.config.objectives.latency_threshold = Duration::from_secs(60);
                stage.sends(0.2);
            },
            ..Fault::new("heartbeats fail", ("LongshoreLeasesLost", TICKET), |stage| {
                stage.links(|trouble| trouble.extensions = Some(FailureKind::Unavailable));
            })
        },
    ]
}

/// What fails are processes.
fn processes() -> Vec<Fault> {
    fn slow(stage: &mut Stage) {
        stage.application.becomes(Mode::Works(Duration::from_secs(3)));
    }
    vec![
        Fault {
            prepare: slow,
            ..Fault::new("both workers are killed", ("LongshoreWorkersGone", PAGE), |stage| {
                stage.kill_worker();
                stage.kill_worker();
            })
        },
        Fault {
            prepare: slow,
            is_elsewhere: true,
            ..Fault::new(
                "one of two workers is killed",
                ("LongshoreVanishedWithMessages", TICKET),
                |stage| {
                    stage.kill_worker();
                },
            )
        },
        Fault {
            prepare: slow,
            minute: |stage, minute| {
                if minute < 4 {
                    stage.restart_worker();
                }
            },
            is_elsewhere: true,
            ..Fault::new(
                "a worker is killed every minute, four times, and restarted in place",
                ("LongshoreRestartedWithMessages", PAGE),
                |_| {},
            )
        },
        Fault {
            prepare: |stage| {
                stage.application.becomes(Mode::Works(Duration::from_secs(60)));
                stage.config.handler_timeout = Duration::from_secs(120);
                stage.config.objectives.latency_threshold = Duration::from_secs(120);
                stage.sends(0.1);
            },
            is_elsewhere: true,
            ..Fault::new(
                "a deploy aborts handlers",
                ("LongshoreMessagesAborted", TICKET),
                |stage| {
                    stage.replace_worker();
                    stage.replace_worker();
                },
            )
        },
    ]
}

/// What is wrong is how many messages come, and which.
fn traffic() -> Vec<Fault> {
    vec![
        Fault {
            prepare: |stage| stage.application.becomes(Mode::Works(Duration::from_secs(4))),
            ..Fault::new(
                "twice as many messages as the workers can process",
                ("LongshoreErrorBudgetBurn", PAGE),
                |stage| stage.sends(10.0),
            )
        },
        Fault {
            prepare: |stage| {
                stage.has_groups(20);
                stage.queue.redrive_after(0);
            },
            ..Fault::new(
                "a message of a FIFO queue without a redrive policy always fails",
                ("LongshoreGroupBlocked", TICKET),
                |stage| stage.application.becomes(Mode::FailsGroup("customer-7")),
            )
        },
        Fault::new(
            "messages fail one by one and are in the dead-letter queue",
            ("LongshoreDeadLetters", TICKET),
            |stage| {
                stage.queue.report_dead_letters(3, Duration::from_secs(14 * 24 * 3600));
            },
        ),
        Fault {
            lasts: 24 * 60,
            scrapes: 1,
            ..Fault::new(
                "a dead-letter queue of a day is not emptied",
                ("LongshoreDeadLettersExpire", PAGE),
                |stage| {
                    stage.queue.report_dead_letters(3, Duration::from_secs(24 * 3600));
                },
            )
        },
    ]
}

/// What is wasted is money.
fn money() -> Vec<Fault> {
    vec![Fault {
        prepare: |stage| {
            stage.config.wait = Duration::ZERO;
            stage.config.short_polling = true;
            // Far from SQS, so that there are few receives to play.
            stage.config.objectives.waste_budget_per_month_usd = 2.5;
            stage.sends(0.1);
        },
        before: 0,
        scrapes: 1,
        lasts: 7 * 60,
        ..Fault::new("workers poll short", ("LongshorePollingWaste", TICKET), |stage| {
            stage.links(|trouble| trouble.distance = Duration::from_millis(190))
        })
    }]
}
