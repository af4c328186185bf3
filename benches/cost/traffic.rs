//! What arrives, and how long its handling takes: drawn from seeds, so that every strategy meets
//! the same messages at the same moments and each takes as long for all of them.

use std::fmt;
use std::time::Duration;

use fastrand::Rng;

/// Of the mean, while a burst lasts.
const BURST_RATE: f64 = 10.0;
/// How long a burst lasts, on average. Silence follows for nine times as long.
const BURST_SECONDS: f64 = 1.0;

/// How messages come to the queue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Traffic {
    None,
    /// So many a second, each independent of the others.
    Poisson(f64),
    /// As many a second on average, in bursts.
    Bursty(f64),
    /// More than anybody can handle: there are always messages in the queue.
    Backlog,
}

impl Traffic {
    /// When messages arrive, in order, to the millisecond.
    pub fn arrivals(self, seed: u64, length: Duration) -> Vec<Duration> {
        let mut rng = Rng::with_seed(seed);
        let mut seconds = 0.0;
        let mut burst_ends = 0.0;
        let mut next = || match self {
            Self::None | Self::Backlog => f64::INFINITY,
            Self::Poisson(rate) => {
                seconds += exponential(&mut rng, 1.0 / rate);
                seconds
            }
            Self::Bursty(rate) => {
                seconds += exponential(&mut rng, 1.0 / (rate * BURST_RATE));
                // No memory: what would come after the burst's end comes as late in the next one.
                while seconds > burst_ends {
                    let silence = exponential(&mut rng, BURST_SECONDS * (BURST_RATE - 1.0));
                    let burst = exponential(&mut rng, BURST_SECONDS);
                    seconds += silence;
                    burst_ends += silence + burst;
                }
                seconds
            }
        };
        std::iter::from_fn(|| Some(next()))
            .take_while(|at| *at < length.as_secs_f64())
            .map(|at| Duration::from_millis((at * 1e3) as u64))
            .collect()
    }
}

/// How long handlers take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handling {
    pub mean: Duration,
    pub spread: Spread,
}

/// How handlers differ from one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Not at all.
    Constant,
    /// Exponentially: many short ones, a few of several times the mean.
    Exponential,
}

impl Handling {
    /// How long this message takes, in whole milliseconds, as the clock counts.
    pub fn of(self, seed: u64, message: usize) -> Duration {
        match self.spread {
            Spread::Constant => self.mean,
            Spread::Exponential => {
                let mut rng = Rng::with_seed(seed ^ (message as u64).wrapping_mul(0x9e37_79b9));
                let millis = exponential(&mut rng, self.mean.as_secs_f64() * 1e3).ceil();
                Duration::from_millis(millis as u64)
            }
        }
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Poisson(rate) => write!(f, "{rate}/s"),
            Self::Bursty(rate) => write!(f, "{rate}/s in bursts"),
            Self::Backlog => f.write_str("backlog"),
        }
    }
}

impl fmt::Display for Handling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = humantime::format_duration(self.mean);
        match self.spread {
            Spread::Constant => write!(f, "{mean}"),
            Spread::Exponential => write!(f, "~{mean}"),
        }
    }
}

fn exponential(rng: &mut Rng, mean: f64) -> f64 {
    -mean * (1.0 - rng.f64()).ln()
}
