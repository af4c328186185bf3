//! The limit of open file descriptors. Its soft value is 1024 on most systems, for programs that use
//! `select`. Longshore does not, and needs one for each connection.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit to the hard limit. Programs that this process starts inherit it.
pub(super) fn raise() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    // Some systems have a lower limit than their hard limit says; then the soft limit stays.
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).ok();
}
