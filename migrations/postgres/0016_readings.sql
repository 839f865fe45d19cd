-- How a document is read, or what was settled, agreed to by both components without a concern. In clear are who asked
-- or recorded it, how many steps were taken, and whether anything more can happen; what it says is sealed.
CREATE TABLE reading (
    id UUID NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    asked_by TEXT NOT NULL,
    is_open BIGINT NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX reading_open ON reading (is_open);
CREATE INDEX reading_asked_by ON reading (asked_by);

-- An entry may be another answer than earlier ones give, by those who knew them.
ALTER TABLE library_entry ADD COLUMN departs BIGINT NOT NULL DEFAULT 0;
