"""Is the port free that the API is to listen on, or taken, and by whom?"""

import errno
import json
import socket
import urllib.request

PATIENCE_SECONDS = 3.0


def port_fault(host: str, port: int) -> str | None:
    """Why nothing can listen there; None where it can, or where any free port will do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            return None
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        return "something else listens there" if taken else error.strerror or str(error)


def is_our_api(host: str, port: int) -> bool:
    """Whether what listens there answers as the API does."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    try:
        with urllib.request.urlopen(f"http://{reached}:{port}/healthz", timeout=PATIENCE_SECONDS) as answer:
            found = json.load(answer)
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and {"status", "version"} <= found.keys()
