-- The journal's heads on their way outside: one a day and place, with a day and no time of anything that was done.
CREATE TABLE head_outside (
    day TEXT NOT NULL,
    -- file, webhook
    place TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL,
    -- By which a receiver knows what it has had already.
    id BLOB NOT NULL,
    kept INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (day, place)
) STRICT, WITHOUT ROWID;

-- Somebody who checks the record; neither administrator nor in any post.
ALTER TABLE account ADD COLUMN auditor INTEGER NOT NULL DEFAULT 0;
