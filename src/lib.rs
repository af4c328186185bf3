//! The `longshore` program as a library, so that its tests can call its parts. Its interface may
//! change in any release; build on the `longshore` crate.

pub mod commands;
pub mod demo;
pub mod settings;

/// The README's examples, compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of the Rust guide, compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/rust.md")]
struct RustGuide;
