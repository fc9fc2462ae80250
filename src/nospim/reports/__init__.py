"""What people read of a run: one self-contained page and a few lines on the terminal."""
