"""The rules of law, tested by tables of cases and by property tests; no database, no mock, no time of day."""
