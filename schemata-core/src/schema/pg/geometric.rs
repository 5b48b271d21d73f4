//! PostgreSQL's geometric types. They have no `=` that compares values: that of `box` and `circle` compares areas, that of `path`
//! the numbers of points.

use bytes::BufMut;
use tokio_postgres::types::Type;
use tokio_postgres::types::private::BytesMut;

use crate::param::Wire;
use crate::schema::pg::binary::{Binary, Bytes, binary_columns, put_count};
use crate::schema::sql_type::{LiteralKinds, SqlType};

/// PostgreSQL's `point`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// The first coordinate.
    pub x: f64,
    /// The second coordinate.
    pub y: f64,
}

impl Point {
    /// Returns the point at these coordinates.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }
}

/// PostgreSQL's `line`: where `a·x + b·y + c` is zero. `a` and `b` are not both zero (22P03).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// The factor of the first coordinate.
    pub a: f64,
    /// The factor of the second coordinate.
    pub b: f64,
    /// The constant.
    pub c: f64,
}

/// PostgreSQL's `lseg`: the part of a line between two points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineSegment(pub Point, pub Point);

/// PostgreSQL's `box`: a rectangle, by its upper right and lower left corners.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rectangle {
    upper_right: Point,
    lower_left: Point,
}

impl Rectangle {
    /// Returns the rectangle between two opposite corners.
    pub const fn new(one: Point, other: Point) -> Self {
        let (left, right) = if one.x > other.x { (other.x, one.x) } else { (one.x, other.x) };
        let (low, high) = if one.y > other.y { (other.y, one.y) } else { (one.y, other.y) };
        Self { upper_right: Point::new(right, high), lower_left: Point::new(left, low) }
    }

    /// Returns the upper right corner.
    pub const fn upper_right(self) -> Point {
        self.upper_right
    }

    /// Returns the lower left corner.
    pub const fn lower_left(self) -> Point {
        self.lower_left
    }
}

/// PostgreSQL's `path`: points that lines connect. It has at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// Whether a line connects the last point with the first.
    pub closed: bool,
    /// The points.
    pub points: Vec<Point>,
}

/// PostgreSQL's `polygon`: the area inside the lines between these points. It has at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Polygon(pub Vec<Point>);

/// PostgreSQL's `circle`. The radius is not negative (22P03).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    /// The centre.
    pub center: Point,
    /// The radius.
    pub radius: f64,
}

impl Binary for Point {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        Ok(Self { x: bytes.f64()?, y: bytes.f64()? })
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        out.put_f64(self.x);
        out.put_f64(self.y);
        Ok(())
    }
}

impl Binary for Line {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        Ok(Self { a: bytes.f64()?, b: bytes.f64()?, c: bytes.f64()? })
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        for number in [self.a, self.b, self.c] {
            out.put_f64(number);
        }
        Ok(())
    }
}

impl Binary for LineSegment {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        Ok(Self(Point::read(bytes)?, Point::read(bytes)?))
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        self.0.write(out)?;
        self.1.write(out)
    }
}

impl Binary for Rectangle {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        Ok(Self { upper_right: Point::read(bytes)?, lower_left: Point::read(bytes)? })
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        self.upper_right.write(out)?;
        self.lower_left.write(out)
    }
}

fn read_points(bytes: &mut Bytes<'_>) -> Wire<Vec<Point>> {
    (0..bytes.count(16)?).map(|_| Point::read(bytes)).collect()
}

fn write_points(points: &[Point], out: &mut BytesMut) -> Wire<()> {
    put_count(points.len(), out)?;
    points.iter().try_for_each(|point| point.write(out))
}

impl Binary for Path {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        Ok(Self { closed: bytes.take::<1>()? != [0], points: read_points(bytes)? })
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        out.put_u8(u8::from(self.closed));
        write_points(&self.points, out)
    }
}

impl Binary for Polygon {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        read_points(bytes).map(Self)
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        write_points(&self.0, out)
    }
}

impl Binary for Circle {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        Ok(Self { center: Point::read(bytes)?, radius: bytes.f64()? })
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        self.center.write(out)?;
        out.put_f64(self.radius);
        Ok(())
    }
}

const fn geometric(name: &'static str) -> SqlType {
    SqlType::new(name).literals(LiteralKinds::TEXT).incomparable()
}

binary_columns! {
    Point: geometric("point"), if |ty| *ty == Type::POINT;
    Line: geometric("line"), if |ty| *ty == Type::LINE;
    LineSegment: geometric("lseg"), if |ty| *ty == Type::LSEG;
    Rectangle: geometric("box"), if |ty| *ty == Type::BOX;
    Path: geometric("path"), if |ty| *ty == Type::PATH;
    Polygon: geometric("polygon"), if |ty| *ty == Type::POLYGON;
    Circle: geometric("circle"), if |ty| *ty == Type::CIRCLE;
}
