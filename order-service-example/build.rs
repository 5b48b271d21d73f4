//! A migration that is new in its folder makes the program new: the compiler reads the folder, and cargo has to be told.

fn main() {
    println!("cargo::rerun-if-changed=src/migrations");
}
