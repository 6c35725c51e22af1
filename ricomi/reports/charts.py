"""The statements' pictures, drawn on this machine as SVG: Altair says what, vl-convert draws it, nothing is fetched.

Each has a wide and a narrow form, so that its texts can be read on a telephone. The tables beside them say the same in
numbers, so a picture shows shares and sizes and leaves the amounts to them.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from ricomi import l10n
from ricomi.directory.models import Body
from ricomi.fund.chart import Kind
from ricomi.reports.by_line import Lines
from ricomi.reports.donors import Given
from ricomi.reports.forecast import Forecast
from ricomi.reports.totals import Totals

if TYPE_CHECKING:
    import altair

INK, SOFT, LINE = "#12263a", "#4a5b6c", "#c9d3dc"
# Colours of Okabe and Ito, which differ for whoever sees colours otherwise; beside each other they differ in lightness.
BLUE, ORANGE, GREEN, SKY, RED = "#0072b2", "#e69f00", "#009e73", "#56b4e9", "#d55e00"
# Bars have an edge, which tells the pale ones from the paper.
OUTLINE: dict[str, Any] = {"stroke": INK, "strokeWidth": 0.6}
MOST_BARS = 16
# How wide a letter is in the reader's own font, as a share of its height, and how much wider than where it is drawn.
LETTER, OVERHANG = 0.62, 0.12


@dataclass(frozen=True)
class Size:
    """How wide a picture is, in px of its own, how large its letters, and how many of them a label has at most.

    At 320 px of a telephone the narrow one is shown at 288.
    """

    width: int
    letters: int
    label: int


WIDE, NARROW = Size(720, 14, 28), Size(300, 12, 15)
FONT = "system-ui, sans-serif"


def position(found: Mapping[str, Mapping[str, Decimal]], size: Size) -> str:
    """What is available, set aside and spent of what was received, as shares of each currency."""
    bars = [(currency, {name: row[kind] for kind, name in _uses().items()}) for currency, row in found.items()]
    return _shares(bars, _("Use of what was received"), size)


def donors(by_donor: Mapping[int, Sequence[Given]], names: Mapping[int, Body], size: Size) -> str:
    """What each donor's money did, as shares of what each gave in a currency."""
    bars = []
    for key in sorted(by_donor, key=lambda key: names[key].name):
        for one in by_donor[key]:
            used = {name: getattr(one, kind.value) for kind, name in _uses().items()}
            if any(used.values()):
                bars.append((f"{_cut(names[key].name, size.label - 5)}, {one.currency}", used))
    bars.sort(key=lambda bar: -sum(bar[1].values()))
    return _shares(bars[:MOST_BARS], _("Use of contributions by donor"), size)


def _uses() -> dict[Kind, str]:
    """What becomes of money that came, in the order in which it does."""
    return {
        Kind.AVAILABLE: _("Available"), Kind.RESERVED: _("Reserved"), Kind.COMMITTED: _("Committed"),
        Kind.OBLIGATED: _("Obligated for trips"), Kind.SPENT: _("Spent"),
    }  # fmt: skip


def lines(found: Lines, currency: str, size: Size) -> str:
    """Planned, committed and spent of each budget line, side by side."""
    items = [row for row in found.rows if not row.is_section] or found.rows
    names = [(_("Planned"), SKY), (_("Committed"), ORANGE), (_("Spent"), BLUE)]
    rows: list[dict[str, Any]] = []
    for row in [*items, *([found.loose] if found.loose else [])]:
        label = _cut(f"{row.number} {row.concept}" if row.number else _("Not on a line of the budget"), size.label)
        for (name, _colour), amount in zip(names, (row.planned, row.committed, row.spent), strict=True):
            rows.append({"label": label, "what": name, "amount": float(amount)})
    return _grouped(rows, names, _("Planned and spent by budget line, %(currency)s") % {"currency": currency}, size)


