//! SQL as people write it: names without quotes where they need none, types by their short names.

use crate::ident::quoted;
use crate::sql::lex::tokens;

/// Words that mean something else without quotes: all that `pg_get_keywords` does not call unreserved, PostgreSQL 13 to 18.
const KEYWORDS: &str = " all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean \
     both case cast char character check coalesce collate collation column concurrently constraint create cross \
     current_catalog current_date current_role current_schema current_time current_timestamp current_user dec decimal default \
     deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest \
     group grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array \
     json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value lateral \
     leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize not notnull \
     null nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real \
     references returning right row select session_user setof similar smallint some substring symmetric system_user table \
     tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when \
     where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot \
     xmlserialize xmltable ";

/// `name` as an identifier, quoted where it would mean something else without.
pub(crate) fn plain(name: &str) -> String {
    let simple = name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_')
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if simple && !KEYWORDS.contains(&format!(" {name} ")) { name.to_owned() } else { quoted(name) }
}

/// Whether `sql` names a column, quoted or not.
pub(crate) fn mentions(sql: &str, column: &str) -> bool {
    let quoted = quoted(column);
    tokens(sql).iter().any(|token| token.text == column || token.text == quoted)
}

/// The standard's long names, which PostgreSQL prints, and the short ones.
const SHORT: &[(&str, &str)] = &[("character varying", "varchar"), ("character", "char"), ("bit varying", "varbit")];

/// A type as `format_type` prints it, by its short name. A quoted name is somebody's own type: it stays.
pub(crate) fn short_type(printed: &str) -> String {
    if printed.contains('"') {
        return printed.to_owned();
    }
    let (element, array) = printed.strip_suffix("[]").map_or((printed, ""), |element| (element, "[]"));
    let (name, modifier) = parts(element);
    let short = match SHORT.iter().find(|(long, _)| *long == name) {
        Some((_, short)) => format!("{short}{modifier}"),
        None => match name.split_once(" with time zone") {
            Some((base, "")) => format!("{base}tz{modifier}"),
            _ => format!("{}{modifier}", name.strip_suffix(" without time zone").unwrap_or(&name)),
        },
    };
    format!("{short}{array}")
}

/// A type's name and its modifier, which may stand inside it: `timestamp(3) with time zone`.
pub(crate) fn parts(element: &str) -> (String, &str) {
    match (element.find('('), element.find(')')) {
        (Some(open), Some(close)) if open < close => {
            (format!("{}{}", &element[..open], &element[close + 1..]), &element[open..=close])
        }
        _ => (element.to_owned(), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_what_needs_it() {
        assert_eq!(plain("orders"), "orders");
        assert_eq!(plain("order"), "\"order\"");
        assert_eq!(plain("Orders"), "\"Orders\"");
        assert_eq!(plain("a\"b"), "\"a\"\"b\"");
        assert_eq!(plain("1st"), "\"1st\"");
        assert_eq!(plain("été"), "\"été\"");
    }

    #[test]
    fn types_are_short_and_stay_the_same_types() {
        for (long, short) in [
            ("character varying(20)", "varchar(20)"),
            ("character varying(20)[]", "varchar(20)[]"),
            ("timestamp(3) with time zone", "timestamptz(3)"),
            ("timestamp without time zone", "timestamp"),
            ("time with time zone", "timetz"),
            ("double precision", "double precision"),
            ("character(3)", "char(3)"),
            ("numeric(12,2)", "numeric(12,2)"),
            ("public.citext", "public.citext"),
            ("\"character varying\"", "\"character varying\""),
        ] {
            assert_eq!(short_type(long), short);
        }
    }
}
