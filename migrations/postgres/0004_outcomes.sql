-- What becomes of a resolution, beside its notices; and what headquarters is told of as a number only.
ALTER TABLE notice ADD COLUMN remedy_due BIGINT;
ALTER TABLE notice ADD COLUMN reopened BIGINT NOT NULL DEFAULT 0;

CREATE TABLE tally (
    what TEXT NOT NULL PRIMARY KEY,
    count BIGINT NOT NULL
);

-- A notice, and whether a later one of the same recipient has replaced it.
CREATE VIEW told_notice AS
    SELECT notice.*,
        CAST(CASE WHEN EXISTS (
            SELECT 1 FROM notice AS later
            WHERE later.case_id = notice.case_id AND later.recipient = notice.recipient
                AND later.resolution > notice.resolution
        ) THEN 1 ELSE 0 END AS BIGINT) AS superseded
    FROM notice;
