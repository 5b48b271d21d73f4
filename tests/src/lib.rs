//! Shared support of the test bench.
