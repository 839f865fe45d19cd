-- Passkeys in the place of an app's code: what a device calls itself as a keyed hash, the rest sealed.
CREATE TABLE passkey (
    id BLOB NOT NULL PRIMARY KEY,
    account BLOB NOT NULL REFERENCES account (id),
    -- Name, day, public key and counter, under the service key.
    sealed BLOB NOT NULL,
    -- Raised by each use, so that of two uses at once one counts.
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX passkey_account ON passkey (account);

-- Challenges that were answered, until they would not be taken anyway. To the hour, and of nobody.
CREATE TABLE passkey_challenge (
    hash BLOB NOT NULL PRIMARY KEY,
    forgotten_hour INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
