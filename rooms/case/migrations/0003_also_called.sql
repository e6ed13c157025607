-- What people call a category, apart by blanks: other words under which a search finds it.
ALTER TABLE case_category ADD COLUMN also_called TEXT NOT NULL DEFAULT '';
