"""The door that stands open: what the portal is, the six services, help, accessibility, cookies, view, signing in."""
