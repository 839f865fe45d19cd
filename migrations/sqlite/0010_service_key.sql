-- Exchanging the service key. What was made from values that nobody here knows any more stays under the keys
-- it was made with: they are kept here, sealed under the service key, and sealed anew when that is exchanged.
CREATE TABLE service_secret (
    -- lookup, codes, access, pepper
    what TEXT NOT NULL,
    generation INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (what, generation)
) STRICT, WITHOUT ROWID;

-- Which pepper an account's passphrase is mixed with; the owner's next sign-in takes the newest.
ALTER TABLE account ADD COLUMN pepper INTEGER NOT NULL DEFAULT 1;
