//! The crate `geo-types`: PostgreSQL's geometric types (manual 8.8), not those of `PostGIS`.

use bytes::BufMut;
use geo_types::{Coord, Line, LineString, Point, Polygon, Rect};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Type};

use crate::param::{Unstorable, Wire};
use crate::schema::sql_type::SqlType;
use crate::schema::stored_as::column_types;

column_types! {
    Point as SqlType::new("point").incomparable(), decode: |_: &Type, raw| exactly(raw).map(|[point]| Self(point)),
        encode: |point: &Self, _: &Type, out| put(&[point.0], out);
    Line as SqlType::new("lseg").incomparable(), decode: |_: &Type, raw| exactly(raw).map(|[start, end]| Self::new(start, end)),
        encode: |line: &Self, _: &Type, out| put(&[line.start, line.end], out);
    // The upper right corner comes first.
    Rect as SqlType::new("box").incomparable(), decode: |_: &Type, raw| exactly(raw).map(|[high, low]| Self::new(low, high)),
        encode: |rect: &Self, _: &Type, out| put(&[rect.max(), rect.min()], out);
    LineString as SqlType::new("path").incomparable(), decode: path, encode: |path: &Self, _: &Type, out: &mut BytesMut| {
        out.put_u8(0);
        out.put_i32(i32::try_from(path.0.len())?);
        put(&path.0, out)
    };
    Polygon as SqlType::new("polygon").incomparable(), decode: polygon, encode: put_polygon;
}

fn path(_: &Type, raw: &[u8]) -> Wire<LineString> {
    match raw {
        [0, counted @ ..] => points(counted).map(LineString),
        _ => Err("a closed path, which LineString cannot hold".into()),
    }
}

/// PostgreSQL's polygons have no holes, and their outline does not repeat the first point.
fn polygon(_: &Type, raw: &[u8]) -> Wire<Polygon> {
    points(raw).map(|outline| Polygon::new(LineString(outline), Vec::new()))
}

fn put_polygon(polygon: &Polygon, _: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    if !polygon.interiors().is_empty() {
        return Err(Unstorable::boxed("holes", "has holes, which PostgreSQL's polygon cannot hold"));
    }
    let outline = polygon.exterior().0.split_last().map_or(&[][..], |(_, outline)| outline);
    out.put_i32(i32::try_from(outline.len())?);
    put(outline, out)
}

/// Decodes a number of points, and the points.
fn points(raw: &[u8]) -> Wire<Vec<Coord>> {
    let (count, points) = raw.split_first_chunk::<4>().ok_or("a truncated geometry")?;
    let points = coords(points)?;
    if usize::try_from(i32::from_be_bytes(*count))? == points.len() {
        Ok(points)
    } else {
        Err("a geometry of another length than it states".into())
    }
}

fn exactly<const N: usize>(raw: &[u8]) -> Wire<[Coord; N]> {
    coords(raw)?.try_into().map_err(|_| "a geometry of another number of points".into())
}

fn coords(raw: &[u8]) -> Wire<Vec<Coord>> {
    let (points, rest) = raw.as_chunks::<16>();
    if !rest.is_empty() {
        return Err("a truncated point".into());
    }
    let number = |bytes: &[u8]| -> Wire<f64> { Ok(f64::from_be_bytes(bytes.try_into()?)) };
    points.iter().map(|point| Ok(Coord { x: number(&point[..8])?, y: number(&point[8..])? })).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "the result of `ColumnType::encode`")]
fn put(points: &[Coord], out: &mut BytesMut) -> Wire<IsNull> {
    for point in points {
        out.put_f64(point.x);
        out.put_f64(point.y);
    }
    Ok(IsNull::No)
}
