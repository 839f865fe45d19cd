-- Field members: who is to receive what the library hands out, and what each has acknowledged. Number and name of
-- each are sealed under the service key; a member is found by a keyed hash of the number.
CREATE TABLE field_member (
    id UUID NOT NULL PRIMARY KEY,
    lookup BYTEA NOT NULL UNIQUE,
    unit TEXT NOT NULL,
    -- The agency of the unit, as it was when they came: what is handed out to an agency is theirs by it.
    component TEXT NOT NULL,
    -- Days: since when they are in this unit, and since when they are on the roster no more.
    since TEXT NOT NULL,
    gone TEXT,
    -- Which of their codes holds.
    generation BIGINT NOT NULL,
    sealed BYTEA NOT NULL
);
CREATE INDEX field_member_unit ON field_member (unit);

-- Units in which a member was before, with the first and the last day there.
CREATE TABLE field_stay (
    member UUID NOT NULL REFERENCES field_member (id),
    unit TEXT NOT NULL,
    component TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    PRIMARY KEY (member, unit, since)
);

-- What a member has acknowledged, an entry or a directive, with the day and nothing finer.
CREATE TABLE acknowledgement (
    member UUID NOT NULL REFERENCES field_member (id),
    item UUID NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (member, item)
);
CREATE INDEX acknowledgement_item ON acknowledgement (item);

-- Raised by every roster that is taken, so that none is taken over another that nobody looked at.
CREATE TABLE roster (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    version BIGINT NOT NULL,
    -- The day of the last one.
    day TEXT
);
INSERT INTO roster (only_row, version, day) VALUES (1, 0, NULL);

-- The day on which a month's entries were handed out: one for all of them. None of months before this was kept.
ALTER TABLE library_month ADD COLUMN day TEXT;
