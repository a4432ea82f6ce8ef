"""Installed Argos packages: reading a folder, judging it, choosing the chain of packages for a language."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ceasewire.errors import Permanent
from worker.adapters.argos_library import package_metadata, package_name
from worker.adapters.argos_tokenizers import BpeTokenizer, SentencePieceTokenizer, Tokenizer

VOCABULARIES = ("shared_vocabulary.json", "shared_vocabulary.txt", "source_vocabulary.json", "source_vocabulary.txt")
# FLORES BLEU of the Argos package below 15 as its makers recorded it: az 8.8.
LOW_CONFIDENCE = frozenset({"az"})


@dataclass(frozen=True, slots=True)
class InstalledPackage:
    """One translation package in its folder, as far as it can be known without loading the model."""

    folder: Path
    name: str  # translate-ru_en, or the sample's own name
    version: str
    from_code: str
    to_code: str
    from_name: str
    sample: bool
    source_prefix: str  # a language token before the source, e.g. __hy__ of M2M-100
    target_prefix: str  # a language token that starts the target
    source_suffix: str  # the EOS token where the model's configuration does not add it itself

    @property
    def confidence(self) -> str:
        """sample, low or good."""
        if self.sample:
            return "sample"
        return "low" if self.from_code in LOW_CONFIDENCE and not self.source_prefix else "good"

    def tokenizer(self) -> Tokenizer:
        """Load the tokenizer that stands in the folder."""
        sentencepiece = self.folder / "sentencepiece.model"
        if sentencepiece.exists():
            return SentencePieceTokenizer(sentencepiece)
        return BpeTokenizer(self.folder / "bpe.model")


def read_packages(folder: Path) -> list[InstalledPackage]:
    """Read a package folder: one package per source language, several for a multilingual model.

    `metadata.json` is argostranslate's, with keys of ours: `source_prefixes` maps each source language to the token
    before its sentences, `add_source_eos` asks for an EOS that the model's own configuration leaves out, `name`
    replaces argostranslate's, `sample` marks the word-by-word model.
    Raises Permanent naming the folder and what is missing in it.
    """
    metadata = _read_json(folder / "metadata.json")
    _require_files(folder)
    package = package_metadata(metadata)
    if package.type != "translate" or not package.from_code or not package.to_code:
        raise Permanent("metadata.json names no pair of languages", about=str(folder))
    suffix = _source_suffix(folder, metadata)
    return [
        InstalledPackage(
            folder=folder,
            name=str(metadata.get("name") or package_name(package)),
            version=str(package.package_version),
            from_code=code.lower(),
            to_code=package.to_code.lower(),
            from_name=str(package.from_name or code),
            sample=metadata.get("sample") is True,
            source_prefix=prefix,
            target_prefix=str(package.target_prefix or ""),
            source_suffix=suffix,
        )
        for code, prefix in _source_prefixes(folder, metadata).items()
    ]


def _source_prefixes(folder: Path, metadata: Mapping[str, Any]) -> dict[str, str]:
    prefixes = metadata.get("source_prefixes") or {metadata["from_code"]: metadata.get("source_prefix", "")}
    if not isinstance(prefixes, dict) or not all(isinstance(prefix, str) for prefix in prefixes.values()):
        raise Permanent("source_prefixes in metadata.json is no mapping of languages to tokens", about=str(folder))
    return prefixes


def _require_files(folder: Path) -> None:
    model = folder / "model"
    if not (model / "model.bin").is_file():
        raise Permanent("model/model.bin is missing: not a CTranslate2 package", about=str(folder))
    if not any((model / name).is_file() for name in VOCABULARIES):
        raise Permanent("model/ holds no vocabulary", about=str(folder))
    if not any((folder / name).is_file() for name in ("sentencepiece.model", "bpe.model")):
        raise Permanent("neither sentencepiece.model nor bpe.model is there", about=str(folder))


def _source_suffix(folder: Path, metadata: Mapping[str, Any]) -> str:
    """CTranslate2 adds EOS itself where config.json says so; metadata may ask for it where the model does not."""
    config_file = folder / "model" / "config.json"
    config = _read_json(config_file) if config_file.exists() else {}
    if not metadata.get("add_source_eos") or config.get("add_source_eos"):
        return ""
    return str(config.get("eos_token", "</s>"))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Permanent(f"{path.name} is missing", about=str(path.parent)) from None
    except (OSError, ValueError) as error:
        raise Permanent(f"{path.name} cannot be read: {error}", about=str(path.parent)) from error
    if not isinstance(data, dict):
        raise Permanent(f"{path.name} is no JSON object", about=str(path.parent))
    return data


def list_packages(packages_dir: Path) -> tuple[list[InstalledPackage], list[Permanent]]:
    """All packages of a folder, real ones first, with the problems of those that cannot be read."""
    packages: list[InstalledPackage] = []
    problems: list[Permanent] = []
    for folder in sorted(packages_dir.iterdir()) if packages_dir.is_dir() else []:
        if not folder.is_dir() or folder.name.startswith("."):  # a dot: an installation under way
            continue
        try:
            packages += read_packages(folder)
        except Permanent as problem:
            problems.append(problem)
    packages.sort(key=lambda package: (package.sample, package.from_code, package.to_code, package.folder.name))
    return packages, problems


Chain = tuple[InstalledPackage, ...]


def choose_chain(packages: Iterable[InstalledPackage], source: str, target: str) -> Chain | None:
    """The packages that lead from `source` to `target`: direct, else by one language between; real before sample."""
    known = list(packages)
    for sample in (False, True):
        usable = [package for package in known if package.sample == sample]
        direct = [package for package in usable if (package.from_code, package.to_code) == (source, target)]
        if direct:
            return (max(direct, key=_version),)
        firsts = [package for package in usable if package.from_code == source]
        seconds = [package for package in usable if package.to_code == target]
        chains = [(first, second) for first in firsts for second in seconds if first.to_code == second.from_code]
        if chains:
            return max(chains, key=lambda chain: (_version(chain[0]), _version(chain[1])))
    return None


def _version(package: InstalledPackage) -> tuple[int, ...]:
    """`1.10` is newer than `1.9`."""
    return version_numbers(package.version)


def version_numbers(version: str) -> tuple[int, ...]:
    """Comparable numbers of a version; what is no number counts as 0."""
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))
