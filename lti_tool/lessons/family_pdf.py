"""Sheets for families as PDF: A4, one pupil one page, with the letters of Vietnamese in the file.

The same words and numbers as on the screen; what would not fit is drawn smaller, so that no pupil has a second page.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from unicodedata import normalize

from markupsafe import escape
from reportlab.lib.colors import Color
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    HRFlowable,
    KeepInFrame,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from lti_tool import formats
from lti_tool.formats import day, school_year
from lti_tool.lessons.families import Sheet, Subject
from lti_tool.lessons.marks import TERMS
from lti_tool.lessons.marksheet import said_of
from lti_tool.models import FamilyWord
from lti_tool.translations import t

FONTS = Path(__file__).parent / "fonts"
REGULAR, BOLD = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold"
MARGIN = 16 * mm
WIDTHS = (52 * mm, 18 * mm, 18 * mm, 18 * mm, 72 * mm)
"""Subject, both terms, the year, attendance: as wide as the page between its margins."""
MOST_WORDS = 2
"""A family's newest words that a page has room for."""
GREY, LINE = Color(0.33, 0.33, 0.33), Color(0.62, 0.62, 0.62)


@cache
def _styles() -> Mapping[str, ParagraphStyle]:
    """The styles, once the fonts are read."""
    for name in (REGULAR, BOLD):
        registerFont(TTFont(name, FONTS / f"{name}.ttf"))
    registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    text = ParagraphStyle("text", fontName=REGULAR, fontSize=9.5, leading=13)
    return {
        "text": text,
        "small": ParagraphStyle("small", text, fontSize=8.5, leading=11.5, textColor=GREY),
        "number": ParagraphStyle("number", text, alignment=TA_CENTER),
        "head": ParagraphStyle("head", text, fontName=BOLD, fontSize=8.5, leading=11),
        "name": ParagraphStyle("name", text, fontName=BOLD, fontSize=17, leading=22),
        "part": ParagraphStyle("part", text, fontName=BOLD, fontSize=11, leading=15, spaceBefore=9, spaceAfter=3),
        "signed": ParagraphStyle("signed", text, alignment=TA_CENTER),
    }


def pages(sheets: Sequence[Sheet], school: str, today: date) -> bytes:
    """The sheets as one file, in their order. The same sheets on the same day are the same bytes."""
    out = io.BytesIO()
    width, height = A4
    frame = Frame(MARGIN, MARGIN, width - 2 * MARGIN, height - 2 * MARGIN, 0, 0, 0, 0)
    document = BaseDocTemplate(out, pagesize=A4, title=_clean(t("sheet.what")), author=_clean(school), invariant=1)
    document.addPageTemplates(PageTemplate(frames=[frame]))
    story: list[Flowable] = []
    for sheet in sheets:
        story += [KeepInFrame(0, 0, [*_page(sheet, school, today)], mode="shrink"), PageBreak()]
    document.build(story[:-1])
    return out.getvalue()


def _page(sheet: Sheet, school: str, today: date) -> Iterable[Flowable]:
    about = [escape(school)] if school else []
    about += [t("sheet.class", name=sheet.class_.name), escape(school_year(sheet.class_.school_year))]
    yield _text("small", " · ".join(about))
    yield _text("name", escape(sheet.pupil.name))
    yield _text("small", f"{t('sheet.what')} · {t('sheet.day', day=day(today))}")
    yield _text("part", t("sheet.results"))
    yield _results(sheet)
    if sheet.subjects and not sheet.has_results:
        yield _text("small", t("sheet.no_results"))
    for one in sheet.subjects:
        if one.marks or one.learnt:
            yield _text("part", t("sheet.way", subject=one.name))
            yield from (_text("text", line) for line in _way(one))
    yield _text("part", t("year.conduct"))
    told = [f"{label}: <b>{word}</b>" for label, word in sheet.conduct_said]
    yield _text("text", " · ".join(told) or t("sheet.conduct_none"))
    for word in sheet.words[:MOST_WORDS]:
        yield _text("part", f"{t('sheet.family')}, {day(word.at)}")
        yield from (_text("text", line) for line in _said(word))
    yield Spacer(0, 6 * mm)
    yield _signing()
    yield Spacer(0, 4 * mm)
    yield _text("small", t("sheet.foot"))


