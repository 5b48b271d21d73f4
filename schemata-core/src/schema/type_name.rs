//! Reads the name of a type, as PostgreSQL prints it or as people write it.
//!
//! The one reader of type names: the checks in constant evaluation, the catalog, the hazards of a migration and generated
//! code all use it. Whether a type exists, and what it can hold, is decided by its callers.

/// The name of a type in its parts: `timestamp(3) with time zone[]` is `timestamp with time zone`, `3`, array.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypeName<'s> {
    pub(crate) text: &'s str,
    /// Where the name ends and the brackets of an array begin.
    end: usize,
    /// The modifier with its parentheses, as a range of bytes; empty if there is none.
    pub(crate) modifier: (usize, usize),
    /// Whether it is an array, of any number of dimensions.
    pub(crate) array: bool,
    /// Whether the name is spelled as it is compared: lower-case letters and digits, then at most a modifier of numbers.
    is_plain: bool,
}

/// The names of each type, the shortest usual one first.
const ALIASES: &[&[&str]] = &[
    &["bigint", "int8"],
    &["boolean", "bool"],
    &["char", "character", "nchar", "national char", "national character"],
    &["double precision", "float8", "float"],
    &["integer", "int4", "int"],
    &["numeric", "decimal", "dec"],
    &["real", "float4"],
    &["smallint", "int2"],
    &["time", "time without time zone"],
    &["timestamp", "timestamp without time zone"],
    &["timestamptz", "timestamp with time zone"],
    &["timetz", "time with time zone"],
    &["varbit", "bit varying"],
    &[
        "varchar",
        "character varying",
        "char varying",
        "nchar varying",
        "national char varying",
        "national character varying",
    ],
];

/// The names among them that `pg_type` has, and so may be qualified. Its `char` is `"char"`, another type.
const INTERNAL: &str = " bool float4 float8 int2 int4 int8 numeric time timestamp timestamptz timetz varbit varchar ";

impl<'s> TypeName<'s> {
    /// Takes `text` apart.
    pub(crate) const fn read(text: &'s str) -> Self {
        match Self::read_plain(text) {
            Some(plain) => plain,
            None => Self::read_any(text),
        }
    }

    /// Reads `varchar(20)` or `numeric(12,2)`: nearly every type that a field names. Each model is read in constant evaluation,
    /// where the general way takes a hundred times as long.
    const fn read_plain(text: &'s str) -> Option<Self> {
        let (bytes, mut i) = (text.as_bytes(), 0);
        while i < bytes.len() && matches!(bytes[i], b'a'..=b'z' | b'0'..=b'9') {
            i += 1;
        }
        let mut modifier = (0, 0);
        if i < bytes.len() {
            modifier = (i, bytes.len());
            if bytes[i] != b'(' || bytes[bytes.len() - 1] != b')' {
                return None;
            }
            i += 1;
            while i < bytes.len() - 1 {
                if !matches!(bytes[i], b'0'..=b'9' | b',') {
                    return None;
                }
                i += 1;
            }
        }
        Some(Self { text, end: bytes.len(), modifier, array: false, is_plain: true })
    }

    const fn read_any(text: &'s str) -> Self {
        let bytes = text.as_bytes();
        let (mut end, mut modifier, mut array, mut quoted, mut i) = (bytes.len(), (0, 0), false, false, 0);
        let mut open = None;
        while i < bytes.len() {
            match (bytes[i], open) {
                (b'"', _) => quoted = !quoted,
                _ if quoted => {}
                (b'(', None) if modifier.1 == 0 => open = Some(i),
                (b')', Some(start)) => (modifier, open) = ((start, i + 1), None),
                (b'[', None) => {
                    (end, array) = (i, true);
                    break;
                }
                _ => {}
            }
            i += 1;
        }
        let mut this = Self { text, end: trimmed(bytes, end), modifier, array, is_plain: false };
        // The standard's spelling of an array: `integer ARRAY[4]`.
        if this.end > 6 {
            let (rest, last) = this.text.as_bytes().split_at(this.end).0.split_at(this.end - 5);
            if last.eq_ignore_ascii_case(b"array") && ends_word(rest[rest.len() - 1]) {
                (this.end, this.array) = (trimmed(bytes, this.end - 5), true);
            }
        }
        this
    }

