"""Makes ``python -m nospim`` the same as the command ``nospim``."""

from nospim.cli import main

if __name__ == "__main__":
    main()
