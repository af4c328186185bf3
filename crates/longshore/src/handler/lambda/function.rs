//! What is known about a function before its runtimes start.

use std::path::PathBuf;
use std::time::Duration;

use crate::handler::NotReady;
use crate::handler::process::check_program;

/// How long Lambda waits for a runtime to ask for its first invocation.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// The memory of a function in Lambda without a setting, in MiB.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
const MEMORY_MIB: u32 = 128;

/// A function of AWS Lambda, and the program that is its runtime: a `bootstrap`, or a runtime
/// interface client such as `python3 -m awslambdaric app.handler`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LambdaFunction {
    pub(super) name: String,
    pub(super) command: Vec<String>,
    pub(super) handler: Option<String>,
    pub(super) task_root: Option<PathBuf>,
    pub(super) region: Option<String>,
    pub(super) memory_mib: u32,
    pub(super) init_timeout: Duration,
    pub(super) runtimes: usize,
    pub(super) reports_failures: bool,
}

/// Why a function cannot run.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LambdaError {
    /// There is no program.
    #[error("the command is empty; name the program of the runtime and its arguments")]
    Empty,
    /// The operating system cannot pass this value to a program.
    #[error("{0} holds a NUL byte")]
    Nul(String),
    /// A function without a runtime processes nothing.
    #[error("0 runtimes; use 1 or more")]
    NoRuntime,
}

impl LambdaFunction {
    /// A function with this name, whose runtime is this program with these arguments. A program
    /// without a slash is looked up in `PATH`.
    pub fn new(name: impl Into<String>, command: Vec<String>) -> Self {
        Self {
            name: name.into(),
            command,
            handler: None,
            task_root: None,
            region: None,
            memory_mib: MEMORY_MIB,
            init_timeout: INIT_TIMEOUT,
            runtimes: 1,
            reports_failures: true,
        }
    }

    /// The variable `_HANDLER`, such as `app.handler`. Default: not set.
    #[must_use]
    pub fn handler(self, handler: Option<String>) -> Self {
        Self { handler, ..self }
    }

    /// The directory of the code: `LAMBDA_TASK_ROOT`, and the working directory of the runtimes.
    /// Default: the working directory of this process.
    #[must_use]
    pub fn task_root(self, task_root: Option<PathBuf>) -> Self {
        Self { task_root, ..self }
    }

    /// The variables `AWS_REGION` and `AWS_DEFAULT_REGION`. Default: as in the environment of this
    /// process.
    #[must_use]
    pub fn region(self, region: Option<String>) -> Self {
        Self { region, ..self }
    }

    /// The variable `AWS_LAMBDA_FUNCTION_MEMORY_SIZE` in MiB. It limits nothing. Default: 128.
    #[must_use]
    pub fn memory_mib(self, memory_mib: u32) -> Self {
        Self { memory_mib, ..self }
    }

    /// How long a runtime may take to ask for its first invocation. A runtime that takes longer is
    /// stopped and started again. Default: 10 s.
    #[must_use]
    pub fn init_timeout(self, init_timeout: Duration) -> Self {
        Self { init_timeout, ..self }
    }

    /// The number of runtime processes. Each has one invocation at a time. Default: 1.
    #[must_use]
    pub fn runtimes(self, runtimes: usize) -> Self {
        Self { runtimes, ..self }
    }

    /// Whether the answer of the function can name messages that failed, in `batchItemFailures`. If
    /// not, any answer means that all messages are done, as in an event source mapping without
    /// `ReportBatchItemFailures`. Default: true.
    #[must_use]
    pub fn reports_failures(self, reports_failures: bool) -> Self {
        Self { reports_failures, ..self }
    }

    /// Checks without starting it that the program of the runtime can be executed.
    ///
    /// # Errors
    /// If it does not exist, or is no executable file.
    pub fn check_program(&self) -> Result<(), NotReady> {
        let program = self.program();
        check_program(&program.to_string_lossy(), std::env::var_os("PATH").as_deref())
    }

    /// A relative path is one in the directory of the code.
    pub(super) fn program(&self) -> PathBuf {
        let program = self.command.first().map_or("", String::as_str);
        match &self.task_root {
            Some(root) if program.contains('/') => root.join(program),
            _ => PathBuf::from(program),
        }
    }

    pub(super) fn check(&self) -> Result<(), LambdaError> {
        if self.command.first().is_none_or(String::is_empty) {
            return Err(LambdaError::Empty);
        }
        if self.runtimes == 0 {
            return Err(LambdaError::NoRuntime);
        }
        let task_root = self.task_root.as_ref().map(|path| path.to_string_lossy());
        let mut texts = vec![("the name of the function", self.name.as_str())];
        texts.extend(self.command.iter().map(|text| ("the command", text.as_str())));
        texts.extend(self.handler.iter().map(|text| ("the handler", text.as_str())));
        texts.extend(self.region.iter().map(|text| ("the region", text.as_str())));
        texts.extend(task_root.iter().map(|text| ("the task root", &**text)));
        match texts.into_iter().find(|(_, text)| text.contains('\0')) {
            Some((place, _)) => Err(LambdaError::Nul(place.to_owned())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_program_is_in_the_directory_of_the_code() {
        let function = |word: &str| {
            LambdaFunction::new("f", vec![word.to_owned()]).task_root(Some("/var/task".into()))
        };
        for (word, program) in [
            ("./bootstrap", "/var/task/./bootstrap"),
            ("/var/runtime/bootstrap", "/var/runtime/bootstrap"),
            ("python3", "python3"),
        ] {
            assert_eq!(function(word).program(), PathBuf::from(program));
        }
        assert_eq!(function("sh").check_program(), Ok(()));
        let missing = function("./no-such-program").check_program().unwrap_err().to_string();
        let reason = "cannot start /var/task/./no-such-program: the file does not exist";
        assert_eq!(missing, reason);
    }

    #[test]
    fn what_cannot_run_is_refused() {
        let function = |command: &[&str]| {
            LambdaFunction::new("f", command.iter().map(|&word| word.to_owned()).collect())
        };
        assert_eq!(function(&["./bootstrap"]).check(), Ok(()));
        for empty in [function(&[]), function(&[""])] {
            assert_eq!(empty.check(), Err(LambdaError::Empty));
        }
        assert_eq!(function(&["a"]).runtimes(0).check(), Err(LambdaError::NoRuntime));
        let nul = Some("a\0".to_owned());
        for (bad, place) in [
            (function(&["a", "b\0"]), "the command"),
            (function(&["a"]).handler(nul.clone()), "the handler"),
            (function(&["a"]).region(nul), "the region"),
            (function(&["a"]).task_root(Some("a\0".into())), "the task root"),
        ] {
            assert_eq!(bad.check(), Err(LambdaError::Nul(place.to_owned())));
        }
    }
}
