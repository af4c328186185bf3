//! The counts of a phase over time, for pictures.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::CELLS;
use crate::cell::Cell;
use crate::phase::{BEGIN, Phase};

/// Minutes between two rows.
const ROW: u64 = 10;

/// Writes a CSV file of the whole fleet. All counts begin at the start of the phase.
pub(crate) struct Timeline {
    file: File,
    begins: u64,
}

impl Timeline {
    pub(crate) fn new(directory: &Path, phase: Phase) -> Self {
        let path = directory.join(format!("{phase:?}.csv"));
        let mut file = File::create(path).expect("the file can be made");
        writeln!(file, "seconds,workers,empty_receives,requests,aborted,repeated")
            .expect("the file can be written");
        Self { file, begins: BEGIN + phase.starts().as_secs() }
    }

    /// Adds a row at some minutes of the phase.
    pub(crate) fn add(&mut self, minute: u64, cell: &Cell) {
        if !minute.is_multiple_of(ROW) {
            return;
        }
        let (counts, calls) = (cell.queue.counts(), cell.application.calls());
        let row = [
            cell.processes.len() as u64,
            counts.empty,
            counts.billed,
            calls.aborted,
            calls.repeated,
        ];
        let row: Vec<String> = row.iter().map(|count| (count * CELLS as u64).to_string()).collect();
        writeln!(self.file, "{},{}", self.begins + minute * 60, row.join(","))
            .expect("the file can be written");
    }
}
