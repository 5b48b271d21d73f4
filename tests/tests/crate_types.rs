//! The types of other crates, a feature each, through every way of writing and reading: a line per type.

use std::fmt::Debug;

use bigdecimal::BigDecimal;
use bit_vec::BitVec;
use cidr::{IpCidr, IpInet};
use geo_types::{Coord, Line, LineString, Point, Polygon, Rect};
use jiff::{SignedDuration, Timestamp, civil};
use macaddr::{MacAddr6, MacAddr8};
use schemata::Newtype;
use schemata_tests::types;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time};
use ulid::Ulid;
use url::Url;

fn parsed<T: std::str::FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().expect("is valid")
}

fn nanoseconds(count: i128) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(count).expect("in range")
}

fn datetime(at: OffsetDateTime) -> PrimitiveDateTime {
    PrimitiveDateTime::new(at.date(), at.time())
}

/// 1999-12-31 23:59:59.999999 in nanoseconds since 1970-01-01.
const EVE: i128 = 946_684_799_999_999_000;

fn bits(text: &str) -> BitVec {
    text.chars().map(|bit| bit == '1').collect()
}

fn coords<const N: usize>(points: [(f64, f64); N]) -> LineString {
    LineString(points.into_iter().map(|(x, y)| Coord { x, y }).collect())
}

#[derive(Debug, Clone, PartialEq, Newtype)]
struct Homepage(Url);

