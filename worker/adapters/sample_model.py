"""Builds the sample translation packages: real CTranslate2 models that translate word by word, from a dictionary.

No training: the weights are computed. Every target word gets a random code; all source words that mean it share that
code as their embedding. The decoder asks the encoder for "the code at my own position" by one cross-attention head
over position codes, and the output layer answers with the target word of that code. Words that are not in the
dictionary come out as `<unk>`, which the translator replaces by the source word.

The packages load, batch and decode like any Argos package, so tests and the recorded sample run the real engine.
Their metadata carry `"sample": true` and the name "sample word-by-word".
"""

import io
import json
import os
import shutil
import string
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sentencepiece
from ctranslate2.specs import attention_spec, common_spec, transformer_spec
from numpy.typing import NDArray

from ceasewire.yamlfile import YamlFile, read_yaml

SAMPLE_NAME = "sample word-by-word"
VERSION = "1.0"
POSITIONS = 512  # longest sentence, in words
SPECIAL = ("<unk>", "<s>", "</s>")
SPACE = "▁"  # SentencePiece's mark of a word's beginning

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SampleDictionary:
    """One language's words: every written form with its English. `marks` are translated the same way."""

    language: str
    name: str
    words: Mapping[str, str]
    marks: Mapping[str, str]


def build_sample_packages(dictionary_file: Path, packages_dir: Path) -> list[Path]:
    """Build one package folder per language of the dictionary, replacing older ones; returns the folders.

    The same dictionary gives the same bytes. Raises ConfigError for a wrong dictionary.
    """
    packages_dir.mkdir(parents=True, exist_ok=True)
    return [_build(dictionary, packages_dir) for dictionary in read_dictionaries(dictionary_file)]


# --- the dictionary --------------------------------------------------------------------------------------------


def read_dictionaries(path: Path) -> list[SampleDictionary]:
    """Read `marks:` and `languages: {code: {name, words: {"form form …": english}}}`."""
    file = read_yaml(path)
    marks = _string_map(file, ("marks",))
    languages = file.data.get("languages")
    if not isinstance(languages, dict) or not languages:
        raise file.error(("languages",), "must hold at least one language")
    return [SampleDictionary(code, str(entry["name"]), _words(file, code), marks) for code, entry in languages.items()]


def _words(file: YamlFile, code: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for forms, english in _string_map(file, ("languages", code, "words")).items():
        for form in forms.split():
            for cased, meaning in _cases(form, english, code):
                words.setdefault(cased, meaning)
    return words


def _string_map(file: YamlFile, keys: tuple[str, ...]) -> dict[str, str]:
    data = file.data
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    if not isinstance(data, dict):
        raise file.error(keys, "must be a mapping of words to English")
    for key, value in data.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise file.error((*keys, str(key)), "is not text", remedy='put words like "on" or "no" in quotes')
    return data


def _cases(form: str, english: str, code: str) -> Iterator[tuple[str, str]]:
    """The form as written, with a capital, and in capitals."""
    capital = english[:1].upper() + english[1:] if english.islower() else english  # "of Armenia" stays
    yield form, english
    yield _upper(form[0], code) + form[1:], capital
    yield _upper(form, code), capital


def _upper(text: str, code: str) -> str:
    """Upper case; Turkish and Azerbaijani keep the dot of i."""
    return (text.replace("i", "İ") if code in ("tr", "az") else text).upper()


# --- the package -----------------------------------------------------------------------------------------------


def _build(dictionary: SampleDictionary, packages_dir: Path) -> Path:
    """Build in a staging folder and move into place, so that a reader never sees half a package."""
    folder = packages_dir / f"sample-{dictionary.language}_en"
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=packages_dir))
    try:
        (staging / "model").mkdir()
        marks = {mark: english for mark, english in dictionary.marks.items() if english}
        model = word_model({**dictionary.words, **marks}, Shape())
        model.optimize()
        model.save(str(staging / "model"))
        (staging / "sentencepiece.model").write_bytes(tokenizer_model(dictionary))
        (staging / "metadata.json").write_text(json.dumps(_metadata(dictionary), indent=1), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        staging.chmod(0o755)
        os.replace(staging, folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return folder


def _metadata(dictionary: SampleDictionary) -> dict[str, object]:
    return {
        "package_version": VERSION,
        "argos_version": "1.9",
        "from_code": dictionary.language,
        "from_name": dictionary.name,
        "to_code": "en",
        "to_name": "English",
        "name": SAMPLE_NAME,
        "sample": True,
    }


def tokenizer_model(dictionary: SampleDictionary) -> bytes:
    """A word-level SentencePiece model whose normaliser parts punctuation marks from words."""
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder, "rules.tsv")
        rules.write_text("".join(_normaliser_rules(dictionary)), encoding="utf-8")
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sorted({*dictionary.words, *dictionary.marks})),
            model_writer=model,
            model_type="word",
            vocab_size=len(dictionary.words) + len(dictionary.marks) + len(SPECIAL),
            hard_vocab_limit=False,
            max_sentencepiece_length=64,
            normalization_rule_tsv=str(rules),
            num_threads=1,
            minloglevel=2,
        )
    return model.getvalue()


def _normaliser_rules(dictionary: SampleDictionary) -> Iterator[str]:
    """Part marks from letters and before spaces, never between digits (1,5); drop marks without meaning."""
    letters = sorted(
        {letter for word in dictionary.words for letter in word if letter.isalpha()} | {*string.ascii_letters}
    )
    yield _rule("’", "'")
    for mark, english in dictionary.marks.items():
        if not english:
            yield _rule(mark, "")
            continue
        yield _rule(mark + " ", f" {mark} ")
        for letter in letters:
            yield _rule(letter + mark, f"{letter} {mark} ")
            yield _rule(mark + letter, f"{mark} {letter}")


