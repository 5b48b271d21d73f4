//! The binary format of composite values: the number of attributes, and per attribute its type, its length and its value
//! (`record_send` in PostgreSQL's source). Attributes are matched by name, so the order of the Rust fields does not count.

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{Field, IsNull, Kind, Type};

use crate::param::Wire;
use crate::schema::column_type::ColumnType;
use crate::schema::wire::array::put;
use crate::schema::wire::domain::{accepted, base_type, reads};

/// The attributes of a composite value as PostgreSQL sent them.
#[derive(Debug)]
pub struct CompositeReader<'r> {
    attributes: Vec<(&'r Field, Option<&'r [u8]>)>,
}

impl<'r> CompositeReader<'r> {
    /// Takes a value of type `ty` apart.
    ///
    /// # Errors
    /// If the bytes are not a value of `ty`, or `ty` is not composite.
    pub fn new(ty: &'r Type, raw: &'r [u8]) -> Wire<Self> {
        let mut rest = raw;
        let fields = fields(ty)?;
        if usize::try_from(word(&mut rest)?)? != fields.len() {
            return Err(format!("a value of {} with another number of attributes than its type", ty.name()).into());
        }
        let mut attributes = Vec::with_capacity(fields.len());
        for field in fields {
            let _ = word(&mut rest)?;
            let value = match usize::try_from(word(&mut rest)?) {
                Ok(length) => {
                    let (value, after) = rest.split_at_checked(length).ok_or("the composite value is truncated")?;
                    rest = after;
                    Some(value)
                }
                Err(_) => None,
            };
            attributes.push((field, value));
        }
        if rest.is_empty() { Ok(Self { attributes }) } else { Err("the composite value is too long".into()) }
    }

    /// Takes the attribute called `name`.
    ///
    /// # Errors
    /// If there is none, or its value is not one of a `T`.
    pub fn take<T: ColumnType>(&mut self, name: &str) -> Wire<T> {
        let at = self.attributes.iter().position(|(field, _)| field.name() == name);
        let (field, value) = self.attributes.swap_remove(at.ok_or_else(|| format!("no attribute is called {name}"))?);
        let read = if !reads::<T>(field.type_()) {
            Err(format!("has the type {}", field.type_().name()).into())
        } else if let Some(value) = value {
            T::decode(accepted::<T>(field.type_()), value)
        } else {
            T::decode_null(field.type_())
        };
        read.map_err(|error| format!("attribute {name}: {error}").into())
    }

    /// Refuses attributes that were not taken.
    ///
    /// # Errors
    /// If there are any.
    pub fn finish(self) -> Wire<()> {
        match self.attributes.first() {
            None => Ok(()),
            Some((field, _)) => Err(format!("attribute {} has no field", field.name()).into()),
        }
    }
}

/// A composite value while it is written: its attributes in any order.
#[derive(Debug)]
pub struct CompositeWriter<'t> {
    ty: &'t Type,
    values: Vec<(&'t Field, BytesMut)>,
}

impl<'t> CompositeWriter<'t> {
    /// Begins a value of type `ty`.
    ///
    /// # Errors
    /// If `ty` is not composite.
    pub fn new(ty: &'t Type) -> Wire<Self> {
        fields(ty).map(|fields| Self { ty, values: Vec::with_capacity(fields.len()) })
    }

    /// Adds the attribute called `name`.
    ///
    /// # Errors
    /// If the type has none of this name, or the attribute cannot hold the value.
    pub fn put<T: ColumnType>(&mut self, name: &str, value: &T) -> Wire<()> {
        let of = |error: Box<dyn std::error::Error + Sync + Send>| format!("attribute {name}: {error}");
        let field = fields(self.ty)?.iter().find(|field| field.name() == name);
        let field = field.ok_or_else(|| format!("{} has no attribute {name}", self.ty.name()))?;
        let (written, mut out) = (accepted::<T>(field.type_()), BytesMut::new());
        if !T::accepts(written) {
            return Err(format!("attribute {name} has the type {}", field.type_().name()).into());
        }
        put(&mut out, |out| value.encode(written, out)).map_err(of)?;
        self.values.push((field, out));
        Ok(())
    }

    /// Writes the value.
    ///
    /// # Errors
    /// If an attribute is missing.
    pub fn finish(self, out: &mut BytesMut) -> Wire<IsNull> {
        let fields = fields(self.ty)?;
        out.put_i32(i32::try_from(fields.len())?);
        for field in fields {
            let value = self.values.iter().find(|(known, _)| known.name() == field.name());
            let (_, value) = value.ok_or_else(|| format!("no field for attribute {}", field.name()))?;
            out.put_u32(field.type_().oid());
            out.put_slice(value);
        }
        Ok(IsNull::No)
    }
}

fn fields(ty: &Type) -> Wire<&[Field]> {
    match base_type(ty).kind() {
        Kind::Composite(fields) => Ok(fields),
        _ => Err(format!("{} is not a composite type", ty.name()).into()),
    }
}

fn word(rest: &mut &[u8]) -> Wire<i32> {
    let (word, after) = rest.split_first_chunk::<4>().ok_or("the composite value is truncated")?;
    *rest = after;
    Ok(i32::from_be_bytes(*word))
}