def totals(found: Totals, size: Size) -> str:
    """What was spent, what else is committed to cases, and what is not, as shares of each currency."""
    names = (_("Spent"), _("Committed to cases, not spent"), _("Not committed yet"))
    bars = []
    for one in found.rows:
        amounts = (one.spent, one.committed - one.spent, one.uncommitted)
        bars.append((one.currency, dict(zip(names, amounts, strict=True))))
    return _shares(bars, _("What became of the contributions"), size)


def forecast(found: Forecast, size: Size) -> str:
    """In, out, and what is left at the end of each month; a picture for each currency, under each other."""
    import altair as alt

    names = [(_("In, weighted"), GREEN), (_("Out"), ORANGE), (_("Closing"), INK)]
    drawn = []
    for currency in dict.fromkeys(one.currency for one in found.months):
        months = [one for one in found.months if one.currency == currency]
        bars, left = [], []
        for one in months:
            month = l10n.pattern(one.begins, "LLL yy")
            bars.append({"month": month, "what": names[0][0], "amount": float(one.weighted)})
            bars.append({"month": month, "what": names[1][0], "amount": float(one.out)})
            left.append({"month": month, "what": names[2][0], "amount": float(one.closing)})
        x = alt.X("month:N", sort=[row["month"] for row in left], title=None, axis=alt.Axis(labelAngle=-90))
        y = alt.Y("amount:Q", title=None, axis=_amounts(size, up=True))
        colour = _colours(names, size)
        beside = alt.XOffset("what:N", sort=[name for name, _colour in names[:2]])
        bar = alt.Chart(alt.Data(values=bars)).mark_bar(**OUTLINE).encode(x=x, y=y, xOffset=beside, color=colour)
        point = alt.OverlayMarkDef(size=45, filled=True)
        line = alt.Chart(alt.Data(values=left)).mark_line(strokeWidth=2.5, point=point).encode(x=x, y=y, color=colour)
        widest = max(len(f"{one:,.0f}") for month in months for one in (month.weighted, month.out, month.closing))
        drawn.append((bar + line).properties(width=_inner(size, widest), height=180, title=_title(currency, size)))
    return _svg(alt.vconcat(*drawn) if drawn else _nothing(), _("Cash-flow forecast"), size)


def _shares(bars: Sequence[tuple[str, Mapping[str, Decimal]]], title: str, size: Size) -> str:
    """Bars that each add up to the whole, with what they are made of in a legend."""
    import altair as alt

    if not any(any(parts.values()) for _label, parts in bars):
        return _svg(_nothing(), title, size)
    palette = (GREEN, SKY, BLUE, RED, ORANGE) if len(bars[0][1]) > 3 else (ORANGE, BLUE, SKY)
    colours = list(zip(bars[0][1], palette, strict=False))
    labels = [label for label, _parts in bars]
    rows = [
        {"label": label, "what": name, "place": place, "amount": float(amount / sum(parts.values()))}
        for label, parts in bars if any(parts.values())
        for place, (name, amount) in enumerate(parts.items())
    ]  # fmt: skip
    sign = l10n.percent(10).replace("10", "")
    marks = [0, 0.5, 1] if size is NARROW else [0, 0.25, 0.5, 0.75, 1]
    axis = _axis(labelExpr=f"format(datum.value * 100, '.0f') + '{sign}'", values=marks)
    chart = alt.Chart(alt.Data(values=rows)).mark_bar(**OUTLINE).encode(
        x=alt.X("amount:Q", title=None, stack="zero", scale=alt.Scale(domain=[0, 1]), axis=axis),
        y=alt.Y("label:N", sort=labels, title=None, axis=alt.Axis(labelLimit=0)),
        color=_colours(colours, size),
        order=alt.Order("place:Q"),
    )  # fmt: skip
    return _svg(chart.properties(width=_inner(size, _longest(labels)), height=alt.Step(34)), title, size, labels)