def _rule(source: str, target: str) -> str:
    return "\t".join(" ".join(f"{ord(c):X}" for c in side) for side in (source, target)) + "\n"


# --- the weights -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shape:
    """Dimensions of the transformer; `heads` must divide them such that a head sees words or positions, not both."""

    content: int = 128  # of a word's code
    position: int = 128  # of a position's code
    layers: int = 1
    heads: int = 1
    feed_forward: int = 256

    @property
    def width(self) -> int:
        """Of the whole model."""
        return self.content + self.position


def word_model(pairs: Mapping[str, str], shape: Shape) -> transformer_spec.TransformerSpec:
    """A transformer that turns each source word of `pairs` into its target; ready to be saved or quantised.

    Only the last decoder layer's cross-attention and the output layer do anything: all else adds zero.
    """
    targets = [*SPECIAL, *sorted({_target_piece(target) for target in pairs.values()})]
    index = {piece: number for number, piece in enumerate(targets)}
    sources = sorted(pairs)
    means = [*range(len(SPECIAL)), *(index[_target_piece(pairs[source])] for source in sources)]
    codes = _codes(len(targets), shape.content, seed=1)

    spec = transformer_spec.TransformerSpec.from_config((shape.layers, shape.layers), shape.heads, pre_norm=True)
    _silence(spec, shape)
    _ask_same_position(spec.decoder.layer[-1].attention, shape)
    _embed(spec, codes[means], len(targets), shape)
    spec.decoder.projection.weight = np.hstack([codes, _zeros(len(targets), shape.position)])
    spec.decoder.projection.bias = np.zeros(len(targets), np.float32)
    spec.register_source_vocabulary([*SPECIAL, *(SPACE + source for source in sources)])
    spec.register_target_vocabulary(targets)
    spec.config.add_source_eos = True
    spec.validate()
    return spec


def _target_piece(english: str) -> str:
    """How the English is written as one piece: closing marks stick to the word before them."""
    return english if english in tuple(".,:;!?)»”]") else SPACE + english.replace(" ", SPACE)


def _codes(rows: int, width: int, seed: int) -> Matrix:
    """Random rows of ±1: nearly orthogonal, so that the product with the right one stands far out."""
    return np.random.default_rng(seed).choice(np.array([-1.0, 1.0], np.float32), (rows, width))


def _zeros(rows: int, columns: int) -> Matrix:
    return np.zeros((rows, columns), np.float32)


def _silence(spec: transformer_spec.TransformerSpec, shape: Shape) -> None:
    """Every attention and feed-forward layer adds zero; every layer norm is the identity up to scale."""
    for layer in (*spec.encoder.layer, *spec.decoder.layer):
        _silence_attention(layer.self_attention, 3, shape)
        _norm(layer.ffn.layer_norm, shape)
        _linear(layer.ffn.linear_0, _zeros(shape.feed_forward, shape.width))
        _linear(layer.ffn.linear_1, _zeros(shape.width, shape.feed_forward))
    for layer in spec.decoder.layer:
        _silence_attention(layer.attention, 1, shape)
        _linear(layer.attention.linear[1], _zeros(2 * shape.width, shape.width))
        _linear(layer.attention.linear[2], _zeros(shape.width, shape.width))
    for norm in (spec.encoder.layer_norm, spec.decoder.layer_norm):
        _norm(norm, shape)


def _silence_attention(attention: attention_spec.MultiHeadAttentionSpec, inputs: int, shape: Shape) -> None:
    """The first linear layer holds query, key and value together (3) or the query alone (1)."""
    _norm(attention.layer_norm, shape)
    _linear(attention.linear[0], _zeros(inputs * shape.width, shape.width))
    _linear(attention.linear[1], _zeros(shape.width, shape.width))


def _ask_same_position(attention: attention_spec.MultiHeadAttentionSpec, shape: Shape) -> None:
    """Query and key are the position code, the value is the word code."""
    width, content, position = shape.width, shape.content, shape.position
    query = _zeros(width, width)
    query[:position, content:] = 4 * np.eye(position)  # sharpens the softmax on one position
    key_value = _zeros(2 * width, width)
    key_value[:position, content:] = np.eye(position)
    key_value[width : width + content, :content] = np.eye(content)
    output = _zeros(width, width)
    output[:content, :content] = 8 * np.eye(content)  # the answer drowns what the decoder brings along
    for linear, weight in zip(attention.linear, (query, key_value, output), strict=True):
        _linear(linear, weight)


def _embed(spec: transformer_spec.TransformerSpec, source_codes: Matrix, targets: int, shape: Shape) -> None:
    """Words fill the first dimensions, positions the others; the decoder does not need its own words."""
    spec.encoder.embeddings[0].weight = np.hstack([source_codes, _zeros(len(source_codes), shape.position)])
    spec.decoder.embeddings.weight = _zeros(targets, shape.width)
    positions = np.hstack([_zeros(POSITIONS, shape.content), _codes(POSITIONS, shape.position, seed=2)])
    for side in (spec.encoder, spec.decoder):
        side.scale_embeddings = False
        side.position_encodings.encodings = positions


def _norm(norm: common_spec.LayerNormSpec, shape: Shape) -> None:
    norm.gamma = np.ones(shape.width, np.float32)
    norm.beta = np.zeros(shape.width, np.float32)


def _linear(linear: common_spec.LinearSpec, weight: Matrix) -> None:
    linear.weight = weight
    linear.bias = np.zeros(weight.shape[0], np.float32)
