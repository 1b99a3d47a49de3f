-- Discarded mail says why. What came before says no more than that it came from the null sender, where it did.
UPDATE recipient SET reason = 'null_sender' WHERE verdict = 'discard' AND reason IS NULL AND sender IS NULL;
