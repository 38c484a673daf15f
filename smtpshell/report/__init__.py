"""Conversations as pictures and pages that anyone can open.

svg.py         elements of SVG and HTML as strings, every text escaped
sequence.py    the sequence diagram, and the same as text
waterfall.py   what took how long, and the same as text
page.py        the report: one HTML file with its style (report.css) and its search (report.js)
"""

from __future__ import annotations

from smtpshell.report.page import html_report

__all__ = ["html_report"]
