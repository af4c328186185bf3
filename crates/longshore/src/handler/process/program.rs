//! Whether a program can be executed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::handler::NotReady;

/// Finds the program as the system does, and checks without starting it that it can be executed.
pub(in crate::handler) fn check_program(
    program: &str,
    path: Option<&OsStr>,
) -> Result<(), NotReady> {
    let candidates: Vec<PathBuf> = if program.contains('/') {
        vec![PathBuf::from(program)]
    } else {
        std::env::split_paths(path.unwrap_or_default()).map(|dir| dir.join(program)).collect()
    };
    if candidates.iter().any(|candidate| is_executable(candidate)) {
        return Ok(());
    }
    let why = if candidates.iter().any(|candidate| candidate.exists()) {
        "it is not an executable file"
    } else if program.contains('/') {
        "the file does not exist"
    } else {
        "it is in no directory of PATH"
    };
    Err(NotReady::Unreachable(format!("cannot start {program}: {why}")))
}

fn is_executable(file: &Path) -> bool {
    file.is_file() && rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_cannot_start_is_reported_with_the_reason() {
        let path = std::ffi::OsStr::new("/dev:/bin");
        assert_eq!(check_program("sh", Some(path)), Ok(()));
        assert_eq!(check_program("/bin/sh", None), Ok(()));
        for (program, why) in [
            ("null", "it is not an executable file"),
            ("no-such-program", "it is in no directory of PATH"),
            ("/no/such/program", "the file does not exist"),
        ] {
            let reason = format!("cannot start {program}: {why}");
            assert_eq!(check_program(program, Some(path)), Err(NotReady::Unreachable(reason)));
        }
    }
}
