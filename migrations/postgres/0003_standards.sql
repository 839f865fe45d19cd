-- Calendar and time standards: one body a version. Proposed by an administrator, in force once both
-- Council leads have agreed to that very version. Only the newest version can still be agreed to.
CREATE TABLE time_settings (
    version BIGINT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    proposed_by UUID NOT NULL REFERENCES account (id),
    in_force_at BIGINT,
    declined_by UUID REFERENCES account (id)
);

CREATE TABLE time_agreement (
    version BIGINT NOT NULL REFERENCES time_settings (version),
    component TEXT NOT NULL,
    account UUID NOT NULL REFERENCES account (id),
    PRIMARY KEY (version, component),
    UNIQUE (version, account)
);
