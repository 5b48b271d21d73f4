//! Shared support of the test bench.

pub mod catalog;
pub mod corpus;
pub mod shop;
pub mod wire;
