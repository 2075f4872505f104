"""Pieces of text that, repeated without end, have made converters slow or deep. bench/hostile.py takes their time."""

from __future__ import annotations

PATTERNS = {
    "openings": "{{ ",
    "statement openings": "{% if a ",
    "braces": "{",
    "closings": "}}",
    "url-encoded openings": "%7B%7B",
    "url-encoded tags": "%7B%7Ba%7D%7D",
    "tags": "{{ x }}",
    "blocks never closed": "{% if custom_data.plan %}",
    "ends without beginnings": "{% endif %}",
    "raw never closed": "{% raw %}",
    "comments never closed": "{% comment %}",
    "quotes never closed": "{{ '",
    "markup in openings": "{<b>{",
    "half openings": "{<",
    "entities in openings": "{&nbsp;",
    "invisible signs": "\u200b{",
    "single closings": "{{ a } ",
    "triple openings": "{{{ ",
    "trimming tags": " {{- a -}} ",
    "assignments": "{% assign a = b %}{{ a }}",
    "tag signs": "<",
    "comment openings": "<!--",
    "quoted attributes": "a='",
    "url functions": "url(",
    "long words": "a",
    "blanks": " ",
    "addresses": "http://",
    "links in elements never ended": '<a title="{{ unsubscribe_link }}',
    "links in comments never ended": "<!--{{ unsubscribe_url }}",
    "conditional links": "{% if custom_data.plan %}{{ unsubscribe_url }}{% endif %}",
    "raw zones of one brace": "{% raw %}{{% endraw %}",
    "raw zones of markup": "{% raw %}{<b>{% endraw %}",
    "parts of parts": "{{ custom_data.plan.size.first }}",
}
DJANGO_PATTERNS = {
    "openings": "{{",
    "statement openings": "{%",
    "comment openings": "{#",
    "comments never closed": "{# #",
    "filters": "{{ a|",
    "conditions never closed": "{% if ",
    "verbatim never closed": "{% verbatim %}",
}
LINK_PATTERNS = ("<!--", "<style>", "<title ", "{% if custom_data.plan %}", "{{ unsubscribe_url }}<!-- -->", "<script")
"""Behind an unsubscribe link."""
REDACTED_PATTERNS = ("x", "\\", "%25", "&#0", "a@")
