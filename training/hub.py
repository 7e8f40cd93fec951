"""Artefacts on a hub of models, huggingface.co or another that speaks as it does."""

from __future__ import annotations

from importlib.metadata import version

from httpx2 import HTTPError
from huggingface_hub import HfApi
from huggingface_hub.errors import HFValidationError, OfflineModeIsEnabled

from framelens.model import Artefact, FramelensError
from framelens.model.artefact import MANIFEST

__all__ = ["HubError", "push"]


class HubError(FramelensError):
    """A hub that did not take an artefact."""


def push(artefact: Artefact, repository: str, private: bool = False) -> str:
    """Upload the files that the manifest names, and the networks in ``onnx/``, in one commit.

    The hub is that of ``HF_ENDPOINT``, the token that of ``HF_TOKEN`` or of ``hf auth login``.

    Args:
        artefact: a verified artefact.
        repository: its name on the hub, as ``owner/name``; made where there is none.
        private: whether a new repository is to be seen by its owner alone.

    Returns:
        The address of the commit.

    Raises:
        HubError: the name is none, or the hub refuses or cannot be reached.
    """
    manifest = artefact.manifest
    api = HfApi(library_name="framelens", library_version=version("framelens"))
    try:
        api.create_repo(repository, private=private, exist_ok=True)
        commit = api.upload_folder(
            repo_id=repository,
            folder_path=artefact.folder,
            allow_patterns=[MANIFEST, *manifest.files, "onnx/*.onnx"],
            commit_message=f"{manifest.name} {manifest.version}",
        )
    except (HTTPError, HFValidationError, OfflineModeIsEnabled) as error:
        raise HubError(f"{api.endpoint}: {repository}: {_reason(error)}") from error
    return str(commit.commit_url)


def _reason(error: Exception) -> str:
    reason = " ".join(str(error).split()) or type(error).__name__
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return f"{reason}; log in with 'hf auth login', or set HF_TOKEN to a token that may write"
    return reason
