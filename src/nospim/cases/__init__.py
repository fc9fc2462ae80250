"""The case file: a person's record of what was decided about campaigns and operators, and what it cost."""
