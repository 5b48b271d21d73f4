//! Every type on every road: the table of types. `matrix` has what each goes through.

mod created;
mod matrix;
mod ranges;

use std::net::{IpAddr, Ipv4Addr};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use matrix::{Bench, COPIED, UNNESTED, matrix, pages};
use rust_decimal::Decimal;
use schemata::model::Write;
use schemata::pg::{
    Bits, Char, Cidr, Circle, Geography, Geometry, Hstore, Inet, JsonPath, Line, LineSegment, Lquery, Lsn, Ltree,
    Ltxtquery, MacAddr, MacAddr8, Money, Multirange, Oid, Path, Point, Polygon, Range, Rectangle, TimeTz, TsQuery,
    Xid8, Xml,
};
use schemata::schema::{ArrayElement, ColumnType, Interval, SqlType, TsVector};
use schemata::types::private::BytesMut;
use schemata::types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};
use schemata::{PgComposite, PgDomain, PgEnum, TableModel};
use uuid::Uuid;

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a text of the type")
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).expect("a day")
}

fn instant(hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, hour, 0, 0).single().expect("an instant")
}

fn decimal(text: &str) -> Decimal {
    parsed(text)
}

/// Values that only PostgreSQL makes are read from it.
fn raw<T: for<'r> FromSql<'r>>(ty: &Type, bytes: &[u8]) -> T {
    T::from_sql(ty, bytes).expect("bytes as PostgreSQL sends them")
}

fn point(x: f64, y: f64) -> Point {
    Point::new(x, y)
}

