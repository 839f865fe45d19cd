-- When something of a case is to be destroyed: none while it is open or held, and once all is gone. What was closed
-- before is looked at once, and then it is known.
ALTER TABLE cases ADD COLUMN retain_due INTEGER;
CREATE INDEX cases_retain_due ON cases (retain_due);
UPDATE cases SET retain_due = 0 WHERE stage IN ('resolved', 'closed');
