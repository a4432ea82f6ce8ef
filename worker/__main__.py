"""`python -m worker` is the `ceasewire` command."""

from worker.cli import main

main()