def _results(sheet: Sheet) -> Table:
    """A row for each subject, and below it the teacher's comments as wide as the page."""
    terms = [t("year.term", n=formats.term(n)) for n in TERMS]
    numbers = [_text("number", f"<b>{one}</b>") for one in (*terms, t("year.year"))]
    rows: list[list[Flowable | str]] = [[_text("head", t("course.subject")), *numbers, _text("head", t("sheet.seats"))]]
    style = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP")])
    style.add("LINEBELOW", (0, 0), (-1, 0), 0.8, GREY)
    for side, points in (("LEFT", 3), ("TOP", 2.5), ("BOTTOM", 2.5), ("RIGHT", 2.5)):
        style.add(f"{side}PADDING", (0, 0), (-1, -1), points)
    for one in sheet.subjects:
        rows.append(_subject(sheet, one))
        for comment in (text for _, text in sorted(one.comments.items()) if text):
            rows.append([_text("small", escape(comment)), "", "", "", ""])
            style.add("SPAN", (0, len(rows) - 1), (-1, len(rows) - 1))
        style.add("LINEBELOW", (0, len(rows) - 1), (-1, len(rows) - 1), 0.4, LINE)
    return Table(rows, colWidths=WIDTHS, style=style, hAlign="LEFT")


def _subject(sheet: Sheet, one: Subject) -> list[Flowable | str]:
    results = (*one.results.terms, one.results.year)
    seats = one.seats
    told = t(
        "sheet.seats_of",
        room=seats.get("x", 0), home=seats.get("N", 0), excused=seats.get("P", 0), absent=seats.get("K", 0),
    )  # fmt: skip
    there = (str(t("sheet.seats_there", n=n, name=name)) for name, n in one.seats_there.items())
    told = escape(" · ".join((str(told), *there)))
    return [
        _text("head", escape(one.name)),
        *(_text("number", escape(said_of(sheet.regulation, result) or "–")) for result in results),
        _text("small", told if seats else "–"),
    ]


def _way(one: Subject) -> Iterable[str]:
    """The marks so far, and what the pupil can do by now."""
    for term, given in sorted(one.marks.items()):
        told = " · ".join(f"{t(f'marks.place.{place}')}: <b>{escape(value)}</b>" for place, value in given)
        source = one.results.sources[term - 1]
        where = f"({escape(str(t('marks.from_class', name=source.name)))}) " if source else ""
        yield f"<b>{t('sheet.marks', term=t('year.term', n=formats.term(term)))}</b> {where}{told}"
    for level, objectives in one.learnt.items():
        yield f"<b>{t(f'sheet.learnt.{level}')}</b> {escape('; '.join(objectives))}."
    if one.grown:
        yield f"<b>{t('sheet.grown')}</b> {escape('; '.join(one.grown))}."


def _said(word: FamilyWord) -> Iterable[str]:
    if word.attitude:
        yield f"{t('sheet.attitude')}: {t(f'sheet.attitude.{word.attitude}')}"
    if word.diligence:
        yield f"{t('sheet.diligence')}: {t(f'sheet.diligence.{word.diligence}')}"
    if word.text:
        yield escape(word.text)


def _signing() -> Table:
    """Room for the family's words, and the homeroom teacher's name."""
    lines: list[Flowable] = [_text("head", t("sheet.family_voice"))]
    for _ in range(3):
        lines += [Spacer(0, 8 * mm), HRFlowable(width="96%", thickness=0.5, color=LINE, dash=(1, 2), hAlign="LEFT")]
    signed = [_text("signed", t("sheet.date")), _text("signed", f"<b>{t('sheet.homeroom')}</b>")]
    width = sum(WIDTHS)
    return Table([[lines, signed]], colWidths=(width * 0.58, width * 0.42), style=[("VALIGN", (0, 0), (-1, -1), "TOP")])


def _text(style: str, markup: str) -> Paragraph:
    """A paragraph of markup whose every value was escaped."""
    return Paragraph(_clean(markup), _styles()[style])


def _clean(text: str) -> str:
    """Letters with their signs as one character each, as the fonts have them; nothing that is no letter."""
    return "".join(c for c in normalize("NFC", str(text)) if c.isprintable())