matrix! {
    booleans: bool, "boolean", order, [true => "true", false => "false"];
    smallints: i16, "smallint", extremes, [1 => "1", i16::MIN => "-32768", 7 => "7"];
    integers: i32, "integer", extremes, [1 => "1", i32::MIN => "-2147483648", 7 => "7"];
    bigints: i64, "bigint", extremes, [1 => "1", i64::MAX => "9223372036854775807", -7 => "-7"];
    reals: f32, "real", extremes, [1.5 => "1.5", -0.25 => "-0.25", f32::INFINITY => "Infinity"];
    doubles: f64, "double precision", extremes, [1.5 => "1.5", -0.1 => "-0.1", f64::NEG_INFINITY => "-Infinity"];
    numerics: Decimal, "numeric", extremes, [decimal("1.50") => "1.50", decimal("-7") => "-7"];
    texts: String, "text", extremes,
        ["a b".to_owned() => "a b", String::new() => "", "é\"',{}\\".to_owned() => "é\"',{}\\"];
    bytes: Vec<u8>, "bytea", order, [vec![0, 255] => "\\x00ff", vec![] => "\\x", vec![97] => "\\x61"];
    uuids: Uuid, "uuid", order,
        [Uuid::from_u128(7) => "00000000-0000-0000-0000-000000000007", Uuid::nil() => "00000000-0000-0000-0000-000000000000"];
    instants: DateTime<Utc>, "timestamptz", extremes,
        [instant(3) => "2026-03-01 03:00:00+00", instant(0) => "2026-03-01 00:00:00+00"];
    dates: NaiveDate, "date", extremes, [day(1) => "2026-03-01", day(9) => "2026-03-09"];
    times: NaiveTime, "time", extremes,
        [parsed("01:02:03.5") => "01:02:03.5", NaiveTime::MIN => "00:00:00"];
    intervals: Interval, "interval", extremes,
        [Interval { days: 2, ..Interval::hours(3) } => "2 days 03:00:00", Interval::months(-1) => "-1 mons", Interval::microseconds(1) => "00:00:00.000001"];
    documents: serde_json::Value, "jsonb", order, [serde_json::json!({"a": [1]}) => "{\"a\": [1]}", serde_json::json!(null) => "null"];
    addresses: IpAddr, "inet", extremes, [Ipv4Addr::LOCALHOST.into() => "127.0.0.1/32", parsed("::1") => "::1/128"];

    hosts: Inet, "inet", extremes, [parsed("10.1.2.3/8") => "10.1.2.3/8", parsed("::1") => "::1/128", parsed("10.0.0.1") => "10.0.0.1/32"];
    networks: Cidr, "cidr", order, [parsed("10.0.0.0/8") => "10.0.0.0/8", parsed("2001:db8::/32") => "2001:db8::/32", parsed("0.0.0.0/0") => "0.0.0.0/0"];
    hardware: MacAddr, "macaddr", order, [parsed("08:00:2b:01:02:03") => "08:00:2b:01:02:03", MacAddr::default() => "00:00:00:00:00:00"];
    hardware8: MacAddr8, "macaddr8", order, [parsed("08:00:2b:01:02:03:04:05") => "08:00:2b:01:02:03:04:05", MacAddr8::default() => "00:00:00:00:00:00:00:00"];
    bits: Bits, "varbit", order, [parsed("10110") => "10110", Bits::default() => "", parsed("0000000011") => "0000000011"];
    money: Money, "money", extremes, [Money(150) => "$1.50", Money(-7) => "-$0.07"];
    oids: Oid, "oid", extremes, [Oid(7) => "7", Oid(u32::MAX) => "4294967295"];
    transactions: Xid8, "xid8", order, [Xid8(7) => "7", Xid8(u64::MAX) => "18446744073709551615"];
    positions: Lsn, "pg_lsn", extremes, [parsed("16/B374D848") => "16/B374D848", Lsn(0) => "0/0"];
    chars: Char, "\"char\"", order, [Char(b'a') => "a", Char(b'\'') => "'", Char(b'{') => "{"];
    times_with_zone: TimeTz, "timetz", extremes,
        [TimeTz::new(3_723_000_001, 7_200).expect("a time") => "01:02:03.000001+02", TimeTz::new(86_400_000_000, -19_800).expect("a time") => "24:00:00-05:30"];
    xml: Xml, "xml", plain, [Xml::from("<a>b</a>") => "<a>b</a>", Xml::from("plain") => "plain"];
    json_paths: JsonPath, "jsonpath", plain, [JsonPath::from("$.\"a\"[*]") => "$.\"a\"[*]", JsonPath::from("$") => "$"];

    points: Point, "point", plain, [point(1.0, -2.5) => "(1,-2.5)", Point::default() => "(0,0)"];
    lines: Line, "line", plain, [Line { a: 1.0, b: -1.0, c: 0.5 } => "{1,-1,0.5}"];
    segments: LineSegment, "lseg", plain, [LineSegment(point(0.0, 1.0), point(2.0, 3.0)) => "[(0,1),(2,3)]"];
    boxes: Rectangle, "box", plain, [Rectangle::new(point(0.0, 3.0), point(2.0, 1.0)) => "(2,3),(0,1)"];
    paths: Path, "path", plain,
        [Path { closed: true, points: vec![point(0.0, 1.0), point(2.0, 3.0)] } => "((0,1),(2,3))", Path { closed: false, points: vec![point(0.0, 1.0)] } => "[(0,1)]"];
    polygons: Polygon, "polygon", plain, [Polygon(vec![point(0.0, 1.0), point(2.0, 3.0), point(4.0, 0.0)]) => "((0,1),(2,3),(4,0))"];
    circles: Circle, "circle", plain, [Circle { center: point(1.0, 2.0), radius: 3.5 } => "<(1,2),3.5>"];

    int4ranges: Range<i32>, "int4range", order,
        [Range::from(1..5) => "[1,5)", Range::from(1..=7) => "[1,8)", Range::empty() => "empty", Range::all() => "(,)", Range::from(..3) => "(,3)"];
    int8ranges: Range<i64>, "int8range", order, [Range::from(1..5) => "[1,5)", Range::from(7..) => "[7,)"];
    numranges: Range<Decimal>, "numrange", order,
        [Range::from(decimal("1.5")..=decimal("2")) => "[1.5,2]", Range::new(std::ops::Bound::Excluded(decimal("0")), std::ops::Bound::Unbounded) => "(0,)"];
    dateranges: Range<NaiveDate>, "daterange", order, [Range::from(day(1)..=day(3)) => "[2026-03-01,2026-03-04)", Range::empty() => "empty"];
    tsranges: Range<NaiveDateTime>, "tsrange", order,
        [Range::from(instant(1).naive_utc()..instant(2).naive_utc()) => "[\"2026-03-01 01:00:00\",\"2026-03-01 02:00:00\")", Range::empty() => "empty"];
    tstzranges: Range<DateTime<Utc>>, "tstzrange", order,
        [Range::from(instant(1)..=instant(2)) => "[\"2026-03-01 01:00:00+00\",\"2026-03-01 02:00:00+00\"]", Range::empty() => "empty"];

    vectors_of_words: TsVector, "tsvector", order,
        [raw(&Type::TS_VECTOR, b"\0\0\0\x01cat\0\0\x01\xC0\x03") => "'cat':3A", TsVector::default() => ""];
    queries: TsQuery, "tsquery", order,
        [raw(&Type::TSQUERY, b"\0\0\0\x03\x02\x02\x01\0\x01rat\0\x01\x08\0cat\0") => "'cat':A & 'rat':*", raw(&Type::TSQUERY, b"\0\0\0\x02\x02\x01\x01\0\0it's\0") => "!'it''s'"];

    hstores: Hstore, "hstore", equality, with ["hstore"],
        [Hstore::from_iter([("a", Some("1")), ("b", None)]) => "\"a\"=>\"1\", \"b\"=>NULL", Hstore::default() => ""];
    trees: Ltree, "ltree", order, with ["ltree"], [Ltree::from("Top.Science") => "Top.Science", Ltree::default() => "", Ltree::from("Top") => "Top"];
    tree_patterns: Lquery, "lquery", plain, with ["ltree"], [Lquery::from("*.Science.*{1,2}") => "*.Science.*{1,2}"];
    tree_words: Ltxtquery, "ltxtquery", plain, with ["ltree"], [Ltxtquery::from("a & !b") => "a & !b"];

    enums: Mood, "mood", order, [Mood::Glad => "glad", Mood::Sad => "sad"];
    domains: Email, "email", order, [Email("a@b".to_owned()) => "a@b", Email("c@d, e".to_owned()) => "c@d, e"];
    composites: Address, "address", order,
        [address("Main St", Some("12"), vec!["a"]) => "(\"Main St\",12,{a},a@b,sad)", address("", None, vec![]) => "(\"\",,{},a@b,sad)"];
    int4multiranges: Multirange<i32>, "int4multirange", order, since 14,
        [Multirange::from_iter([Range::from(7..9), Range::from(1..5)]) => "{[1,5),[7,9)}", Multirange::default() => "{}"];
    int8multiranges: Multirange<i64>, "int8multirange", order, since 14, [Multirange::from_iter([Range::from(7..)]) => "{[7,)}"];
    nummultiranges: Multirange<Decimal>, "nummultirange", order, since 14,
        [Multirange::from_iter([Range::from(decimal("1")..=decimal("2"))]) => "{[1,2]}"];
    datemultiranges: Multirange<NaiveDate>, "datemultirange", order, since 14,
        [Multirange::from_iter([Range::from(day(1)..day(3)), Range::from(day(3)..day(5))]) => "{[2026-03-01,2026-03-05)}"];
    tsmultiranges: Multirange<NaiveDateTime>, "tsmultirange", order, since 14, [Multirange::default() => "{}"];
    tstzmultiranges: Multirange<DateTime<Utc>>, "tstzmultirange", order, since 14,
        [Multirange::from_iter([Range::from(instant(1)..)]) => "{[\"2026-03-01 01:00:00+00\",)}"];

    // Where PostGIS is installed.
    geometries: Geometry, "geometry", plain, where_installed ["postgis"],
        [Geometry::point(4326, 1.0, 2.0) => "0101000020E6100000000000000000F03F0000000000000040", Geometry::point(4326, -1.0, 2.0) => "0101000020E6100000000000000000F0BF0000000000000040"];
    geographies: Geography, "geography", plain, where_installed ["postgis"],
        [Geography::point(4326, 1.0, 2.0) => "0101000020E6100000000000000000F03F0000000000000040"];

    domains_of_a_migration: Handle, "handle", order, after "CREATE DOMAIN handle AS text CHECK (VALUE <> '')",
        [Handle("a".to_owned()) => "a", Handle("b".to_owned()) => "b"];
    composites_of_a_migration: Pair, "pair", order, after "CREATE TYPE pair AS (a int4, b int4)",
        [Pair(1, 2) => "(1,2)", Pair(-1, 0) => "(-1,0)"];
}

