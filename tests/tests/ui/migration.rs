use schemata::migration;

#[migration("0001_a")]
fn not_async(m: &mut ()) {}

#[migration("0001_a")]
async fn no_parameter() {}

#[migration("0001_a")]
async fn two_parameters(a: &mut (), b: i64) {}

#[migration]
async fn no_id(m: &mut ()) {}

#[migration("0001 a/b")]
async fn bad_id(m: &mut ()) {}

#[migration("")]
async fn empty_id(m: &mut ()) {}

#[migration("0001_a", modul = "x", module = "")]
async fn unknown_key(m: &mut ()) {}

#[migration("0001_a")]
async fn generic<T>(m: &mut T) {}

#[migration("0001_a")]
struct NoFunction;

struct S;

impl S {
    #[migration("0001_a")]
    async fn method(&self) {}
}

fn main() {}
