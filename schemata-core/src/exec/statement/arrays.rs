//! The values of one column in PostgreSQL's binary format, one after another as they came, each preceded by its length. That is
//! the body of an array and, row by row, the fields of a COPY.

use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};
use tokio_postgres::types::{IsNull, Kind, Type};

use crate::datum::Datum;
use crate::exec::statement::plain_format::PlainFormat;
use crate::param::{Recode, Value, Wire};
use crate::schema::wire::array::{header, put};
use crate::sql::declared_type::DeclaredType;

/// Encoded values of one column.
pub(crate) struct ColumnValues {
    /// The type that the values are encoded for.
    declared: DeclaredType,
    format: Option<PlainFormat>,
    recode: Recode,
    bytes: Encoded,
}

/// Bytes that still grow, or that statements share.
enum Encoded {
    Growing(BytesMut),
    Shared(Bytes),
}

impl ColumnValues {
    /// No values, of the Rust type that `first` has.
    pub(crate) fn like(first: &Datum, declared: DeclaredType) -> Self {
        let (format, recode) = (PlainFormat::of(&declared.ty), first.recode());
        Self { declared, format, recode, bytes: Encoded::Growing(BytesMut::new()) }
    }

    pub(crate) fn declared(&self) -> &DeclaredType {
        &self.declared
    }

    /// Encodes a value and returns its bytes; `None` for NULL.
    #[inline]
    pub(crate) fn push(&mut self, value: &Datum) -> Wire<Option<&[u8]>> {
        if let Encoded::Shared(bytes) = &self.bytes {
            self.bytes = Encoded::Growing(BytesMut::from(&bytes[..]));
        }
        let Encoded::Growing(bytes) = &mut self.bytes else { unreachable!("they grow from here on") };
        let at = bytes.len();
        if self.format.is_some_and(|format| value.put_plain(format, bytes)) {
            return Ok(Some(&bytes[at + 4..]));
        }
        put(bytes, |out| value.bind(&self.declared.ty, out))?;
        // A NULL has no bytes, and neither has an empty text.
        let value = &bytes[at + 4..];
        Ok(if value.is_empty() && bytes[at] != 0 { None } else { Some(value) })
    }

    /// Forgets the values and keeps their memory.
    pub(crate) fn clear(&mut self) {
        match &mut self.bytes {
            Encoded::Growing(bytes) => bytes.clear(),
            shared @ Encoded::Shared(_) => *shared = Encoded::Growing(BytesMut::new()),
        }
    }

    /// Returns the bytes of all values.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Encoded::Growing(bytes) => bytes,
            Encoded::Shared(bytes) => bytes,
        }
    }

    /// Returns these bytes as an array of so many values.
    pub(crate) fn array(&mut self, range: Range<usize>, length: usize) -> EncodedArray {
        let bytes = match &mut self.bytes {
            Encoded::Growing(bytes) => std::mem::take(bytes).freeze(),
            Encoded::Shared(bytes) => std::mem::take(bytes),
        };
        let body = bytes.slice(range);
        self.bytes = Encoded::Shared(bytes);
        EncodedArray { length, body }
    }

    /// Returns the values at these positions, in this order.
    pub(crate) fn picked(&self, rows: &[usize]) -> Self {
        let bytes = self.bytes();
        let offsets = offsets(bytes);
        let mut picked = BytesMut::with_capacity(bytes.len());
        for row in rows {
            picked.put_slice(&bytes[offsets[*row]..offsets[*row + 1]]);
        }
        let bytes = Encoded::Growing(picked);
        Self { declared: self.declared.clone(), format: self.format, recode: self.recode, bytes }
    }

    /// Changes the values to the format of another type, if it is another one.
    pub(crate) fn change_type(&mut self, declared: DeclaredType) -> Wire<()> {
        if declared.ty != self.declared.ty {
            let mut changed = BytesMut::with_capacity(self.bytes().len());
            for value in values(self.bytes()) {
                match value {
                    Some(value) => put(&mut changed, |out| (self.recode)(&self.declared.ty, value, &declared.ty, out))?,
                    None => changed.put_i32(-1),
                }
            }
            self.bytes = Encoded::Growing(changed);
        }
        self.format = PlainFormat::of(&declared.ty);
        self.declared = declared;
        Ok(())
    }
}

/// Returns where each value begins, and where the last one ends.
pub(crate) fn offsets(bytes: &[u8]) -> Vec<usize> {
    let mut offsets = vec![0];
    let mut at = 0;
    while at < bytes.len() {
        at = end_of_value(bytes, at);
        offsets.push(at);
    }
    offsets
}

