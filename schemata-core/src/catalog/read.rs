//! Reading a catalog: one query a kind of object, all from one snapshot.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use crate::catalog::object::{ConstraintKind, ConstraintState, IndexKey, IndexPartState, IndexState};
use crate::catalog::queries;
use crate::catalog::snapshot::{
    Catalog, ColumnState, EnumState, Generated, RowSecurity, TableState, TriggerState, TypeClass, TypeName, next_of,
};
use crate::ident::{Ident, quoted};
use crate::schema::{Identity, ReferentialAction};

/// Reads what is in `main` and the `further` schemas, from one snapshot of the database.
///
/// `main` leads the search path while reading, so that names within it come out unqualified: the same models in two
/// schemas read the same.
pub(crate) async fn read(client: &Client, main: &Ident, further: &[&str]) -> Result<Catalog, tokio_postgres::Error> {
    let begin = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = {}, pg_temp",
        quoted(main.as_str())
    );
    client.batch_execute(&begin).await?;
    let outcome = read_all(client, main, further).await;
    client.batch_execute("ROLLBACK").await?;
    outcome
}

async fn read_all(client: &Client, main: &Ident, further: &[&str]) -> Result<Catalog, tokio_postgres::Error> {
    let main = main.as_str();
    let schemas: Vec<&str> = std::iter::once(main).chain(further.iter().copied()).collect();
    let mut answers: [Vec<Row>; 10] = Default::default();
    for (sql, answer) in queries::all().iter().zip(&mut answers) {
        *answer = client.query_typed(sql, &[(&main, Type::TEXT), (&schemas, Type::TEXT_ARRAY)]).await?;
    }
    let [tables, columns, constraints, indexes, needs, policies, triggers, enums, extensions, others] = answers;
    let mut catalog = Catalog::default();
    catalog.others.extend(others.iter().map(|row| row.get::<_, String>(0)));
    for row in &tables {
        let partitions: i64 = row.get(9);
        if partitions > 0 {
            catalog.others.push(format!("{partitions} partition(s) of {}", row.get::<_, &str>(0)));
        }
        catalog.tables.insert(row.get(0), table(row));
    }
    // All queries see one snapshot, so every row's table is there.
    let mut each = |rows: &[Row], add: fn(&mut TableState, &Row)| {
        for row in rows {
            add(catalog.tables.entry(row.get(0)).or_default(), row);
        }
    };
    each(&columns, |table, row| drop(table.columns.insert(row.get(1), column(row))));
    each(&constraints, |table, row| drop(table.constraints.insert(row.get(1), constraint(row))));
    each(&indexes, |table, row| drop(table.indexes.insert(row.get(1), index(row))));
    each(&needs, need);
    each(&policies, |table, row| drop(table.policies.insert(row.get(1), row.get(2))));
    each(&triggers, |table, row| {
        table.triggers.insert(row.get(1), TriggerState { definition: row.get(2), fires: row.get(3) });
    });
    catalog.enums = enums.iter().map(|row| (row.get(0), enumeration(row))).collect();
    catalog.extensions = extensions.iter().map(|row| (row.get(0), row.get(1))).collect();
    catalog.list_the_inexpressible();
    Ok(catalog)
}

fn table(row: &Row) -> TableState {
    TableState {
        schema: row.get(1),
        name: row.get(2),
        unlogged: row.get(3),
        partitioned: row.get(4),
        inherits: row.get(5),
        row_security: match (row.get(6), row.get(7)) {
            (false, _) => RowSecurity::Off,
            (true, false) => RowSecurity::On,
            (true, true) => RowSecurity::Forced,
        },
        comment: row.get(8),
        ..TableState::default()
    }
}