    /// Returns whether the type is called `name`, which is in lower case with single spaces. Modifier and brackets do not
    /// count, and neither do white space and the case of what is not quoted.
    pub(crate) const fn is_called(&self, name: &str) -> bool {
        let name = name.as_bytes();
        if self.is_plain {
            return self.begins_with_all_of(name);
        }
        let (mut at, mut matched) = (Position::START, 0);
        while let Some((byte, next)) = self.byte(at) {
            if matched == name.len() || byte != name[matched] {
                return false;
            }
            (at, matched) = (next, matched + 1);
        }
        matched == name.len()
    }

    /// Does the same as [`is_called`](Self::is_called) for a plain name.
    const fn begins_with_all_of(&self, name: &[u8]) -> bool {
        let (bytes, mut i) = (self.text.as_bytes(), 0);
        if name.len() != if self.modifier.1 > 0 { self.modifier.0 } else { self.end } {
            return false;
        }
        while i < name.len() {
            if bytes[i] != name[i] {
                return false;
            }
            i += 1;
        }
        true
    }

    /// Returns whether `name` is a name of the type, which may have several.
    pub(crate) fn is_same(&self, name: &str) -> bool {
        let has = |names: &&&[&str]| names.contains(&name) && names.iter().any(|other| self.is_called(other));
        self.is_called(name) || ALIASES.iter().find(has).is_some()
    }

    /// The byte of the normalized name at a position, and the next position.
    const fn byte(&self, mut at: Position) -> Option<(u8, Position)> {
        let bytes = self.text.as_bytes();
        let mut space = false;
        while at.offset < self.end {
            if at.offset == self.modifier.0 && self.modifier.1 > 0 {
                (at.offset, space) = (self.modifier.1, true);
                continue;
            }
            let byte = bytes[at.offset];
            if !at.quoted && is_space(byte) {
                (at.offset, space) = (at.offset + 1, true);
                continue;
            }
            // A dot has no space on either side.
            let inside = at.begun && byte != b'.' && bytes[at.last] != b'.';
            if space && inside {
                return Some((b' ', at));
            }
            let lowered = if at.quoted { byte } else { byte.to_ascii_lowercase() };
            let quoted = if byte == b'"' { !at.quoted } else { at.quoted };
            return Some((lowered, Position { offset: at.offset + 1, last: at.offset, begun: true, quoted }));
        }
        None
    }

    /// The name in lower case with single spaces, as it was spelled, without modifier and brackets.
    pub(crate) fn spelled(&self) -> String {
        let (mut at, mut name) = (Position::START, Vec::with_capacity(self.end));
        while let Some((byte, next)) = self.byte(at) {
            name.push(byte);
            at = next;
        }
        String::from_utf8(name).expect("only ASCII letters and spaces were changed, so the text is UTF-8 as before")
    }

    /// The shortest usual name of the type, without modifier and brackets: `int4` is `integer`, and `character varying` is
    /// `varchar`. A name that is quoted or unknown stays as it is.
    pub(crate) fn short_name(&self) -> String {
        let spelled = self.spelled();
        if spelled == "float" {
            // `float(1)` to `float(24)` are `real`.
            let single = self.limits().is_some_and(|limits| matches!(*limits, [1..=24]));
            return if single { "real".to_owned() } else { "double precision".to_owned() };
        }
        let internal = spelled.strip_prefix("pg_catalog.").filter(|name| INTERNAL.contains(&format!(" {name} ")));
        let name = internal.unwrap_or(&spelled);
        let known = ALIASES.iter().find(|names| names.contains(&name));
        known.map(|names| names[0].to_owned()).unwrap_or(spelled)
    }

