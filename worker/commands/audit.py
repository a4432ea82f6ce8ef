"""`ceasewire audit`: is everything in the store that came in, once, and is nothing stuck?"""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from ceasewire.settings import Settings
from ceasewire.store.audit import COUNTED, Accounts, Now, Violation
from worker.jobs.audit import Audit, run_audit
from worker.wiring import Services


@click.command(name="audit")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for machines.")
def command(as_json: bool) -> None:
    """Check the accounts of the store: nothing lost, nothing twice, nothing stuck.

    \b
    items   = tagged + waiting for tags + set aside; each translated, not needing it, or saying why not
    outbox  = delivered + dead + pending + collected for a digest + carried by one
    matched = in the outbox: the items of the last day held against the subscriptions once more

    Reads one snapshot and writes nothing: run it on a live store. Each rule that is broken names its rows and what to
    do. Exit status 1 where one is.
    """
    services = Services(Settings.from_environment())
    services.store.check()
    try:
        found = run_audit(services.store, _now(services))
    finally:
        services.store.dispose()
    click.echo(json.dumps(as_data(found), ensure_ascii=False, indent=2) if as_json else as_text(found))
    raise SystemExit(1 if found.violations else 0)


def _now(services: Services) -> Now:
    models = {conflict.id: conflict.sha256 for conflict in services.conflicts.values()}
    return Now(datetime.now(UTC), models, services.languages(), services.platforms())


def as_data(found: Audit) -> dict[str, object]:
    """The audit as JSON: times as ISO 8601, `ok` first."""
    accounts = asdict(found.accounts) | {"oldest_due_at": _iso(found.accounts.oldest_due_at)}
    return {
        "ok": not found.violations,
        "at": _iso(found.at),
        "accounts": accounts,
        "compared": asdict(found.compared),
        "rules": found.rules,
        "violations": [asdict(one) for one in found.violations],
    }


def as_text(found: Audit) -> str:
    """For people: the accounts, then what is wrong."""
    lines = [*_account_lines(found.accounts, found.at), _compared_line(found)]
    lines += [line for one in found.violations for line in _violation_lines(one)]
    verdict = (
        f"{len(found.violations)} of {found.rules} rules broken"
        if found.violations
        else f"all {found.rules} rules hold"
    )
    return "\n".join([*lines, verdict])


def _account_lines(accounts: Accounts, now: datetime) -> list[str]:
    tagged = accounts.items - accounts.untagged - accounts.set_aside
    items = f"{tagged:,} tagged + {accounts.untagged:,} waiting for tags + {accounts.set_aside:,} set aside"
    translations = " + ".join(f"{count:,} {state}" for state, count in sorted(accounts.translations.items()))
    alerts = " + ".join(f"{count:,} {state}" for state, count in sorted(accounts.alerts.items())) or "0"
    due = accounts.oldest_due_at
    waiting = f"; the oldest is due for {(now - due).total_seconds():,.0f} s" if due and due < now else ""
    return [
        f"items        {accounts.items:,} = {items}",
        f"translations {accounts.items:,} = {translations or 0}",
        f"outbox       {sum(accounts.alerts.values()):,} = {alerts}{waiting}",
    ]


def _compared_line(found: Audit) -> str:
    compared = found.compared
    told = compared.matches - len(compared.untold)
    by = f"{compared.items:,} items of the last day × {compared.subscriptions:,} subscriptions"
    return f"matched      {compared.matches:,} = {told:,} told + {len(compared.untold):,} missing  ({by})"


def _violation_lines(one: Violation) -> list[str]:
    count = f"more than {COUNTED:,}" if one.count > COUNTED else f"{one.count:,}"
    rows = ", ".join(one.rows) + (", …" if one.count > len(one.rows) else "")
    return [f"BROKEN       {one.rule}: {count} {one.what}: {rows}", f"             remedy: {one.remedy}"]


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