#[derive(Debug, Clone, Copy, PartialEq, PgEnum)]
enum Mood {
    Sad,
    Glad,
}

#[derive(Debug, Clone, PartialEq, PgDomain)]
#[column(sql_type = "varchar(20)", check("email_has_at", "VALUE ~ '@'"))]
struct Email(String);

#[derive(Debug, Clone, PartialEq, PgComposite)]
struct Address {
    street: String,
    #[column(name = "Zip code", sql_type = "varchar(5)")]
    zip: Option<String>,
    lines: Vec<String>,
    contact: Email,
    mood: Option<Mood>,
}

fn address(street: &str, zip: Option<&str>, lines: Vec<&str>) -> Address {
    Address {
        street: street.to_owned(),
        zip: zip.map(str::to_owned),
        lines: lines.into_iter().map(str::to_owned).collect(),
        contact: Email("a@b".to_owned()),
        mood: Some(Mood::Sad),
    }
}

/// A domain as the derive of `postgres-types` implements it: it takes the domain of its name alone.
#[derive(Debug, Clone, PartialEq)]
struct Handle(String);

impl ToSql for Handle {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let Kind::Domain(base) = ty.kind() else { unreachable!("accepts only its domain") };
        self.0.to_sql(base, out)
    }

    fn accepts(ty: &Type) -> bool {
        ty.name() == "handle" && matches!(ty.kind(), Kind::Domain(base) if <String as ToSql>::accepts(base))
    }

    to_sql_checked!();
}

