//! `Clone`, `Copy` and `Debug` for any type parameters. The derives would require the same traits of the parameters,
//! most of which are models.

/// Implements `Clone`, `Copy` and `Debug`.
macro_rules! copyable {
    ([$($parameters:tt)*] $name:ident<$($parameter:ident),*> { $($field:ident)? }) => {
        impl<$($parameters)*> Clone for $name<$($parameter),*> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<$($parameters)*> Copy for $name<$($parameter),*> {}

        impl<$($parameters)*> std::fmt::Debug for $name<$($parameter),*> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name))$(.field(&self.$field))?.finish()
            }
        }
    };
}

/// Implements `Debug` with these fields only, since others hold values.
macro_rules! opaque_debug {
    ([$($parameters:tt)*] [$name:ident $($arguments:tt)*] $(, $this:ident { $($label:ident: $value:expr),* })?) => {
        impl<$($parameters)*> std::fmt::Debug for $name $($arguments)* {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut debug = f.debug_struct(stringify!($name));
                $(
                    let $this = self;
                    $(debug.field(stringify!($label), &$value);)*
                )?
                debug.finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use {copyable, opaque_debug};
