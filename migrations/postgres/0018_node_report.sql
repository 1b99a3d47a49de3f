-- What each process reports of itself beside the mode, as JSON: the files in force, its disks, undeclared kinds, lost log lines.
ALTER TABLE node ADD COLUMN report TEXT NOT NULL DEFAULT '{}';
