"""The composition root: settings in, the parts that each job needs out. Everything is built when first used, in the
process that uses it: a translation model or a database connection does not survive a fork."""

import os
import random
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cached_property

import redis

from ceasewire.broker import redis_py_url
from ceasewire.channels import parse_rates
from ceasewire.conflict.model import Conflict
from ceasewire.message.links import Links
from ceasewire.operator import read_apprise
from ceasewire.pipeline.detect import DetectorSettings
from ceasewire.pipeline.memo import Memo
from ceasewire.pipeline.oembed import PLATFORMS, Endpoints
from ceasewire.secrets import SecretBox
from ceasewire.settings import Settings
from ceasewire.store.memory import StoreMemory
from ceasewire.store.session import Store
from worker.adapters.argos import ArgosTranslator
from worker.adapters.guard import deadline, guarded_client
from worker.adapters.http import HttpFetcher
from worker.adapters.language import Detector
from worker.adapters.politeness import GapRules, LocalHostGate, PatientGate, RedisHostGate
from worker.configuration import (
    Configuration,
    Handover,
    read_configuration,
    reload_configuration,
    unpack_configuration,
)
from worker.jobs.deliver import Delivering
from worker.jobs.enrich import Enriching
from worker.jobs.lookup import LookingUp
from worker.jobs.poll import Polling
from worker.jobs.read import Reading
from worker.jobs.renew import Renewing
from worker.jobs.retag import Retagging
from worker.jobs.translate import Translating
from worker.notifiers import OperatorChannels, make_notifiers
from worker.ports import Fetcher, HostGate, LanguageDetector, Translator

MEMO_BYTES = 16_000_000  # of entries read before; some 3,000 of a kilobyte of text each
FETCH_THREADS = 200  # as many as sources can be in hand: those that hang hold up no others


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def jitter() -> float:
    """Evenly spread in [-0.1, 0.1]: keeps polls and retries from falling into step."""
    return random.uniform(-0.1, 0.1)


