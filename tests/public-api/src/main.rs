//! Prints one line per public item of a crate, read from rustdoc's JSON: `schemata-public-api FILE`. Implementations
//! that the compiler writes (auto traits, derives) and blanket implementations are left out.

use public_api::{Builder, Error};

fn main() -> Result<(), Error> {
    let file = std::env::args_os().nth(1).unwrap_or_default();
    let api = Builder::from_rustdoc_json(file)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()?;
    print!("{api}");
    Ok(())
}
