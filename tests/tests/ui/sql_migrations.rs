//! The arguments of `sql_migrations!`. What is wrong with a folder is tested where it is read.

schemata::sql_migrations!();
schemata::sql_migrations!("no_such_folder");
schemata::sql_migrations!("no_such_folder", modul = "billing");
schemata::sql_migrations!("no_such_folder", module = 1);

fn main() {}
