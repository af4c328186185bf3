//! The arrivals of messages and their handler times. Both are random with a fixed seed, so every
//! strategy gets the same messages at the same times, with the same handler times.

use std::fmt;
use std::time::Duration;

use fastrand::Rng;

/// The rate during a burst, as a multiple of the mean rate.
const BURST_RATE: f64 = 10.0;
/// The mean length of a burst. The mean silence after it is nine times as long.
const BURST_SECONDS: f64 = 1.0;

/// How messages arrive at the queue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Traffic {
    None,
    /// This number of messages per second, each independent of the others.
    Poisson(f64),
    /// This number of messages per second on average, in bursts.
    Bursty(f64),
    /// More messages than the consumers can process: the queue is never empty.
    Backlog,
}

impl Traffic {
    /// The arrival times, in order, in whole milliseconds.
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
                // Arrivals have no memory: a message due after the end of this burst arrives in the
                // next one instead, after a silence.
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

/// The time that handlers take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handling {
    pub mean: Duration,
    pub spread: Spread,
}

/// The distribution of handler times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Every handler takes the mean time.
    Constant,
    /// Exponential: many short times, and a few of several times the mean.
    Exponential,
}

impl Handling {
    /// The handler time of this message in whole milliseconds, the resolution of the clock.
    pub fn time_for(self, seed: u64, message: usize) -> Duration {
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
