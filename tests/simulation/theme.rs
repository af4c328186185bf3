//! What goes wrong in a run.

use std::time::Duration;

/// Shares of requests and calls with each fault, 0 to 1.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    pub(crate) throttled: f64,
    pub(crate) server_error: f64,
    pub(crate) cut: f64,
    pub(crate) lost_answer: f64,
    /// Answers that take up to 12 s.
    pub(crate) slow: f64,
    pub(crate) entry: f64,
    /// Deletes that fail, in addition, and are not applied.
    pub(crate) delete: f64,
    pub(crate) duplicate: f64,
    /// Changes of visibility that fail.
    pub(crate) heartbeat: f64,
    /// Changes of visibility that fail, in addition, and are not applied.
    pub(crate) lost_heartbeat: f64,
    /// The clocks of the senders are wrong by up to this time.
    pub(crate) skew: Duration,
    /// The machine is suspended this often.
    pub(crate) suspensions: usize,
    pub(crate) slow_handler: f64,
    /// Handlers that take longer than the visibility timeout.
    pub(crate) long_handler: f64,
    pub(crate) failing: f64,
    pub(crate) rejecting: f64,
    pub(crate) panicking: f64,
    pub(crate) hanging: f64,
    /// Times without SQS.
    pub(crate) blackouts: usize,
    /// Times without the application.
    pub(crate) outages: usize,
    pub(crate) stops: usize,
    pub(crate) hurries: usize,
    pub(crate) kills: usize,
}

macro_rules! themes {
    ($($theme:ident $name:literal { $($fault:ident: $value:expr),* },)+) => {
        /// The kinds of runs. Each seed has one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Theme { $($theme,)+ }

        impl Theme {
            pub(crate) const ALL: &[Self] = &[$(Self::$theme,)+];

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$theme => $name,)+ }
            }

            #[expect(clippy::needless_update, reason = "one theme has every fault")]
            pub(crate) fn faults(self) -> Faults {
                match self {
                    $(Self::$theme => Faults { $($fault: $value,)* ..Faults::default() },)+
                }
            }
        }
    };
}

const HOUR: Duration = Duration::from_secs(3600);

themes! {
    Quiet "no fault" {},
    SlowNetwork "answers take up to 12 s" { slow: 0.1 },
    Throttling "throttled requests" { throttled: 0.2 },
    ServerErrors "5xx of SQS" { server_error: 0.2 },
    Cuts "cut connections" { cut: 0.2 },
    LostAnswers "lost answers" { lost_answer: 0.2 },
    Blackouts "SQS is unreachable" { blackouts: 2 },
    Duplicates "duplicate deliveries" { duplicate: 0.1 },
    Entries "failed entries of batches" { entry: 0.2 },
    Deletes "failed deletes" { delete: 0.8 },
    Heartbeats "failed heartbeats" { heartbeat: 0.3, slow_handler: 0.3 },
    LostLeases "failed heartbeats, long handlers" { lost_heartbeat: 0.95, long_handler: 0.3 },
    Clocks "wrong clocks, suspended machines" { skew: HOUR, suspensions: 2, slow_handler: 0.2 },
    SlowHandlers "slow handlers" { slow_handler: 0.4 },
    FailingHandlers "failing handlers, rejected messages" { failing: 0.2, rejecting: 0.05 },
    Panics "panicking handlers" { panicking: 0.2 },
    Hangs "hanging handlers" { hanging: 0.1 },
    Outages "outages of the application" { outages: 2 },
    Stops "stops" { stops: 3, slow_handler: 0.2 },
    SecondSignals "second signals" { stops: 3, hurries: 3, slow_handler: 0.2, hanging: 0.05 },
    Kills "killed workers" { kills: 3, slow_handler: 0.2 },
    Everything "everything at once" {
        throttled: 0.04, server_error: 0.04, cut: 0.04, lost_answer: 0.04, slow: 0.02,
        entry: 0.04, delete: 0.05, duplicate: 0.02, heartbeat: 0.05, skew: HOUR, suspensions: 1,
        slow_handler: 0.1, failing: 0.05, rejecting: 0.01, panicking: 0.05, hanging: 0.02,
        blackouts: 1, outages: 1, stops: 2, hurries: 1, kills: 1
    },
}

impl Theme {
    /// Half of the seeds have every fault.
    pub(crate) fn of(seed: u64) -> Self {
        if seed.is_multiple_of(2) {
            return Self::Everything;
        }
        Self::ALL[(seed / 2) as usize % Self::ALL.len()]
    }
}
