"""`python -m gracelint`."""

from gracelint.cli import main

if __name__ == "__main__":
    main()
