"""The tasks: each takes ids, calls one job, which commits, and only then rings the next stage.

A bell that gets lost costs delay: `sweep` finds in the database what is due and rings again. Every task may run
twice with the same result, because each job claims its row first.
"""

from collections.abc import Iterable, Sequence

from worker.app import app
from worker.jobs.deliver import deliver_alert as deliver_job
from worker.jobs.enrich import TOGETHER
from worker.jobs.enrich import enrich_items as enrich_job
from worker.jobs.evaluate import evaluate_subscription as evaluate_job
from worker.jobs.fulltext import fetch_page as page_job
from worker.jobs.lookup import look_up_post as lookup_job
from worker.jobs.maintain import maintain as maintain_job
from worker.jobs.poll import poll_sources as poll_job
from worker.jobs.prune import prune_store, retention_of
from worker.jobs.read import read_fetches as read_job
from worker.jobs.read import together
from worker.jobs.renew import renew_due as renew_job
from worker.jobs.retag import retag_due as retag_job
from worker.jobs.sweep import sweep as sweep_job
from worker.jobs.translate import translate_due as translate_job
from worker.jobs.vanish import check_absence as absence_job
from worker.wiring import services

POLLED_TOGETHER = 25  # sources a message; what a poll writes is written for those that have come in together
PRUNED_TOGETHER = 2_000  # rows of each kind, every ten minutes


@app.task(name="sweep")
def sweep() -> None:
    """Ring for everything that is due."""
    due = sweep_job(services().store, services().clock, services().languages(), services().platforms())
    for start in range(0, len(due.sources), POLLED_TOGETHER):
        poll_sources.apply_async((due.sources[start : start + POLLED_TOGETHER],), queue="poll")
    for fetch_id in due.fetches:  # alone: one of them may be what ended its reader
        read_fetches.apply_async(([fetch_id],), queue="enrich")
    _ring_enrich(due.items)
    for page_id in due.pages:
        fetch_page.apply_async((page_id,), queue="poll")
    for absence_id in due.absences:
        check_absence.apply_async((absence_id,), queue="poll")
    for lookup_id in due.lookups:
        look_up_post.apply_async((lookup_id,), queue="poll")
    if due.translations:
        translate_due.apply_async(queue="translate")
    _ring_alerts(due.alerts)
    for subscription_id in due.subscriptions:
        evaluate_subscription.apply_async((subscription_id,), queue="alert")


@app.task(name="poll_sources")
def poll_sources(source_ids: list[str]) -> None:
    """Fetch some sources."""
    for results in poll_job(services().polling(), source_ids, services().fetch_threads):
        bodies = ((each.fetch_id, each.size) for each in results if each.fetch_id is not None)
        for fetch_ids in together(bodies):
            read_fetches.apply_async((fetch_ids,), queue="enrich")


@app.task(name="read_fetches", time_limit=60, soft_time_limit=50)
def read_fetches(fetch_ids: list[int]) -> None:
    """Read some fetched bodies and store their items."""
    results = read_job(services().reading(), fetch_ids)
    _ring_enrich([item_id for result in results for item_id in result.item_ids])


@app.task(name="fetch_page", time_limit=120)
def fetch_page(page_id: int) -> None:
    """Fetch and read the page of one entry."""
    _ring_enrich(page_job(services().polling(), page_id))


@app.task(name="check_absence", time_limit=120)
def check_absence(absence_id: int) -> None:
    """Ask whether an official statement is still where it was published."""
    absence_job(services().polling(), absence_id)


@app.task(name="look_up_post", time_limit=120)
def look_up_post(lookup_id: int) -> None:
    """Ask a platform for a post known only by its id."""
    _ring_enrich(lookup_job(services().looking_up(), lookup_id))


@app.task(name="enrich_items", time_limit=60)
def enrich_items(item_ids: list[int]) -> None:
    """Find the languages of some items, tag them, note their alerts."""
    result = enrich_job(services().enriching(), item_ids)
    for item_id in result.alone:
        _ring_enrich([item_id])
    if result.needs_translation:
        translate_due.apply_async(queue="translate")
    _ring_alerts(result.alerts)


@app.task(name="translate_due")
def translate_due() -> None:
    """Translate a batch of what is waiting; ring again while more is."""
    result = translate_job(services().translating())
    _ring_alerts(result.alerts)
    if result.more:
        translate_due.apply_async(queue="translate")


@app.task(name="retag_due")
def retag_due() -> None:
    """Tag again what other conflict models have tagged, while nothing fresh waits."""
    retag_job(services().retagging())


@app.task(name="renew_due")
def renew_due() -> None:
    """Translate again what better models would translate now, while nothing fresh waits."""
    renew_job(services().renewing())


@app.task(name="deliver_alert", time_limit=90)
def deliver_alert(alert_id: int) -> None:
    """Send one alert."""
    deliver_job(services().delivering(), alert_id)


@app.task(name="evaluate_subscription", time_limit=120)
def evaluate_subscription(subscription_id: str) -> None:
    """Look whether a digest, a spike, a silence or a source's trouble is to be told."""
    _ring_alerts(evaluate_job(services().store, services().clock, subscription_id))


@app.task(name="maintain")
def maintain() -> None:
    """House-keeping of the store."""
    maintain_job(services().store, services().clock)
    retention = retention_of(services().settings)
    if retention.prunes:
        prune_store(services().store, retention, services().clock(), PRUNED_TOGETHER)


def _ring_enrich(item_ids: Sequence[int]) -> None:
    for start in range(0, len(item_ids), TOGETHER):
        enrich_items.apply_async((list(item_ids[start : start + TOGETHER]),), queue="enrich")


def _ring_alerts(alert_ids: Iterable[int]) -> None:
    for alert_id in alert_ids:
        deliver_alert.apply_async((alert_id,), queue="alert")
