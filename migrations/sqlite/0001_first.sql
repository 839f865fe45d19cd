-- The first schema. Times are seconds since the epoch from the program's clock; identifiers are random.
-- The two sets of migrations are compared by a test: same tables, columns and keys.

CREATE TABLE deployment (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    id BLOB NOT NULL,
    founded_at INTEGER,
    -- Raised by every change of accounts, members, keys or approvals, so that copies in memory know they are old.
    people_version INTEGER NOT NULL
) STRICT;

CREATE TABLE organisation (
    version INTEGER NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    set_at INTEGER NOT NULL,
    set_by BLOB
) STRICT;

CREATE TABLE account (
    id BLOB NOT NULL PRIMARY KEY,
    sign_in_name TEXT NOT NULL UNIQUE,
    administrator INTEGER NOT NULL,
    active INTEGER NOT NULL,
    salt BLOB,
    memory_kib INTEGER,
    passes INTEGER,
    lanes INTEGER,
    verifier BLOB,
    reading_public BLOB,
    signing_public BLOB,
    reading_sealed BLOB,
    signing_sealed BLOB
) STRICT;

CREATE TABLE invitation (
    token_hash BLOB NOT NULL PRIMARY KEY,
    account BLOB NOT NULL REFERENCES account (id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
    post TEXT NOT NULL,
    account BLOB NOT NULL REFERENCES account (id),
    lead INTEGER NOT NULL,
    approved INTEGER NOT NULL,
    PRIMARY KEY (post, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE post_key (
    post TEXT NOT NULL,
    version INTEGER NOT NULL,
    public_key BLOB NOT NULL,
    PRIMARY KEY (post, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE post_key_wrap (
    post TEXT NOT NULL,
    version INTEGER NOT NULL,
    account BLOB NOT NULL REFERENCES account (id),
    body BLOB NOT NULL,
    PRIMARY KEY (post, version, account),
    FOREIGN KEY (post, version) REFERENCES post_key (post, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE approval (
    post TEXT NOT NULL,
    key_version INTEGER NOT NULL,
    account BLOB NOT NULL REFERENCES account (id),
    body BLOB NOT NULL,
    PRIMARY KEY (post, key_version, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    token_hash BLOB NOT NULL PRIMARY KEY,
    account BLOB NOT NULL REFERENCES account (id),
    reading_sealed BLOB NOT NULL,
    signing_sealed BLOB,
    fresh_until INTEGER NOT NULL,
    idle_until INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A reporter's act on its way: a batch and a sealed body, nothing else. The identifier is a keyed hash.
CREATE TABLE inbox (
    id BLOB NOT NULL PRIMARY KEY,
    slot INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_slot ON inbox (slot);

CREATE TABLE receipt (
    lookup BLOB NOT NULL PRIMARY KEY,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cases (
    id BLOB NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    stage TEXT NOT NULL,
    pace TEXT NOT NULL,
    raising_unit TEXT NOT NULL,
    concerned_unit TEXT NOT NULL,
    level_due INTEGER,
    next_due INTEGER,
    released_week INTEGER NOT NULL,
    -- The fold of its events, and category and document, each under the service key.
    state BLOB NOT NULL,
    subject BLOB NOT NULL
) STRICT;
CREATE INDEX cases_next_due ON cases (next_due);
CREATE INDEX cases_stage ON cases (stage);

CREATE TABLE waiting (
    post TEXT NOT NULL,
    case_id BLOB NOT NULL REFERENCES cases (id),
    what TEXT NOT NULL,
    -- 1 asks for something, 2 is in motion, 3 has ended: each part of a desk is read by the index alone.
    section INTEGER NOT NULL,
    due INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (post, case_id, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_due ON waiting (post, section, due);
CREATE INDEX waiting_case ON waiting (case_id);

CREATE TABLE audience_wrap (
    case_id BLOB NOT NULL REFERENCES cases (id),
    audience INTEGER NOT NULL,
    version INTEGER NOT NULL,
    reader TEXT NOT NULL,
    key_version INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (case_id, audience, version, reader)
) STRICT, WITHOUT ROWID;

CREATE TABLE envelope (
    id BLOB NOT NULL PRIMARY KEY,
    case_id BLOB NOT NULL REFERENCES cases (id),
    audience INTEGER NOT NULL,
    audience_version INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    author INTEGER NOT NULL,
    -- The case's version when it was written: what comes before what, without a time.
    case_version INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX envelope_case ON envelope (case_id);

CREATE TABLE journal (
    sequence INTEGER NOT NULL PRIMARY KEY,
    case_id BLOB,
    case_version INTEGER,
    commitment BLOB NOT NULL,
    hash BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX journal_case ON journal (case_id, case_version);

CREATE TABLE journal_head (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    sequence INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE notice (
    id BLOB NOT NULL PRIMARY KEY,
    case_id BLOB NOT NULL REFERENCES cases (id),
    resolution INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    raising_unit TEXT NOT NULL,
    concerned_unit TEXT NOT NULL,
    level TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    due INTEGER NOT NULL,
    envelope BLOB NOT NULL REFERENCES envelope (id),
    acknowledged_at INTEGER,
    acknowledged_by BLOB REFERENCES account (id),
    UNIQUE (case_id, resolution, recipient)
) STRICT;
CREATE INDEX notice_recipient ON notice (recipient, acknowledged_at, due);

-- What an act that came too late is answered with; found by receipt, told once the batch has run.
CREATE TABLE refused_act (
    id BLOB NOT NULL PRIMARY KEY,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
