//! Values of column types as parameters: each is written for the type that PostgreSQL asks for, or for the base type of a domain.

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Type, WrongType};

use crate::param::{CastType, Recode, Value, Wire};
use crate::schema::column_type::ColumnType;
use crate::schema::wire::domain::accepted;

impl<T: ColumnType> Value for T {
    fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        let written = accepted::<T>(ty);
        if !T::accepts(written) {
            return Err(Box::new(WrongType::new::<T>(ty.clone())));
        }
        self.encode(written, out)
    }

    fn cast(&self) -> Option<CastType> {
        T::SQL_TYPE.cast_type()
    }

    fn recode(&self) -> Recode {
        |from, raw, to, out| T::decode(accepted::<T>(from), raw)?.bind(to, out)
    }
}
