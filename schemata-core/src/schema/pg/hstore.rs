//! `Hstore`: texts by key.

use std::collections::BTreeMap;

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;

use crate::param::Wire;
use crate::schema::pg::binary::{Binary, Bytes, binary_columns, put_count, put_text};
use crate::schema::sql_type::{LiteralKinds, SqlType};

/// `hstore` of the extension of this name: texts by key; a text may be NULL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Hstore(pub BTreeMap<String, Option<String>>);

impl<K: Into<String>, V: Into<String>> FromIterator<(K, Option<V>)> for Hstore {
    fn from_iter<I: IntoIterator<Item = (K, Option<V>)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.into(), value.map(Into::into))).collect())
    }
}

impl Binary for Hstore {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        let text = |raw: &[u8]| std::str::from_utf8(raw).map(str::to_owned);
        let mut pairs = BTreeMap::new();
        for _ in 0..bytes.count(8)? {
            let key = text(bytes.sized()?.ok_or("a key that is NULL")?)?;
            pairs.insert(key, bytes.sized()?.map(text).transpose()?);
        }
        Ok(Self(pairs))
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        put_count(self.0.len(), out)?;
        for (key, value) in &self.0 {
            put_count(key.len(), out)?;
            put_text(key, out)?;
            match value {
                Some(value) => {
                    put_count(value.len(), out)?;
                    put_text(value, out)?;
                }
                None => out.put_i32(-1),
            }
        }
        Ok(())
    }
}

binary_columns! {
    Hstore: SqlType::new("hstore").also(&["public.hstore"]).cast_values().literals(LiteralKinds::TEXT).equality_only(),
        if |ty| ty.name() == "hstore";
}
