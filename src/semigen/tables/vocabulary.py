"""Words with a meaning of their own in tables: for what is missing, for yes and no, and on scales."""

from __future__ import annotations

# These mean that there is no value, whatever the column holds; in lower case.
MISSING = frozenset(
    {
        *("", "na", "n/a", "n.a.", "n. a.", "#n/a", "#na", "#n/a n/a", "nan", "-nan", "nat", "<na>", "null", "(null)"),
        *("[null]", "nil", "?", "??", "-", "--", "---", "–", "—", ".", "..", "...", "…", "\\n", "#value!", "#div/0!"),
        *("#ref!", "#name?", "#num!", "#null!", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", "(blank)", "<null>"),
    }
)
# These do beside numbers and dates only; beside other words they are answers: no garage, no symptoms, North Dakota.
MISSING_BESIDE_NUMBERS = MISSING | {
    *("none", "unknown", "unk", "missing", "not available", "not applicable", "no data", "nodata", "not known"),
    *("n.d.", "n. d.", "nd", "n/d", "n.k.", "nk", "n.b.", "tbd", "tba", "void", "empty", "undefined", "not recorded"),
    *("unavailable", "k.a.", "k. a.", "keine angabe", "unbekannt", "fehlt", "s/d", "s.d.", "inconnu", "desconocido"),
    *("*", "**", "x", "/", "_", "not reported", "not measured", "(unknown)", "no value", "nv", "error"),
}

_TRUE = frozenset(
    {"true", "t", "yes", "y", "on", "ja", "j", "oui", "o", "si", "sí", "s", "sim", "wahr", "vrai", "да", "1"}
)
_FALSE = frozenset({"false", "f", "no", "n", "off", "nein", "non", "não", "nao", "falsch", "faux", "нет", "0"})

# Each level's words, from the lowest to the highest.
_SCALES: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        ("strongly disagree", "totally disagree", "completely disagree"),
        ("disagree",),
        ("somewhat disagree", "slightly disagree"),
        ("neutral", "neither agree nor disagree", "neither", "undecided", "not sure"),
        ("somewhat agree", "slightly agree"),
        ("agree",),
        ("strongly agree", "totally agree", "completely agree"),
    ),
    (
        ("very low", "vlow"),
        ("low",),
        ("medium", "med", "moderate", "middle", "mid"),
        ("high",),
        ("very high", "vhigh"),
        ("extreme", "extremely high"),
    ),
    (
        ("never",),
        ("rarely", "seldom"),
        ("sometimes", "occasionally"),
        ("often", "frequently"),
        ("usually",),
        ("always",),
    ),
    (
        ("very dissatisfied",),
        ("dissatisfied", "unsatisfied"),
        ("neutral", "neither"),
        ("satisfied",),
        ("very satisfied",),
    ),
    (("very poor", "very bad"), ("poor", "bad"), ("fair", "average", "ok"), ("good",), ("very good",), ("excellent",)),
    (("xxs",), ("xs",), ("s", "small"), ("m", "medium"), ("l", "large"), ("xl",), ("xxl", "2xl"), ("xxxl", "3xl")),
    (("none", "no"), ("minimal",), ("mild", "light"), ("moderate",), ("severe",), ("very severe", "critical")),
    (("tiny",), ("small",), ("medium",), ("large", "big"), ("huge", "very large")),
    (("not at all",), ("a little", "slightly"), ("moderately", "somewhat"), ("quite a bit", "very"), ("extremely",)),
    (("first",), ("second",), ("third",), ("fourth",), ("fifth",), ("sixth",)),
    (("i",), ("ii",), ("iii",), ("iv",), ("v",), ("vi",), ("vii",), ("viii",), ("ix",), ("x",)),
)
# Two levels tell no more in order than without.
_FEWEST_LEVELS = 3


def truth(text: str) -> float | None:
    """Return 1 for yes, 0 for no, None for anything else."""
    lower = text.lower()
    return 1.0 if lower in _TRUE else 0.0 if lower in _FALSE else None


def are_truths(texts: list[str]) -> bool:
    """Return whether all say yes or no, both occur, and not in figures alone."""
    said = {text.lower() for text in texts}
    return bool(said & _TRUE) and bool(said & _FALSE) and said <= _TRUE | _FALSE and not said <= {"0", "1"}


def scale_of(texts: list[str]) -> dict[str, int] | None:
    """Return the level of each text on the scale that has them all, if three levels occur."""
    for scale in _SCALES:
        level = {each: i for i, words in enumerate(scale) for each in words}
        found = {text: level.get(text.lower()) for text in texts}
        if None not in found.values() and len(set(found.values())) >= _FEWEST_LEVELS:
            return {text: i for text, i in found.items() if i is not None}
    return None
