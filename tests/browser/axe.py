"""What axe-core finds on a page in the light and the dark theme, and what of it is Streamlit's own."""

from __future__ import annotations

from dataclasses import dataclass

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.conftest import settled

# Charts are left out: axe looks at every point of a map for 20 s, and what they say stands in alt texts and tables.
_RUN = r"""async ({rules, own}) => {
    const options = {resultTypes: ['violations'], ...(rules && {runOnly: {type: 'rule', values: rules}})};
    const found = (await axe.run({exclude: [['.js-plotly-plot']]}, options)).violations;
    const place = (rule, target) => own.findIndex(
        known => known.rule === rule && document.querySelector(target.at(-1))?.matches(known.selector));
    return found.flatMap(({id, impact, nodes}) => nodes.map(({target, html, failureSummary}) =>
        [id, impact, html.slice(0, 300), failureSummary.replace(/\s+/g, ' '), place(id, target)]));
}"""
_STILL = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('*, ::before, ::after { transition: none !important; animation: none !important }');
    document.adoptedStyleSheets = [sheet];
}"""
# What may differ between two themes of the same page.
_COLOUR_RULES = ["color-contrast", "link-in-text-block"]
DARK = "rgb(21, 28, 33)"


@dataclass(frozen=True)
class Own:
    """A finding inside a component of Streamlit that no option of it mends.

    path is a page where it occurs, once the first button called focused has the focus, if one is named.
    """

    rule: str
    selector: str
    path: str
    why: str
    focused: str | None = None


STREAMLITS_OWN = (
    Own("list", "[data-testid=stSidebarNavItems]", "/", "sections of st.navigation stand in its ul as div"),
    Own("listitem", "[data-testid=stSidebarNavItems] li", "/", "and the links of a section in that div as li"),
    Own(
        "color-contrast",
        "button[kind=tertiary]:is(:hover, :focus):not([aria-expanded=true]) p",
        "/settings",
        "one colour is behind white words on buttons, which need it dark, and that of words on the dark page",
        focused="Test",
    ),
)


@dataclass(frozen=True)
class Finding:
    """own is None for what is ours to mend."""

    theme: str
    rule: str
    impact: str
    html: str
    why: str
    own: Own | None


def stand_still(page: Page) -> None:
    """Colours change at once from here on, so that what is read is not half way between two."""
    page.evaluate(_STILL)


def found(page: Page) -> list[Finding]:
    """Every finding of axe; in the dark theme of what colours decide."""
    settled(page)
    page.evaluate(AXE_SCRIPT)
    stand_still(page)
    findings = _run(page, "light", None)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "dark => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor === dark", arg=DARK
    )
    settled(page)
    findings += _run(page, "dark", _COLOUR_RULES)
    page.emulate_media(color_scheme="light")
    return findings


def _run(page: Page, theme: str, rules: list[str] | None) -> list[Finding]:
    own = [{"rule": known.rule, "selector": known.selector} for known in STREAMLITS_OWN]
    return [
        Finding(theme, rule, impact, html, why, None if place < 0 else STREAMLITS_OWN[place])
        for rule, impact, html, why, place in page.evaluate(_RUN, {"rules": rules, "own": own})
    ]
