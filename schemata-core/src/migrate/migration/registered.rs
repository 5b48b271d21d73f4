//! `Registered`: a crate that has to contribute migrations. `register!` names it.

/// A crate that has to contribute migrations. [`register!`](crate::register) makes one.
#[derive(Debug, Clone, Copy)]
pub struct Registered {
    pub(crate) crate_name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

inventory::collect!(Registered);

impl Registered {
    /// Names a crate, and the place that registers it.
    pub const fn new(crate_name: &'static str, file: &'static str, line: u32) -> Self {
        Self { crate_name, file, line }
    }
}
