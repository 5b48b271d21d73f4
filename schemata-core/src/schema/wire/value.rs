//! Values of column types as parameters: each is written for the type that PostgreSQL asks for, or for the base type of a domain.

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Type, WrongType};

use crate::param::{CastType, Recode, Value, Wire};
use crate::schema::column_type::ColumnType;
use crate::schema::wire::domain::{accepted, base_type};

impl<T: ColumnType> Value for T {
    fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        if T::accepts(ty) {
            return self.encode(ty, out);
        }
        let base = base_type(ty);
        if !T::accepts(base) {
            return Err(Box::new(WrongType::new::<T>(ty.clone())));
        }
        self.encode(base, out)
    }

    fn cast(&self) -> Option<CastType> {
        T::SQL_TYPE.cast_type()
    }

    fn recode(&self) -> Recode {
        |from, raw, to, out| T::decode(accepted::<T>(from), raw)?.bind(to, out)
    }
}
