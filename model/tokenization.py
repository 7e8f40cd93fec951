"""Sentences into token ids, and where the tokens stand in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tokenizers

from framelens.model.engines.base import Ids
from framelens.model.windows import Window, pack_windows

__all__ = ["SentenceTokenizer", "Spans"]

Spans = npt.NDArray[np.int64]

TOGETHER = 1024
"""Sentences that are tokenized at once: what the tokenizer tells of each takes much memory."""


class SentenceTokenizer:
    """Tokenizes sentences one by one, so that a window is their tokens in a row.

    Args:
        path: the tokenizer's file.
        separators: whether the special token that ends a window also stands between its
            sentences (Cohan et al. 2019, arXiv 1909.04054).
        alone: whether each window holds one sentence only.
    """

    def __init__(self, path: str | Path, separators: bool = False, alone: bool = False) -> None:
        self._tokenizer = tokenizers.Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        # A text that says "[SEP]" means these five characters.
        self._tokenizer.encode_special_tokens = True
        letter = self._tokenizer.encode("a")
        first = letter.special_tokens_mask.index(0)
        last = len(letter) - letter.special_tokens_mask[::-1].index(0)
        self._before = np.array(letter.ids[:first], dtype=np.int64)
        self._after = np.array(letter.ids[last:], dtype=np.int64)
        self._separator = self._after[-1:] if separators else self._after[:0]
        self._alone = alone

    @property
    def special_tokens(self) -> tuple[int, int]:
        """How many special tokens stand before and after the tokens of a window."""
        return len(self._before), len(self._after)

    @cached_property
    def unknown(self) -> int | None:
        """The id that stands for what has no token, where there is one."""
        name = getattr(self._tokenizer.model, "unk_token", None)
        return None if name is None else self._tokenizer.token_to_id(name)

    def __call__(self, sentences: Sequence[str]) -> list[Ids]:
        """The ids ``[tokens]`` of each sentence, whole: nothing is cut and nothing is added."""
        encodings = self._encode(sentences, self._tokenizer.encode_batch_fast)
        return [np.array(each.ids, dtype=np.int64) for each in encodings]

    def spans(self, sentences: Sequence[str]) -> list[Spans]:
        """Where each token begins and ends in its sentence: ``[tokens, 2]``, in code points."""
        encodings = self._encode(sentences, self._tokenizer.encode_batch)
        return [np.array(each.offsets, dtype=np.int64).reshape(-1, 2) for each in encodings]

    def pack(self, sentences: Sequence[Ids], window: int, overlap: int = 0) -> list[Window]:
        """Windows over the sentences of one document, see :func:`pack_windows`.

        Args:
            sentences: the ids of each.
            window: tokens that go through the encoder together, special tokens included.
            overlap: sentences that consecutive windows share.
        """
        capacity = window - sum(self.special_tokens)
        lengths = [len(sentence) for sentence in sentences]
        # With such a gap there is no room for a second one.
        gap = capacity if self._alone else len(self._separator)
        return pack_windows(lengths, capacity, overlap, gap)

    def window(self, sentences: Sequence[Ids], window: Window) -> Ids:
        """The input ids ``[tokens]`` of a window over these sentences, with special tokens."""
        pieces = [self._before]
        for part in window.parts:
            pieces += [sentences[part.sentence][part.begin : part.end], self._separator]
        return np.concatenate([*(pieces[:-1] if window.parts else pieces), self._after])

    def places(self, window: Window) -> list[slice]:
        """Where the tokens of each part stand in a window's input ids."""
        places = []
        begin = len(self._before)
        for part in window.parts:
            end = begin + part.end - part.begin
            places.append(slice(begin, end))
            begin = end + len(self._separator)
        return places

    @staticmethod
    def _encode(
        sentences: Sequence[str], encode: Callable[..., list[tokenizers.Encoding]]
    ) -> Iterator[tokenizers.Encoding]:
        for at in range(0, len(sentences), TOGETHER):
            yield from encode(list(sentences[at : at + TOGETHER]), add_special_tokens=False)
