-- The journal's heads on their way outside: one a day and place, with a day and no time of anything that was done.
CREATE TABLE head_outside (
    day TEXT NOT NULL,
    -- file, webhook
    place TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    -- By which a receiver knows what it has had already.
    id UUID NOT NULL,
    kept BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (day, place)
);

-- Somebody who checks the record; neither administrator nor in any post.
ALTER TABLE account ADD COLUMN auditor BOOLEAN NOT NULL DEFAULT FALSE;
