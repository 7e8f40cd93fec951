"""POST /v1alpha1/comments:analyze and comments:suggestscore, and their discovery document."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from framelens.model import Scheme
from framelens.serve.answers import DocumentAnswer
from framelens.serve.coverage import UNDETERMINED
from framelens.serve.disconnection import unless_gone
from framelens.serve.perspective.attributes import (
    LANGUAGE,
    attribute_labels,
    check_attributes,
    check_score_type,
    score_attribute,
    supported_attributes,
)
from framelens.serve.perspective.discovery import VERSION, discovery_document
from framelens.serve.perspective.errors import ErrorRoute, PerspectiveError, error_responses
from framelens.serve.perspective.messages import (
    AnalyzeCommentRequest,
    AnalyzeCommentResponse,
    AttributeParameters,
    SuggestCommentScoreRequest,
    SuggestCommentScoreResponse,
    TextEntry,
)
from framelens.serve.perspective.suggestions import read_suggestion
from framelens.serve.requests import ClassifyRequest, Options
from framelens.serve.service import AppService
from framelens.serve.timing import Timing

__all__ = ["DECISION_HEADER", "MODEL_HEADER", "router"]

MODEL_HEADER = "x-framelens-model"
"""Names the model that scored, for which Perspective's answer has no field."""

DECISION_HEADER = "x-framelens-decision"
"""What to name in feedback, where the deployment keeps the decision for review."""

# The published examples send their JSON without saying that it is that.
router = APIRouter(route_class=ErrorRoute, strict_content_type=False)

Key = Annotated[
    str | None, Query(description="A key, where the deployment demands one, and else ignored.")
]


@router.post(
    f"/{VERSION}/comments:analyze",
    response_model=AnalyzeCommentResponse,
    responses=error_responses(),
)
async def analyze(
    request: AnalyzeCommentRequest, service: AppService, connection: Request, key: Key = None
) -> Response:
    """Score a comment in the shape of the Perspective API, with our labels as attributes.

    These are no toxicity scores. The comment is not logged, and stored only where the deployment
    keeps doubtful decisions and `doNotStore` does not say otherwise.
    """
    text = _text(request.comment)
    # Once: another model may become the default before the answer is there.
    model = service.models.default
    scheme = model.classifier.artefact.scheme
    wanted = _wanted(request, scheme)
    asked = ClassifyRequest(text=text, options=Options(offsets="utf16"))
    service.limits.check(asked.to_documents())
    timing = connection.state.timing = Timing()
    answer = await unless_gone(connection, service.classify(asked, timing=timing, model=model))
    if not request.do_not_store:
        kept = asked.model_copy(update={"client_token": request.client_token})
        await service.keep(kept, answer)
    [document] = answer.documents
    if document.error is not None:
        message = f"comment.text: {document.error.detail}"
        raise PerspectiveError("INVALID_ARGUMENT", message, "INVALID_REQUEST")
    if not document.sentences:
        raise _empty()
    length = len(text.encode("utf-16-le")) // 2
    whole = None if request.span_annotations else (0, length)
    labels = attribute_labels(scheme)
    scores = {
        name: score_attribute(labels[name], document.sentences, parameters, whole)
        for name, parameters in wanted.items()
    }
    content = AnalyzeCommentResponse(
        attribute_scores={name: given for name, given in scores.items() if given is not None},
        languages=request.languages or [LANGUAGE],
        detected_languages=_detected(document),
        client_token=request.client_token,
    )
    told = answer.model
    headers = {MODEL_HEADER: f"{told.name}@{told.version} sha256:{told.sha256}"}
    if answer.decision:
        headers[DECISION_HEADER] = str(answer.decision)
    return _response(content, headers)


@router.post(
    f"/{VERSION}/comments:suggestscore",
    response_model=SuggestCommentScoreResponse,
    responses=error_responses(),
)
async def suggest_score(
    request: SuggestCommentScoreRequest, service: AppService, key: Key = None
) -> Response:
    """Take scores that a comment should have had, where the deployment keeps such suggestions."""
    scheme = service.models.default.classifier.artefact.scheme
    labels = attribute_labels(scheme)
    suggestion = read_suggestion(request, _text(request.comment), labels)
    _check_context(request)
    service.limits.check(ClassifyRequest(text=suggestion.text).to_documents())
    if service.store is None:
        raise PerspectiveError("UNIMPLEMENTED", "This deployment keeps no suggested scores.")
    # Here, since a service without a database needs no SQLAlchemy in its memory.
    from framelens.serve.store.suggestions import keep_suggestion

    await keep_suggestion(service.store, suggestion, scheme)
    return _response(
        SuggestCommentScoreResponse(
            client_token=request.client_token, requested_languages=request.languages
        )
    )


@router.get("/$discovery/rest", responses=error_responses())
async def discovery(request: Request, version: Annotated[str, Query()] = VERSION) -> dict[str, Any]:
    """The service's description for Google's clients, which build themselves from it."""
    if version != VERSION:
        raise PerspectiveError("NOT_FOUND", f"The only version is {VERSION}.")
    return discovery_document(str(request.base_url))


def _wanted(request: AnalyzeCommentRequest, scheme: Scheme) -> dict[str, AttributeParameters]:
    """The attributes that are to be scored, with their parameters."""
    requested = request.requested_attributes or {}
    if not requested:
        message = "Missing requested_attributes"
        raise PerspectiveError("INVALID_ARGUMENT", message, "NO_REQUESTED_ATTRIBUTES")
    check_attributes(requested, attribute_labels(scheme))
    wanted = {name: each or AttributeParameters() for name, each in requested.items()}
    for name, parameters in wanted.items():
        check_score_type(name, parameters.score_type)
    _check_context(request)
    drop = bool(request.drop_unsupported_attributes)
    supported = supported_attributes(wanted, request.languages or [LANGUAGE], drop)
    return {name: wanted[name] for name in supported}


def _detected(document: DocumentAnswer) -> list[str] | None:
    language = document.language
    return [language.code] if language and language.code != UNDETERMINED else None


def _text(comment: TextEntry | None) -> str:
    if comment is None or comment.text is None or not comment.text.strip():
        raise _empty()
    if comment.type == "HTML":
        message = "Currently, only 'PLAIN_TEXT' comments are supported"
        raise PerspectiveError("INVALID_ARGUMENT", message, "INVALID_REQUEST")
    return comment.text


def _empty() -> PerspectiveError:
    return PerspectiveError("INVALID_ARGUMENT", "Comment must be non-empty.", "COMMENT_EMPTY")


def _check_context(request: AnalyzeCommentRequest | SuggestCommentScoreRequest) -> None:
    context = request.context
    if context and context.entries and context.article_and_parent_comment:
        message = "Context can have either entries or articleAndParentComment, but has both"
        raise PerspectiveError("INVALID_ARGUMENT", message, "INVALID_REQUEST")


def _response(
    content: AnalyzeCommentResponse | SuggestCommentScoreResponse,
    headers: dict[str, str] | None = None,
) -> Response:
    return Response(
        content.model_dump_json(exclude_none=True),
        media_type="application/json",
        headers={"cache-control": "no-store"} | (headers or {}),
    )
