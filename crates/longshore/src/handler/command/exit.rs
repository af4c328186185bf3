//! The verdict of a process that has ended.

use std::io;
use std::process::ExitStatus;

use crate::handler::{Verdict, shortage};

/// `EX_DATAERR` of `sysexits.h`: the input was wrong, and will be next time.
const DATA_ERROR: i32 = 65;
/// `EX_TEMPFAIL` of `sysexits.h`: try again later.
const TEMPORARY_FAILURE: i32 = 75;

/// The verdict of a process that has ended, and that wrote this line last.
pub(super) fn verdict(status: ExitStatus, last_line: Option<&str>) -> Verdict {
    let reason = |end: String| match last_line {
        Some(line) => format!("{end}: {line}"),
        None => end,
    };
    match status.code() {
        Some(0) => Verdict::Done,
        Some(DATA_ERROR) => Verdict::reject(reason("exit code 65 (EX_DATAERR)".to_owned())),
        Some(TEMPORARY_FAILURE) => Verdict::outage(reason("exit code 75 (EX_TEMPFAIL)".to_owned())),
        Some(code) => Verdict::retry(reason(format!("exit code {code}"))),
        None => Verdict::retry(reason(format!("ended by {status}"))),
    }
}

/// The verdict if the process cannot start. Only one such failure is the message's fault: too many
/// variables for the operating system. Every other failure affects all messages.
pub(super) fn not_started(program: &str, error: &io::Error) -> Verdict {
    let reason = format!("could not start {program}: {error}");
    if error.kind() == io::ErrorKind::ArgumentListTooLong {
        Verdict::retry(reason)
    } else if shortage::is_shortage(error) {
        Verdict::shortage(reason)
    } else {
        Verdict::unavailable(reason)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn attributes_that_do_not_fit_are_retried() {
        let too_long = io::Error::from(io::ErrorKind::ArgumentListTooLong);
        assert!(matches!(not_started("true", &too_long), Verdict::Retry { .. }));

        let no_process_left = io::Error::from(io::ErrorKind::WouldBlock);
        assert!(matches!(not_started("true", &no_process_left), Verdict::Unavailable { .. }));
    }

    /// All ends that the system reports: codes are in the high byte, signals in the low one, and a
    /// core dump adds 128 to the signal.
    #[test]
    fn each_exit_code_and_signal_has_its_verdict() {
        for code in 0..=255 {
            let verdict = verdict(ExitStatus::from_raw(code << 8), None);
            match code {
                0 => assert_eq!(verdict, Verdict::Done),
                65 => assert_eq!(verdict, Verdict::reject("exit code 65 (EX_DATAERR)")),
                75 => assert_eq!(verdict, Verdict::outage("exit code 75 (EX_TEMPFAIL)")),
                _ => assert_eq!(verdict, Verdict::retry(format!("exit code {code}"))),
            }
        }
        for signal in (1..=64).flat_map(|signal| [signal, signal | 128]) {
            let verdict = verdict(ExitStatus::from_raw(signal), None);
            let ended = format!("ended by signal: {}", signal & 127);
            let is_retry = |reason: &str| reason.starts_with(&ended);
            assert!(
                matches!(&verdict, Verdict::Retry { after: None, reason } if is_retry(reason)),
                "{verdict:?}"
            );
        }
        assert_eq!(
            verdict(ExitStatus::from_raw(9), None),
            Verdict::retry("ended by signal: 9 (SIGKILL)")
        );
    }

    #[test]
    fn a_failure_has_the_last_line_of_standard_error() {
        let failed = ExitStatus::from_raw(1 << 8);
        let expected = Verdict::retry("exit code 1: cannot open the database");
        assert_eq!(verdict(failed, Some("cannot open the database")), expected);
    }
}
