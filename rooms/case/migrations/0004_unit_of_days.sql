-- What a deadline counts (d calendar days, wd working days, h hours, oh office hours, m months, y years): the short form of the deadline library.
ALTER TABLE case_category ADD COLUMN unit TEXT NOT NULL DEFAULT 'd';
ALTER TABLE case_intake ADD COLUMN deadline_unit TEXT NOT NULL DEFAULT 'd';
