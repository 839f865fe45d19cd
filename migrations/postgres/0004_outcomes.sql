-- What becomes of a resolution, beside its notices; and what headquarters is told of as a number only.
ALTER TABLE notice ADD COLUMN remedy_due BIGINT;
ALTER TABLE notice ADD COLUMN reopened BIGINT NOT NULL DEFAULT 0;

CREATE TABLE tally (
    what TEXT NOT NULL PRIMARY KEY,
    count BIGINT NOT NULL
);
