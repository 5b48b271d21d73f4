//! Crates that have to contribute migrations: `register!` names them.

/// A crate that has to contribute migrations. [`register!`](crate::register) makes one.
#[derive(Debug, Clone, Copy)]
pub struct Registered {
    pub(crate) crate_name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

inventory::collect!(Registered);

impl Registered {
    /// A crate, and where it is registered.
    pub const fn new(crate_name: &'static str, file: &'static str, line: u32) -> Self {
        Self { crate_name, file, line }
    }
}
