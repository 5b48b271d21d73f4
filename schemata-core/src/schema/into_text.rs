//! The values that columns of text and of bytes take: everything that borrows or owns the same.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use crate::schema::column_type::IntoValue;

/// Each type on the left takes the types on the right, as itself and as an `Option`.
macro_rules! takes {
    ($($column:ty: $($from:ty)*;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl IntoValue<$column> for $from {
            fn into_value(self) -> $column {
                self.into()
            }
        }

        #[diagnostic::do_not_recommend]
        impl IntoValue<Option<$column>> for $from {
            fn into_value(self) -> Option<$column> {
                Some(self.into())
            }
        }
    )*)*};
}

takes! {
    Box<str>: &str String Cow<'_, str>;
    Arc<str>: &str String Box<str> Cow<'_, str>;
    Cow<'static, str>: String &'static str;
    Box<[u8]>: &[u8] Vec<u8>;
    Bytes: &'static [u8] Vec<u8> Box<[u8]>;
}

#[diagnostic::do_not_recommend]
impl IntoValue<String> for Arc<str> {
    fn into_value(self) -> String {
        String::from(&*self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoValue<Option<String>> for Arc<str> {
    fn into_value(self) -> Option<String> {
        Some(String::from(&*self))
    }
}
