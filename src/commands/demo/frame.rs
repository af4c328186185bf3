//! One picture of the live view, for a given width.

use std::time::Duration;

use super::comparison::{self, table};
use super::number::seconds;
use super::pace::{Pace, Rates};
use super::text::{Line, Tone};
use crate::demo::{Polling, ROUND_TRIP, Scene};

/// No line is longer, however wide the terminal.
const WIDEST: usize = 78;
/// A word before and a number after a picture of the pace.
const BESIDE_PACE: usize = 12 + 6;

/// The lines of the picture, most important first.
pub(super) fn of(scene: &Scene, pace: &Pace, width: usize) -> Vec<Line> {
    let width = width.clamp(comparison::WIDTH, WIDEST);
    let (in_flight, sent) = (scene.now.counts.in_flight(), scene.now.sent);
    let round_trip = ROUND_TRIP.as_millis();
    let mut lines = vec![
        Line::of(Tone::Strong, "Longshore").with(Tone::Plain, ", and the same orders twice"),
        Line::of(
            Tone::Faint,
            format!("All in this process. A round trip is made to take {round_trip} ms."),
        ),
        Line::new(),
        title(scene),
        progress(scene, width),
        Line::new(),
        pulse(pace, "receives/s", width, |column| column.receives),
        pulse(pace, "messages/s", width, |column| column.messages),
        Line::of(Tone::Plain, format!("{:<12}{in_flight} of {sent} sent", "in flight")),
        Line::new(),
    ];
    lines.extend(table(&scene.acts));
    lines.extend([
        Line::new(),
        Line::of(Tone::Faint, "page     ").with(Tone::Plain, format!("http://{}/", scene.admin)),
        Line::of(Tone::Faint, "Ctrl-C   stops, and tells what was seen"),
    ]);
    lines
}

fn title(scene: &Scene) -> Line {
    let (act, name, what) = match scene.polling {
        Polling::Short => ("Act 1 of 2  ", "short polling", ": a receive returns at once"),
        Polling::Long => ("Act 2 of 2  ", "long polling", ": a receive waits for a message"),
    };
    let tone = match scene.polling {
        Polling::Short => Tone::Waste,
        Polling::Long => Tone::Good,
    };
    Line::of(Tone::Strong, act).with(tone, name).with(Tone::Plain, what)
}

fn progress(scene: &Scene, width: usize) -> Line {
    let took = scene.now.took;
    let Some(lasts) = scene.lasts else {
        return Line::of(Tone::Faint, format!("{}, until Ctrl-C", seconds(took)));
    };
    let time = format!("  {:>4} of {}", seconds(took.min(lasts)), seconds(lasts));
    let room = width.saturating_sub(time.chars().count());
    let done = filled(took, lasts, room);
    Line::of(Tone::Strong, "━".repeat(done))
        .with(Tone::Faint, "─".repeat(room - done))
        .with(Tone::Plain, time)
}

/// Columns of `room` that stand for the time that is over.
fn filled(took: Duration, lasts: Duration, room: usize) -> usize {
    let share = took.as_secs_f64() / lasts.as_secs_f64().max(f64::MIN_POSITIVE);
    ((share * room as f64) as usize).min(room)
}

fn pulse(pace: &Pace, label: &str, width: usize, rate: fn(&Rates) -> f64) -> Line {
    let room = width - BESIDE_PACE;
    let picture = pace.sparkline(room, rate);
    let rate = pace.of_late(rate);
    Line::of(Tone::Plain, format!("{label:<12}"))
        .with(Tone::Plain, format!("{picture:<room$}"))
        .with(Tone::Strong, format!("{rate:>6.0}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{Acts, Figures};
    use longshore::telemetry::Snapshot;

    fn scene(polling: Polling, took: u64, lasts: Option<u64>) -> Scene {
        let now = Figures {
            took: Duration::from_secs(took),
            sent: 5,
            counts: Snapshot { received: 5, settled: 3, ..Snapshot::default() },
            price_per_request_usd: 0.40 / 1e6,
            median_wait: None,
        };
        let acts = Acts { short_polling: Some(now), long_polling: None };
        let admin = ([127, 0, 0, 1], 65_535).into();
        Scene { acts, polling, now, lasts: lasts.map(Duration::from_secs), admin }
    }

    fn picture(scene: &Scene, width: usize) -> Vec<String> {
        of(scene, &Pace::default(), width).iter().map(Line::plain).collect()
    }

    #[test]
    fn it_fits_a_terminal_of_80_by_24_and_one_of_60_columns() {
        for width in [60, 80, 200] {
            for lasts in [Some(15), None] {
                let picture = picture(&scene(Polling::Long, 7, lasts), width);
                assert!(picture.len() < 24, "{}", picture.len());
                for line in picture {
                    assert!(line.chars().count() <= width.min(80), "{line}");
                }
            }
        }
    }

    #[test]
    fn the_bar_fills_and_never_overflows() {
        let bar = |took| filled(Duration::from_secs(took), Duration::from_secs(10), 50);
        assert_eq!([bar(0), bar(5), bar(10), bar(11)], [0, 25, 50, 50]);
        assert_eq!(filled(Duration::ZERO, Duration::ZERO, 50), 0);
    }

    #[test]
    fn it_names_the_act_and_counts_what_is_in_flight() {
        let picture = picture(&scene(Polling::Short, 7, Some(15)), 80);
        assert!(picture[3].starts_with("Act 1 of 2  short polling"));
        assert!(picture[4].ends_with(" 7.0 s of 15.0 s"));
        assert_eq!(picture[8], "in flight   2 of 5 sent");
    }
}
