-- Written by the readiness report, to see that the store can be written. One row, and what it holds does not matter.
CREATE TABLE probe (
    id         BIGINT NOT NULL PRIMARY KEY,
    written_at BIGINT NOT NULL,
    CONSTRAINT there_is_one_probe CHECK (id = 1)
);
INSERT INTO probe (id, written_at) VALUES (1, 0);
