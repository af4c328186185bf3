//! Tests of a queue, by operation.

mod fixture;
mod receive;
mod send;
mod settle;
mod view;
