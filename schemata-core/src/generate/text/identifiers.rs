//! Names in SQL as people write them, quoted only if they need it.

use crate::ident::quoted;
use crate::qualified_name::QualifiedName;
use crate::sql::lex::tokens;

/// The words that mean something else without quotes: all that `pg_get_keywords` does not call unreserved, PostgreSQL
/// 13 to 18.
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

/// Returns `name` as an identifier, quoted if it would mean something else without.
pub(crate) fn quote_if_needed(name: &str) -> String {
    let simple = name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_')
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if simple && !KEYWORDS.contains(&format!(" {name} ")) { name.to_owned() } else { quoted(name) }
}

/// Returns whether `sql` names a column, quoted or not.
pub(crate) fn mentions_column(sql: &str, column: &str) -> bool {
    let quoted = quoted(column);
    tokens(sql).iter().any(|token| token.text == column || token.text == quoted)
}

/// Returns a name as people write it, with its schema if it has one.
pub(crate) fn qualified(name: &QualifiedName) -> String {
    match &name.schema {
        Some(schema) => format!("{}.{}", quote_if_needed(schema), quote_if_needed(&name.name)),
        None => quote_if_needed(&name.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_what_needs_it() {
        assert_eq!(quote_if_needed("orders"), "orders");
        assert_eq!(quote_if_needed("order"), "\"order\"");
        assert_eq!(quote_if_needed("Orders"), "\"Orders\"");
        assert_eq!(quote_if_needed("a\"b"), "\"a\"\"b\"");
        assert_eq!(quote_if_needed("1st"), "\"1st\"");
        assert_eq!(quote_if_needed("été"), "\"été\"");
    }
}