def _grouped(rows: list[dict[str, Any]], names: list[tuple[str, str]], title: str, size: Size) -> str:
    """Bars side by side under each label."""
    import altair as alt

    if not rows:
        return _svg(_nothing(), title, size)
    labels = list(dict.fromkeys(row["label"] for row in rows))
    chart = alt.Chart(alt.Data(values=rows)).mark_bar(**OUTLINE).encode(
        x=alt.X("amount:Q", title=None, axis=_amounts(size)),
        y=alt.Y("label:N", sort=labels, title=None, axis=alt.Axis(labelLimit=0)),
        yOffset=alt.YOffset("what:N", sort=[name for name, _colour in names]),
        color=_colours(names, size),
    )  # fmt: skip
    return _svg(chart.properties(width=_inner(size, _longest(labels)), height=alt.Step(13)), title, size, labels)


def _nothing() -> altair.Chart:
    """What is drawn where there is nothing to draw: that sentence."""
    import altair as alt

    row = {"text": _("There is nothing to show yet.")}
    return alt.Chart(alt.Data(values=[row])).mark_text(align="left", x=0, fontSize=13, color=SOFT).encode(text="text:N")


def _longest(labels: Iterable[str]) -> int:
    return max((len(label) for label in labels), default=0)


def _inner(size: Size, longest: int) -> int:
    """The width of what is drawn, beside labels of so many letters."""
    return size.width - 24 - round(longest * size.letters * LETTER)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _axis(**more: Any) -> altair.Axis:
    import altair as alt

    return alt.Axis(grid=True, gridColor=LINE, domain=False, ticks=False, labelPadding=6, **more)


def _amounts(size: Size, *, up: bool = False) -> altair.Axis:
    """An axis of amounts, with as many marks as there is room for."""
    return _axis(format=",.0f", tickCount=5 if up or size is WIDE else 2)


def _colours(names: Iterable[tuple[str, str]], size: Size) -> altair.Color:
    import altair as alt

    pairs = list(names)
    scale = alt.Scale(domain=[name for name, _colour in pairs], range=[colour for _name, colour in pairs])
    room = round(_longest(name for name, _colour in pairs) * size.letters * OVERHANG) + 12
    legend = alt.Legend(
        title=None, orient="bottom", columns=3 if size is WIDE else 1, columnPadding=room, labelLimit=0,
        symbolType="square", symbolStrokeColor=INK, symbolStrokeWidth=0.6,
    )  # fmt: skip
    return alt.Color("what:N", scale=scale, legend=legend)


def _title(text: str, size: Size) -> dict[str, Any]:
    """A title over the whole picture, in as many lines as it needs."""
    lines = textwrap.wrap(text, int(size.width / size.letters / LETTER * 0.85))
    return {
        "text": lines,
        "anchor": "start",
        "frame": "bounds",
        "fontSize": size.letters + 2,
        "color": INK,
        "font": FONT,
    }


def _svg(chart: Any, title: str, size: Size, labels: Iterable[str] = ()) -> str:
    """The picture, its numbers with the reader's separators."""
    letters = {"labelFontSize": size.letters, "labelColor": INK, "labelFont": FONT}
    room = 6 + round(_longest(labels) * size.letters * OVERHANG)
    padding = {"left": room, "right": 10, "top": 4, "bottom": 4}
    chart = chart.properties(title=_title(title, size), background="white", padding=padding)
    chart = chart.configure_view(stroke=None).configure_axis(**letters).configure_legend(**letters)
    return _drawn(json.dumps(chart.to_dict(validate=False)), *l10n.separators())


@lru_cache(maxsize=64)
def _drawn(chart: str, decimal: str, thousands: str) -> str:
    """The same chart is drawn once, whoever looks at it. It names no address but those of SVG itself."""
    import vl_convert

    numbers = {"decimal": decimal, "thousands": thousands, "grouping": [3], "currency": ["", ""]}
    return vl_convert.vegalite_to_svg(json.loads(chart), allowed_base_urls=[], format_locale=numbers)
