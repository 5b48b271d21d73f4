//! Customers.

use schemata::prelude::*;
use uuid::Uuid;

/// A customer, known by an e-mail address.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "customers")]
pub struct Customer {
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    pub id: Uuid,
    #[column(sql_type = "varchar(255)", unique)]
    pub email: String,
    #[column(sql_type = "varchar(200)")]
    pub full_name: String,
    #[column(sql_type = "varchar(50)")]
    pub phone: Option<String>,
    #[column(flatten)]
    pub audit: Audit,
}
