//! Every Rust type of the library through every way of writing and reading, NULL and arrays included: a line per type.
//!
//! Each value stands beside its SQL, and PostgreSQL compares the two. A stored value that the type cannot hold is refused when it is
//! read, and a value that the column cannot hold before it is sent; neither is ever cut.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, Local, TimeDelta};
use schemata::{IntEnum, Newtype, TextEnum};
use schemata_tests::types;

/// A label.
#[derive(Debug, Clone, Copy, PartialEq, TextEnum)]
enum Level {
    Low,
    #[column(name = "very high")]
    VeryHigh,
}

/// Numbers that leave gaps.
#[derive(Debug, Clone, Copy, PartialEq, IntEnum)]
#[repr(i16)]
enum Priority {
    Low = -1,
    High = 5,
}

/// Stored in a wider type.
#[derive(Debug, Clone, Copy, PartialEq, IntEnum)]
#[repr(u8)]
enum Flag {
    Off,
    On = 255,
}

#[derive(Debug, Clone, PartialEq, Newtype)]
struct Port(u16);

#[derive(Debug, Clone, PartialEq, Newtype)]
struct Octet(u8);

#[derive(Debug, Clone, PartialEq, Newtype)]
struct Name(Arc<str>);

#[derive(Debug, Clone, PartialEq, Newtype)]
struct Tags(Vec<Box<str>>);

/// Keys of different tables do not mix.
#[derive(Debug, Clone, PartialEq, Newtype)]
struct Id<T>(NonZero<i64>, PhantomData<fn() -> T>);

#[derive(Debug, Clone, PartialEq)]
struct Marker;

#[derive(Debug, Clone, PartialEq, Newtype)]
struct Wrapped<T>(T);

fn id(value: i64) -> Id<Marker> {
    Id::from(NonZero::new(value).expect("not zero"))
}

fn at(text: &str) -> DateTime<FixedOffset> {
    text.parse().expect("a time")
}

