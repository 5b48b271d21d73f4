//! Columns of values as PostgreSQL arrays, encoded value by value: the types of the values need not be known here.

use std::ops::{Deref, Range};
use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{IsNull, Kind, Type};

use crate::param::{Param, Value, Wire};
use crate::schema::wire::array::{header, put};

/// Values of one column, or a part of them, which travel as one array of whatever element type the statement asks for.
/// A copy shares them: a statement can be made again.
#[derive(Clone, Default)]
pub(crate) struct ColumnValues {
    column: Arc<[Param]>,
    range: Range<usize>,
}

impl ColumnValues {
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

impl Deref for ColumnValues {
    type Target = [Param];

    fn deref(&self) -> &[Param] {
        &self.column[self.range.clone()]
    }
}

/// An array that is encoded already.
pub(crate) struct EncodedArray(BytesMut);

impl Value for ColumnValues {
    fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        let Kind::Array(element) = ty.kind() else { return Err(format!("{ty} is no array").into()) };
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

/// An array of these values, NULL where there is none.
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

/// One array that holds the elements of many, and where each of them begins and ends in it, counted from one.
pub(crate) struct FlattenedArrays {
    pub(crate) elements: EncodedArray,
    pub(crate) starts: Vec<Option<i32>>,
    pub(crate) stops: Vec<Option<i32>>,
}

/// Lays the arrays end to end, since `unnest` would take arrays of arrays apart altogether. NULL has no bounds.
pub(crate) fn flatten(arrays: &[Param], ty: &Type) -> Wire<FlattenedArrays> {
    let Kind::Array(element) = ty.kind() else { return Err(format!("{ty} is no array").into()) };
    let (mut body, mut room, mut total) = (BytesMut::new(), BytesMut::new(), 0_i32);
    let (mut starts, mut stops) = (Vec::with_capacity(arrays.len()), Vec::with_capacity(arrays.len()));
    for array in arrays {
        room.clear();
        if let IsNull::Yes = array.bind(ty, &mut room)? {
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
    Ok(FlattenedArrays { elements: EncodedArray(elements), starts, stops })
}

fn word(bytes: &[u8], at: usize) -> Wire<i32> {
    let word = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or("an array is cut short")?;
    Ok(i32::from_be_bytes(*word))
}
