//! Valid inputs with mutations, for property tests of everything that reads foreign input.
//!
//! Random bytes are refused by the first check of a parser. A valid input with few mutations gets
//! further. One input of four has no mutation, so that tests reach the accepted path too.

mod bytes;
mod hostile;
mod input;
mod json;

pub use bytes::{bytes, text};
pub use hostile::hostile_text;
pub use input::Input;
pub use json::json;
