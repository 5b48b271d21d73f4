//! The binary format of arrays: a header (number of dimensions, whether there are NULLs, element type), length and
//! lower bound of the dimension, and each element preceded by its length.

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Kind, Type, WrongType};

use crate::param::Wire;
use crate::schema::column_type::{ArrayElement, ColumnType};
use crate::schema::sql_type::SqlType;
use crate::schema::wire::domain::accepted;

impl<T: ArrayElement> ColumnType for Vec<T> {
    type Inner = Self;
    const SQL_TYPE: SqlType = T::SQL_TYPE.array_of();

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(element) if T::accepts(accepted::<T>(element)))
    }

    fn decode(ty: &Type, raw: &[u8]) -> Wire<Self> {
        decode(ty, raw)
    }

    fn encode(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        encode(self, ty, out)
    }
}

/// Decodes an array. A `Vec` can hold only one dimension with the lower bound 1.
fn decode<T: ColumnType>(ty: &Type, raw: &[u8]) -> Wire<Vec<T>> {
    let Kind::Array(element) = ty.kind() else { return Err(Box::new(WrongType::new::<Vec<T>>(ty.clone()))) };
    let element = accepted::<T>(element);
    let mut rest = raw;
    let dimensions = word(&mut rest)?;
    let _ = (word(&mut rest)?, word(&mut rest)?);
    let length = match dimensions {
        0 => 0,
        1 => usize::try_from(word(&mut rest)?)?,
        _ => return Err("an array of several dimensions, which Vec cannot hold".into()),
    };
    // PostgreSQL's two vector types have the lower bound 0.
    let first = i32::from(![Type::INT2_VECTOR, Type::OID_VECTOR].contains(ty));
    if dimensions == 1 && word(&mut rest)? != first {
        return Err("an array with a lower bound other than 1, which Vec cannot hold".into());
    }
    // Each element has at least four bytes, so a wrong length cannot cause a large allocation.
    let mut values = Vec::with_capacity(length.min(rest.len() / 4));
    for _ in 0..length {
        let value = match usize::try_from(word(&mut rest)?) {
            Ok(bytes) => {
                let (value, after) = rest.split_at_checked(bytes).ok_or("the array is truncated")?;
                rest = after;
                T::decode(element, value)
            }
            Err(_) => T::decode_null(element),
        };
        values.push(value?);
    }
    if rest.is_empty() { Ok(values) } else { Err("the array is longer than its header states".into()) }
}

/// Encodes an array.
pub(crate) fn encode<T: ColumnType>(values: &[T], ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    let Kind::Array(element) = ty.kind() else { return Err(Box::new(WrongType::new::<Vec<T>>(ty.clone()))) };
    let written = accepted::<T>(element);
    if !T::accepts(written) {
        return Err(Box::new(WrongType::new::<Vec<T>>(ty.clone())));
    }
    header(out, element, values.len())?;
    values.iter().try_for_each(|value| put(out, |out| value.encode(written, out)))?;
    Ok(IsNull::No)
}

/// Writes the header of an array with one dimension, or with none if it is empty, as PostgreSQL does.
pub(crate) fn header(out: &mut BytesMut, element: &Type, length: usize) -> Wire<()> {
    out.put_i32(i32::from(length > 0));
    out.put_i32(1);
    out.put_u32(element.oid());
    if length > 0 {
        out.put_i32(i32::try_from(length)?);
        out.put_i32(1);
    }
    Ok(())
}

/// Writes an element, preceded by its length.
pub(crate) fn put(out: &mut BytesMut, write: impl FnOnce(&mut BytesMut) -> Wire<IsNull>) -> Wire<()> {
    let at = out.len();
    out.put_i32(-1);
    if let IsNull::No = write(out)? {
        let length = i32::try_from(out.len() - at - 4)?;
        out[at..at + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// Returns the elements of an array that this program has encoded; `None` for NULL.
pub(crate) fn elements(array: &[u8]) -> Wire<impl Iterator<Item = Wire<Option<&[u8]>>>> {
    let mut rest = array;
    let dimensions = word(&mut rest)?;
    let _ = (word(&mut rest)?, word(&mut rest)?);
    let length = if dimensions == 0 { 0 } else { word(&mut rest)? };
    if dimensions > 0 {
        word(&mut rest)?;
    }
    Ok((0..length).map(move |_| {
        let Ok(bytes) = usize::try_from(word(&mut rest)?) else { return Ok(None) };
        let (value, after) = rest.split_at_checked(bytes).ok_or("the array is truncated")?;
        rest = after;
        Ok(Some(value))
    }))
}

fn word(rest: &mut &[u8]) -> Wire<i32> {
    let (word, after) = rest.split_first_chunk::<4>().ok_or("the array is truncated")?;
    *rest = after;
    Ok(i32::from_be_bytes(*word))
}
