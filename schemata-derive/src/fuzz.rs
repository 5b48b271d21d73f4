//! The fuzz target of the macros: any text becomes diagnostics or items, and never makes the compiler panic.
//!
//! [`target`] is compiled into tests only, here and by `tests/fuzz`. `FUZZ_SECONDS=60 cargo test -p schemata-derive fuzz`
//! runs it for 60 seconds instead of the short time of everyday tests.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Item};

use crate::labels::Kind;
use crate::request::Request;

/// Expands each item of `data`, a text of Rust, with each macro. The output has to be items again.
///
/// # Panics
/// When the output is not items.
pub(crate) fn target(data: &[u8]) {
    // The compiler's own parser gives up at deeper nesting.
    let depth = data.iter().filter(|byte| b"([{<".contains(byte)).count();
    let Ok(tokens) = String::from_utf8_lossy(data).parse::<TokenStream>() else { return };
    if depth > 200 {
        return;
    }
    let items = syn::parse2::<syn::File>(tokens.clone()).map(|file| file.items);
    match items {
        Ok(items) => items.iter().for_each(item),
        Err(_) => derives(&tokens),
    }
    become_items(&crate::migrations::migrations(&tokens, None));
}

fn item(item: &Item) {
    let arguments = |attr: &Attribute| attr.meta.require_list().map(|list| list.tokens.clone()).unwrap_or_default();
    match item {
        Item::Fn(function) => {
            for attr in &function.attrs {
                become_items(&crate::migration::migration(arguments(attr), &function.to_token_stream()));
            }
        }
        Item::Macro(called) => become_items(&crate::query::query(called.mac.tokens.clone())),
        Item::Mod(module) => module.content.iter().flat_map(|(_, items)| items).for_each(self::item),
        other => derives(&other.to_token_stream()),
    }
}

fn derives(input: &TokenStream) {
    become_items(&crate::derive::table_model(input.clone()));
    become_items(&crate::labels::labels(input.clone(), Kind::PgEnum));
    become_items(&crate::labels::labels(input.clone(), Kind::TextEnum));
    become_items(&crate::newtype::newtype(input.clone()));
    become_items(&crate::int_enum::int_enum(input.clone()));
    become_items(&crate::from_row::from_row(input.clone()));
    become_items(&crate::projection::projection(input.clone()));
    become_items(&crate::constraints::constraints(input.clone()));
    become_items(&crate::request::request(Request::Insertable, input.clone()));
    become_items(&crate::request::request(Request::Patch, input.clone()));
}

fn become_items(output: &TokenStream) {
    let parsed = syn::parse2::<syn::File>(output.clone());
    assert!(parsed.is_ok(), "{:?}: {output}", parsed.err());
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::Path;
    use std::time::{Duration, Instant};

    use proc_macro2::{Delimiter, Group, TokenTree};

    use super::*;

    /// Returns the items of the cases that show every message, and inputs that failed before.
    fn corpus() -> Vec<String> {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
        let files =
            ["tests/ui", "tests/ui_writes", "tests/ui_checked", "fuzz/corpus/derive"].map(|folder| tests.join(folder));
        let paths = files.iter().flat_map(|folder| std::fs::read_dir(folder).expect("a folder"));
        let mut paths: Vec<_> = paths.map(|entry| entry.expect("a file").path()).collect();
        paths.retain(|path| path.extension().is_none_or(|extension| extension == "rs"));
        paths.sort();
        assert!(paths.len() > 40, "{}", paths.len());
        paths.iter().map(|path| std::fs::read_to_string(path).expect("text")).collect()
    }

    /// Random numbers (xorshift), the same each time.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 >> 33).expect("31 bits") % sides.max(1)
        }
    }

    /// Removes or repeats tokens, or replaces them by others.
    fn changed(tokens: TokenStream, dice: &mut Dice, others: &[TokenTree]) -> TokenStream {
        let mut out = Vec::new();
        for token in tokens {
            let token = match token {
                TokenTree::Group(group) => {
                    let delimiter = match dice.roll(200) {
                        0 => Delimiter::Brace,
                        1 => Delimiter::Parenthesis,
                        _ => group.delimiter(),
                    };
                    Group::new(delimiter, changed(group.stream(), dice, others)).into()
                }
                other => other,
            };
            match dice.roll(60) {
                0 => {}
                1 => out.extend([token.clone(), token]),
                2 => out.push(others[dice.roll(others.len())].clone()),
                3 => out.extend([token, others[dice.roll(others.len())].clone()]),
                _ => out.push(token),
            }
        }
        out.into_iter().collect()
    }

    fn flat(tokens: TokenStream, into: &mut Vec<TokenTree>) {
        for token in tokens {
            if let TokenTree::Group(group) = &token {
                flat(group.stream(), into);
            }
            into.push(token);
        }
    }

    #[test]
    fn any_tokens_become_diagnostics_or_items() {
        let seconds = std::env::var("FUZZ_SECONDS").map_or(1, |text| text.parse().expect("a number"));
        let inputs: Vec<TokenStream> = corpus().iter().filter_map(|text| text.parse().ok()).collect();
        let mut others = Vec::new();
        for tokens in &inputs {
            flat(tokens.clone(), &mut others);
        }
        let (mut dice, began, mut runs) = (Dice(0x9E37_79B9_7F4A_7C15), Instant::now(), 0);
        while runs < inputs.len() || began.elapsed() < Duration::from_secs(seconds) {
            let input = match inputs.get(runs) {
                Some(whole) => whole.clone(),
                None => changed(inputs[dice.roll(inputs.len())].clone(), &mut dice, &others),
            };
            let text = input.to_string();
            let outcome = catch_unwind(AssertUnwindSafe(|| target(text.as_bytes())));
            assert!(outcome.is_ok(), "as told above, on: {text}");
            runs += 1;
        }
        println!("{} inputs, {runs} runs", inputs.len());
    }
}
