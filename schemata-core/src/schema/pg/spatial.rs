//! Shapes of the extension `postgis`, in its own binary format. To calculate with them in Rust, convert them by a crate that
//! reads EWKB.

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;

use crate::param::Wire;
use crate::schema::pg::binary::{Binary, Bytes, binary_columns};
use crate::schema::sql_type::{LiteralKinds, SqlType};

macro_rules! shapes {
    ($($(#[$docs:meta])* $name:ident;)*) => {$(
        $(#[$docs])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name {
            ewkb: Vec<u8>,
        }

        impl $name {
            /// Takes a shape in EWKB, as `ST_AsEWKB` returns it.
            pub fn from_ewkb(ewkb: impl Into<Vec<u8>>) -> Self {
                Self { ewkb: ewkb.into() }
            }

            /// Returns a point in the coordinates of a reference system, such as 4326 with longitude and latitude.
            pub fn point(srid: u32, x: f64, y: f64) -> Self {
                const POINT_WITH_SRID: u32 = 0x2000_0001;
                let mut ewkb = vec![1];
                ewkb.extend_from_slice(&POINT_WITH_SRID.to_le_bytes());
                ewkb.extend_from_slice(&srid.to_le_bytes());
                ewkb.extend_from_slice(&x.to_le_bytes());
                ewkb.extend_from_slice(&y.to_le_bytes());
                Self { ewkb }
            }

            /// Returns the shape in EWKB.
            pub fn ewkb(&self) -> &[u8] {
                &self.ewkb
            }
        }

        impl Binary for $name {
            fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
                Ok(Self { ewkb: bytes.rest().to_vec() })
            }

            fn write(&self, out: &mut BytesMut) -> Wire<()> {
                out.put_slice(&self.ewkb);
                Ok(())
            }
        }
    )*};
}

shapes! {
    /// `geometry` of `PostGIS`: `sql_type = "geometry(Point,4326)"` fixes its kind and its reference system. It has no `eq`, since
    /// `PostGIS` has several meanings of equality and no `<>`: write `ST_Equals` with `sql!`.
    Geometry;
    /// `geography` of `PostGIS`: a shape on the globe.
    Geography;
}

binary_columns! {
    Geometry: SqlType::new("geometry").also(&["public.geometry"]).cast_values().literals(LiteralKinds::TEXT).incomparable(),
        if |ty| ty.name() == "geometry";
    Geography: SqlType::new("geography").also(&["public.geography"]).cast_values().literals(LiteralKinds::TEXT).incomparable(),
        if |ty| ty.name() == "geography";
}
