//! Three days without a fault: no alert fires.

use super::engine::Engine;
use super::fault::Fault;

const DAYS: usize = 3;

/// Each alert that fires, as an objection. The traffic follows the day, both workers are replaced at
/// noon, and one message in a thousand fails its first call.
pub(crate) fn objections(promtool: &Engine) -> Vec<String> {
    let mut days = Fault::new("three healthy days", ("", ""), |_| {});
    days.before = 0;
    days.lasts = DAYS * 24 * 60;
    days.scrapes = 1;
    days.minute = |stage, minute| {
        let of_day = minute % (24 * 60);
        if of_day % 60 == 0 {
            let hour = of_day as f64 / 60.0;
            stage.sends((1.0 - (hour / 12.0 * std::f64::consts::PI).cos()).max(0.02) / 5.0);
        }
        if of_day == 12 * 60 || of_day == 12 * 60 + 1 {
            stage.replace_worker();
        }
    };
    let played = days.play();
    let found = promtool.ever(days.name, &played.input_series, days.lasts);
    let found = found.expect("promtool evaluates the rules");
    println!("three healthy days: {} alerts", found.len());
    found
        .into_iter()
        .map(|(alert, severity)| format!("{alert} ({severity}) fires on a healthy day"))
        .collect()
}
