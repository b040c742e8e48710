"""Goods in her cabinet."""
