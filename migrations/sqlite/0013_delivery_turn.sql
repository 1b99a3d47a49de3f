-- What is queued, class by class and oldest first. Claims take some classes before others, what an undeclared kind keeps waiting is
-- passed over without being read, and both are counted without reading rows.
CREATE INDEX delivery_turn ON delivery (class, next_at, id, size_bytes, maybe_sent) WHERE state = 'queued';
DROP INDEX delivery_blocked;
