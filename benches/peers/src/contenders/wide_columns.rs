//! The columns of wide users as arrays, for those who send them so.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::data::WideUser;

/// Makes the struct and its constructor of fields, their types, and how each is taken from a row.
macro_rules! columns {
    ($($field:ident: $type:ty = |$row:ident| $value:expr,)*) => {
        pub(crate) struct WideColumns<'r> {
            $(pub(crate) $field: Vec<$type>,)*
        }

        impl<'r> WideColumns<'r> {
            pub(crate) fn of(rows: &'r [WideUser]) -> Self {
                Self { $($field: rows.iter().map(|$row| $value).collect(),)* }
            }
        }
    };
}

columns! {
    id: i64 = |row| row.id,
    external_id: Uuid = |row| row.external_id,
    parent_id: Option<i64> = |row| row.parent_id,
    name: &'r str = |row| row.name.as_str(),
    email: &'r str = |row| row.email.as_str(),
    city: &'r str = |row| row.city.as_str(),
    street: &'r str = |row| row.street.as_str(),
    nickname: Option<&'r str> = |row| row.nickname.as_deref(),
    phone: Option<&'r str> = |row| row.phone.as_deref(),
    company: Option<&'r str> = |row| row.company.as_deref(),
    note: Option<&'r str> = |row| row.note.as_deref(),
    visits: i64 = |row| row.visits,
    balance: i64 = |row| row.balance,
    score: i32 = |row| row.score,
    level: i32 = |row| row.level,
    rank: Option<i32> = |row| row.rank,
    longitude: f64 = |row| row.longitude,
    latitude: f64 = |row| row.latitude,
    weight: f64 = |row| row.weight,
    height: Option<f64> = |row| row.height,
    active: bool = |row| row.active,
    verified: bool = |row| row.verified,
    created_at: DateTime<Utc> = |row| row.created_at,
    updated_at: DateTime<Utc> = |row| row.updated_at,
    deleted_at: Option<DateTime<Utc>> = |row| row.deleted_at,
}
