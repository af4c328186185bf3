//! Evaluates the rules over recorded samples: which alerts fire at which minute. The engine is the
//! test tool of Prometheus or of vmalert.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::fault::{Fault, Played, SCRAPE};

/// An alert that fires: its name and severity.
pub(crate) type Firing = (String, String);

/// A program that runs tests of rules, and the file with the rules for it.
pub(crate) struct Engine {
    program: PathBuf,
    rules: PathBuf,
    is_vmalert: bool,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.program.file_name().unwrap_or_default();
        f.write_str(&name.to_string_lossy())
    }
}

impl Engine {
    /// promtool of the machine with the rules of the repository, if promtool is there.
    pub(crate) fn promtool() -> Result<Self, String> {
        let found = Command::new("promtool").arg("--version").output();
        found.map_err(|error| format!("promtool cannot be run: {error}"))?;
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("alerts/longshore.rules.yml");
        Ok(Self::new("promtool".into(), rules))
    }

    pub(crate) fn new(program: PathBuf, rules: PathBuf) -> Self {
        let is_vmalert = program.file_name().is_some_and(|name| name == "vmalert-tool");
        Self { program, rules, is_vmalert }
    }

    /// How many minutes later than promtool of Prometheus 2 it may fire. vmalert writes what a rule
    /// records after the evaluation of its group, so each recording that an alert depends on can
    /// delay it by a minute.
    pub(crate) fn tolerance(&self) -> usize {
        if self.is_vmalert { 5 } else { 2 }
    }

    /// The first minute of the fault at which each alert fires.
    ///
    /// # Panics
    /// If the engine cannot evaluate the rules.
    pub(crate) fn alerts(&self, fault: &Fault, played: &Played) -> BTreeMap<Firing, usize> {
        let (begin, end) = (fault.before, fault.before + fault.lasts);
        let expr = "ALERTS{alertstate=\"firing\"}";
        let queries: Vec<_> = (begin..=end).map(|minute| (expr.to_owned(), minute)).collect();
        let found = self.firing(fault.name, &played.input_series, &queries);
        let mut first = BTreeMap::new();
        for (minute, firing) in found.expect("the engine evaluates the rules") {
            first.entry(firing).or_insert(minute - begin);
        }
        first
    }

    /// The alerts that fired at any time until `end`.
    pub(crate) fn ever(
        &self,
        name: &str,
        input_series: &str,
        end: usize,
    ) -> io::Result<BTreeSet<Firing>> {
        // The name of the metric stays with `last_over_time` only.
        let expr = format!("last_over_time(ALERTS{{alertstate=\"firing\"}}[{end}m])");
        let found = self.firing(name, input_series, &[(expr, end)])?;
        Ok(found.into_iter().map(|(_, firing)| firing).collect())
    }

    /// The alerts in the results of queries, each with its minute. The program prints what it did
    /// not expect, and this test expects nothing.
    fn firing(
        &self,
        name: &str,
        input_series: &str,
        queries: &[(String, usize)],
    ) -> io::Result<Vec<(usize, Firing)>> {
        let field = if self.is_vmalert { "metricsql_expr_test" } else { "promql_expr_test" };
        let mut test = format!(
            "rule_files: ['{}']\nevaluation_interval: 1m\ntests:\n  - interval: {}s\n    input_series:\n\
             {input_series}    {field}:\n",
            self.rules.display(),
            SCRAPE.as_secs()
        );
        for (expr, minute) in queries {
            test += &format!("      - {{ expr: '{expr}', eval_time: {minute}m }}\n");
        }
        let file = scratch(name);
        std::fs::write(&file, test)?;
        let output = self.run(&file)?;
        let text =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        let found = parse(&text);
        if !output.status.success() && found.is_empty() {
            return Err(io::Error::other(text.into_owned()));
        }
        std::fs::remove_file(&file)?;
        Ok(found)
    }

    fn run(&self, file: &Path) -> io::Result<Output> {
        let mut command = Command::new(&self.program);
        if self.is_vmalert {
            command.args(["unittest", "-disableAlertgroupLabel", "--files"]);
        } else {
            command.args(["test", "rules"]);
        }
        command.arg(file).output()
    }
}

fn scratch(name: &str) -> PathBuf {
    let name: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    std::env::temp_dir().join(format!("longshore-detection-{}-{name}.yml", std::process::id()))
}

/// Reads `time: 1h2m,` and the samples after it.
fn parse(text: &str) -> Vec<(usize, Firing)> {
    let mut found = Vec::new();
    let mut minute = 0;
    for line in text.lines() {
        if let Some((_, time)) = line.split_once("time: ") {
            minute = minutes(time.trim_end_matches([',', ' ']));
        }
        for sample in line.split("{__name__=\"ALERTS\"").skip(1) {
            let label = |name: &str| {
                let (_, rest) = sample.split_once(&format!(" {name}=\""))?;
                Some(rest.split_once('"')?.0.to_owned())
            };
            if let (Some(alert), Some(severity)) = (label("alertname"), label("severity")) {
                found.push((minute, (alert, severity)));
            }
        }
    }
    found
}

/// `1d2h3m` in minutes.
fn minutes(text: &str) -> usize {
    let mut all = 0;
    let mut number = 0;
    for c in text.chars() {
        let unit = match c {
            '0'..='9' => {
                number = number * 10 + c as usize - '0' as usize;
                continue;
            }
            'w' => 7 * 24 * 60,
            'd' => 24 * 60,
            'h' => 60,
            'm' => 1,
            _ => 0,
        };
        all += unit * std::mem::take(&mut number);
    }
    all
}
