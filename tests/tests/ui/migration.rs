use schemata::migration;

#[migration("0001_a")]
fn not_async(_m: &mut ()) {}

#[migration("0001_a")]
async fn no_parameter() {}

#[migration("0001_a")]
async fn two_parameters(_a: &mut (), _b: i64) {}

#[migration]
async fn no_id(_m: &mut ()) {}

#[migration("0001 a/b")]
async fn bad_id(_m: &mut ()) {}

#[migration("")]
async fn empty_id(_m: &mut ()) {}

#[migration("0001_a", modul = "x", module = "")]
async fn unknown_key(_m: &mut ()) {}

#[migration("0001_a")]
async fn generic<T>(_m: &mut T) {}

#[migration("0001_a")]
struct NoFunction;

struct S;

impl S {
    #[migration("0001_a")]
    async fn method(&self) {}
}

#[migration("0002_b", replaces = [])]
async fn replaces_nothing(_m: &mut ()) {}

#[migration("0002_b", replaces = ["0001_a", "0001_a", "0002_b"])]
async fn replaces_twice_and_itself(_m: &mut ()) {}

#[migration("0002_b", replaces = ["0001_a", 2, "0001/b"])]
async fn replaces_a_number(_m: &mut ()) {}

#[migration("0002_b", replaces = "0001_a")]
async fn replaces_no_list(_m: &mut ()) {}

#[migration("0002_b", replaces)]
async fn replaces_what(_m: &mut ()) {}

#[migration("0002_b", replaces("0001_a"), replace = ["0001_a"])]
async fn replaces_in_parentheses(_m: &mut ()) {}

fn main() {}
