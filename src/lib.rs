//! Longshore, an Amazon SQS worker that you can see inside.

pub mod local;
