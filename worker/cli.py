"""The `ceasewire` command. Commands live in `worker/commands/`, loaded only when called, so that filters start fast."""

import importlib
import logging
import sys

import click

from ceasewire import __version__
from ceasewire.errors import CeasewireError
from ceasewire.logs import is_configured

COMMANDS = {
    # name: (module in worker.commands, one line of help)
    "up": ("up", "Run the whole service here, in one foreground command."),
    "worker": ("worker", "Run one worker: poll, enrich, translate or alert."),
    "beat": ("beat", "Run the clock that rings the workers."),
    "api": ("api", "Run the API and the page."),
    "poll": ("poll", "Poll sources now and say what each did."),
    "sources": ("sources", "Check and list sources."),
    "subscriptions": ("subscriptions", "Check, load, list, test and backtest subscriptions."),
    "db": ("db", "Create or upgrade the store."),
    "status": ("status", "Show what waits, lags, sources, models and alerts, live in the terminal."),
    "doctor": ("doctor", "Say what is wrong with this installation, and what to do."),
    "audit": ("audit", "Check that nothing is lost, doubled or stuck."),
    "backup": ("backup", "Write the embedded store to a file."),
    "restore": ("restore", "Put a backup in the embedded store's place."),
    "prune": ("prune", "Show or delete what the retention rules let go."),
    "keys": ("keys", "Make, list and revoke keys of the API."),
    "sample": ("sample", "Serve the recorded sample by itself."),
    "models": ("models", "Install and list translation packages."),
    "topics": ("topics", "Check, explain and evaluate a conflict's topic model."),
    "parse": ("parse", "Filter: a feed or HTML page in, one JSON line per item or embedded post out."),
    "detect": ("detect", "Filter: JSON lines with text in, with language out."),
    "translate": ("translate", "Filter: JSON lines with text in, with translation out."),
    "tag": ("tag", "Filter: JSON lines with text in, with tags and evidence out."),
}


class LazyGroup(click.Group):
    """Imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, without importing anything."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one that is called."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"worker.commands.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ceasewire")
def cli() -> None:
    """Ceasewire: the news of a conflict from all its sides, translated, tagged with evidence, alerted once.

    \b
    Start here:
      ceasewire up --sample          the whole service with a recorded sample, no internet needed
      ceasewire sources check        is config/sources.yaml right?
      ceasewire topics check         is config/conflicts/ right?
      echo '{"id":1,"text":"Встреча в Кремле"}' | ceasewire detect

    Settings are environment variables that start with CEASEWIRE_ (see config/env.example).
    """


def main() -> None:
    """Entry point: errors raised on purpose become one line and exit status 1, not a traceback."""
    try:
        cli(standalone_mode=True)
    except CeasewireError as error:
        if is_configured():  # a service: its log is what somebody looks at
            logging.getLogger("ceasewire").critical("%s", error)
        else:
            click.echo(f"ceasewire: {error}", err=True)
        sys.exit(1)
