-- What the SMTP client called itself, for the trace above mail that is handed over. Unknown for mail that came before.
ALTER TABLE recipient ADD COLUMN helo TEXT;
