"""Run the command as `python -m semigen.cli`."""

from semigen.cli import main

main()
