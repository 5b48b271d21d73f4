//! Columns of values as PostgreSQL arrays, encoded value by value: the types of the values need not be known here.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{IsNull, Kind, ToSql, Type, to_sql_checked};

use crate::param::Param;

type Boxed = Box<dyn std::error::Error + Sync + Send>;

/// Values of one column, or a part of them, which travel as one array of whatever element type the statement asks for.
/// A copy shares them: a statement can be made again.
#[derive(Clone, Default)]
pub(crate) struct Elements {
    column: Arc<[Param]>,
    range: Range<usize>,
}

impl Elements {
    /// All of a column.
    pub(crate) fn of(column: Vec<Param>) -> Self {
        Self { range: 0..column.len(), column: column.into() }
    }

    /// From the `first` on, `most` of them at most.
    pub(crate) fn part(&self, first: usize, most: usize) -> Self {
        let start = (self.range.start + first).min(self.range.end);
        Self { column: Arc::clone(&self.column), range: start..(start + most).min(self.range.end) }
    }
}

impl Deref for Elements {
    type Target = [Param];

    fn deref(&self) -> &[Param] {
        &self.column[self.range.clone()]
    }
}

/// An array that is encoded already.
pub(crate) struct Encoded(BytesMut);

impl fmt::Debug for Elements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} elements", self.len())
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl ToSql for Elements {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        let Kind::Array(element) = ty.kind() else { return Err(format!("{ty} is no array").into()) };
        header(out, element, self.len())?;
        for value in &**self {
            put(out, &**value, element)?;
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(_))
    }

    to_sql_checked!();
}

impl ToSql for Encoded {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// An array of these values, NULL where there is none.
pub(crate) fn array<'v>(
    element: &Type,
    values: impl ExactSizeIterator<Item = Option<&'v Param>>,
) -> Result<Encoded, Boxed> {
    let mut out = BytesMut::new();
    header(&mut out, element, values.len())?;
    for value in values {
        match value {
            Some(value) => put(&mut out, &**value, element)?,
            None => out.put_i32(-1),
        }
    }
    Ok(Encoded(out))
}

/// One array that holds the elements of many, and where each of them begins and ends in it, counted from one.
pub(crate) struct Flat {
    pub(crate) elements: Encoded,
    pub(crate) starts: Vec<Option<i32>>,
    pub(crate) stops: Vec<Option<i32>>,
}

/// Lays the arrays end to end, since `unnest` would take arrays of arrays apart altogether. NULL has no bounds.
pub(crate) fn flatten(arrays: &[Param], ty: &Type) -> Result<Flat, Boxed> {
    let Kind::Array(element) = ty.kind() else { return Err(format!("{ty} is no array").into()) };
    let (mut body, mut room, mut total) = (BytesMut::new(), BytesMut::new(), 0_i32);
    let (mut starts, mut stops) = (Vec::with_capacity(arrays.len()), Vec::with_capacity(arrays.len()));
    for array in arrays {
        room.clear();
        if let IsNull::Yes = (**array).to_sql_checked(ty, &mut room)? {
            starts.push(None);
            stops.push(None);
            continue;
        }
        let dimensions = word(&room, 0)?;
        let length = match dimensions {
            0 => 0,
            1 => word(&room, 12)?,
            _ => return Err("an array of several dimensions cannot be written in bulk".into()),
        };
        if length > 0 {
            body.put_slice(&room[20..]);
        }
        starts.push(Some(total + 1));
        total = total.checked_add(length).ok_or("the arrays of this batch are too long together")?;
        stops.push(Some(total));
    }
    let mut elements = BytesMut::with_capacity(body.len() + 20);
    header(&mut elements, element, usize::try_from(total)?)?;
    elements.put_slice(&body);
    Ok(Flat { elements: Encoded(elements), starts, stops })
}

fn word(bytes: &[u8], at: usize) -> Result<i32, Boxed> {
    let word = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or("an array is cut short")?;
    Ok(i32::from_be_bytes(*word))
}

/// One dimension counted from one; none at all for no elements, as PostgreSQL has it.
fn header(out: &mut BytesMut, element: &Type, length: usize) -> Result<(), Boxed> {
    out.put_i32(i32::from(length > 0));
    out.put_i32(1);
    out.put_u32(element.oid());
    if length > 0 {
        out.put_i32(i32::try_from(length)?);
        out.put_i32(1);
    }
    Ok(())
}

fn put(out: &mut BytesMut, value: &dyn ToSql, ty: &Type) -> Result<(), Boxed> {
    let at = out.len();
    out.put_i32(-1);
    if let IsNull::No = value.to_sql_checked(ty, out)? {
        let length = i32::try_from(out.len() - at - 4)?;
        out[at..at + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}
