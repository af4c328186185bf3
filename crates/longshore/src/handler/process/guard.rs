//! A small process that kills the commands of a worker that was killed. Linux can send a signal to
//! the child of a process that dies (`PR_SET_PDEATHSIG`), but not to the child's own children, and
//! setting it needs unsafe code. The guard kills whole process groups.

use std::fs::File;
use std::io::{self, PipeWriter};
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::process::Pid;

use super::anonymous_file;
use crate::handler::shortage;

/// Waits until standard input ends, which is when the worker has ended, because only the worker has
/// its other end. Then kills each group of the list, which is its standard output.
const SCRIPT: &str = r#"
trap '' HUP INT QUIT TERM
read -r end
while read -r group <&1; do
    if [ "$group" ]; then kill -s KILL -- "-$group"; fi
done
"#;

/// The bytes of an entry in the list: a number, padded with blanks, and the end of the line.
const ENTRY_BYTES: usize = 12;

/// The guard of this process, once it has been started; `None` if it cannot be started.
static GUARD: OnceLock<Option<Guard>> = OnceLock::new();

#[derive(Debug)]
struct Guard {
    list: File,
    places: Mutex<Places>,
    _lifeline: PipeWriter,
    /// It ends by itself, after this process.
    _process: Child,
}

/// The places of the list.
#[derive(Debug, Default)]
struct Places {
    free: Vec<u64>,
    used_up_to: u64,
}

/// A process group that is killed when the worker is. Drop it before the group's leader is reaped,
/// because another group can then get its number.
#[derive(Debug)]
pub(super) struct Guarded {
    guard: &'static Guard,
    place: u64,
}

/// Puts a process group on the list. `None` if there is no guard.
pub(super) fn protect(group: Pid) -> Option<Guarded> {
    let guard = guard()?;
    let place = guard.places().take();
    guard.write(place, &group.as_raw_nonzero().to_string());
    Some(Guarded { guard, place })
}

fn guard() -> Option<&'static Guard> {
    // When process 1 of a container ends, the kernel kills all others.
    if std::process::id() == 1 {
        return None;
    }
    if GUARD.get().is_none() {
        let started = Guard::start();
        // The next command tries again.
        if started.as_ref().is_err_and(shortage::is_shortage) {
            return None;
        }
        GUARD.get_or_init(|| started.inspect_err(log_missing).ok());
    }
    GUARD.get()?.as_ref()
}

fn log_missing(error: &io::Error) {
    tracing::warn!(
        error = error.to_string(),
        advice = "make /bin/sh available, or run the worker in a container or as a systemd service, which end its processes",
        "cannot start the guard of commands; commands continue to run if the worker is killed"
    );
}

impl Guard {
    fn start() -> io::Result<Self> {
        let list = anonymous_file::empty("longshore-groups")?;
        let (ended, lifeline) = io::pipe()?;
        // In a group of its own, so that a signal to the group of the worker does not reach it.
        let process = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "longshore-guard"])
            .env_clear()
            .process_group(0)
            .stdin(ended)
            .stdout(list.try_clone()?)
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { list, places: Mutex::default(), _lifeline: lifeline, _process: process })
    }

    fn places(&self) -> std::sync::MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes at a place, without moving the position from which the guard reads.
    fn write(&self, place: u64, text: &str) {
        let line = format!("{text:<width$}\n", width = ENTRY_BYTES - 1);
        // It fails only without memory for a page. Then this one command is not protected.
        self.list.write_all_at(line.as_bytes(), place * ENTRY_BYTES as u64).ok();
    }
}

impl Places {
    fn take(&mut self) -> u64 {
        self.free.pop().unwrap_or_else(|| {
            self.used_up_to += 1;
            self.used_up_to - 1
        })
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.guard.write(self.place, "");
        self.guard.places().free.push(self.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_from_the_start_of_the_list_and_again() {
        let mut places = Places::default();
        assert_eq!([places.take(), places.take()], [0, 1]);
        places.free.push(0);
        assert_eq!([places.take(), places.take()], [0, 2]);
    }
}
