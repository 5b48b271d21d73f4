//! A model as the later stages see it: names resolved, defaults filled in, every span kept.

use std::collections::HashSet;

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, Path, Type, Visibility};

use crate::attr::clause::{Deferral, NotNullAttr, Parameters, SequenceAttr};
use crate::attr::column::Identity;
use crate::attr::constraint::{CheckAttr, ForeignKeyAttr, PrimaryKeyAttr, UniqueAttr};
use crate::attr::index::{IndexAttr, Indexed};
use crate::attr::list::ColumnRef;
use crate::attr::unmanaged::UnmanagedAttr;
use crate::attr::value::DefaultLiteral;

/// A struct that becomes a table.
pub(crate) struct Model {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) krate: Option<Path>,
    /// The function that validates rows.
    pub(crate) validate: Option<Path>,
    pub(crate) name: Name,
    pub(crate) schema: Option<Name>,
    /// The name and the clauses of the primary key.
    pub(crate) primary_key: PrimaryKeyAttr,
    /// Where it is said that the table has no primary key.
    pub(crate) keyless: Option<Span>,
    pub(crate) unlogged: bool,
    /// Storage parameters, of the table and of its TOAST table.
    pub(crate) with: Parameters,
    pub(crate) toast: Parameters,
    pub(crate) comment: Option<LitStr>,
    /// The former name of the table.
    pub(crate) renamed_from: Option<Name>,
    /// The fields of the struct itself, in order.
    pub(crate) columns: Vec<Column>,
    /// Its flattened fields, in order.
    pub(crate) groups: Vec<Group>,
    pub(crate) uniques: Vec<UniqueAttr>,
    pub(crate) indexes: Vec<IndexAttr>,
    pub(crate) checks: Vec<CheckAttr>,
    pub(crate) foreign_keys: Vec<ForeignKeyAttr>,
    pub(crate) excludes: Vec<IndexAttr>,
    /// The objects of the table that are left to the database.
    pub(crate) unmanaged: Vec<UnmanagedAttr>,
}

/// A PostgreSQL name and the token it comes from.
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// The parts of a field that columns and groups share.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) ty: Type,
    pub(crate) docs: Vec<Attribute>,
}

/// A field that is a column.
pub(crate) struct Column {
    pub(crate) field: Field,
    pub(crate) name: Name,
    pub(crate) primary_key: bool,
    pub(crate) unique: Option<Span>,
    pub(crate) immutable: bool,
    pub(crate) sql_type: Option<LitStr>,
    pub(crate) value: Source,
    pub(crate) reference: Option<Reference>,
    pub(crate) comment: Option<LitStr>,
    pub(crate) options: ColumnOptions,
    /// Its former name.
    pub(crate) renamed_from: Option<Name>,
    /// The properties of the column that are left to the database.
    pub(crate) unmanaged: Vec<UnmanagedAttr>,
}

/// Options that few columns have.
#[derive(Default)]
pub(crate) struct ColumnOptions {
    pub(crate) sequence: Option<SequenceAttr>,
    pub(crate) collation: Option<LitStr>,
    /// With the span of its key.
    pub(crate) not_null: Option<(NotNullAttr, Span)>,
    pub(crate) storage: Option<Ident>,
    pub(crate) compression: Option<Ident>,
    pub(crate) statistics: Option<i64>,
    pub(crate) with: Parameters,
}

/// The source of a column's value when an insert does not set it.
pub(crate) enum Source {
    /// None: the insert must set it, unless the column is nullable.
    Insert,
    Literal(DefaultLiteral),
    Sql(LitStr),
    Generated(LitStr),
    /// Generated when it is read.
    Virtual(LitStr),
    Identity(Identity, Span),
    /// A sequence of its own, by default.
    Serial(Span),
}

/// `references = …` with its actions.
pub(crate) struct Reference {
    pub(crate) target: Path,
    pub(crate) on_delete: Option<Ident>,
    pub(crate) on_update: Option<Ident>,
    pub(crate) deferrable: Option<Deferral>,
}

/// A field that is a group of columns.
pub(crate) struct Group {
    pub(crate) field: Field,
}

/// A unique key of a model, as a constant: `Customer::by_email`.
pub(crate) struct UniqueKey<'m> {
    pub(crate) name: String,
    pub(crate) columns: Vec<&'m Ident>,
    /// `unique` for a constraint, `index` for an index.
    pub(crate) kind: &'static str,
    /// Whether rows can conflict on it.
    pub(crate) is_plain: bool,
    /// Its position among the keys of its kind.
    pub(crate) at: usize,
}

impl Model {
    /// Returns the columns of the primary key with their positions, in order.
    pub(crate) fn key(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.columns.iter().enumerate().filter(|(_, column)| column.primary_key)
    }

    /// Returns the column of a field, and its position.
    pub(crate) fn column(&self, field: &Ident) -> Option<(usize, &Column)> {
        self.columns.iter().enumerate().find(|(_, column)| column.field.ident.unraw() == field.unraw())
    }

    /// Returns the group of a field.
    pub(crate) fn group(&self, field: &Ident) -> Option<&Group> {
        self.groups.iter().find(|group| group.field.ident.unraw() == field.unraw())
    }

