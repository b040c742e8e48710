"""The door of E-Sobes: programmes and events come in, executions are read. JSON behind a token (R34.1, R42.4)."""

from flask import Blueprint

from portal.esobes import events, executions, programmes, specification
from portal.esobes.guard import guard, problem_pages

door = Blueprint("esobes", __name__, url_prefix="/api/esobes/v1")
door.before_request(guard)
problem_pages(door)
for part in (programmes, events, executions, specification):
    part.register(door)
