-- What an administrator proposes and Council leads agree to: calendar and time standards (both leads), and a
-- change of the organisation that makes a place finer or a unit smaller (one lead). One body a version of each.
-- Only the newest version can still be agreed to.
CREATE TABLE proposed_change (
    about TEXT NOT NULL,
    version BIGINT NOT NULL,
    -- The version in force that it was looked at against.
    base BIGINT NOT NULL,
    body TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    proposed_by UUID NOT NULL REFERENCES account (id),
    in_force_at BIGINT,
    declined_by UUID REFERENCES account (id),
    PRIMARY KEY (about, version)
);

CREATE TABLE change_agreement (
    about TEXT NOT NULL,
    version BIGINT NOT NULL,
    component TEXT NOT NULL,
    account UUID NOT NULL REFERENCES account (id),
    PRIMARY KEY (about, version, component),
    UNIQUE (about, version, account),
    FOREIGN KEY (about, version) REFERENCES proposed_change (about, version)
);

INSERT INTO proposed_change (about, version, base, body, proposed_at, proposed_by, in_force_at, declined_by)
SELECT 'time', version, 0, body, proposed_at, proposed_by, in_force_at, declined_by FROM time_settings;
INSERT INTO change_agreement (about, version, component, account)
SELECT 'time', version, component, account FROM time_agreement;
DROP TABLE time_agreement;
DROP TABLE time_settings;

-- The access phrase (AN-27), the same for everyone: a keyed hash, none if there is no phrase. Each change has a
-- number of its own, so that what an earlier phrase opened is void.
CREATE TABLE access_phrase (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    version BIGINT NOT NULL,
    hash BYTEA
);
