"""A whole run: record, seal, judge, execute the notebooks, compare, render, write."""
