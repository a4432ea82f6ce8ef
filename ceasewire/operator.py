"""What the operator has set up for channels: the mail server, and Apprise addresses under names of their own.

`apprise.yaml` holds a line `NAME: ADDRESS` each. The addresses carry tokens: they stay in that file, and no error, log
or answer shows them.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from ceasewire.channels import name_fault
from ceasewire.settings import Settings
from ceasewire.yamlfile import read_yaml

APPRISE_FILE = "apprise.yaml"


def read_apprise(settings: Settings) -> Mapping[str, str]:
    """Addresses by name; none where the operator has no such file.

    Raises:
        ConfigError: a file that was named is missing, or a line is no `NAME: ADDRESS`.
    """
    path = Path(settings.apprise_config) if settings.apprise_config else settings.config_dir / APPRISE_FILE
    if not settings.apprise_config and not path.exists():
        return {}
    file = read_yaml(path)
    if file.data is None:
        return {}
    if not isinstance(file.data, dict):
        raise file.error([], "is no list of names and addresses", "write a line NAME: ADDRESS each")
    for name, address in file.data.items():
        if fault := name_fault(str(name)):
            raise file.error([name], fault)
        if not isinstance(address, str) or "://" not in address:
            raise file.error([name], "is no address", "see https://appriseit.com/services/ for how to write it")
    return {str(name): address for name, address in file.data.items()}


def setup_fault(settings: Settings, channel: str, target: str) -> str | None:
    """Why nothing could be delivered there as this installation stands, or None."""
    if channel == "email" and not (settings.smtp_url and settings.mail_from):
        return "no mail server is set up here: CEASEWIRE_SMTP_URL and CEASEWIRE_MAIL_FROM"
    if channel == "apprise":
        names = sorted(read_apprise(settings))
        if target not in names:
            near = get_close_matches(target, names, n=1)
            there = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names) or 'none'}"
            return f"the operator's {APPRISE_FILE} has no {target!r}; {there}"
    return None
