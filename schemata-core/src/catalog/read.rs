//! Reads a catalog: one query per kind of object, all in one snapshot. The queries are in `sql/`; rows are decoded by the
//! names of their columns.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use crate::catalog::constraint::{ConstraintKind, ConstraintState};
use crate::catalog::index::{IndexKey, IndexPartState, IndexState};
use crate::catalog::migration_tool::MigrationTool;
use crate::catalog::snapshot::{
    BaseType, Catalog, ColumnState, CreatedTypeState, EnumState, Generated, NotNullState, RowSecurity, TableState,
    TriggerState, TypeClass, sequence_of_default,
};
use crate::ident::{Ident, quoted};
use crate::qualified_name::QualifiedName;
use crate::schema::{Identity, ReferentialAction};

/// A query about tables: they are selected by the same head.
macro_rules! of_tables {
    ($($file:literal),+) => {
        concat!(include_str!("sql/selected_tables.sql"), $(include_str!($file)),+)
    };
}

const TABLES: &str = of_tables!("sql/tables.sql");
const COLUMNS: &str = of_tables!("sql/columns.sql");
const CONSTRAINTS: &str = of_tables!("sql/constraints.sql");
const INDEXES: &str = of_tables!("sql/indexes.sql");
const DEPENDENCIES: &str = of_tables!("sql/dependencies.sql");
const POLICIES: &str = of_tables!("sql/printed_policies.sql", "sql/policies.sql");
const TRIGGERS: &str = of_tables!("sql/triggers.sql");
const ENUMS: &str = include_str!("sql/enums.sql");
const CREATED_TYPES: &str = include_str!("sql/created_types.sql");
const EXTENSIONS: &str = include_str!("sql/extensions.sql");
const INEXPRESSIBLE: &str = include_str!("sql/inexpressible.sql");

/// Reads the `main` and the `further` schemas from one snapshot of the database.
///
/// `main` leads the search path while reading, so that names within it come out unqualified: the same models in two
/// schemas read the same.
pub(crate) async fn read(client: &Client, main: &Ident, further: &[&str]) -> Result<Catalog, tokio_postgres::Error> {
    begin_snapshot(client, main).await?;
    let outcome = CatalogReader::new(client, main, further).catalog().await;
    client.batch_execute("ROLLBACK").await?;
    outcome
}

/// Begins a transaction that reads one snapshot, with `main` as the search path.
pub(super) async fn begin_snapshot(client: &Client, main: &Ident) -> Result<(), tokio_postgres::Error> {
    let path = quoted(main.as_str());
    let begin = format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = {path}, pg_temp");
    client.batch_execute(&begin).await
}

/// Asks the queries of this folder: `$1` is the main schema, `$2` lists all schemas.
pub(super) struct CatalogReader<'a> {
    client: &'a Client,
    main: &'a str,
    schemas: Vec<&'a str>,
}

