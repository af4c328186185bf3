//! The worker and the real SDK, over loopback, against the local queue.

mod billing;
mod counting;
mod delivery;
mod payloads;
mod queues;
mod rejects;
mod scene;
mod trouble;
