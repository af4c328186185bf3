//! Errors that say that this machine lacks a resource.

use std::io;

use rustix::io::Errno;

/// Descriptors, processes, memory, or space on a disk. Every message would meet them.
const SHORTAGES: &[Errno] =
    &[Errno::MFILE, Errno::NFILE, Errno::AGAIN, Errno::NOMEM, Errno::NOSPC, Errno::NOBUFS];

/// Whether this error says that this machine lacks a resource.
pub(super) fn is_shortage(error: &io::Error) -> bool {
    Errno::from_io_error(error).is_some_and(|errno| SHORTAGES.contains(&errno))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_descriptors_is_a_shortage_and_a_refused_connection_is_not() {
        let error = |errno: Errno| io::Error::from(errno);
        for errno in [Errno::MFILE, Errno::AGAIN, Errno::NOMEM, Errno::NOSPC] {
            assert!(is_shortage(&error(errno)), "{errno:?}");
        }
        for errno in [Errno::CONNREFUSED, Errno::NOENT, Errno::ACCESS] {
            assert!(!is_shortage(&error(errno)), "{errno:?}");
        }
        assert!(!is_shortage(&io::Error::other("something else")));
    }
}
