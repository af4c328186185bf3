//! Messages that are lost, or processed more often than necessary.

mod dead_letter_queue;
mod dead_letters;
mod retention;
mod visibility;

pub(super) use dead_letter_queue::{
    dead_letter_queue_type, dead_letter_retention, max_receive_count, no_dead_letter_queue,
};
pub(super) use dead_letters::{dead_letters, redrive_allow_all};
pub(super) use retention::{messages_expire, short_retention};
pub(super) use visibility::{lambda_visibility, visibility_timeout};
