//! Functions of AWS Lambda: runtimes that the worker starts and watches, and the Runtime API that
//! gives them invocations (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>).

mod answer;
mod backoff;
mod environment;
mod function;
mod handler;
mod interrupt;
mod invocation;
mod life;
mod output;
mod pool;
mod runtime;
mod runtime_api;

pub use function::{LambdaError, LambdaFunction};
pub use handler::LambdaHandler;
