-- Leaving a post, and coming back with new keys.
ALTER TABLE account ADD COLUMN key_version INTEGER NOT NULL DEFAULT 1;
-- An administrator has asked the post to let somebody go; asking changes nothing else.
ALTER TABLE member ADD COLUMN removal_asked INTEGER NOT NULL DEFAULT 0;

-- Signed statements that somebody no longer holds a post from this version of its key.
CREATE TABLE removal (
    post TEXT NOT NULL,
    key_version INTEGER NOT NULL,
    account BLOB NOT NULL REFERENCES account (id),
    body BLOB NOT NULL,
    PRIMARY KEY (post, key_version, account)
) STRICT, WITHOUT ROWID;
