"""What to call people: the parts of a name as mails need them."""

from __future__ import annotations

# Forms of address in front of a name, without their dots, folded. Our own list.
_HONORIFICS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "sir",
        "madam",
        "dear",
        "пан",
        "пані",
        "панна",
        "п",
        "др",
        "проф",
        "шановний",
        "шановна",
        "آقای",
        "آقا",
        "خانم",
        "خانوم",
        "دکتر",
        "مهندس",
        "جناب",
        "سرکار",
        "استاد",
        "حاج",
    ]
)
_GREETINGS = {
    "en": ("Hello {name}", "Hello"),
    "uk": ("Вітаємо, {name}", "Вітаємо"),
    "fa": ("سلام {name}", "سلام"),
}


def name_words(name: str) -> list[str]:
    """The words of a name, family name last and forms of address left out.

    ``Kovalenko, Olena`` is read as Olena Kovalenko. A name that is a form of
    address and nothing else stays as it is.
    """
    family, comma, given = name.partition(",")
    words = f"{given} {family}".split() if comma and given.strip() else name.split()
    start = 0
    while start < len(words) - 1 and _folded(words[start]) in _HONORIFICS:
        start += 1
    return words[start:]


def _folded(word: str) -> str:
    return word.casefold().replace(".", "").replace("-", "").replace("’", "")


def given_name(name: str) -> str:
    """What to call the person: the first word that is a name; empty for no name."""
    return next(iter(name_words(name)), "")


def family_name(name: str) -> str:
    """The last word of a name of several; empty otherwise."""
    words = name_words(name)
    return words[-1] if len(words) > 1 else ""


def initials_of(name: str) -> str:
    """``OK`` for Olena Kovalenko: of the first and last word, at most two."""
    words = name_words(name)
    ends = words if len(words) < 2 else [words[0], words[-1]]
    return "".join(word[0].upper() for word in ends)


def name_case(name: str) -> str:
    """``OLENA KOVALENKO`` and ``olena`` as people write them; mixed ones stay."""
    return " ".join(
        "-".join(_cased(part) for part in word.split("-")) for word in name.split(" ")
    )


def _cased(word: str) -> str:
    is_mixed = word != word.upper() and word != word.lower()
    return word if is_mixed else word[:1].upper() + word[1:].lower()


def greeting_for(name: str, language: str) -> str:
    """``Hello Olena`` in the reader's language; without the name if it is empty."""
    with_name, without = _GREETINGS.get(language.split("-")[0], _GREETINGS["en"])
    return with_name.format(name=name) if name else without
