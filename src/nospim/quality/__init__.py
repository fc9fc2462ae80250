"""How good the guard and the casework are: scoring against labelled worlds, and calibration."""
