//! Shared support of the test bench.

pub mod catalog;
pub mod shop;
pub mod wire;
