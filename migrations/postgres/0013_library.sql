-- The field library (AN-09). A draft is sealed; in clear are only an identifier drawn at random and the month in
-- which it may appear at the earliest. Nothing in clear leads from an entry to its case.
CREATE TABLE library_draft (
    id UUID NOT NULL PRIMARY KEY,
    month TEXT NOT NULL,
    body BYTEA NOT NULL
);

-- The months whose batch has run.
CREATE TABLE library_month (
    month TEXT NOT NULL PRIMARY KEY
);

-- What everybody reads. The month is its only time. The link to its case is sealed under the service key.
CREATE TABLE library_entry (
    id UUID NOT NULL PRIMARY KEY,
    month TEXT NOT NULL,
    category TEXT,
    document TEXT,
    -- The document as it was then: title, date and status.
    document_was TEXT,
    one TEXT NOT NULL,
    other TEXT NOT NULL,
    kind TEXT NOT NULL,
    level TEXT NOT NULL,
    body TEXT NOT NULL,
    -- current, superseded, withdrawn
    state TEXT NOT NULL,
    reason TEXT,
    link BYTEA NOT NULL
);

-- What headquarters or the Council has the field told: a staff act, with its day.
CREATE TABLE directive (
    id UUID NOT NULL PRIMARY KEY,
    day TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    document TEXT,
    -- Units by their identifiers, with spaces between; empty for all.
    units TEXT NOT NULL,
    reason TEXT
);

-- Raised by every change of what everybody reads, so that copies in memory know they are old.
CREATE TABLE library_version (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    version BIGINT NOT NULL
);
INSERT INTO library_version (only_row, version) VALUES (1, 0);
