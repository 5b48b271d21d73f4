//! The tables of the service as they are today.

mod customer;
mod order;
mod order_item;

pub use customer::Customer;
pub use order::Order;
pub use order_item::OrderItem;
