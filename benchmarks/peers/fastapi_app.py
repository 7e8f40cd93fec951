"""FastAPI over a transformers pipeline: ``fastapi_app.py MODEL PORT BATCH_SIZE``.

As transformers documents it for web servers: one thread has the pipeline, the event loop does
the rest. Batches are made of the texts of one request.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline


class Request(BaseModel):
    """Texts to classify."""

    texts: list[str]


class Label(BaseModel):
    """The likeliest label of a text and its probability."""

    label: str
    score: float


def create_app(folder: str, batch_size: int) -> FastAPI:
    """The service around the exported model, in single precision as it is stored."""
    app = FastAPI()
    classifier = pipeline(
        "text-classification", folder, trust_remote_code=True, batch_size=batch_size
    )
    thread = ThreadPoolExecutor(1)

    def labels(texts: list[str]) -> list[Label]:
        return [Label(**answer) for answer in classifier(texts, truncation=True)]

    @app.post("/classify")
    async def classify(request: Request) -> list[Label]:
        return await asyncio.get_running_loop().run_in_executor(thread, labels, request.texts)

    return app


if __name__ == "__main__":
    model, port, size = sys.argv[1:]
    uvicorn.run(create_app(model, int(size)), port=int(port), log_level="warning")
