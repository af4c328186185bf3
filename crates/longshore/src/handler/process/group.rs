//! A process and all its descendants, as long as they stay in its group. The one place that sends
//! signals.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal as SignalStream, SignalKind, signal};

use super::guard::{self, Guarded};

/// A process group whose leader we started and have not reaped.
///
/// After a group has ended, another process can get its number. So the leader is reaped last: as
/// long as it is a zombie, the kernel gives its number to no other process or group. `WNOWAIT` waits
/// for its exit without reaping it. [`signal`](Self::signal) does nothing after tokio has reaped it,
/// when `leader.id()` is `None`.
///
/// Dropping it kills the whole group. Tokio then reaps the leader at the next SIGCHLD.
#[derive(Debug)]
pub(in crate::handler) struct ProcessGroup {
    leader: Child,
    /// Ticks when any child of this process changes its state.
    children: SignalStream,
    /// Kills the group if this process is killed.
    guarded: Option<Guarded>,
}

impl ProcessGroup {
    /// Starts the command as leader of a new group.
    pub(in crate::handler) fn spawn(mut command: Command) -> io::Result<Self> {
        let children = signal(SignalKind::child())?;
        let leader = command.process_group(0).spawn()?;
        // A worker that is killed between these lines leaves this one command.
        let mut group = Self { leader, children, guarded: None };
        group.guarded = group.leader_id().and_then(guard::protect);
        Ok(group)
    }

    /// Waits until the leader has exited, without reaping it. Cancel-safe.
    pub(in crate::handler) async fn leader_exited(&mut self) -> io::Result<()> {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        while let Some(leader) = self.leader_id() {
            if waitid(WaitId::Pid(leader), look)?.is_some() {
                break;
            }
            self.children.recv().await;
        }
        Ok(())
    }

    /// Sends SIGTERM to the group, and SIGKILL after three quarters of `within`; the last quarter
    /// is for the scheduler. Waits until the leader has exited. Cancel-safe.
    pub(in crate::handler) async fn terminate(&mut self, within: Duration) -> io::Result<()> {
        self.signal(Signal::TERM);
        match tokio::time::timeout(within / 4 * 3, self.leader_exited()).await {
            Ok(exited) => exited,
            Err(_elapsed) => {
                self.signal(Signal::KILL);
                self.leader_exited().await
            }
        }
    }

    /// Kills the processes that the leader has left, then reaps the leader.
    pub(in crate::handler) async fn reap(mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::KILL);
        self.guarded = None;
        self.leader.wait().await
    }

    /// Signals every process of the group. It can fail for processes of another user, and on some
    /// systems if only zombies are left; both are ignored.
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.leader_id() {
            kill_process_group(group, signal).ok();
        }
    }

    /// The leader's id, which is the group's; `None` once the leader has been reaped.
    fn leader_id(&self) -> Option<Pid> {
        self.leader.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