impl<'a> CatalogReader<'a> {
    pub(super) fn new(client: &'a Client, main: &'a Ident, further: &[&'a str]) -> Self {
        let main = main.as_str();
        Self { client, main, schemas: std::iter::once(main).chain(further.iter().copied()).collect() }
    }

    pub(super) async fn rows(&self, sql: &str) -> Result<Vec<Row>, tokio_postgres::Error> {
        self.client.query_typed(sql, &[(&self.main, Type::TEXT), (&self.schemas, Type::TEXT_ARRAY)]).await
    }

    async fn catalog(&self) -> Result<Catalog, tokio_postgres::Error> {
        let mut catalog = Catalog::default();
        for row in self.rows(TABLES).await? {
            let (key, table): (String, _) = (row.get("table_key"), table(&row));
            if !table.partitions.is_empty() {
                catalog.others.push(format!("{} partition(s) of {key}", table.partitions.len()));
            }
            catalog.tables.insert(key, table);
        }
        let parts: [(&str, AddPart); 6] = [
            (COLUMNS, |table, row| drop(table.columns.insert(row.get("name"), column(row)))),
            (CONSTRAINTS, |table, row| drop(table.constraints.insert(row.get("name"), constraint(row)))),
            (INDEXES, add_index),
            (DEPENDENCIES, add_dependencies),
            (POLICIES, |table, row| drop(table.policies.insert(row.get("name"), row.get("clauses")))),
            (TRIGGERS, |table, row| drop(table.triggers.insert(row.get("name"), trigger(row)))),
        ];
        for (sql, add) in parts {
            for row in self.rows(sql).await? {
                // All queries see one snapshot, so the table of every row is there.
                add(catalog.tables.entry(row.get("table_key")).or_default(), &row);
            }
        }
        catalog.enums = self.rows(ENUMS).await?.iter().map(|row| (row.get("key"), enumeration(row))).collect();
        let types = self.rows(CREATED_TYPES).await?;
        catalog.created_types = types.iter().map(|row| (row.get("key"), created_type(row))).collect();
        let extensions = self.rows(EXTENSIONS).await?;
        catalog.extensions = extensions.iter().map(|row| (row.get("name"), row.get("schema"))).collect();
        catalog.others.extend(self.rows(INEXPRESSIBLE).await?.iter().map(|row| row.get::<_, String>("label")));
        take_ledgers(&mut catalog);
        catalog.list_inexpressible();
        Ok(catalog)
    }
}

/// Takes the ledgers of other tools out of the tables.
fn take_ledgers(catalog: &mut Catalog) {
    let tool = |table: &TableState| {
        let columns = table.columns.keys().map(String::as_str).collect();
        MigrationTool::of_table(&table.name.name, &columns)
    };
    catalog.ledgers = catalog.tables.iter().filter_map(|(key, table)| Some((key.clone(), tool(table)?))).collect();
    let ledgers = &catalog.ledgers;
    catalog.tables.retain(|key, _| !ledgers.contains_key(key));
}

/// Adds a part to a table.
type AddPart = fn(&mut TableState, &Row);

fn table(row: &Row) -> TableState {
    TableState {
        name: QualifiedName { schema: row.get("schema"), name: row.get("name") },
        unlogged: row.get("unlogged"),
        partitioned: row.get("partitioned_by"),
        partitions: row.get("partitions"),
        inherits: row.get("parents"),
        row_security: match (row.get("row_security"), row.get("row_security_forced")) {
            (false, _) => RowSecurity::Off,
            (true, false) => RowSecurity::On,
            (true, true) => RowSecurity::Forced,
        },
        comment: row.get("comment"),
        options: row.get("options"),
        ..TableState::default()
    }
}

fn column(row: &Row) -> ColumnState {
    let kind = type_class(row.get("type_class"));
    let (nullable, expression): (bool, Option<String>) = (row.get("nullable"), row.get("expression"));
    let is_numbered = expression.as_deref().and_then(sequence_of_default).is_some();
    let serial = !nullable && row.get("takes_from_owned_sequence") && is_numbered;
    let type_name = QualifiedName { schema: row.get("type_schema"), name: row.get("type_name") };
    ColumnState {
        position: row.get("position"),
        inherited: row.get("inherited"),
        sql_type: row.get("sql_type"),
        base: BaseType { name: type_name, kind, array: row.get("is_array") },
        nullable,
        unchecked: row.get("not_null_unchecked"),
        default: expression.filter(|_| !serial),
        serial,
        generated: match row.get("generated") {
            "s" => Some(Generated::Stored),
            "v" => Some(Generated::Virtual),
            _ => None,
        },
        identity: match row.get("identity") {
            "a" => Some(Identity::Always),
            "d" => Some(Identity::ByDefault),
            _ => None,
        },
        sequence: row.get::<_, Option<String>>("sequence_options").filter(|options| !options.is_empty()),
        owned_sequence: row.get("owned_sequence"),
        collation: row.get("collation"),
        kept_collation: None,
        comment: row.get("comment"),
        not_null: not_null(row),
        storage: row.get("storage"),
        compression: row.get("compression"),
        statistics: row.get("statistics"),
        options: row.get("options"),
        needs: Vec::new(),
    }
}

fn type_class(letter: &str) -> TypeClass {
    match letter {
        "e" => TypeClass::Enum,
        "d" => TypeClass::Domain,
        "c" => TypeClass::Composite,
        "r" | "m" => TypeClass::Range,
        _ => TypeClass::Base,
    }
}

fn not_null(row: &Row) -> Option<NotNullState> {
    Some(NotNullState {
        name: row.get::<_, Option<String>>("not_null_name")?,
        no_inherit: row.get("not_null_no_inherit"),
        comment: row.get("not_null_comment"),
    })
}

fn constraint(row: &Row) -> ConstraintState {
    let kind = match row.get("kind") {
        "p" => ConstraintKind::PrimaryKey,
        "u" => ConstraintKind::Unique { nulls_not_distinct: row.get("nulls_not_distinct") },
        "f" => ConstraintKind::ForeignKey {
            target: row.get("target"),
            target_columns: row.get("target_columns"),
            on_delete: action(row.get("on_delete")),
            on_update: action(row.get("on_update")),
            set_columns: row.get("set_columns"),
            match_full: row.get("match_full"),
        },
        "c" => ConstraintKind::Check { expression: row.get("expression") },
        // The query for indexes fills it in.
        _ => ConstraintKind::Exclusion { index: Box::default(), operators: row.get("operators") },
    };
    ConstraintState {
        definition: row.get("definition"),
        valid: row.get("valid"),
        kind,
        columns: row.get("columns"),
        deferrable: row.get("deferrable"),
        deferred: row.get("deferred"),
        include: row.get("include"),
        no_inherit: row.get("no_inherit"),
        enforced: row.get("enforced"),
        fires: row.get("fires"),
        period: row.get("period"),
        comment: row.get("comment"),
        needs: Vec::new(),
        inherited: row.get("inherited"),
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
    let columns: Vec<Option<String>> = row.get("part_columns");
    let expressions: Vec<Option<String>> = row.get("part_expressions");
    let flags: Vec<i32> = row.get("part_flags");
    let classes: Vec<Option<String>> = row.get("part_classes");
    let collations: Vec<Option<String>> = row.get("part_collations");
    let key_parts = usize::try_from(row.get::<_, i16>("key_parts")).unwrap_or(columns.len());
    let part = |at: usize| IndexPartState {
        key: match &columns[at] {
            Some(name) => IndexKey::Column(name.clone()),
            None => IndexKey::Expression(expressions[at].clone().unwrap_or_default()),
        },
        descending: flags[at] & 1 != 0,
        nulls_first: flags[at] & 2 != 0,
        operator_class: classes[at].clone(),
        collation: collations[at].clone(),
    };
    IndexState {
        definition: row.get("definition"),
        valid: row.get("valid"),
        unique: row.get("is_unique"),
        nulls_not_distinct: row.get("nulls_not_distinct"),
        method: row.get("method"),
        parts: (0..key_parts.min(columns.len())).map(part).collect(),
        include: columns.iter().skip(key_parts).flatten().cloned().collect(),
        predicate: row.get("predicate"),
        options: row.get("options"),
        comment: row.get("comment"),
        needs: Vec::new(),
    }
}

/// Adds an index; that of an exclusion constraint is part of the constraint.
fn add_index(table: &mut TableState, row: &Row) {
    let constraint: Option<&str> = row.get("constraint");
    match constraint.map(|name| table.constraints.get_mut(name)) {
        Some(Some(ConstraintState { kind: ConstraintKind::Exclusion { index, .. }, .. })) => **index = self::index(row),
        Some(_) => {}
        None => drop(table.indexes.insert(row.get("name"), index(row))),
    }
}

/// Adds the dependencies of a column, a constraint or an index of the table.
fn add_dependencies(table: &mut TableState, row: &Row) {
    let name: &str = row.get("name");
    let needs = match row.get("kind") {
        "column" => table.columns.get_mut(name).map(|state| &mut state.needs),
        "index" => table.indexes.get_mut(name).map(|state| &mut state.needs),
        _ => table.constraints.get_mut(name).map(|state| &mut state.needs),
    };
    if let Some(needs) = needs {
        *needs = row.get("needs");
    }
}

fn trigger(row: &Row) -> TriggerState {
    TriggerState { definition: row.get("definition"), fires: row.get("fires") }
}

fn created_type(row: &Row) -> CreatedTypeState {
    let (names, definitions): (Vec<String>, Vec<String>) = (row.get("names"), row.get("definitions"));
    let schemas: Vec<Option<String>> = row.get("type_schemas");
    let (type_names, classes): (Vec<String>, Vec<String>) = (row.get("type_names"), row.get("type_classes"));
    let arrays: Vec<bool> = row.get("type_arrays");
    let types = schemas.into_iter().zip(type_names).zip(classes).zip(arrays).map(|(((schema, name), class), array)| {
        BaseType { name: QualifiedName { schema, name }, kind: type_class(&class), array }
    });
    CreatedTypeState {
        name: QualifiedName { schema: row.get("schema"), name: row.get("name") },
        base: row.get("base"),
        parts: names.into_iter().zip(definitions).collect(),
        types: types.collect(),
        not_null: row.get("not_null"),
        default: row.get("domain_default"),
        collation: row.get("domain_collation"),
        is_expressible: row.get("is_expressible"),
    }
}

fn enumeration(row: &Row) -> EnumState {
    let name = QualifiedName { schema: row.get("schema"), name: row.get("name") };
    EnumState { name, labels: row.get("labels"), comment: row.get("comment") }
}
