"""A run as one HTML file: from a record of what the run holds to the text of the page."""

from __future__ import annotations

from graphengine.report.page import page
from graphengine.report.record import InputFile, Movement, Quality, RunRecord, TopicRecord

__all__ = ["InputFile", "Movement", "Quality", "RunRecord", "TopicRecord", "page"]
