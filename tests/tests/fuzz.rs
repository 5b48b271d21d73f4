//! Runs each fuzz target briefly: on its corpus, and on random changes to it.
//!
//! `tests/fuzz.sh` runs them for minutes, guided by coverage. `FUZZ_SECONDS=60 cargo test -p schemata-tests --test fuzz`
//! runs these for longer; `SCHEMATA_SEED` sets another start.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use schemata_tests::dice::Dice;
use schemata_tests::fuzz::{TARGETS, Target};

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

/// Returns the committed inputs of a target.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    let inputs: Vec<_> = paths.iter().map(|path| std::fs::read(path).expect("an input")).collect();
    assert!(!inputs.is_empty(), "{name} has a corpus");
    inputs
}

/// Returns one of the inputs, changed in a few places.
fn mutated(dice: &mut Dice, inputs: &[Vec<u8>]) -> Vec<u8> {
    let mut input = dice.pick(inputs);
    for _ in 0..=dice.roll(4) {
        let at = usize::try_from(dice.roll(input.len() as u64 + 1)).expect("an index");
        match dice.roll(6) {
            0 => input.insert(at, u8::try_from(dice.roll(256)).expect("a byte")),
            1 => input.truncate(at),
            2 if at < input.len() => drop(input.remove(at)),
            3 if at < input.len() => input[at] ^= 1 << dice.roll(8),
            4 if at < input.len() => {
                input[at] = dice.pick(&[0, 1, 0x7f, 0x80, 0xff, b'\'', b'"', b'$', b'@', b'%', b'\\']);
            }
            _ => {
                let other = dice.pick(inputs);
                let from = usize::try_from(dice.roll(other.len() as u64 + 1)).expect("an index");
                input.splice(at..at, other[from..].iter().take(16).copied());
            }
        }
    }
    input
}

fn run(name: &str, target: Target, input: &[u8]) {
    let outcome = catch_unwind(AssertUnwindSafe(|| target(input)));
    assert!(outcome.is_ok(), "{name} fails, as told above, on {:?}", input.escape_ascii().to_string());
}

#[test]
fn nothing_panics_on_the_corpus_and_on_changes_to_it() {
    let limit = Duration::from_secs(number("FUZZ_SECONDS", 1));
    let seed = number("SCHEMATA_SEED", 1);
    std::thread::scope(|scope| {
        for &(name, target) in TARGETS {
            scope.spawn(move || {
                let (inputs, mut dice, began, mut runs) = (corpus(name), Dice::new(seed), Instant::now(), 0_u64);
                for input in &inputs {
                    run(name, target, input);
                }
                while began.elapsed() < limit || runs < 500 {
                    run(name, target, &mutated(&mut dice, &inputs));
                    runs += 1;
                }
                println!("{name}: {} inputs, {runs} changes", inputs.len());
            });
        }
    });
}
