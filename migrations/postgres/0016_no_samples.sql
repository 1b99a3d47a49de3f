-- ANALYZE copies a sample of each column into pg_statistic, where a message would outlive its wipe. Nothing asks by these
-- columns, so their samples help no plan.
ALTER TABLE notification ALTER COLUMN raw SET STATISTICS 0;
ALTER TABLE mail ALTER COLUMN raw SET STATISTICS 0;
-- The same type again: this is how PostgreSQL forgets the samples it has. It rewrites no row.
ALTER TABLE notification ALTER COLUMN raw TYPE BYTEA;
ALTER TABLE mail ALTER COLUMN raw TYPE BYTEA;
