"""Jobs: documents to label when there is time, which survive the process that took them."""

from __future__ import annotations

from framelens.serve.jobs.callbacks import CallbackSettings
from framelens.serve.jobs.routes import router
from framelens.serve.jobs.running import Jobs

__all__ = ["CallbackSettings", "Jobs", "router"]
