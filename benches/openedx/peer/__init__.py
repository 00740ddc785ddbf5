"""A Django application as small as a subscriber to the event bus can be: one table, one upsert an event."""
