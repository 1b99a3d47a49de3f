-- A mail can be found by its sender, by its Message-ID, by its recipient as it is shown (the key masked), and by our own ids. The
-- null sender is the empty one; a Message-ID is compared without its angle brackets.
CREATE INDEX recipient_sender ON recipient (coalesce(sender, ''), received_at, id);
CREATE INDEX recipient_message_id ON recipient (btrim(message_id, '<>'), received_at, id) WHERE message_id IS NOT NULL;
CREATE INDEX recipient_mask ON recipient (mask, received_at, id);
DROP INDEX recipient_mail;
CREATE INDEX recipient_mail ON recipient (mail_id);
