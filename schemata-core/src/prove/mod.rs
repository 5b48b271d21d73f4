//! Proof that models, migrations and live database agree: migrations replayed on a scratch database, catalogs compared.

mod check;
pub(crate) mod scratch;

pub use check::CheckReport;
