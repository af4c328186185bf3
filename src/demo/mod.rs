//! The whole product in one process, as a play in two acts: a local queue, a producer, and a worker
//! that polls first short, then long. It counts and tells; it knows nothing of terminals.

mod act;
mod figures;
mod handler;
mod play;
mod producer;
mod stage;
mod traffic;
mod waits;

pub use figures::{Acts, Figures, Polling, less};
pub use play::{Play, PlayError, Program, ROUND_TRIP};
pub use stage::{Scene, Stage};
