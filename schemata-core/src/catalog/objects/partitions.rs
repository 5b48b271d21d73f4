//! Partitions, and what they have beside what their table has.

pub(super) const PARTITIONS: &str = concat!(
    "SELECT 'partition', r.oid::pg_catalog.regclass::text, ARRAY[pg_catalog.format('CREATE TABLE %s PARTITION OF %s %s', \
     r.oid::pg_catalog.regclass, (SELECT h.inhparent::pg_catalog.regclass FROM pg_catalog.pg_inherits h WHERE h.inhrelid = r.oid), \
     pg_catalog.pg_get_expr(r.relpartbound, r.oid)) || COALESCE(' PARTITION BY ' || pg_catalog.pg_get_partkeydef(r.oid), '')]",
    relations!("'r', 'p'"),
    " AND r.relispartition"
);

pub(super) const COLUMNS: &str = concat!(
    "SELECT 'column', name, statements FROM (SELECT r.oid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname) AS name, \
     pg_catalog.array_remove(ARRAY[CASE WHEN a.attgenerated = '' \
     AND pg_catalog.pg_get_expr(d.adbin, d.adrelid) IS DISTINCT FROM pg_catalog.pg_get_expr(e.adbin, e.adrelid) \
     THEN pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I %s', r.oid::pg_catalog.regclass, a.attname, \
     COALESCE('SET DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'DROP DEFAULT')) END, \
     CASE WHEN a.attnotnull AND NOT b.attnotnull THEN pg_catalog.format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', \
     r.oid::pg_catalog.regclass, a.attname) END], NULL) AS statements FROM (SELECT r.oid",
    relations!("'r', 'p'"),
    " AND r.relispartition) r JOIN pg_catalog.pg_inherits h ON h.inhrelid = r.oid \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped \
     JOIN pg_catalog.pg_attribute b ON b.attrelid = h.inhparent AND b.attname = a.attname \
     LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum \
     LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = b.attrelid AND e.adnum = b.attnum) s \
     WHERE pg_catalog.cardinality(statements) > 0"
);

pub(super) const CONSTRAINTS: &str = concat!(
    "SELECT 'constraint', k.conname || ' on ' || r.oid::pg_catalog.regclass::text, \
     ARRAY[pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT %I %s', r.oid::pg_catalog.regclass, k.conname, \
     pg_catalog.pg_get_constraintdef(k.oid))] FROM (SELECT r.oid",
    relations!("'r', 'p'"),
    " AND r.relispartition) r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid \
     WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conparentid = 0 AND k.coninhcount = 0"
);
