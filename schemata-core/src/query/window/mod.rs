//! Functions of windows: `definition` is `OVER (…)`, `frame` its frame, `functions` what is computed over it.

mod definition;
mod frame;
mod functions;

pub use definition::{Window, window};
pub use frame::{FrameBound, current_row, following, preceding, unbounded_following, unbounded_preceding};
pub use functions::{WindowFunction, cume_dist, dense_rank, ntile, percent_rank, rank, row_number};
