-- A timer that has rung or was taken back is over: what it did has a fact of its own, and the rows of all that ever
-- rang would outgrow everything that still waits. State 1 and 3 are gone.
DELETE FROM jobs_timer WHERE state IN (1, 3);
