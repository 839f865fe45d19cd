-- What becomes of a resolution, beside its notices; and what headquarters is told of as a number only.
ALTER TABLE notice ADD COLUMN remedy_due INTEGER;
ALTER TABLE notice ADD COLUMN reopened INTEGER NOT NULL DEFAULT 0;

CREATE TABLE tally (
    what TEXT NOT NULL PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