    /// The modifier without white space, like `(12,2)`; empty if there is none.
    pub(crate) fn modifier(&self) -> String {
        let (start, end) = self.modifier;
        self.text[start..end].chars().filter(|letter| !letter.is_ascii_whitespace()).collect()
    }

    /// The numbers of the modifier, `[12, 2]` for `(12,2)`; `None` if it holds anything else.
    pub(crate) fn limits(&self) -> Option<Vec<i64>> {
        let modifier = self.modifier();
        let Some(inside) = modifier.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
            return Some(Vec::new());
        };
        inside.split(',').map(|limit| limit.parse().ok()).collect()
    }

    /// The type by its [shortest usual name](Self::short_name), with its modifier and one pair of brackets for an array.
    pub(crate) fn short(&self) -> String {
        let name = self.short_name();
        let modifier = if matches!(self.spelled().as_str(), "float") { String::new() } else { self.modifier() };
        format!("{name}{modifier}{}", if self.array { "[]" } else { "" })
    }
}

/// Returns a type, as printed or written, by its shortest usual name: `varchar(20)` for `character varying(20)`.
pub(crate) fn short_type(text: &str) -> String {
    TypeName::read(text).short()
}

/// A place in a name that is read byte by byte.
#[derive(Clone, Copy)]
struct Position {
    offset: usize,
    /// Where the last byte that counted stood.
    last: usize,
    begun: bool,
    quoted: bool,
}

impl Position {
    const START: Self = Self { offset: 0, last: 0, begun: false, quoted: false };
}

pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// Returns whether a word ends with, or before, this byte.
const fn ends_word(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b')' | b'"')
}

