"""`python -m cobalamin.service` runs the command `cobalamin`."""

from cobalamin.service.cli.main import main

if __name__ == "__main__":
    main()
