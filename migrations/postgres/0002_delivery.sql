-- That something waits, to be told outside: one row for each notice and channel. No address and no
-- content; its time is a batch's, never an act's. The identifier is the random reference that goes out.
CREATE TABLE delivery (
    id UUID NOT NULL PRIMARY KEY,
    notice UUID NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
    channel TEXT NOT NULL,
    -- waiting, handed (sent, answer unknown), sent, dead (given up), dropped (by an administrator)
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    planned BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    -- How often it was handed over without an answer.
    unclear BIGINT NOT NULL,
    -- A fixed word.
    reason TEXT NOT NULL,
    UNIQUE (notice, channel)
);
CREATE INDEX delivery_due ON delivery (state, next_at);