types! {
    time_instants: OffsetDateTime, "timestamptz", "timestamptz[]";
        [(nanoseconds(-1000), "timestamptz '1969-12-31 23:59:59.999999+00'"), (nanoseconds(EVE), "timestamptz '1999-12-31 23:59:59.999999+00'"), (nanoseconds(EVE + 1000), "timestamptz '2000-01-01 00:00+00'")];
        read ["'infinity'", "'-infinity'", "'10000-01-01'"]; write [Date::MIN.midnight().assume_utc()]; equal list ordered arrays;
    time_datetimes: PrimitiveDateTime, "timestamp", "timestamp[]";
        [(datetime(nanoseconds(EVE)), "timestamp '1999-12-31 23:59:59.999999'"), (datetime(nanoseconds(EVE + 1000)), "timestamp '2000-01-01'")];
        read ["'infinity'", "'10000-01-01'"]; write [Date::MIN.midnight()]; equal list ordered arrays;
    time_dates: Date, "date", "date[]";
        [(Date::from_julian_day(0).expect("in range"), "date '4714-11-24 BC'"), (Date::from_julian_day(2_451_545).expect("in range"), "date '2000-01-01'"), (Date::MAX, "date '9999-12-31'")];
        read ["'infinity'", "'-infinity'", "'10000-01-01'", "'5874897-12-31'"]; write [Date::MIN]; equal list ordered arrays;
    time_times: Time, "time", "time[]"; [(Time::MIDNIGHT, "time '00:00'"), (Time::from_hms_micro(23, 59, 59, 999_999).expect("in range"), "time '23:59:59.999999'")];
        read ["'24:00'"]; write []; equal list ordered arrays;
    time_durations: Duration, "interval", "interval[]"; [(Duration::microseconds(-1), "interval '-1 microsecond'"), (Duration::hours(30), "interval '30 hours'")];
        read ["'1 day'"]; write [Duration::nanoseconds(1), Duration::MAX]; equal list ordered arrays;
    jiff_instants: Timestamp, "timestamptz", "timestamptz[]"; [(parsed("1969-12-31T23:59:59.999999Z"), "timestamptz '1969-12-31 23:59:59.999999+00'"), (parsed("2000-01-01T00:00:00Z"), "timestamptz '2000-01-01 00:00+00'")];
        read ["'infinity'", "'-infinity'", "'10000-01-01'"]; write [Timestamp::MIN]; equal list ordered arrays;
    jiff_datetimes: civil::DateTime, "timestamp", "timestamp[]"; [(parsed("1999-12-31T23:59:59.999999"), "timestamp '1999-12-31 23:59:59.999999'"), (parsed("2000-01-01T00:00:00"), "timestamp '2000-01-01'")];
        read ["'infinity'", "'10000-01-01'"]; write [parsed("-004714-01-01T00:00:00")]; equal list ordered arrays;
    jiff_dates: civil::Date, "date", "date[]"; [(parsed("-004713-11-24"), "date '4714-11-24 BC'"), (parsed("1999-12-31"), "date '1999-12-31'"), (parsed("9999-12-31"), "date '9999-12-31'")];
        read ["'infinity'", "'10000-01-01'"]; write [civil::Date::MIN]; equal list ordered arrays;
    jiff_times: civil::Time, "time", "time[]"; [(civil::Time::midnight(), "time '00:00'"), (parsed("23:59:59.999999"), "time '23:59:59.999999'")];
        read ["'24:00'"]; write []; equal list ordered arrays;
    jiff_durations: SignedDuration, "interval", "interval[]"; [(SignedDuration::from_micros(-1), "interval '-1 microsecond'"), (SignedDuration::from_hours(30), "interval '30 hours'")];
        read ["'1 day'"]; write [SignedDuration::from_nanos(1), SignedDuration::MAX]; equal list ordered arrays;
    big_decimals: BigDecimal, "numeric", "numeric[]";
        [(parsed("-1e100"), "-1e100::numeric"), (parsed("-0.00010"), "'-0.00010'"), (parsed("0"), "0"), (parsed("0.000000001"), "0.000000001"), (parsed("1.10"), "1.10"), (parsed("10000"), "10000"),
         (parsed("12345.6789"), "12345.6789"), (parsed("18446744073709551616.000001"), "18446744073709551616.000001"), (parsed("1e1000"), "1e1000::numeric")];
        read ["'NaN'"]; write [parsed("1e131072"), parsed("1e-16384")]; equal list ordered arrays;
    ulids: Ulid, "uuid", "uuid[]"; [(Ulid::nil(), "uuid '00000000-0000-0000-0000-000000000000'"), (parsed("01ARZ3NDEKTSV4RRFFQ69G5FAV"), "uuid '01563e3a-b5d3-d676-4c61-efb99302bd5b'")];
        read []; write []; equal list arrays;
    ulids_as_text: Ulid, "text", "text[]"; [(Ulid::nil(), "'00000000000000000000000000'"), (parsed("01ARZ3NDEKTSV4RRFFQ69G5FAV"), "'01ARZ3NDEKTSV4RRFFQ69G5FAV'")];
        read ["''", "'01arz3ndektsv4rrffq69g5fav'", "'01ARZ3NDEKTSV4RRFFQ69G5FA'"]; write []; equal list arrays;
    urls: Url, "text", "text[]"; [(parsed("https://a.example/"), "'https://a.example/'"), (parsed("https://b.example/?q=%20#x"), "'https://b.example/?q=%20#x'")];
        read ["'https://a.example'", "'HTTPS://a.example/'", "'no url'"]; write []; equal list ordered arrays;
    newtypes_of_urls: Homepage, "text", "text[]"; [(Homepage(parsed("https://a.example/")), "'https://a.example/'")]; read ["''"]; write []; equal list ordered arrays;
    networks: IpCidr, "cidr", "cidr[]"; [(parsed("10.0.0.0/8"), "cidr '10.0.0.0/8'"), (parsed("::/0"), "cidr '::/0'"), (parsed("2001:db8::1/128"), "cidr '2001:db8::1/128'")];
        read []; write []; equal list ordered arrays;
    addresses_in_networks: IpInet, "inet", "inet[]"; [(parsed("10.0.0.1/8"), "inet '10.0.0.1/8'"), (parsed("10.0.0.1/32"), "inet '10.0.0.1'"), (parsed("::1/64"), "inet '::1/64'")];
        read []; write []; equal list ordered arrays;
    hardware_addresses: MacAddr6, "macaddr", "macaddr[]"; [(MacAddr6::nil(), "macaddr '00:00:00:00:00:00'"), (MacAddr6::broadcast(), "macaddr 'ff:ff:ff:ff:ff:ff'")];
        read []; write []; equal list arrays;
    long_hardware_addresses: MacAddr8, "macaddr8", "macaddr8[]"; [(MacAddr8::nil(), "macaddr8 '00:00:00:00:00:00:00:00'"), (MacAddr8::broadcast(), "macaddr8 'ff:ff:ff:ff:ff:ff:ff:ff'")];
        read []; write []; equal list arrays;
    bit_strings: BitVec, "varbit", "varbit[]"; [(bits(""), "B''::varbit"), (bits("1"), "B'1'::varbit"), (bits("101010101"), "B'101010101'::varbit")];
        read []; write []; equal list arrays;
    bit_strings_of_one_length: BitVec, "bit(9)", "bit(9)[]"; [(bits("000000001"), "B'000000001'"), (bits("101010101"), "B'101010101'")];
        read []; write []; equal list arrays;
    points: Point, "point", "point[]"; [(Point::new(0.5, -1.0), "point '(0.5,-1)'"), (Point::new(0.0, 1e300), "point '(0,1e300)'")]; read []; write []; ;
    segments: Line, "lseg", "lseg[]"; [(Line::new((0.5, 1.0), (2.0, 3.0)), "lseg '[(0.5,1),(2,3)]'")]; read []; write []; ;
    boxes: Rect, "box", "box[]"; [(Rect::new((2.0, 3.0), (0.5, 1.0)), "box '(2,3),(0.5,1)'")]; read []; write []; ;
    paths: LineString, "path", "path[]"; [(coords([(0.0, 1.0), (2.0, 3.0), (0.0, 1.0)]), "path '[(0,1),(2,3),(0,1)]'")]; read ["'((0,1),(2,3))'"]; write []; ;
    polygons: Polygon, "polygon", "polygon[]"; [(Polygon::new(coords([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)]), vec![]), "polygon '((0,0),(1,0),(1,1))'")];
        read []; write []; ;
}