impl<'r> FromSql<'r> for Handle {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        String::from_sql(ty, raw).map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        <String as FromSql>::accepts(ty) || <Self as ToSql>::accepts(ty)
    }
}

impl ColumnType for Handle {
    type Inner = Self;
    const SQL_TYPE: SqlType = SqlType::new("handle");
    schemata::driver_conversions!();
}

impl ArrayElement for Handle {}

/// A composite type as the derive of `postgres-types` implements it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pair(i32, i32);

impl ToSql for Pair {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(&2_i32.to_be_bytes());
        for number in [self.0, self.1] {
            out.extend_from_slice(&Type::INT4.oid().to_be_bytes());
            out.extend_from_slice(&4_i32.to_be_bytes());
            out.extend_from_slice(&number.to_be_bytes());
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        ty.name() == "pair" && matches!(ty.kind(), Kind::Composite(_))
    }

    to_sql_checked!();
}

impl FromSql<'_> for Pair {
    fn from_sql(_: &Type, raw: &[u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let number = |at: usize| raw[at..at + 4].try_into().map(i32::from_be_bytes);
        Ok(Self(number(12)?, number(24)?))
    }

    fn accepts(ty: &Type) -> bool {
        <Self as ToSql>::accepts(ty)
    }
}

impl ColumnType for Pair {
    type Inner = Self;
    const SQL_TYPE: SqlType = SqlType::new("pair").row();
    schemata::driver_conversions!();
}

impl ArrayElement for Pair {}