    /// Returns the unique keys whose columns are fields of the struct: the name of the finder, and the columns with their
    /// positions.
    pub(crate) fn finders<'m>(&'m self) -> Vec<(String, Vec<(usize, &'m Column)>)> {
        let single = self.columns.iter().enumerate().filter(|(_, column)| column.unique.is_some()).map(|at| vec![at]);
        let own = |column: &ColumnRef| if column.group.is_none() { self.column(&column.column) } else { None };
        let listed =
            self.uniques.iter().filter_map(|unique| unique.columns.iter().map(own).collect::<Option<Vec<_>>>());
        let distinct =
            |key: &Vec<(usize, &Column)>| key.iter().map(|(at, _)| at).collect::<HashSet<_>>().len() == key.len();
        let named = |key: Vec<(usize, &'m Column)>| {
            let fields: Vec<String> = key.iter().map(|(_, column)| column.field.ident.unraw().to_string()).collect();
            (format!("find_by_{}", fields.join("_and_")), key)
        };
        single.chain(listed).filter(distinct).map(named).collect()
    }

    /// Returns the unique keys that an upsert may use besides the primary key. A second key over the same columns is named
    /// `…_2`.
    pub(crate) fn unique_keys(&self) -> Vec<UniqueKey<'_>> {
        let single = self.columns.iter().filter(|column| column.unique.is_some());
        let single = single.map(|column| (vec![&column.field.ident], true));
        let listed = self
            .uniques
            .iter()
            .map(|unique| (unique.columns.iter().map(|column| &column.column).collect(), unique.clauses.is_plain()));
        let uniques =
            single.chain(listed).enumerate().map(|(at, (columns, is_plain))| (columns, "unique", at, is_plain));
        let indexes = self.indexes.iter().enumerate().filter(|(_, index)| index.unique.is_set());
        let indexes = indexes.filter_map(|(at, index)| {
            let columns = index.parts.iter().map(|part| match &part.of {
                Indexed::Column(column) => Some(&column.column),
                Indexed::Expression(_) => None,
            });
            Some((columns.collect::<Option<Vec<_>>>()?, "index", at, true))
        });
        // A constant of an index with expressions is named after the index.
        let expressed = self.indexes.iter().enumerate().filter(|(_, index)| index.unique.is_set());
        let expressed = expressed.filter_map(|(at, index)| {
            let has_expression = index.parts.iter().any(|part| matches!(part.of, Indexed::Expression(_)));
            let name = format!("by_{}", index.name.get().filter(|_| has_expression)?.value());
            syn::parse_str::<Ident>(&name).ok()?;
            Some((name, Vec::new(), at))
        });
        let (mut seen, mut all) = (HashSet::new(), Vec::new());
        for (columns, kind, at, is_plain) in uniques.chain(indexes) {
            let fields: Vec<String> = columns.iter().map(|name| name.unraw().to_string()).collect();
            let plain = format!("by_{}", fields.join("_and_"));
            let mut names = std::iter::once(plain.clone()).chain((2..).map(|n| format!("{plain}_{n}")));
            let name = names.find(|name| seen.insert(name.clone())).expect("there is always a next number");
            all.push(UniqueKey { name, columns, kind, is_plain, at });
        }
        let named = expressed.filter(|(name, ..)| seen.insert(name.clone()));
        all.extend(
            named
                .map(|(name, columns, at)| UniqueKey { name, columns, kind: "index", is_plain: true, at })
                .collect::<Vec<_>>(),
        );
        all
    }

    /// Returns every column that a list names through a group.
    pub(crate) fn group_columns(&self) -> impl Iterator<Item = (&Group, &ColumnRef)> {
        let uniques = self.uniques.iter().flat_map(|unique| &unique.columns);
        let parts = self.indexes.iter().chain(&self.excludes).flat_map(|index| &index.parts).filter_map(|part| {
            match &part.of {
                Indexed::Column(column) => Some(column),
                Indexed::Expression(_) => None,
            }
        });
        let include = self.indexes.iter().chain(&self.excludes).flat_map(|index| &index.include);
        let stored = self.uniques.iter().map(|unique| &unique.clauses).chain([&self.primary_key.clauses]);
        let stored = stored.flat_map(|clauses| &clauses.include);
        let keys = self.foreign_keys.iter().flat_map(|key| key.columns.iter().chain(&key.set_columns));
        let all = uniques.chain(parts).chain(include).chain(stored).chain(keys);
        all.filter_map(|column| Some((self.group(column.group.as_ref()?)?, column)))
    }

    /// Returns the name of a listed column. The columns of a group have the names of its fields.
    pub(crate) fn column_name(&self, column: &ColumnRef) -> String {
        match self.column(&column.column) {
            Some((_, own)) if column.group.is_none() => own.name.text.clone(),
            _ => column.column.unraw().to_string(),
        }
    }
}

impl Column {
    /// Returns whether an insert may set it.
    pub(crate) fn is_insertable(&self) -> bool {
        !(self.is_generated() || matches!(self.value, Source::Identity(Identity::Always, _)))
    }

    /// Returns whether an update may set it.
    pub(crate) fn is_updatable(&self) -> bool {
        !(self.primary_key || self.immutable || self.is_generated() || matches!(self.value, Source::Identity(..)))
    }

    /// Returns whether PostgreSQL computes it.
    pub(crate) fn is_generated(&self) -> bool {
        matches!(self.value, Source::Generated(_) | Source::Virtual(_))
    }

    /// Returns whether an insert must set it, unless its type is an `Option`.
    pub(crate) fn may_be_required(&self) -> bool {
        let has_default = self.unmanaged.iter().any(|part| part.variant == "Default");
        matches!(self.value, Source::Insert) && !has_default
    }
}