fn column(row: &Row) -> ColumnState {
    let kind = match row.get(6) {
        "e" => TypeClass::Enum,
        "d" => TypeClass::Domain,
        "c" => TypeClass::Composite,
        "r" | "m" => TypeClass::Range,
        _ => TypeClass::Base,
    };
    let (nullable, printed): (bool, Option<String>) = (row.get(8), row.get(10));
    let serial = !nullable && row.get(17) && printed.as_deref().and_then(next_of).is_some();
    ColumnState {
        position: row.get(2),
        sql_type: row.get(3),
        base: TypeName { schema: row.get(4), name: row.get(5), kind, array: row.get(7) },
        nullable,
        unchecked: row.get(9),
        default: printed.filter(|_| !serial),
        serial,
        generated: match row.get(11) {
            "s" => Some(Generated::Stored),
            "v" => Some(Generated::Virtual),
            _ => None,
        },
        identity: match row.get(12) {
            "a" => Some(Identity::Always),
            "d" => Some(Identity::ByDefault),
            _ => None,
        },
        sequence: row.get::<_, Option<String>>(13).filter(|options| !options.is_empty()),
        owned_sequence: row.get(14),
        collation: row.get(15),
        comment: row.get(16),
        needs: Vec::new(),
    }
}

fn constraint(row: &Row) -> ConstraintState {
    let kind = match row.get(4) {
        "p" => ConstraintKind::PrimaryKey,
        "u" => ConstraintKind::Unique { nulls_not_distinct: row.get(9) },
        "f" => ConstraintKind::ForeignKey {
            target: row.get(10),
            target_columns: row.get(11),
            on_delete: action(row.get(12)),
            on_update: action(row.get(13)),
        },
        "c" => ConstraintKind::Check { expression: row.get(14) },
        _ => ConstraintKind::Exclusion,
    };
    ConstraintState {
        definition: row.get(2),
        valid: row.get(3),
        kind,
        columns: row.get(5),
        deferrable: row.get(6),
        deferred: row.get(7),
        further: row.get(8),
        needs: Vec::new(),
    }
}

/// Adds to `table` what one of its objects depends on.
fn need(table: &mut TableState, row: &Row) {
    let own: String = row.get(2);
    let needs = match row.get(1) {
        "column" => table.columns.get_mut(&own).map(|state| &mut state.needs),
        "index" => table.indexes.get_mut(&own).map(|state| &mut state.needs),
        _ => table.constraints.get_mut(&own).map(|state| &mut state.needs),
    };
    if let Some(needs) = needs {
        *needs = row.get(3);
    }
}

fn action(letter: &str) -> ReferentialAction {
    match letter {
        "r" => ReferentialAction::Restrict,
        "c" => ReferentialAction::Cascade,
        "n" => ReferentialAction::SetNull,
        "d" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

fn index(row: &Row) -> IndexState {
    let columns: Vec<Option<String>> = row.get(10);
    let expressions: Vec<Option<String>> = row.get(11);
    let options: Vec<i32> = row.get(12);
    let classes: Vec<Option<String>> = row.get(13);
    let collations: Vec<Option<String>> = row.get(14);
    let searched = usize::try_from(row.get::<_, i16>(9)).unwrap_or(columns.len());
    let part = |at: usize| IndexPartState {
        key: match &columns[at] {
            Some(name) => IndexKey::Column(name.clone()),
            None => IndexKey::Expression(expressions[at].clone().unwrap_or_default()),
        },
        descending: options[at] & 1 != 0,
        nulls_first: options[at] & 2 != 0,
        operator_class: classes[at].clone(),
        collation: collations[at].clone(),
    };
    IndexState {
        definition: row.get(2),
        valid: row.get(3),
        unique: row.get(4),
        nulls_not_distinct: row.get(5),
        method: row.get(6),
        parts: (0..searched.min(columns.len())).map(part).collect(),
        include: columns.iter().skip(searched).flatten().cloned().collect(),
        predicate: row.get(7),
        options: row.get(8),
        needs: Vec::new(),
    }
}

fn enumeration(row: &Row) -> EnumState {
    EnumState { schema: row.get(1), name: row.get(2), labels: row.get(3), comment: row.get(4) }
}
