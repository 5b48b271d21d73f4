-- The dependencies between schemas: an object in `dependent` depends on one in `referenced`.
WITH objects (class, oid, namespace) AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, oid, relnamespace
    FROM pg_catalog.pg_class
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid, pronamespace
    FROM pg_catalog.pg_proc
    UNION ALL
    SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid, typnamespace
    FROM pg_catalog.pg_type
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, oid, connamespace
    FROM pg_catalog.pg_constraint
    UNION ALL
    SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, rule.oid, relation.relnamespace
    FROM pg_catalog.pg_rewrite rule
    JOIN pg_catalog.pg_class relation ON relation.oid = rule.ev_class
    UNION ALL
    SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, trigger.oid, relation.relnamespace
    FROM pg_catalog.pg_trigger trigger
    JOIN pg_catalog.pg_class relation ON relation.oid = trigger.tgrelid
    UNION ALL
    SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, policy.oid, relation.relnamespace
    FROM pg_catalog.pg_policy policy
    JOIN pg_catalog.pg_class relation ON relation.oid = policy.polrelid
    UNION ALL
    SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, attrdef.oid, relation.relnamespace
    FROM pg_catalog.pg_attrdef attrdef
    JOIN pg_catalog.pg_class relation ON relation.oid = attrdef.adrelid
)
SELECT DISTINCT dependent_schema.nspname::text AS dependent, referenced_schema.nspname::text AS referenced
FROM pg_catalog.pg_depend d
JOIN objects dependent ON dependent.class = d.classid AND dependent.oid = d.objid
JOIN objects referenced ON referenced.class = d.refclassid AND referenced.oid = d.refobjid
JOIN pg_catalog.pg_namespace dependent_schema ON dependent_schema.oid = dependent.namespace
JOIN pg_catalog.pg_namespace referenced_schema ON referenced_schema.oid = referenced.namespace
WHERE dependent_schema.oid <> referenced_schema.oid
  AND NOT pg_catalog.starts_with(dependent_schema.nspname::text, 'pg_')
  AND dependent_schema.nspname <> 'information_schema'
  AND NOT pg_catalog.starts_with(referenced_schema.nspname::text, 'pg_')
  AND referenced_schema.nspname <> 'information_schema'