types! {
    tiny_integers: i8, "smallint", "smallint[]"; [(i8::MIN, "-128"), (0, "0"), (i8::MAX, "127")];
        read ["-129", "128"]; write []; equal list ordered arrays;
    bytes_as_smallint: u8, "smallint", "smallint[]"; [(0_u8, "0"), (200, "200"), (u8::MAX, "255")];
        read ["-1", "256"]; write []; equal list ordered;
    bytes_as_bigint: u8, "bigint", "bigint[]"; [(0_u8, "0"), (u8::MAX, "255")]; read ["-1", "256", "9223372036854775807"]; write []; equal list ordered;
    unsigned_16: u16, "integer", "integer[]"; [(0_u16, "0"), (u16::MAX, "65535")]; read ["-1", "65536"]; write []; equal list ordered arrays;
    unsigned_16_in_smallint: u16, "smallint", "smallint[]"; [(0_u16, "0"), (32_767, "32767")];
        read ["-1"]; write [32_768, u16::MAX]; equal list ordered arrays;
    unsigned_32: u32, "bigint", "bigint[]"; [(0_u32, "0"), (u32::MAX, "4294967295")]; read ["-1", "4294967296"]; write []; equal list ordered arrays;
    unsigned_32_in_integer: u32, "integer", "integer[]"; [(0_u32, "0"), (2_147_483_647, "2147483647")];
        read ["-1"]; write [2_147_483_648]; equal list ordered arrays;
    unsigned_32_as_oid: u32, "oid", "oid[]"; [(0_u32, "0"), (u32::MAX, "4294967295")]; read []; write []; equal list ordered arrays;
    unsigned_64: u64, "numeric(20,0)", "numeric(20,0)[]";
        [(0_u64, "0"), (10_000, "10000"), (99_990_000, "99990000"), (u64::MAX - 1, "18446744073709551614"), (u64::MAX, "18446744073709551615")];
        read ["-1", "18446744073709551616"]; write []; equal list ordered arrays;
    unsigned_64_in_numeric: u64, "numeric", "numeric[]"; [(7_u64, "7"), (u64::MAX, "18446744073709551615")];
        read ["0.5", "'NaN'", "1e100", "-0.1"]; write []; equal list ordered;
    unsigned_64_in_bigint: u64, "bigint", "bigint[]"; [(0_u64, "0"), (9_223_372_036_854_775_807, "9223372036854775807")];
        read ["-1"]; write [9_223_372_036_854_775_808, u64::MAX]; equal list ordered arrays;
    not_zero: NonZero<u32>, "bigint", "bigint[]"; [(NonZero::<u32>::MIN, "1"), (NonZero::<u32>::MAX, "4294967295")];
        read ["0", "-1"]; write []; equal list ordered arrays;
    not_zero_signed: NonZero<i64>, "bigint", "bigint[]"; [(NonZero::<i64>::MIN, "'-9223372036854775808'"), (NonZero::<i64>::MAX, "9223372036854775807")];
        read ["0"]; write []; equal list ordered arrays;
    boxed_text: Box<str>, "text", "text[]"; [("".into(), "''"), ("a'b".into(), "'a''b'"), ("naïve 😀".into(), "'naïve 😀'")];
        read []; write ["a\0b".into()]; equal list ordered arrays;
    shared_text: Arc<str>, "varchar(9)", "varchar(9)[]"; [(Arc::from("a"), "'a'"), (Arc::from("b"), "'b'")];
        read []; write [Arc::from("\0")]; equal list ordered arrays;
    cow_text: Cow<'static, str>, "text", "text[]"; [(Cow::Borrowed("a"), "'a'"), (Cow::Owned("b".to_owned()), "'b'")];
        read []; write [Cow::Borrowed("\0")]; equal list ordered arrays;
    letters: char, "text", "text[]"; [('a', "'a'"), ('😀', "'😀'")]; read ["''", "'ab'"]; write ['\0']; equal list ordered arrays;
    padded_letters: char, "char(1)", "char(1)[]"; [(' ', "' '"), ('x', "'x'")]; read []; write []; equal list ordered arrays;
    boxed_bytes: Box<[u8]>, "bytea", "bytea[]"; [(Box::from([]), "''::bytea"), (Box::from([0, 255]), "'\\x00ff'::bytea")]; read []; write []; equal list arrays;
    shared_bytes: bytes::Bytes, "bytea", "bytea[]"; [(bytes::Bytes::from_static(b""), "''::bytea"), (bytes::Bytes::from_static(b"\0a"), "'\\x0061'::bytea")];
        read []; write []; equal list arrays;
    exact_bytes: [u8; 4], "bytea", "bytea[]"; [([0; 4], "'\\x00000000'::bytea"), ([255; 4], "'\\xffffffff'::bytea")];
        read ["''", "'\\x000000'", "'\\x0000000000'"]; write []; equal list arrays;
    durations: Duration, "interval", "interval[]";
        [(Duration::ZERO, "interval '0'"), (Duration::from_micros(1), "interval '1 microsecond'"), (Duration::from_micros(i64::MAX as u64), "interval '9223372036854775807 microseconds'")];
        read ["'-1 microsecond'", "'1 day'", "'1 month'", "'1 day -24 hours'"];
        write [Duration::from_nanos(1), Duration::from_micros(i64::MAX as u64 + 1), Duration::MAX]; equal list ordered arrays;
    deltas: TimeDelta, "interval", "interval[]";
        [(TimeDelta::microseconds(i64::MIN), "interval '-9223372036854775808 microseconds'"), (TimeDelta::microseconds(-1), "interval '-1 microsecond'"), (TimeDelta::hours(100), "interval '100 hours'")];
        read ["'1 day'", "'-1 month'"]; write [TimeDelta::nanoseconds(-1), TimeDelta::MAX]; equal list ordered arrays;
    local_times: DateTime<Local>, "timestamptz", "timestamptz[]"; [(at("1999-12-31T23:59:59.999999Z").into(), "timestamptz '1999-12-31 23:59:59.999999+00'"), (at("2000-01-01T00:00:00Z").into(), "timestamptz '2000-01-01 00:00+00'")];
        read ["'infinity'", "'294276-01-01'"]; write []; equal list ordered arrays;
    times_with_offsets: DateTime<FixedOffset>, "timestamptz", "timestamptz[]"; [(at("2000-01-01T02:00:00+05:00"), "timestamptz '1999-12-31 21:00+00'"), (at("2000-01-01T00:00:00-01:30"), "timestamptz '2000-01-01 01:30+00'")];
        read ["'-infinity'"]; write []; equal list ordered arrays;
    addresses_of_version_4: Ipv4Addr, "inet", "inet[]"; [(Ipv4Addr::UNSPECIFIED, "inet '0.0.0.0'"), (Ipv4Addr::BROADCAST, "inet '255.255.255.255'")];
        read ["'::1'", "'10.0.0.0/8'"]; write []; equal list ordered arrays;
    addresses_of_version_6: Ipv6Addr, "inet", "inet[]"; [(Ipv6Addr::UNSPECIFIED, "inet '::'"), (Ipv6Addr::LOCALHOST, "inet '::1'")];
        read ["'10.0.0.1'", "'::1/64'"]; write []; equal list ordered arrays;
    labels: Level, "text", "text[]"; [(Level::Low, "'low'"), (Level::VeryHigh, "'very high'")]; read ["'high'"]; write []; equal list arrays;
    numbers_of_variants: Priority, "smallint", "smallint[]"; [(Priority::Low, "'-1'"), (Priority::High, "5")]; read ["0", "6"]; write []; equal list ordered arrays;
    numbers_of_variants_in_a_byte: Flag, "smallint", "smallint[]"; [(Flag::Off, "0"), (Flag::On, "255")]; read ["1", "-1", "256"]; write []; equal list ordered arrays;
    newtypes: Port, "integer", "integer[]"; [(Port(0), "0"), (Port(65_535), "65535")]; read ["65536"]; write []; equal list ordered arrays;
    newtypes_of_bytes: Octet, "smallint", "smallint[]"; [(Octet(0), "0"), (Octet(255), "255")]; read ["256"]; write []; equal list ordered arrays;
    newtypes_of_shared_text: Name, "citext", "citext[]"; [(Name("a".into()), "'a'"), (Name("B".into()), "'B'")]; read []; write [Name("\0".into())]; equal list ordered arrays;
    newtypes_of_arrays: Tags, "text[]", "text[]"; [(Tags(vec![]), "ARRAY[]::text[]"), (Tags(vec!["a".into(), "b".into()]), "ARRAY['a', 'b']")]; read ["ARRAY['a', NULL]"]; write []; equal;
    newtypes_with_parameters: Id<Marker>, "bigint", "bigint[]"; [(id(1), "1"), (id(2), "2")]; read ["0"]; write []; equal list ordered arrays;
    newtypes_of_parameters: Wrapped<u16>, "integer", "integer[]"; [(Wrapped(0), "0"), (Wrapped(65_535), "65535")]; read ["65536"]; write []; equal list ordered arrays;
}
