//! Makes cargo compile the program again when a file is added to the migrations folder, which the compiler reads.

fn main() {
    println!("cargo::rerun-if-changed=src/migrations");
}
