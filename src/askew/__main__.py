"""`python -m askew`: the command line, where its script is not on the path."""

from askew.cli import main

if __name__ == "__main__":
    main()
