//! A runtime process: started, watched, and started again when it ends.

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::time::sleep;

use super::backoff::Backoff;
use super::environment;
use super::function::LambdaFunction;
use super::life::Life;
use super::output::RuntimeLog;
use super::pool::{Pool, RuntimeState};
use super::runtime_api;
use crate::handler::process::{ProcessGroup, inherited_names};
use crate::handler::{NotReady, shortage};

/// How long a runtime has to end when the worker stops, as in the shutdown phase of Lambda.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
const SHUTDOWN: Duration = Duration::from_secs(2);

/// One of the runtimes of a function.
pub(super) struct Runtime {
    /// Its place among the others.
    pub(super) number: usize,
    pub(super) function: Arc<LambdaFunction>,
    pub(super) pool: Arc<Pool>,
}

/// How a process has ended.
enum End {
    /// The pool closed.
    Closed,
    /// It worked before, or was ended on purpose.
    Restart(String),
    /// It did not work.
    Failed(NotReady),
}

/// Why a process has ended.
enum Cause {
    /// By itself.
    Exited,
    /// It did not ask for an invocation in time.
    SlowInit,
    /// Its function had to stop.
    Interrupted,
    /// The worker stops.
    Closed,
}

impl Runtime {
    /// Runs until the pool closes.
    pub(super) async fn run(self) {
        let mut backoff = Backoff::default();
        while !self.pool.closing.is_cancelled() {
            self.pool.set(self.number, RuntimeState::Starting);
            let life = Arc::new(Life::new(self.pool.clone(), self.number));
            let end = self.live(&life).await.unwrap_or_else(|error| self.not_started(&error));
            // Also if the process could not be watched to its end.
            life.ended("the runtime has ended");
            let why = match end {
                End::Closed => return,
                End::Restart(why) => {
                    backoff.reset();
                    self.log_restart(&why);
                    continue;
                }
                End::Failed(why) => why,
            };
            let pause = backoff.failed();
            self.log_failure(&why.to_string(), pause);
            self.pool.set(self.number, RuntimeState::Failed(why));
            tokio::select! {
                () = sleep(pause) => {}
                () = self.pool.closing.cancelled() => return,
            }
        }
    }

    /// One process from its start to its end.
    async fn live(&self, life: &Arc<Life>) -> io::Result<End> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (log, stdout, stderr) = RuntimeLog::open(&self.function.name, self.number)?;
        let mut command = self.command();
        command.envs(environment::variables(&self.function, listener.local_addr()?));
        command.stdin(std::process::Stdio::null()).stdout(stdout).stderr(stderr);
        let group = ProcessGroup::spawn(command)?;
        let serving = axum::serve(listener, runtime_api::routes(life.clone()));
        let ended = self.watch(group, log, life);
        tokio::select! {
            ended = ended => ended,
            never = serving.into_future() => never.map(|()| End::Closed),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.function.program());
        command.args(&self.function.command[1..]);
        for name in inherited_names() {
            command.env_remove(name);
        }
        if let Some(root) = &self.function.task_root {
            command.current_dir(root);
        }
        command
    }

    async fn watch(
        &self,
        mut group: ProcessGroup,
        mut log: RuntimeLog,
        life: &Life,
    ) -> io::Result<End> {
        let ending = async {
            let (cause, within) = tokio::select! {
                exited = group.leader_exited() => return exited.map(|()| Cause::Exited),
                () = self.slow_init(life) => (Cause::SlowInit, SHUTDOWN),
                within = life.interrupt.wait() => (Cause::Interrupted, within),
                () = self.pool.closing.cancelled() => (Cause::Closed, SHUTDOWN),
            };
            group.terminate(within).await.map(|()| cause)
        };
        let cause = tokio::select! {
            ended = ending => ended?,
            never = log.follow() => match never {},
        };
        let status = group.reap().await?;
        let why = self.reason(&cause, status, life, log.close());
        life.ended(&why);
        Ok(match cause {
            Cause::Closed => End::Closed,
            Cause::Interrupted => End::Restart(why),
            Cause::Exited | Cause::SlowInit if life.has_answered() => End::Restart(why),
            Cause::Exited | Cause::SlowInit => End::Failed(NotReady::Unreachable(why)),
        })
    }

    async fn slow_init(&self, life: &Life) {
        tokio::select! {
            () = sleep(self.function.init_timeout) => {}
            () = life.ready() => std::future::pending().await,
        }
    }

    fn reason(
        &self,
        cause: &Cause,
        status: ExitStatus,
        life: &Life,
        last: Option<String>,
    ) -> String {
        let program = self.function.program().display().to_string();
        let what = match (cause, life.init_error()) {
            (_, Some(error)) => format!("the initialization of {program} failed: {error}"),
            (Cause::Exited, None) => format!("{program} ended with {status}"),
            (Cause::SlowInit, None) => format!(
                "{program} did not ask for an invocation within {} s",
                self.function.init_timeout.as_secs_f64()
            ),
            (Cause::Interrupted, None) => {
                format!("{program} was stopped, because its time was over")
            }
            (Cause::Closed, None) => format!("{program} was stopped with the worker"),
        };
        match last {
            Some(lines) if !life.was_ready() => format!("{what}; its last lines: {lines}"),
            _ => what,
        }
    }

    fn not_started(&self, error: &io::Error) -> End {
        let reason = format!("cannot start {}: {error}", self.function.program().display());
        End::Failed(match shortage::is_shortage(error) {
            true => NotReady::Shortage(reason),
            false => NotReady::Unreachable(reason),
        })
    }

    fn log_restart(&self, why: &str) {
        tracing::warn!(
            function = self.function.name,
            runtime = self.number,
            reason = why,
            "runtime of the function ended, and is started again"
        );
    }

    fn log_failure(&self, why: &str, pause: Duration) {
        tracing::error!(
            function = self.function.name,
            runtime = self.number,
            reason = why,
            retry_in_seconds = pause.as_secs_f64(),
            "runtime of the function failed"
        );
    }
}
