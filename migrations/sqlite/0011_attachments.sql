-- Attached files, in sealed pieces of one size. Those of acts that wait lie apart: every batch puts them in
-- another order, and those whose act it carries out go over to the others.
CREATE TABLE attachment_chunk (
    -- The envelope that describes the file and holds its key.
    file BLOB NOT NULL,
    number INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (file, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE waiting_chunk (
    file BLOB NOT NULL,
    number INTEGER NOT NULL,
    -- 0, but for the moment in which a batch puts them in another order.
    place INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (file, number, place)
) STRICT, WITHOUT ROWID;
