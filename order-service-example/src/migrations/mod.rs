//! The history of the database, oldest first. An applied migration never changes: write a new one.

mod m0001_initial_catalog;
mod m0002_add_order_status;
