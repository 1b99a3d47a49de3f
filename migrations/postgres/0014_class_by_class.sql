-- Claims read what is due class by class (delivery_turn); this index in order of time over all classes serves nothing any more.
DROP INDEX delivery_due;
