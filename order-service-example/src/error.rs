//! The errors of the service.

/// Why a command of the service failed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The e-mail address is taken.
    #[error("there is a customer with the e-mail address {email} already")]
    CustomerExists { email: String },
    /// Nobody has the e-mail address.
    #[error("there is no customer with the e-mail address {email}; add one with add-customer")]
    UnknownCustomer { email: String },
    /// The order number is taken.
    #[error("there is an order {number} already")]
    OrderExists { number: String },
    /// No order has the number.
    #[error("there is no order {number}")]
    UnknownOrder { number: String },
    /// The order was shipped before.
    #[error("order {number} was shipped already")]
    AlreadyShipped { number: String },
    /// An order needs something to deliver.
    #[error("an order needs at least one item: SKU:QUANTITY:PRICE")]
    NoItems,
    /// Two lines name the same article.
    #[error("{sku} is listed twice; add up the quantities")]
    RepeatedItem { sku: String },
    /// The total does not fit numeric(12,2).
    #[error("the total of the order is too large")]
    TotalTooLarge,
    /// An error of the data layer.
    #[error(transparent)]
    Database(#[from] schemata::Error),
}
