"""``framelens score``: documents from files in, framed sentences out."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Annotated, Literal, TypeAlias

import typer

from framelens.model import DEFAULT, ENGINES, InputError
from framelens.serve.commands.options import IdColumn, InputFormat, Model, Precision, TextColumn
from framelens.serve.commands.ray_options import (
    RayActors,
    RayAddress,
    RayCPUs,
    RayGPUs,
    RayMemory,
    RayTimeout,
    ray_options,
)

__all__ = ["score"]

SOME_FAILED = 2

OutputFormat: TypeAlias = Literal["auto", "table", "jsonl", "csv", "tsv", "parquet"]


def score(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files, folders, patterns or addresses to read; standard input is - or none.",
            metavar="FILE|-",
        ),
    ] = None,
    model: Model = DEFAULT,
    engine: Annotated[
        str,
        typer.Option(
            help="What runs the model; ray scores on a cluster.",
            metavar="|".join(("auto", *ENGINES, "ray")),
        ),
    ] = "auto",
    precision: Precision = "auto",
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Say what each word adds to its sentence's label.")
    ] = False,
    review_below: Annotated[
        float | None,
        typer.Option(
            help="Mark sentences with a lower confidence, from 0 (none) to 1, for review.",
            metavar="CONFIDENCE",
            show_default="the model's own threshold",
        ),
    ] = None,
    input_format: Annotated[
        InputFormat,
        typer.Option(
            help="What the files hold; auto goes by the suffix: .jsonl, .ndjson, .csv, .tsv, "
            ".parquet, each also with .gz or .zst, else text, one document a file."
        ),
    ] = "auto",
    text_column: TextColumn = "text",
    id_column: IdColumn = None,
    output_format: Annotated[
        OutputFormat,
        typer.Option(
            "--format",
            help="auto goes by the suffix of the output; without one it is a table on a "
            "terminal and JSONL elsewhere.",
        ),
    ] = "auto",
    compression: Annotated[
        Literal["auto", "none", "gzip", "zstd"],
        typer.Option(help="Of the output; auto goes by its suffix."),
    ] = "auto",
    explode: Annotated[
        bool, typer.Option("--explode", help="Write a row for each sentence.")
    ] = False,
    output: Annotated[
        str | None,
        typer.Option(
            help="File or address to write to instead of standard output.", metavar="FILE|URL"
        ),
    ] = None,
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Throw away what an earlier run has left unfinished."),
    ] = False,
    max_errors: Annotated[
        int | None,
        typer.Option(
            help="Stop when more rows than this have no result.",
            min=0,
            show_default="any number may fail",
        ),
    ] = None,
    duplicates: Annotated[
        Literal["each", "once"],
        typer.Option(help="Whether texts that come again in a run are scored each time."),
    ] = "each",
    progress: Annotated[
        Literal["auto", "json", "none"],
        typer.Option(
            help="On standard error: auto shows it where an output file is written, drawn on a "
            "terminal and as lines elsewhere; json is an object in each line."
        ),
    ] = "auto",
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show neither progress nor a summary.")
    ] = False,
    ray_address: RayAddress = None,
    ray_actors: RayActors = None,
    ray_cpus: RayCPUs = None,
    ray_gpus: RayGPUs = 0.0,
    ray_memory: RayMemory = 1.0,
    ray_timeout: RayTimeout = 600.0,
) -> None:
    """Label every sentence of the documents in files.

    An output file appears when it is complete. Where a run is interrupted, or killed, the same
    command goes on. Rows without a result stand in FILE.errors.jsonl, counts and all that
    determines the labels in FILE.manifest.json.

    Exit codes: 0 all rows have a result; 1 an error, which the message tells; 2 some rows have
    no result; 3 more than --max-errors have none; 130 interrupted.
    """
    from framelens.serve.bulk.inputs import Inputs
    from framelens.serve.bulk.job import describe_job
    from framelens.serve.bulk.output import OutputForm
    from framelens.serve.bulk.records import Columns
    from framelens.serve.bulk.run import EncodeChunks
    from framelens.serve.bulk.scorer import ChunkScorer, ScoringSettings
    from framelens.serve.commands.scoring import (
        checked,
        open_scorer,
        open_sink,
        run_job,
        shown,
        without_duplicates,
        write_results,
    )

    if review_below is not None and not 0 <= review_below <= 1:
        raise InputError(f"--review-below: {review_below} is not between 0 and 1")
    ray = ray_options(context)
    if ray is not None:
        engine = "auto"
    if output_format == "auto" and output is None and sys.stdout.isatty() and ray is None:
        output_format = "table"
    if output_format == "table" and ray is not None:
        raise InputError("--format table: not with --engine ray")
    columns = Columns(text_column, id_column)
    inputs = Inputs(files or ["-"], input_format, columns)
    path = None if output is None else checked(output, inputs.sources)
    if output_format == "table":
        settings = ScoringSettings(
            model, engine, precision, review_below, OutputForm(evidence=evidence)
        )
        tally = write_results(ChunkScorer.load(settings), inputs, path)
    else:
        form = OutputForm.of(output, output_format, compression, explode=explode, evidence=evidence)
        passed = None if form.format == "jsonl" else inputs.passed()
        is_once = duplicates == "once"
        settings = ScoringSettings(model, engine, precision, review_below, form, passed, is_once)
        if quiet or (progress == "auto" and path is None):
            progress = "none"
        with ExitStack() as opened:
            scorer = opened.enter_context(open_scorer(settings, ray))
            job = describe_job(
                scorer.basis, form, columns, input_format, inputs.sources, duplicates
            )
            sink = open_sink(path, job, scorer.encoder, restart, output)
            encode: EncodeChunks = scorer.score_all
            if is_once:
                encode = opened.enter_context(without_duplicates(scorer, path))
            watch = opened.enter_context(shown(progress, inputs, scorer.encoder.labels))
            tally = run_job(inputs, encode, sink, max_errors, watch)
    if tally.failed:
        counts = f"{tally.failed:,} of {tally.rows:,} rows have no result"
        typer.echo(f"framelens: warning: {counts}", err=True)
        raise typer.Exit(SOME_FAILED)
