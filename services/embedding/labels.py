"""The words that tell groups of texts apart: class-based TF-IDF with a short list of words that tell nothing."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

TERMS = 3
_TERM = re.compile(r"[^\W\d_]{3,}")

# English and German, the languages of the demo tables and of most plants that use them.
_WORDS_THAT_TELL_NOTHING = (
    "about above after again all also and any are because been before being below between both but can could did "
    "does doing down during each few for from further get got had has have having her here him his how into its "
    "just may more most must near nor not now off one once only other our out over own please same she should "
    "since some such than that the their them then there these they this those through too under until very was "
    "were what when where which while who why will with within without would yet you your always every instead never "
    "nobody nothing someone something still whole "
    "bitten gestern heute lassen liegt läuft seit steht "
    "aber alle allem allen aller alles als also am an ander andere anderen anders auch auf aus bei beim bin bis "
    "bitte da dabei dadurch damit danach dann daran darauf das dass davon dazu dein dem den denn der des dessen "
    "deshalb die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es "
    "etwas euer für gegen gibt hab habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre im immer "
    "in ins ist ja jede jedem jeden jeder jedes jetzt kann kein keine keinen können könnte laut man mehr mein mit "
    "muss müssen nach nicht nichts noch nun nur ob oder ohne schon sehr sein seine seit sich sie sind so sobald "
    "soll sollte sondern sonst über um und uns unser unter viel vom von vor wann war waren warum was weil weiter "
    "welche welcher wenn wer werden wie wieder wir wird wo wurde wurden während zu zum zur zwar zwischen"
)
_UNTELLING = frozenset(_WORDS_THAT_TELL_NOTHING.split())


def terms_of_groups(groups: Sequence[Sequence[str | None]], most: int = TERMS) -> tuple[tuple[str, ...], ...]:
    """For each group its `most` most telling words of at least three letters, the best first; fewer where few tell.

    A word belongs to a group where a larger share of the texts holds it than of all texts, and to none where that is so
    in more than half of several groups. Weight: tf · ln(1 + A / f) with tf the word's share of the group's words, f its
    number in all groups and A the mean number of words of a group; source: Grootendorst, BERTopic (2022), c-TF-IDF.
    """
    held = [[_terms(text) for text in texts if text is not None] for texts in groups]
    uses = [Counter(term for terms in texts for term in terms) for texts in held]
    spread = [Counter(term for terms in texts for term in set(terms)) for texts in held]
    overall, everywhere = sum(spread, Counter()), sum(uses, Counter())
    mean = everywhere.total() / max(1, len(groups))
    kept = [_lifted(own, len(texts), overall, sum(map(len, held))) for own, texts in zip(spread, held, strict=True)]
    homes = Counter(term for terms in kept for term in terms)
    return tuple(
        _best(own, [t for t in terms if len(groups) == 1 or homes[t] <= len(groups) / 2], everywhere, mean, most)
        for own, terms in zip(uses, kept, strict=True)
    )


def _terms(text: str) -> list[str]:
    found = _TERM.findall(unicodedata.normalize("NFC", text).lower())
    return [term for term in found if term not in _UNTELLING]


def _lifted(own: Counter[str], texts: int, overall: Counter[str], all_texts: int) -> list[str]:
    """Words that more of the group's texts hold than of all; all words where there is but one group."""
    if texts == all_texts:
        return list(own)
    return [term for term, count in own.items() if count * all_texts > overall[term] * texts]


def _best(
    uses: Counter[str], terms: Sequence[str], everywhere: Counter[str], mean: float, most: int
) -> tuple[str, ...]:
    weights = {term: uses[term] * math.log1p(mean / everywhere[term]) for term in terms}
    return tuple(sorted(weights, key=lambda term: (-weights[term], term))[:most])
