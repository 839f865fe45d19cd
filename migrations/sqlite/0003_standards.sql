-- Calendar and time standards: one body a version. Proposed by an administrator, in force once both
-- Council leads have agreed to that very version. Only the newest version can still be agreed to.
CREATE TABLE time_settings (
    version INTEGER NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    proposed_at INTEGER NOT NULL,
    proposed_by BLOB NOT NULL REFERENCES account (id),
    in_force_at INTEGER,
    declined_by BLOB REFERENCES account (id)
) STRICT;

CREATE TABLE time_agreement (
    version INTEGER NOT NULL REFERENCES time_settings (version),
    component TEXT NOT NULL,
    account BLOB NOT NULL REFERENCES account (id),
    PRIMARY KEY (version, component),
    UNIQUE (version, account)
) STRICT, WITHOUT ROWID;
