# ruff: noqa: E501 -- a drawing is one line
"""The line symbols of the pages, 24 by 24, drawn with a pen of 2; a page carries only those it names."""

from __future__ import annotations

from markupsafe import Markup

SYMBOLS = {
    name: Markup(drawing)  # noqa: S704 -- our own drawings
    for name, drawing in {
        "bus": '<rect x="4" y="4" width="16" height="13" rx="2"/><path d="M4 11h16M7 17v3M17 17v3M8 14h.1M16 14h.1"/>',
        "cal": '<rect x="4" y="5" width="16" height="16" rx="2"/><path d="M4 10h16M8 2.5V7M16 2.5V7"/>',
        "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3.5 2"/>',
        "cup": '<path d="M5 9h12v5a6 6 0 0 1-12 0zM17 10h2a2 2 0 0 1 0 5h-2M9 3v3M13 3v3"/>',
        "find": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21"/>',
        "flag": '<path d="M5 21V4c5-3 9 3 14 0v10c-5 3-9-3-14 0"/>',
        "home": '<path d="M3 11.5L12 4l9 7.5M6 9.5V20h12V9.5M10 20v-6h4v6"/>',
        "link": '<path d="M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1"/>',
        "list": '<path d="M9 6h11M9 12h11M9 18h11M4 6h.1M4 12h.1M4 18h.1"/>',
        "mail": '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M3.5 7l8.5 6 8.5-6"/>',
        "map": '<path d="M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14"/>',
        "people": '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6M16 5a3.3 3.3 0 0 1 0 6.5M18 14.5c2.2.8 3.5 2.6 3.5 5.5"/>',
        "phone": '<path d="M6 3h3.5l1.5 5-2.5 1.5a12 12 0 0 0 6 6L16 13l5 1.5V18a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z"/>',
        "pin": '<path d="M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21z"/><circle cx="12" cy="9.5" r="2.5"/>',
        "plus": '<path d="M12 5v14M5 12h14"/>',
        "pound": '<path d="M17 7.5A4 4 0 0 0 9 9c0 3 1 5-1.5 10H17M7 13h7"/>',
        "print": '<path d="M7 8V3h10v5M7 17H4v-8h16v8h-3M7 14h10v7H7z"/>',
        "screen": '<rect x="3" y="5" width="18" height="12" rx="2"/><path d="M8 21h8"/>',
        "step": '<path d="M3 19h18L21 9z"/>',
        "tick": '<path d="M4 12.5l5.5 5.5L20 6.5"/>',
        "van": '<path d="M2 16V6h12v10M14 9h4l4 4v3h-3M9 16h6M2 16h2"/><circle cx="6.5" cy="17" r="2.3"/><circle cx="17" cy="17" r="2.3"/>',
        "warn": '<path d="M12 3.5L2.5 20.5h19z"/><path d="M12 10v4.5M12 17.5v.1"/>',
        "wide": '<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18"/>',
        "x": '<path d="M6 6l12 12M18 6L6 18"/>',
    }.items()
}
