"""Sentences into token ids, each with the characters it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tokenizers

from framelens.model.windows import Window, pack_windows

__all__ = ["SentenceTokenizer", "SentenceTokens"]

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SentenceTokens:
    """The tokens of one sentence: ids ``[tokens]`` and character spans inside the sentence."""

    ids: Ids
    spans: list[tuple[int, int]]

    def __len__(self) -> int:
        return len(self.ids)


class SentenceTokenizer:
    """Tokenizes sentences one by one, so that a window is their tokens in a row."""

    def __init__(self, path: str | Path) -> None:
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

    @property
    def special_tokens(self) -> tuple[int, int]:
        """How many special tokens stand before and after the tokens of a window."""
        return len(self._before), len(self._after)

    def __call__(self, sentences: Sequence[str]) -> list[SentenceTokens]:
        """Tokenize each sentence whole: nothing is cut and nothing is added."""
        encodings = self._tokenizer.encode_batch(list(sentences), add_special_tokens=False)
        return [SentenceTokens(np.array(e.ids, dtype=np.int64), e.offsets) for e in encodings]

    def pack(
        self, sentences: Sequence[SentenceTokens], window: int, overlap: int = 0
    ) -> list[Window]:
        """Windows over the sentences of one document, see :func:`pack_windows`.

        Args:
            sentences: the tokens of each.
            window: tokens that go through the encoder together, special tokens included.
            overlap: sentences that consecutive windows share.
        """
        capacity = window - sum(self.special_tokens)
        return pack_windows([len(sentence) for sentence in sentences], capacity, overlap)

    def window(self, sentences: Sequence[SentenceTokens], window: Window) -> Ids:
        """The input ids ``[tokens]`` of a window over these sentences, with special tokens."""
        parts = (sentences[part.sentence].ids[part.begin : part.end] for part in window.parts)
        return np.concatenate([self._before, *parts, self._after])
