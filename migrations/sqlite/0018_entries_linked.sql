-- An entry may be another answer than certain earlier entries give: which, by their identifiers, with spaces between.
ALTER TABLE library_entry ADD COLUMN departs_from TEXT NOT NULL DEFAULT '';

-- What else there was of the document then: its parties and what took its place. None of entries from before this
-- was kept.
ALTER TABLE library_entry ADD COLUMN document_more TEXT;
