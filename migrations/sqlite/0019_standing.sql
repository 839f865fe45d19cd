-- What became of this database as a whole. Nothing in it is a reporter's.
CREATE TABLE standing (
    -- restored: from a backup. moved: to another database, so that nobody serves this one any more.
    what TEXT NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL,
    -- Of a restored one: the batch after which its backup was made, and the journal's last entry in it.
    made INTEGER,
    last_entry INTEGER,
    -- Whether the journal says so.
    noted INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
