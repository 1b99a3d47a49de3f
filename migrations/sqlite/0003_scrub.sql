-- How many commits have wiped a message, and up to which of them the older copies of what they wiped are gone from the
-- database's log. It begins with one to do: for whatever was wiped before this was counted.
CREATE TABLE scrub (
    wiped    BIGINT NOT NULL,
    scrubbed BIGINT NOT NULL,
    CONSTRAINT only_the_wiped_is_scrubbed CHECK (scrubbed <= wiped)
);
INSERT INTO scrub (wiped, scrubbed) VALUES (1, 0);
