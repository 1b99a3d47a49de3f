-- One recipient's rows of one kind: whoever gets all alerts may have got one password reset, or none, among a million others.
CREATE INDEX delivery_recipient_kind ON delivery (recipient, kind, suppressed_at, id) INCLUDE (class, mode_version)
    WHERE state = 'suppressed';
