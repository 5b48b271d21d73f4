use schemata::TableModel;

#[derive(TableModel)]
#[table(
    check("positive", "id > 0; DROP TABLE notes"),
    check("open", "length(note > 0"),
    index(expression("lower(note), id"), where = "note = 'a"),
    index(note opclass("gist_trgm_ops(siglen = 32)) WITH (x")),
)]
struct Note {
    #[column(primary_key, default_sql = "1 CHECK (id > 0)")]
    id: i64,
    #[column(generated = "$1")]
    doubled: i64,
    note: String,
}

fn main() {}
