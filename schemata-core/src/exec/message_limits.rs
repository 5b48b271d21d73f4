//! The limits of the protocol's messages, checked before anything is sent: PostgreSQL closes the connection when it receives
//! a message that exceeds them, and the outcome of the statement is then unknown.

use std::fmt;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{Format, IsNull, ToSql, Type};

use crate::error::{TooLarge, Unsendable};
use crate::param::Bound;

/// The most parameters per statement: their number is a 16-bit integer.
const MOST_PARAMETERS: usize = 65_535;
/// The most bytes of all values together: PostgreSQL takes messages of up to 1 GiB, which hold a little more than the
/// values.
pub(crate) const MOST_BYTES: usize = (1 << 30) - 1024;

/// Refuses more parameters than a statement can have. The size of their values is checked while they are written; see
/// [`SizeLimited`].
pub(crate) fn check_parameters(parameters: usize) -> Result<(), Unsendable> {
    if parameters > MOST_PARAMETERS { Err(Unsendable::Parameters { count: parameters }) } else { Ok(()) }
}

/// Refuses a text that the messages cannot carry.
pub(crate) fn check_text(text: &str) -> Result<(), Unsendable> {
    if text.len() > MOST_BYTES {
        return Err(Unsendable::Text { bytes: text.len() });
    }
    if text.contains('\0') {
        return Err(Unsendable::Nul);
    }
    Ok(())
}

/// The values of a statement.
#[derive(Clone, Copy)]
pub(crate) enum StatementValues<'v> {
    /// The caller's.
    Given(&'v [&'v (dyn ToSql + Sync)]),
    /// Those of a statement that the library built.
    Bound(&'v [Bound]),
}

impl<'v> StatementValues<'v> {
    /// Returns their number.
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Given(values) => values.len(),
            Self::Bound(values) => values.len(),
        }
    }

    fn at(self, at: usize) -> SizeLimited<'v> {
        SizeLimited::new(match self {
            Self::Given(values) => values[at],
            Self::Bound(values) => &values[at],
        })
    }
}

/// A value that fails to be written if the message becomes too large. Its `Debug` shows nothing, because the driver logs the
/// parameters of each statement.
pub(crate) struct SizeLimited<'v> {
    value: &'v (dyn ToSql + Sync),
    most: usize,
}

impl<'v> SizeLimited<'v> {
    pub(crate) fn new(value: &'v (dyn ToSql + Sync)) -> Self {
        Self { value, most: MOST_BYTES }
    }
}

/// Wraps values so that they cannot make the message too large.
pub(crate) fn size_limited(values: StatementValues<'_>) -> impl ExactSizeIterator<Item = SizeLimited<'_>> {
    (0..values.len()).map(move |at| values.at(at))
}

/// Wraps values and pairs them with their types. The server refuses too few or too many values.
pub(crate) fn with_types<'v>(
    values: StatementValues<'v>,
    types: &[Type],
) -> impl ExactSizeIterator<Item = (SizeLimited<'v>, Type)> {
    size_limited(values).enumerate().map(|(at, value)| (value, types.get(at).cloned().unwrap_or(Type::UNKNOWN)))
}

impl fmt::Debug for SizeLimited<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

type Boxed = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for SizeLimited<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        self.to_sql_checked(ty, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        let written = self.value.to_sql_checked(ty, out)?;
        // The buffer holds the message so far.
        if out.len() > self.most { Err(TooLarge.into()) } else { Ok(written) }
    }

    fn encode_format(&self, ty: &Type) -> Format {
        self.value.encode_format(ty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_statement_count_together() {
        let (text, mut out) = ("12345", BytesMut::new());
        let value = SizeLimited { value: &text, most: 12 };
        assert!(value.to_sql_checked(&Type::TEXT, &mut out).is_ok());
        assert!(value.to_sql_checked(&Type::TEXT, &mut out).is_ok());
        let error = value.to_sql_checked(&Type::TEXT, &mut out).err().expect("15 bytes");
        assert!(error.is::<TooLarge>());
    }

    #[test]
    fn refuses_more_parameters_than_the_protocol_counts() {
        assert!(check_parameters(65_535).is_ok());
        assert!(matches!(check_parameters(65_536), Err(Unsendable::Parameters { count: 65_536 })));
        assert!(matches!(check_text("SELECT '\0'"), Err(Unsendable::Nul)));
    }

    #[test]
    fn a_value_is_not_shown() {
        assert_eq!(format!("{:?}", SizeLimited::new(&"secret")), "…");
    }
}
