//! Shared support of the test bench.

pub mod private_server;
