//! Samples with timestamps, in files that `promtool tsdb create-blocks-from openmetrics` reads.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use crate::QUEUES;
use crate::cell::{Cell, Process};
use crate::phase::Phase;
use crate::wanted;

/// The length of a block of Prometheus. promtool reads a file once for each block.
const BLOCK: Duration = Duration::from_secs(2 * 3600);

/// Writes the samples of one phase.
pub(crate) struct Recorder {
    directory: PathBuf,
    phase: Phase,
    begin: Instant,
    wanted: BTreeSet<String>,
    file: Option<(u64, BufWriter<File>)>,
}

impl Recorder {
    /// The phase begins now.
    pub(crate) fn new(directory: &Path, phase: Phase) -> Self {
        let (directory, begin) = (directory.to_owned(), Instant::now());
        Self { directory, phase, begin, wanted: wanted::names(), file: None }
    }

    /// Writes the samples of all workers as they are now.
    pub(crate) fn scrape(&mut self, cell: &Cell) {
        let seconds = self.seconds(Instant::now());
        for process in &cell.processes {
            let mut lines = String::new();
            for (series, value) in self.samples(process) {
                for (queue, cells) in QUEUES {
                    for cell in 1..=cells {
                        let series = self.labeled(&series, process.number, (queue, cell));
                        lines += &format!("{series} {value} {seconds}\n");
                    }
                }
            }
            self.file(seconds).write_all(lines.as_bytes()).expect("the file can be written");
        }
    }

    pub(crate) fn finish(mut self) {
        self.end_file();
    }

    /// The series of a process and their values.
    fn samples(&self, process: &Process) -> Vec<(String, String)> {
        let text = process.metrics.render();
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let mut samples: Vec<(String, String)> = samples
            .filter_map(|line| line.rsplit_once(' '))
            .filter(|(series, _)| {
                self.wanted.contains(series.split_once('{').map_or(*series, |(name, _)| name))
            })
            .map(|(series, value)| (series.to_owned(), value.to_owned()))
            .collect();
        samples.push(("up".to_owned(), "1".to_owned()));
        let started = self.seconds(process.started);
        samples.push(("process_start_time_seconds".to_owned(), started.to_string()));
        samples
    }

    /// The file of the block with this time.
    fn file(&mut self, seconds: u64) -> &mut BufWriter<File> {
        let block = seconds / BLOCK.as_secs();
        if self.file.as_ref().is_some_and(|(open, _)| *open != block) {
            self.end_file();
        }
        let path = self.directory.join(format!("{:?}-{block}.om", self.phase));
        let open = || (block, BufWriter::new(File::create(path).expect("the file can be made")));
        &mut self.file.get_or_insert_with(open).1
    }

    /// The series of a process in one of the equal cells.
    fn labeled(&self, series: &str, process: u32, (queue, cell): (&str, usize)) -> String {
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let comma = if labels == "}" { "" } else { "," };
        let labels = labels.replace("queue=\"orders\"", &format!("queue=\"{queue}\""));
        let day = self.phase as usize + 1;
        let instance = format!("{queue}-{day}-{cell}-{process:03}");
        format!("{name}{{job=\"shop\",instance=\"{instance}\"{comma}{labels}")
    }

    /// Seconds since 1970.
    fn seconds(&self, at: Instant) -> u64 {
        self.phase.begins() + (at - self.begin).as_secs()
    }

    fn end_file(&mut self) {
        if let Some((_, mut file)) = self.file.take() {
            file.write_all(b"# EOF\n").expect("the file can be written");
            file.flush().expect("the file can be written");
        }
    }
}
