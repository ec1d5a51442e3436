"""Colours as style sheets write them, and how well one reads on another."""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass

# CSS Color 4, section 6.1, as far as mails use names.
_NAMES = {
    "aqua": "00ffff",
    "beige": "f5f5dc",
    "black": "000000",
    "blue": "0000ff",
    "brown": "a52a2a",
    "coral": "ff7f50",
    "crimson": "dc143c",
    "cyan": "00ffff",
    "darkblue": "00008b",
    "darkgray": "a9a9a9",
    "darkgreen": "006400",
    "darkgrey": "a9a9a9",
    "darkorange": "ff8c00",
    "darkred": "8b0000",
    "dimgray": "696969",
    "dimgrey": "696969",
    "firebrick": "b22222",
    "forestgreen": "228b22",
    "fuchsia": "ff00ff",
    "gainsboro": "dcdcdc",
    "gold": "ffd700",
    "gray": "808080",
    "green": "008000",
    "grey": "808080",
    "indigo": "4b0082",
    "ivory": "fffff0",
    "khaki": "f0e68c",
    "lavender": "e6e6fa",
    "lightblue": "add8e6",
    "lightgray": "d3d3d3",
    "lightgreen": "90ee90",
    "lightgrey": "d3d3d3",
    "lightyellow": "ffffe0",
    "lime": "00ff00",
    "magenta": "ff00ff",
    "maroon": "800000",
    "midnightblue": "191970",
    "navy": "000080",
    "olive": "808000",
    "orange": "ffa500",
    "orangered": "ff4500",
    "orchid": "da70d6",
    "pink": "ffc0cb",
    "plum": "dda0dd",
    "purple": "800080",
    "red": "ff0000",
    "royalblue": "4169e1",
    "salmon": "fa8072",
    "seagreen": "2e8b57",
    "silver": "c0c0c0",
    "skyblue": "87ceeb",
    "slateblue": "6a5acd",
    "slategray": "708090",
    "slategrey": "708090",
    "steelblue": "4682b4",
    "tan": "d2b48c",
    "teal": "008080",
    "tomato": "ff6347",
    "turquoise": "40e0d0",
    "violet": "ee82ee",
    "wheat": "f5deb3",
    "white": "ffffff",
    "whitesmoke": "f5f5f5",
    "yellow": "ffff00",
}
_HEX = re.compile(r"#?([0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})")
_FUNCTION = re.compile(r"(rgba?|hsla?)\(([^()]*)\)")
_NUMBER = re.compile(r"-?[0-9]*\.?[0-9]+%?")


@dataclass(frozen=True, slots=True)
class Colour:
    """Red, green and blue from 0 to 255, and how solid it is from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def over(self, ground: Colour) -> Colour:
        """What is seen where this lies on a solid ``ground``."""
        part = self.alpha
        return Colour(
            self.red * part + ground.red * (1 - part),
            self.green * part + ground.green * (1 - part),
            self.blue * part + ground.blue * (1 - part),
        )

    @property
    def luminance(self) -> float:
        """Relative luminance (WCAG 2.2, "relative luminance")."""
        red, green, blue = map(_linear, (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def __str__(self) -> str:
        return f"#{round(self.red):02x}{round(self.green):02x}{round(self.blue):02x}"


WHITE = Colour(255, 255, 255)
BLACK = Colour(0, 0, 0)


def contrast(one: Colour, other: Colour) -> float:
    """From 1 to 21 (WCAG 2.2, "contrast ratio"). Both must be solid."""
    light, dark = sorted((one.luminance, other.luminance), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def parse_colour(text: str) -> Colour | None:
    """The colour; None for what is none, such as ``inherit`` or ``var(...)``."""
    text = text.strip().lower()
    if text == "transparent":
        return Colour(0, 0, 0, 0)
    if text in _NAMES:
        return _from_hex(_NAMES[text])
    if found := _HEX.fullmatch(text):
        return _from_hex(found.group(1))
    if found := _FUNCTION.fullmatch(text):
        numbers = _NUMBER.findall(found.group(2))
        make = _from_hsl if found.group(1).startswith("hsl") else _from_rgb
        return make(numbers) if len(numbers) in {3, 4} else None
    return None


def colour_in(text: str) -> Colour | None:
    """The first colour in a shorthand such as ``url(a.png) #fff no-repeat``."""
    for word in re.findall(r"[a-z]+\([^()]*\)|[^\s()]+", text.lower()):
        if colour := parse_colour(word):
            return colour
    return None


def _linear(channel: float) -> float:
    part = channel / 255
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)


def _from_hex(digits: str) -> Colour:
    if len(digits) in {3, 4}:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue, *rest = (
        int(digits[at : at + 2], 16) for at in range(0, len(digits), 2)
    )
    return Colour(red, green, blue, rest[0] / 255 if rest else 1.0)


def _from_rgb(numbers: list[str]) -> Colour:
    red, green, blue = (_within(_part(word, 255), 255) for word in numbers[:3])
    return Colour(red, green, blue, _alpha(numbers))


def _from_hsl(numbers: list[str]) -> Colour:
    hue = float(numbers[0].rstrip("%")) % 360 / 360
    saturation, lightness = (
        _within(float(word.rstrip("%")) / 100, 1) for word in numbers[1:3]
    )
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return Colour(red * 255, green * 255, blue * 255, _alpha(numbers))


def _alpha(numbers: list[str]) -> float:
    return _within(_part(numbers[3], 1), 1) if len(numbers) == 4 else 1.0


def _part(word: str, whole: float) -> float:
    return float(word[:-1]) / 100 * whole if word.endswith("%") else float(word)


def _within(number: float, highest: float) -> float:
    return max(0.0, min(highest, number))