/// The end of `bytes[..end]` without white space.
const fn trimmed(bytes: &[u8], mut end: usize) -> usize {
    while end > 0 && is_space(bytes[end - 1]) {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_type_has_one_short_form() {
        for (short, spellings) in [
            ("integer", "integer|int|INT4|pg_catalog.int4| int "),
            ("smallint", "smallint|int2"),
            ("bigint", "bigint|int8"),
            ("boolean", "boolean|bool"),
            ("real", "real|float4|float(24)|float( 1 )"),
            ("double precision", "double precision|DOUBLE   PRECISION|float8|float|float(25)"),
            ("numeric(12,2)", "numeric(12,2)|decimal( 12, 2 )|DEC (12,2)"),
            ("numeric(5,-2)", "numeric(5,-2)"),
            ("varchar(20)", "character varying(20)|varchar(20)|CHAR VARYING (20)|national  character varying(20)"),
            ("varchar(20)[]", "character varying(20)[]|varchar(20)[3]|varchar(20) [][]|varchar(20) array[4]"),
            ("varchar", "character varying|varchar|pg_catalog.varchar"),
            ("char(3)", "character(3)|char(3)|nchar(3)"),
            ("bpchar", "bpchar"),
            ("\"char\"", "\"char\"| \"char\""),
            ("\"char\"[]", "\"char\"[]|\"char\" array"),
            ("bit(3)", "bit(3)"),
            ("varbit(5)", "bit varying(5)|varbit(5)|BIT VARYING( 5 )"),
            ("timestamp", "timestamp without time zone|timestamp"),
            ("timestamptz", "timestamp with time zone|timestamptz|TIMESTAMP WITH  TIME ZONE"),
            ("timestamptz(3)[]", "timestamp(3) with time zone[]|timestamptz(3)[]|timestamp (3)with time zone[]"),
            ("timestamp(0)", "timestamp(0) without time zone|timestamp(0)"),
            ("time(0)", "time(0) without time zone|time(0)"),
            ("timetz(0)", "time(0) with time zone|timetz(0)"),
            ("timetz", "time with time zone|timetz"),
            ("interval", "interval|INTERVAL"),
            ("interval(3)", "interval(3)|interval (3)"),
            ("interval year to month", "interval year to month|INTERVAL YEAR  TO MONTH"),
            ("interval day to second(3)", "interval day to second(3)|interval day to second (3)"),
            ("public.citext", "public.citext|public . citext|PUBLIC.citext"),
            ("sales.int4", "sales.int4"),
            ("geometry(Point,4326)", "geometry(Point,4326)|geometry(Point, 4326)"),
        ] {
            for spelling in spellings.split('|') {
                assert_eq!(short_type(spelling), short, "{spelling}");
            }
        }
    }

    #[test]
    fn a_quoted_name_stays_what_it_is() {
        for name in [
            "\"character varying\"",
            "\"timestamp with time zone\"",
            "public.\"My Type\"",
            "\"a.b\".\"c\"\"d (3) []\"",
            "\"a  b\"(3)[]",
            "\"Integer\"",
            "\"timestamp without time zone\".\"character(\"",
        ] {
            assert_eq!(short_type(name), name);
        }
    }

    #[test]
    fn names_are_compared_in_constant_evaluation() {
        const IS_IT: bool = TypeName::read("Timestamp (3)  WITH time zone").is_called("timestamp with time zone");
        const { assert!(IS_IT) };
        for (written, name, array) in [
            ("varchar(20)", "varchar", false),
            ("numeric(12, 2)[]", "numeric", true),
            ("double\tprecision", "double precision", false),
            ("public.citext[]", "public.citext", true),
            ("time(0)with time zone", "time with time zone", false),
            ("integer array", "integer", true),
        ] {
            let read = TypeName::read(written);
            assert!(read.is_called(name) && read.array == array, "{written}");
            assert_eq!(read.spelled(), name);
        }
        for (written, name) in [
            ("\"Text\"", "text"),
            ("text", "tex"),
            ("tex", "text"),
            ("subarray", "sub"),
            ("text collate", "text"),
            ("", "text"),
        ] {
            assert!(!TypeName::read(written).is_called(name), "{written}");
        }
    }

    #[test]
    fn a_plain_spelling_is_read_as_any_other() {
        for text in ["text", "varchar(20)", "numeric(12,2)", "int4", "", "varchar()", "timestamptz(3)"] {
            let (plain, any) = (TypeName::read_plain(text).expect(text), TypeName::read_any(text));
            assert_eq!(
                (plain.spelled(), plain.modifier, plain.array),
                (any.spelled(), any.modifier, any.array),
                "{text}"
            );
            for name in ["text", "varchar", "numeric", "int4", "", "tex", "texts", "timestamptz"] {
                assert_eq!(plain.is_called(name), any.is_called(name), "{text} {name}");
            }
        }
        for text in [
            "Text",
            "text[]",
            "varchar (20)",
            "varchar( 20)",
            "time(0) with time zone",
            "\"text\"",
            "a.b",
            "text)",
            "text(1",
            "text(1)(2)",
        ] {
            assert!(TypeName::read_plain(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_type_is_the_same_under_each_of_its_names() {
        for (written, name) in
            [("integer", "int4"), ("INT4", "int"), ("character varying", "varchar"), ("citext", "citext")]
        {
            assert!(TypeName::read(written).is_same(name), "{written} is {name}");
        }
        for (written, name) in [("integer", "int8"), ("citext", "text"), ("\"char\"", "char")] {
            assert!(!TypeName::read(written).is_same(name), "{written} is not {name}");
        }
    }

    #[test]
    fn limits_are_numbers_or_nothing_is_known() {
        assert_eq!(TypeName::read("numeric( 12 , 2 )[]").limits(), Some(vec![12, 2]));
        assert_eq!(TypeName::read("text").limits(), Some(vec![]));
        assert_eq!(TypeName::read("geometry(Point)").limits(), None);
        assert_eq!(TypeName::read("varchar(x").short(), "varchar(x");
    }
}
