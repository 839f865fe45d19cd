-- What makes a sign-in worth trusting: a second factor, and what its owner can see of it. No address anywhere.
CREATE TABLE second_factor (
    account UUID NOT NULL PRIMARY KEY REFERENCES account (id),
    -- The app's secret, under the passphrase's key and once more under the service key.
    sealed BYTEA NOT NULL,
    -- The latest step of thirty seconds whose code was used: no code counts twice.
    last_step BIGINT NOT NULL,
    -- Raised by each enrolment, so that no two share a secret.
    generation BIGINT NOT NULL
);

CREATE TABLE recovery_code (
    account UUID NOT NULL REFERENCES account (id),
    hash BYTEA NOT NULL,
    PRIMARY KEY (account, hash)
);

-- What somebody did with their own account: to the hour, for ninety days, for their own eyes.
CREATE TABLE account_event (
    id UUID NOT NULL PRIMARY KEY,
    account UUID NOT NULL REFERENCES account (id),
    what TEXT NOT NULL,
    hour BIGINT NOT NULL
);
CREATE INDEX account_event_account ON account_event (account, hour);

ALTER TABLE session ADD COLUMN began_hour BIGINT NOT NULL DEFAULT 0;
