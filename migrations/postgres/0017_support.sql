-- Support that one side asks of the other outside of any case. In clear are whose desk asked whose, how many steps were
-- taken, and until when something can happen to it or when it ended; what it says is sealed.
CREATE TABLE support (
    id UUID NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_of TEXT NOT NULL,
    open_until BIGINT NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX support_asked_by ON support (asked_by, open_until);
CREATE INDEX support_asked_of ON support (asked_of, open_until);
