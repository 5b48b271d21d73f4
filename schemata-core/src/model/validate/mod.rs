//! Validation of values before anything is sent: the limits of column types, and the model's own rules.

pub(crate) mod limits;
pub(crate) mod row_validation;
pub(crate) mod validator;
