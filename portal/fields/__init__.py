"""The questions that forms ask: each field cleans, checks the shape, says in its own words what to mend."""

from portal.fields.asked import Asked
from portal.fields.choices import ChoiceField, ManyField, SelectField
from portal.fields.day import DayField
from portal.fields.files import FileField
from portal.fields.numbers import HoursField, MinutesField, MoneyField, PiecesField, TimeField
from portal.fields.text import CodeField, IinField, NoteField, PhoneField, TextField

__all__ = [
    "Asked",
    "ChoiceField",
    "CodeField",
    "DayField",
    "FileField",
    "HoursField",
    "IinField",
    "ManyField",
    "MinutesField",
    "MoneyField",
    "NoteField",
    "PhoneField",
    "PiecesField",
    "SelectField",
    "TextField",
    "TimeField",
]
