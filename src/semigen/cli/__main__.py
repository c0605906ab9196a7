"""Run the command as `python -m semigen.cli`."""

from semigen.cli import main

if __name__ == "__main__":
    main()
