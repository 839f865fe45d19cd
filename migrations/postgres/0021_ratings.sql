-- Cases of which an outcome was rated: kind 26 is a rating. For the Council, which reads what was said.
CREATE INDEX envelope_rating ON envelope (case_id) WHERE kind = 26;
