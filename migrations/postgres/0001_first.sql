-- The first schema. Times are seconds since the epoch from the program's clock; identifiers are random.
-- The two sets of migrations are compared by a test: same tables, columns and keys.

CREATE TABLE deployment (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    id UUID NOT NULL,
    founded_at BIGINT,
    -- Raised by every change of accounts, members, keys or approvals, so that copies in memory know they are old.
    people_version BIGINT NOT NULL
);

CREATE TABLE organisation (
    version BIGINT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    set_by UUID
);

CREATE TABLE account (
    id UUID NOT NULL PRIMARY KEY,
    sign_in_name TEXT NOT NULL UNIQUE,
    administrator BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    salt BYTEA,
    memory_kib BIGINT,
    passes BIGINT,
    lanes BIGINT,
    verifier BYTEA,
    reading_public BYTEA,
    signing_public BYTEA,
    reading_sealed BYTEA,
    signing_sealed BYTEA
);

CREATE TABLE invitation (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    account UUID NOT NULL REFERENCES account (id),
    expires_at BIGINT NOT NULL
);

CREATE TABLE member (
    post TEXT NOT NULL,
    account UUID NOT NULL REFERENCES account (id),
    lead BOOLEAN NOT NULL,
    approved BOOLEAN NOT NULL,
    PRIMARY KEY (post, account)
);

CREATE TABLE post_key (
    post TEXT NOT NULL,
    version BIGINT NOT NULL,
    public_key BYTEA NOT NULL,
    PRIMARY KEY (post, version)
);

CREATE TABLE post_key_wrap (
    post TEXT NOT NULL,
    version BIGINT NOT NULL,
    account UUID NOT NULL REFERENCES account (id),
    body BYTEA NOT NULL,
    PRIMARY KEY (post, version, account),
    FOREIGN KEY (post, version) REFERENCES post_key (post, version)
);

CREATE TABLE approval (
    post TEXT NOT NULL,
    key_version BIGINT NOT NULL,
    account UUID NOT NULL REFERENCES account (id),
    body BYTEA NOT NULL,
    PRIMARY KEY (post, key_version, account)
);

CREATE TABLE session (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    account UUID NOT NULL REFERENCES account (id),
    reading_sealed BYTEA NOT NULL,
    signing_sealed BYTEA,
    fresh_until BIGINT NOT NULL,
    idle_until BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);

-- A reporter's act on its way: a batch and a sealed body, nothing else. The identifier is a keyed hash.
CREATE TABLE inbox (
    id BYTEA NOT NULL PRIMARY KEY,
    slot BIGINT NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX inbox_slot ON inbox (slot);

CREATE TABLE receipt (
    lookup BYTEA NOT NULL PRIMARY KEY,
    body BYTEA NOT NULL
);

CREATE TABLE cases (
    id UUID NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    stage TEXT NOT NULL,
    pace TEXT NOT NULL,
    raising_unit TEXT NOT NULL,
    concerned_unit TEXT NOT NULL,
    level_due BIGINT,
    next_due BIGINT,
    released_week BIGINT NOT NULL,
    -- The fold of its events, and category and document, each under the service key.
    state BYTEA NOT NULL,
    subject BYTEA NOT NULL
);
CREATE INDEX cases_next_due ON cases (next_due);
CREATE INDEX cases_stage ON cases (stage);

CREATE TABLE waiting (
    post TEXT NOT NULL,
    case_id UUID NOT NULL REFERENCES cases (id),
    what TEXT NOT NULL,
    -- 1 asks for something, 2 is in motion, 3 has ended: each part of a desk is read by the index alone.
    section BIGINT NOT NULL,
    due BIGINT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (post, case_id, what)
);
CREATE INDEX waiting_due ON waiting (post, section, due);
CREATE INDEX waiting_case ON waiting (case_id);

CREATE TABLE audience_wrap (
    case_id UUID NOT NULL REFERENCES cases (id),
    audience BIGINT NOT NULL,
    version BIGINT NOT NULL,
    reader TEXT NOT NULL,
    key_version BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (case_id, audience, version, reader)
);

CREATE TABLE envelope (
    id UUID NOT NULL PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    audience BIGINT NOT NULL,
    audience_version BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    author BIGINT NOT NULL,
    -- The case's version when it was written: what comes before what, without a time.
    case_version BIGINT NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX envelope_case ON envelope (case_id);

CREATE TABLE journal (
    sequence BIGINT NOT NULL PRIMARY KEY,
    case_id UUID,
    case_version BIGINT,
    commitment BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX journal_case ON journal (case_id, case_version);

CREATE TABLE journal_head (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    sequence BIGINT NOT NULL,
    hash BYTEA NOT NULL
);

CREATE TABLE notice (
    id UUID NOT NULL PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    resolution BIGINT NOT NULL,
    recipient TEXT NOT NULL,
    raising_unit TEXT NOT NULL,
    concerned_unit TEXT NOT NULL,
    level TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    due BIGINT NOT NULL,
    envelope UUID NOT NULL REFERENCES envelope (id),
    acknowledged_at BIGINT,
    acknowledged_by UUID REFERENCES account (id),
    UNIQUE (case_id, resolution, recipient)
);
CREATE INDEX notice_recipient ON notice (recipient, acknowledged_at, due);

-- What an act that came too late is answered with; found by receipt, told once the batch has run.
CREATE TABLE refused_act (
    id BYTEA NOT NULL PRIMARY KEY,
    body BYTEA NOT NULL
);
