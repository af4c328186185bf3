//! The handler that a configuration names.

use std::path::PathBuf;
use std::time::Duration;

use longshore::AnyHandler;
use longshore::config::{BatchConfig, QueueConfig};
use longshore::handler::{
    AnyBatchHandler, CommandError, CommandHandler, HttpError, HttpHandler, LambdaError,
    LambdaFunction, LambdaHandler, LambdaUrlHandler, RejectStatus, Stderr,
};

/// A handler that needs no Rust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandlerConfig {
    /// A process for each message.
    Command {
        /// Program and arguments, no shell.
        words: Vec<String>,
        /// Where its standard error goes.
        stderr: Stderr,
    },
    /// A POST request for each message.
    Http(HttpConfig),
    /// A function of AWS Lambda, whose runtimes Longshore starts.
    Lambda(LambdaConfig),
    /// A function of AWS Lambda behind the URL of a runtime interface emulator.
    LambdaUrl(String),
}

/// An application that gets requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpConfig {
    /// Where they are sent.
    pub url: String,
    /// The statuses that reject a message.
    pub reject_status: RejectStatus,
    /// The `Content-Type` of a request with one message.
    pub content_type: String,
    /// Whether messages can be periodic tasks of Elastic Beanstalk.
    pub periodic_tasks: bool,
}

/// A function of AWS Lambda and its runtimes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LambdaConfig {
    /// Program and arguments of a runtime, no shell.
    pub words: Vec<String>,
    /// The name of the function. `None`: that of the queue.
    pub function_name: Option<String>,
    /// The variable `_HANDLER`.
    pub function_handler: Option<String>,
    /// The directory of the code. `None`: the working directory.
    pub task_root: Option<String>,
    /// The memory that the function reads in its environment, in MiB.
    pub memory_mib: u32,
    /// How long a runtime may take to ask for its first invocation.
    pub init_timeout: Duration,
    /// The number of runtimes. `None`: as many as the queue can use.
    pub runtimes: Option<usize>,
    /// Whether the function can name the messages that failed.
    pub report_failures: bool,
}

/// Why a configured handler cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The program cannot be used.
    #[error("handler.command: {0}")]
    Command(#[from] CommandError),
    /// The URL cannot be used.
    #[error("handler.http: {0}")]
    Http(#[from] HttpError),
    /// The function cannot be used.
    #[error("handler.lambda: {0}")]
    Lambda(#[from] LambdaError),
    /// There is none.
    #[error("no handler")]
    None,
    /// The handler gets events with several messages.
    #[error("a function of AWS Lambda gets batches")]
    OnlyBatches,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            url: String::new(),
            reject_status: RejectStatus::default(),
            content_type: "application/json".to_owned(),
            periodic_tasks: false,
        }
    }
}

impl Default for LambdaConfig {
    fn default() -> Self {
        Self {
            words: Vec::new(),
            function_name: None,
            function_handler: None,
            task_root: None,
            memory_mib: 128,
            init_timeout: Duration::from_secs(10),
            runtimes: None,
            report_failures: true,
        }
    }
}

impl HandlerConfig {
    /// Whether the handler only knows events with a list of messages.
    pub fn needs_batches(&self) -> bool {
        matches!(self, Self::Lambda(_) | Self::LambdaUrl(_))
    }

    /// Makes the handler. Neither starts a program nor opens a connection: whether the handler is
    /// reachable shows with the first message.
    ///
    /// # Errors
    /// If the program or the URL cannot be used, or if the handler [needs
    /// batches](Self::needs_batches).
    pub fn build(&self) -> Result<AnyHandler, HandlerError> {
        Ok(match self {
            Self::Command { words, stderr } => AnyHandler::new(command(words, *stderr)?),
            Self::Http(http) => AnyHandler::new(http.build()?),
            Self::Lambda(_) | Self::LambdaUrl(_) => return Err(HandlerError::OnlyBatches),
        })
    }

    /// Makes the handler for a queue with batches. `region` is for functions of AWS Lambda.
    ///
    /// # Errors
    /// If the program or the URL cannot be used.
    pub fn build_for_batches(
        &self,
        queue: &QueueConfig,
        region: Option<&str>,
    ) -> Result<AnyBatchHandler, HandlerError> {
        Ok(match self {
            Self::Command { words, stderr } => AnyBatchHandler::new(command(words, *stderr)?),
            Self::Http(http) => AnyBatchHandler::new(http.build()?),
            Self::Lambda(lambda) => AnyBatchHandler::new(lambda.build(queue, region)?),
            Self::LambdaUrl(url) => AnyBatchHandler::new(LambdaUrlHandler::new(url)?),
        })
    }
}

impl HttpConfig {
    fn build(&self) -> Result<HttpHandler, HttpError> {
        let handler = HttpHandler::new(&self.url)?.content_type(&self.content_type)?;
        let handler = handler.reject_status(self.reject_status.clone());
        Ok(handler.runs_periodic_tasks(self.periodic_tasks))
    }
}

impl LambdaConfig {
    /// Why the program of the runtime cannot be executed here.
    pub(super) fn program_problem(&self) -> Option<String> {
        let function = LambdaFunction::new("", self.words.clone());
        let function = function.task_root(self.task_root.as_deref().map(PathBuf::from));
        function.check_program().err().map(|why| why.to_string())
    }

    fn build(
        &self,
        queue: &QueueConfig,
        region: Option<&str>,
    ) -> Result<LambdaHandler, LambdaError> {
        let name = self.function_name.as_deref().unwrap_or(queue.name());
        let function = LambdaFunction::new(name, self.words.clone())
            .handler(self.function_handler.clone())
            .task_root(self.task_root.as_deref().map(PathBuf::from))
            .region(region.map(str::to_owned))
            .memory_mib(self.memory_mib)
            .init_timeout(self.init_timeout)
            .runtimes(self.runtimes(queue))
            .reports_failures(self.report_failures);
        LambdaHandler::new(function)
    }

    /// The number of runtimes. By default each call that the queue can have at a time gets one, if
    /// its batches are full.
    pub fn runtimes(&self, queue: &QueueConfig) -> usize {
        let batch = queue.batch().map_or(1, |batch| batch.max);
        self.runtimes.unwrap_or_else(|| queue.concurrency().div_ceil(batch))
    }
}

/// Batches of one message: each is sent at once.
pub(super) fn one_message() -> BatchConfig {
    BatchConfig::new(1, Duration::from_millis(1))
}

fn command(words: &[String], stderr: Stderr) -> Result<CommandHandler, CommandError> {
    Ok(CommandHandler::new(words.to_vec())?.stderr(stderr))
}