/// Returns where the value that begins at `at` ends.
pub(crate) fn end_of_value(bytes: &[u8], at: usize) -> usize {
    let length = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).map(|length| i32::from_be_bytes(*length));
    let length = usize::try_from(length.unwrap_or(-1)).unwrap_or(0);
    (at + 4 + length).min(bytes.len())
}

/// Returns each value's bytes; `None` for NULL.
pub(crate) fn values(bytes: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        (at < bytes.len()).then(|| {
            let (start, end) = (at + 4, end_of_value(bytes, at));
            at = end;
            (bytes[start - 4] & 0x80 == 0).then(|| &bytes[start..end])
        })
    })
}

/// An array in PostgreSQL's binary format, of the element type that the statement has.
#[derive(Clone)]
pub(crate) struct EncodedArray {
    pub(crate) length: usize,
    /// The elements, each preceded by its length.
    pub(crate) body: Bytes,
}

impl Value for EncodedArray {
    fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        let Kind::Array(element) = ty.kind() else { return Err(format!("{ty} is not an array").into()) };
        out.reserve(self.body.len() + 20);
        header(out, element, self.length)?;
        out.put_slice(&self.body);
        Ok(IsNull::No)
    }
}

/// Several arrays laid end to end in one, with the position, counted from one, at which each begins and ends.
pub(crate) struct FlattenedArrays {
    pub(crate) elements: EncodedArray,
    pub(crate) starts: Vec<Option<i32>>,
    pub(crate) stops: Vec<Option<i32>>,
}

/// Lays arrays end to end, since `unnest` of a two-dimensional array would yield its elements. A NULL array has no bounds.
pub(crate) fn flatten(arrays: &EncodedArray) -> Wire<FlattenedArrays> {
    let (mut body, mut total) = (BytesMut::with_capacity(arrays.body.len()), 0_i32);
    let (mut starts, mut stops) = (Vec::with_capacity(arrays.length), Vec::with_capacity(arrays.length));
    for array in values(&arrays.body) {
        let Some(array) = array else {
            starts.push(None);
            stops.push(None);
            continue;
        };
        let dimensions = word(array, 0)?;
        let length = match dimensions {
            0 => 0,
            1 => word(array, 12)?,
            _ => return Err("an array of several dimensions cannot be written in bulk".into()),
        };
        if length > 0 {
            body.put_slice(&array[20..]);
        }
        starts.push(Some(total + 1));
        total = total.checked_add(length).ok_or("the arrays of this batch are too long together")?;
        stops.push(Some(total));
    }
    let elements = EncodedArray { length: usize::try_from(total)?, body: body.freeze() };
    Ok(FlattenedArrays { elements, starts, stops })
}

fn word(bytes: &[u8], at: usize) -> Wire<i32> {
    let word = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or("an array is cut short")?;
    Ok(i32::from_be_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(numbers: &[Option<i32>]) -> ColumnValues {
        let declared = DeclaredType { ty: Type::INT4, modifier: -1 };
        let mut column = ColumnValues::like(&Datum::new(None::<i32>), declared);
        for number in numbers {
            let encoded = column.push(&Datum::new(*number)).expect("fits").map(<[u8]>::to_vec);
            assert_eq!(encoded, number.map(|number| number.to_be_bytes().to_vec()));
        }
        column
    }

    #[test]
    fn values_are_picked_and_change_their_type() {
        let mut picked = column(&[Some(1), None, Some(-3)]).picked(&[2, 1]);
        picked.change_type(DeclaredType { ty: Type::INT4, modifier: 7 }).expect("the same type");
        assert_eq!(values(picked.bytes()).collect::<Vec<_>>(), [Some(&[255, 255, 255, 253][..]), None]);
        assert!(picked.change_type(DeclaredType { ty: Type::TEXT, modifier: -1 }).is_err());
        let text = |text: &str| Datum::new(text.to_owned());
        let mut texts = ColumnValues::like(&text(""), DeclaredType { ty: Type::TEXT, modifier: -1 });
        assert_eq!(texts.push(&text("")).expect("fits"), Some(&[][..]));
        texts.change_type(DeclaredType { ty: Type::VARCHAR, modifier: -1 }).expect("text too");
        assert_eq!(values(texts.bytes()).collect::<Vec<_>>(), [Some(&[][..])]);
    }
}
