-- What was published of each quarter, as it was published: never changed, never computed again.
CREATE TABLE measures (
    -- Such as 2026-Q2.
    quarter TEXT NOT NULL PRIMARY KEY,
    -- Under the service key: it names governing documents. What small numbers could tell is not in it.
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
