//! PostgreSQL's own types that Rust has no type for: ranges, networks, bits, shapes, identifiers, full text queries, and the
//! types of well-known extensions.

mod binary;
mod bits;
mod geometric;
mod hstore;
mod network;
mod numbers;
mod range;
mod spatial;
mod text;
mod time_tz;
mod ts_query;
mod vector;

pub use binary::ParseTextError;
pub use bits::Bits;
pub use geometric::{Circle, Line, LineSegment, Path, Point, Polygon, Rectangle};
pub use hstore::Hstore;
pub use network::{Cidr, Inet, MacAddr, MacAddr8};
pub use numbers::{Char, Lsn, Money, Oid, Xid8};
pub use range::{Multirange, Range, RangeElement};
pub use spatial::{Geography, Geometry};
pub use text::{JsonPath, Lquery, Ltree, Ltxtquery, Xml};
pub use time_tz::TimeTz;
pub use ts_query::TsQuery;
pub use vector::{HalfVector, Vector};
