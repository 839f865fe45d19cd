-- How a document is read, or what was settled, agreed to by both components without a concern. In clear are who asked
-- or recorded it, how many steps were taken, and whether anything more can happen; what it says is sealed.
CREATE TABLE reading (
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    asked_by TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX reading_open ON reading (is_open);
CREATE INDEX reading_asked_by ON reading (asked_by);

-- An entry may be another answer than earlier ones give, by those who knew them.
ALTER TABLE library_entry ADD COLUMN departs INTEGER NOT NULL DEFAULT 0;