class Services:
    """The parts, each built once per process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = utc_now
        self.generation = handover.number  # of the configuration that is held

    @cached_property
    def store(self) -> Store:
        """The store; migrations have run before."""
        return Store(self.settings.store_url)

    @cached_property
    def configuration(self) -> Configuration:
        """The files that are held in memory. Raises ConfigError: a worker does not start with a broken one."""
        return read_configuration(self.settings.config_dir)

    @property
    def conflicts(self) -> Mapping[str, Conflict]:
        """The topic models."""
        return self.configuration.conflicts

    def take_over(self, configuration: Configuration) -> None:
        """Work with it from the next task on. A translation model stays loaded unless the glossary has changed."""
        former = self.__dict__.get("configuration")
        self.__dict__["configuration"] = configuration
        if former is None or former.glossary.version != configuration.glossary.version:
            self.__dict__.pop("translator", None)
        self.__dict__.pop("_delivering", None)  # it holds apprise.yaml

    def catch_up(self) -> None:
        """Take over the files that the parent process has taken over since."""
        if handover.number != self.generation:
            number, files = handover.last()
            self.take_over(unpack_configuration(files))
            self.generation = number

    @cached_property
    def fetcher(self) -> Fetcher:
        """The fetcher behind the address guard."""
        return HttpFetcher(
            user_agent=self.settings.user_agent,
            allow_networks=self.settings.allow_networks,
            clock=self.clock,
            gate=self.gate,
        )

    @cached_property
    def gate(self) -> HostGate:
        """One request per host: among all workers with a broker, in this process without one."""
        rules = GapRules(allow_networks=self.settings.allow_networks)
        if not self.settings.redis_url:
            return LocalHostGate(rules)
        return RedisHostGate(redis.Redis.from_url(redis_py_url(self.settings.redis_url)), rules)

    @cached_property
    def fetch_threads(self) -> Executor:
        """For sources that are polled together; `Room` bounds the bodies that are in memory at once."""
        return ThreadPoolExecutor(FETCH_THREADS, "fetch")

    @cached_property
    def detector(self) -> LanguageDetector:
        """The language detector; its models load with the first text that needs them."""
        return Detector(DetectorSettings().with_more(self.settings.more_languages))

    @cached_property
    def translator(self) -> Translator:
        """The translator; its models load with the first text."""
        return ArgosTranslator(
            self.settings.packages_dir, target=self.settings.translate_to, glossary=self.configuration.glossary
        )

    @cached_property
    def _packages(self) -> ArgosTranslator:
        # Without the glossary, and so without the topic models that it takes names from: the sweep needs neither.
        return ArgosTranslator(self.settings.packages_dir, target=self.settings.translate_to)

    def languages(self) -> frozenset[str]:
        """Languages that can be translated now."""
        return self._packages.available()

    def polling(self, patience_seconds: float = 0.0) -> Polling:
        """For the job of that name, as are the others. With patience it waits for a busy host."""
        gate = PatientGate(self.gate, patience_seconds) if patience_seconds else self.gate
        return Polling(self.store, self.fetcher, gate, self.clock, jitter)

    def platforms(self) -> Sequence[str]:
        """Platforms that may be asked for posts known only by their id: none unless the operator allows it."""
        return PLATFORMS if self.settings.oembed else ()

    def looking_up(self) -> LookingUp:
        """See `polling`."""
        return LookingUp(self.polling(), Endpoints(self.settings.oembed_x, self.settings.oembed_telegram))

    def reading(self) -> Reading:
        """See `polling`."""
        return Reading(self.store, self.clock, jitter, self._memo)

    @cached_property
    def _memo(self) -> Memo:
        return Memo(MEMO_BYTES)

    def enriching(self) -> Enriching:
        """See `polling`."""
        return Enriching(self.store, self.detector, self.conflicts, self.settings.translate_to, self.clock)

    def translating(self) -> Translating:
        """See `polling`."""
        return Translating(self.store, self.translator, StoreMemory(self.store), self.conflicts, self.clock)

    def retagging(self) -> Retagging:
        """See `polling`."""
        return Retagging(self.store, self.conflicts, self.clock)

    def renewing(self) -> Renewing:
        """See `polling`."""
        return Renewing(self.store, self.translator, StoreMemory(self.store), self.conflicts, self.clock)

    @cached_property
    def _delivering(self) -> Delivering:
        client = guarded_client(self.settings.allow_networks, timeout=15.0)
        secrets = SecretBox.open(self.settings.secret_key, self.settings.data_dir)
        settings = self.settings
        operator = OperatorChannels(settings.smtp_url, settings.mail_from, read_apprise(settings))
        return Delivering(
            self.store,
            make_notifiers(client, deadline, self.clock, operator),
            secrets.decrypt,
            Links(settings.reached_at, secrets),
            parse_rates(settings.channel_rates),
            self.clock,
            jitter,
        )

    def delivering(self) -> Delivering:
        """See `polling`."""
        return self._delivering


handover = Handover()
_by_process: dict[int, Services] = {}


def services() -> Services:
    """This process's services, from the environment, with the configuration that its parent took over last."""
    pid = os.getpid()
    if pid not in _by_process:
        parents = (
            _by_process.popitem()[1] if _by_process else None
        )  # inherited over a fork: only its files are ours too
        _by_process[pid] = Services(Settings.from_environment())
        if parents and "configuration" in parents.__dict__:
            _by_process[pid].take_over(parents.configuration)
            _by_process[pid].generation = parents.generation
    _by_process[pid].catch_up()
    return _by_process[pid]


def reload(part: str) -> None:
    """Take over changed files, in the process that pool children are forked from; a broken one changes nothing.

    On a store of its own, closed at once: no child may inherit its connections.
    """
    parent = services()
    store = Store(parent.settings.store_url)
    try:
        read = reload_configuration(store, parent.settings, part, parent.clock)
    finally:
        store.dispose()
    if read is not None:
        handover.hand_over(read.files)
        parent.generation = handover.number
        parent.take_over(read)
