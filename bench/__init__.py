"""Speed, shown as ratios in one run: what the portal does against raw psycopg doing the same statements."""
