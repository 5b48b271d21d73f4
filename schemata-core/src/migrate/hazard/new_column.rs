//! The hazards of ADD COLUMN.

use crate::migrate::hazard::clause::Clause;
use crate::migrate::hazard::hazard_types::{INDEX_BUILT, READS, REWRITES, StatementHazard, validated_later};

/// Names before a parenthesis that cannot give each row a value of its own: stable functions, keywords and types.
const NOT_VOLATILE: &str = "
    now transaction_timestamp statement_timestamp current_setting
    coalesce greatest least nullif array row cast
    lower upper length abs round floor ceil date_trunc make_interval make_date to_date extract md5 concat
    to_jsonb jsonb_build_object jsonb_build_array json_build_object json_build_array
    int4range int8range numrange tsrange tstzrange daterange
    and or not in any all case when then else
    numeric decimal varchar char character varying bit timestamp timestamptz time timetz interval float";

/// Returns the hazards of `ADD COLUMN` followed by `rest`, on the table whose name in a migration is `name`.
pub(crate) fn hazards(name: &str, rest: &Clause<'_>) -> Vec<StatementHazard> {
    let Some(column) = rest.name(0) else { return Vec::new() };
    let definition = rest.from(1);
    let outside = definition.outermost();
    let clauses =
        ["not", "null", "default", "check", "unique", "primary", "references", "generated", "constraint", "collate"];
    let clause = |at: &usize| clauses.iter().any(|word| definition.is(*at, word));
    let sql_type = definition.until(outside.iter().copied().find(clause).unwrap_or(definition.tokens.len())).text();
    let default = definition.find(&["default"]).map(|at| {
        let end = outside.iter().copied().find(|next| *next > at && clause(next)).unwrap_or(definition.tokens.len());
        definition.until(end).from(at + 1)
    });
    let plain = format!("m.alter_table({name:?}).add_column({column:?}, {sql_type:?})");
    let mut found = Vec::new();
    if let Some(call) = default.as_ref().and_then(volatile) {
        let expression = default.map_or("", |default| default.text());
        let why = format!("a default that calls {call}() {REWRITES}, unless it gives the same value for all rows");
        let fill = format!("m.backfill({name:?}).set({:?})", format!("{column} = {expression}"));
        let safe = format!(
            "{plain}.set_default({column:?}, {expression:?}).await?; {fill}.filter({:?}).await?",
            format!("{column} IS NULL")
        );
        found.push(StatementHazard::new(why, safe));
    }
    if definition.has(&["stored"]) && definition.has(&["generated"]) {
        let safe = format!(
            "{plain}.await?; a trigger that fills it, through m.execute; then m.backfill({name:?}).set(…).await?"
        );
        found.push(StatementHazard::new(format!("a stored generated column {REWRITES}"), safe));
    }
    let serial = ["serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"];
    if definition.has(&["identity"]) && definition.has(&["generated"])
        || serial.iter().any(|word| definition.is(0, word))
    {
        let safe = format!(
            "m.execute(\"CREATE SEQUENCE {name}_{column}_seq\").await?; m.alter_table({name:?}).add_column({column:?}, \"bigint\")\
             .set_default({column:?}, \"nextval('{name}_{column}_seq')\").await?; m.backfill({name:?}).set(\"{column} = \
             nextval('{name}_{column}_seq')\").filter(\"{column} IS NULL\").await?"
        );
        found.push(StatementHazard::new(format!("numbering the rows {REWRITES}"), safe));
    }
    found.extend(inline_constraints(name, &column, &plain, &definition));
    let numbered = definition.has(&["identity"]);
    let stored = definition.has(&["stored"]);
    // Without a word, PostgreSQL 18 generates it when it is read; before, that is a syntax error.
    let is_virtual = definition.has(&["generated"]) && !stored && !numbered;
    if is_virtual && definition.has(&["not", "null"]) {
        let why = format!("ADD COLUMN … VIRTUAL NOT NULL computes the column of each row: it {READS}");
        let constraint = format!("{}_{column}_not_null", name.rsplit('.').next().unwrap_or(name));
        let later = validated_later(name, &constraint, &format!("NOT NULL {column}"));
        found.push(StatementHazard::new(why, format!("the column without NOT NULL; {later}.await?")));
    }
    let has_value = default.is_some() || !found.is_empty() || definition.has(&["generated"]);
    if definition.has(&["not", "null"]) && !has_value {
        let why = format!("ADD COLUMN … NOT NULL without a default {READS}, and fails if the table has rows");
        let fill = format!("m.backfill({name:?}).set(\"{column} = …\").await?");
        found.push(StatementHazard::new(why, format!("{plain}.await?; {fill}; {}", never_null(name, &column))));
    }
    found
}

/// Returns the calls that make a column NOT NULL while others read and write its table.
pub(crate) fn never_null(name: &str, column: &str) -> String {
    let constraint = format!("{}_{column}_not_null", name.rsplit('.').next().unwrap_or(name));
    let validated = validated_later(name, &constraint, &format!("CHECK ({column} IS NOT NULL)"));
    format!("{validated}.set_not_null({column:?}).drop_constraint({constraint:?}).await?")
}

/// Returns the hazards of the constraints in the definition of a new column.
fn inline_constraints(name: &str, column: &str, plain: &str, definition: &Clause<'_>) -> Vec<StatementHazard> {
    let mut found = Vec::new();
    if definition.has(&["unique"]) || definition.has(&["primary", "key"]) {
        let (kind, suffix) = if definition.has(&["unique"]) { ("UNIQUE", "key") } else { ("PRIMARY KEY", "pkey") };
        let key = format!("{name}_{column}_{suffix}");
        let safe = format!(
            "{plain}.await?; m.create_index({key:?}, \"{name} ({column})\").unique().concurrently().await?; \
             m.alter_table({name:?}).add_constraint({key:?}, \"{kind} USING INDEX {key}\").await?"
        );
        found.push(StatementHazard::new(INDEX_BUILT, safe));
    }
    // A foreign key of a column that is NULL everywhere is not checked.
    let filled = definition.has(&["default"]) && !definition.has(&["default", "null"]);
    let foreign = definition.find(&["references"]).filter(|_| filled);
    if let Some(at) = definition.find(&["check"]).or(foreign) {
        let check = definition.is(at, "check");
        let constraint = format!("{name}_{column}_{}", if check { "check" } else { "fkey" });
        let text = if check {
            balanced(&definition.from(at)).to_owned()
        } else {
            format!("FOREIGN KEY ({column}) {}", definition.from(at).text())
        };
        let safe = format!("the column without it; {}.await?", validated_later(name, &constraint, &text));
        found.push(StatementHazard::new(format!("a constraint on a new column {READS}"), safe));
    }
    found
}

/// Returns `CHECK ( … )` up to its closing parenthesis.
fn balanced<'s>(check: &Clause<'s>) -> &'s str {
    let end = check.outermost().into_iter().nth(2).unwrap_or(check.tokens.len());
    check.until(end).text()
}

/// Returns the first function in `expression` that may give each row a value of its own.
fn volatile(expression: &Clause<'_>) -> Option<String> {
    expression.tokens.windows(2).enumerate().find_map(|(at, pair)| {
        let is_type = at > 0 && expression.tokens[at - 1].text == "::";
        let called = expression.from(at).name(0).filter(|_| pair[1].text == "(" && !is_type)?;
        (!NOT_VOLATILE.split_whitespace().any(|name| name == called)).then_some(called)
    })
}
