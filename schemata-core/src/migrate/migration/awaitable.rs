//! Makes the builders of steps awaitable: `m.alter_table("orders").drop_column("note").await`.

/// Implements `IntoFuture` for a builder by one of its methods.
macro_rules! awaitable {
    ($builder:ident, $run:ident) => {
        impl<'m, 'c: 'm> ::std::future::IntoFuture for $builder<'m, 'c> {
            type Output = $crate::migrate::MigrationResult;
            type IntoFuture = ::std::pin::Pin<Box<dyn ::std::future::Future<Output = Self::Output> + Send + 'm>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(async move { Ok(self.$run().await?) })
            }
        }
    };
}

pub(crate) use awaitable;
