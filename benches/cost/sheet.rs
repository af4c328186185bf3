//! The same figures as CSV, for a spreadsheet.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::played::Played;
use super::traffic::Spread;

const HEAD: &str = "scenario,arrivals,handler_ms,handlers,replicas,concurrency,visibility_s,measured_s,strategy,\
messages,receives_full,receives_partial,receives_empty,deletes,changes_of_visibility,attributes,requests,billed,\
redelivered,left,per,requests_per,floor,added_wait_p50_ms,added_wait_p99_ms,usd\n";

/// Writes `target/cost.csv` and prints its path. The column `per` is the unit of
/// `requests_per`. `usd` is per million messages, or per month without messages.
pub fn write(played: &[Played]) -> io::Result<PathBuf> {
    let target = std::env::current_exe()?;
    // target/release/deps/cost-0123
    let target = target.ancestors().nth(3).map(PathBuf::from).unwrap_or_default();
    let path = target.join("cost.csv");
    let rows: String = played.iter().flat_map(rows).collect();
    fs::write(&path, HEAD.to_owned() + &rows)?;
    Ok(path)
}

fn rows(played: &Played) -> impl Iterator<Item = String> {
    played.runs.iter().map(|(strategy, measured)| {
        let (scenario, counts) = (&played.scenario, &measured.counts);
        let handlers = match scenario.handling.spread {
            Spread::Constant => "constant",
            Spread::Exponential => "exponential",
        };
        let wait = |share| measured.added_wait(share).map(|wait| wait.as_millis().to_string());
        let cells = [
            format!("\"{}\"", scenario.name),
            scenario.traffic.to_string(),
            scenario.handling.mean.as_millis().to_string(),
            handlers.to_owned(),
            scenario.replicas.to_string(),
            scenario.concurrency.to_string(),
            scenario.visibility.as_secs().to_string(),
            scenario.measured.as_secs_f64().to_string(),
            format!("\"{}\"", strategy.name()),
            counts.deleted.to_string(),
            counts.full.to_string(),
            counts.partial.to_string(),
            counts.empty.to_string(),
            counts.deletes.to_string(),
            counts.changes.to_string(),
            counts.attributes.to_string(),
            counts.requests().to_string(),
            counts.billed.to_string(),
            counts.redelivered.to_string(),
            measured.left.to_string(),
            if played.floor.is_some() { "message" } else { "minute" }.to_owned(),
            format!("{:.5}", played.requests_per_unit(measured)),
            played.floor.map(|floor| format!("{floor:.5}")).unwrap_or_default(),
            wait(0.5).unwrap_or_default(),
            wait(0.99).unwrap_or_default(),
            format!("{:.5}", played.dollars(measured)),
        ];
        cells.join(",") + "\n"
    })
}
