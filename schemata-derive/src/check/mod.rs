//! What can be told wrong from the struct alone.

use crate::diag::Diagnostics;
use crate::ir::Model;

/// Notes every mistake of the model.
pub(crate) fn check(_model: &Model, _diag: &mut Diagnostics) {}
