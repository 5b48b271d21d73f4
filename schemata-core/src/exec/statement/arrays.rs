//! Values of one column sent as one PostgreSQL array, encoded value by value, so that their types need not be known here.

use std::ops::{Deref, Range};
use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{IsNull, Kind, Type};

use crate::param::{Param, Value, Wire};
use crate::schema::wire::array::{header, put};

/// Values of one column, or a range of them, sent as one array of the element type that the statement has. Clones share the
/// values, so that a statement can be built again.
#[derive(Clone, Default)]
pub(crate) struct ColumnValues {
    column: Arc<[Param]>,
    range: Range<usize>,
}

impl ColumnValues {
    /// All values of a column.
    pub(crate) fn of(column: Vec<Param>) -> Self {
        Self { range: 0..column.len(), column: column.into() }
    }

    /// At most `most` values, beginning with the one at `first`.
    pub(crate) fn part(&self, first: usize, most: usize) -> Self {
        let start = (self.range.start + first).min(self.range.end);
        Self { column: Arc::clone(&self.column), range: start..(start + most).min(self.range.end) }
    }
}

impl Deref for ColumnValues {
    type Target = [Param];

    fn deref(&self) -> &[Param] {
        &self.column[self.range.clone()]
    }
}

/// An array in PostgreSQL's binary format.
pub(crate) struct EncodedArray(BytesMut);

impl Value for ColumnValues {
    fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        let Kind::Array(element) = ty.kind() else { return Err(format!("{ty} is not an array").into()) };
        header(out, element, self.len())?;
        for value in &**self {
            put(out, |out| value.bind(element, out))?;
        }
        Ok(IsNull::No)
    }
}

impl Value for EncodedArray {
    fn bind(&self, _: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }
}

/// Encodes an array of these values, with NULL for each `None`.
pub(crate) fn array<'v>(
    element: &Type,
    values: impl ExactSizeIterator<Item = Option<&'v Param>>,
) -> Wire<EncodedArray> {
    let mut out = BytesMut::new();
    header(&mut out, element, values.len())?;
    for value in values {
        match value {
            Some(value) => put(&mut out, |out| value.bind(element, out))?,
            None => out.put_i32(-1),
        }
    }
    Ok(EncodedArray(out))
}

/// Several arrays laid end to end in one, with the position, counted from one, at which each begins and ends.
pub(crate) struct FlattenedArrays {
    pub(crate) elements: EncodedArray,
    pub(crate) starts: Vec<Option<i32>>,
    pub(crate) stops: Vec<Option<i32>>,
}

/// Lays arrays end to end, since `unnest` of a two-dimensional array would yield its elements. A NULL array has no bounds.
pub(crate) fn flatten(arrays: &[Param], ty: &Type) -> Wire<FlattenedArrays> {
    let Kind::Array(element) = ty.kind() else { return Err(format!("{ty} is not an array").into()) };
    let (mut body, mut one, mut total) = (BytesMut::new(), BytesMut::new(), 0_i32);
    let (mut starts, mut stops) = (Vec::with_capacity(arrays.len()), Vec::with_capacity(arrays.len()));
    for array in arrays {
        one.clear();
        if let IsNull::Yes = array.bind(ty, &mut one)? {
            starts.push(None);
            stops.push(None);
            continue;
        }
        let dimensions = word(&one, 0)?;
        let length = match dimensions {
            0 => 0,
            1 => word(&one, 12)?,
            _ => return Err("an array of several dimensions cannot be written in bulk".into()),
        };
        if length > 0 {
            body.put_slice(&one[20..]);
        }
        starts.push(Some(total + 1));
        total = total.checked_add(length).ok_or("the arrays of this batch are too long together")?;
        stops.push(Some(total));
    }
    let mut elements = BytesMut::with_capacity(body.len() + 20);
    header(&mut elements, element, usize::try_from(total)?)?;
    elements.put_slice(&body);
    Ok(FlattenedArrays { elements: EncodedArray(elements), starts, stops })
}

fn word(bytes: &[u8], at: usize) -> Wire<i32> {
    let word = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or("an array is cut short")?;
    Ok(i32::from_be_bytes(*word))
}
