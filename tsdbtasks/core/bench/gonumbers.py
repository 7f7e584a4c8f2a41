"""Numbers as Go reads and writes them, which differs from Python in blanks, underscores, NaN and exponents."""

from __future__ import annotations

import math
import re

SYNTAX = "invalid syntax"
RANGE = "value out of range"

_INT = re.compile(r"[+-]?[0-9]+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?=[0-9.])[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9][0-9_]*)?", re.ASCII)
_HEX = re.compile(r"[+-]?0[xX](?=[0-9a-fA-F._])[0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?[pP][+-]?[0-9][0-9_]*", re.ASCII)
_SPECIAL = re.compile(r"nan|[+-]?inf(?:inity)?", re.ASCII | re.IGNORECASE)
# An underscore stands between digits, or after the base prefix.
_STRAY = re.compile(r"(?<![0-9])_|_(?![0-9])", re.ASCII)
_STRAY_HEX = re.compile(r"(?<![0-9a-fA-FxX])_|_(?![0-9a-fA-F])", re.ASCII)


class NumberError(ValueError):
    """A text that Go takes for no number; the message is Go's own reason."""


def parse_int(text: str) -> int:
    """Return what ``strconv.Atoi`` makes of *text* on a 64-bit system."""
    if not _INT.fullmatch(text):
        raise NumberError(SYNTAX)
    digits = text.lstrip("+-").lstrip("0") or "0"
    # Python refuses to convert very long numbers, and none of them fits.
    value = int(digits) if len(digits) < 20 else 1 << 64  # noqa: PLR2004 - 2**63 has 19 digits
    value = -value if text[0] == "-" else value
    if not -(1 << 63) <= value < 1 << 63:
        raise NumberError(RANGE)
    return value


def parse_float(text: str) -> float:
    """Return the float64 nearest to *text* in the syntax of ``strconv.ParseFloat``, underscores allowed."""
    if _SPECIAL.fullmatch(text):
        return float(text)
    decimal = _DECIMAL.fullmatch(text)
    stray = _STRAY if decimal else _STRAY_HEX
    if not (decimal or _HEX.fullmatch(text)) or stray.search(text):
        raise NumberError(SYNTAX)
    plain = text.replace("_", "")
    try:
        value = float(plain) if decimal else float.fromhex(plain)
    except OverflowError:
        raise NumberError(RANGE) from None
    except ValueError:  # no digit at all, as in "." or "+.e1"
        raise NumberError(SYNTAX) from None
    if math.isinf(value):
        raise NumberError(RANGE)
    return value


def shortest(value: float) -> str:
    """Return *value* as Go's ``%v`` does: the fewest digits that read back the same."""
    if not math.isfinite(value):
        return special(value)
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    mantissa, _, power = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    written = whole + fraction
    digits = written.strip("0") or "0"
    # The exponent of the first digit that is not zero.
    exponent = int(power or 0) + len(whole) - 1 - (len(written) - len(written.lstrip("0"))) if value else 0
    if -4 <= exponent < 0:  # noqa: PLR2004 - where %v goes over to exponents
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    if 0 <= exponent < 6:  # noqa: PLR2004 - as above
        before, after = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
        return f"{sign}{before}{'.' if after else ''}{after}"
    return f"{sign}{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{exponent:+03d}"


def fixed(value: float, digits: int, *, plus: bool = False) -> str:
    """Return *value* with *digits* decimals, as Go's ``%.Nf`` or, with *plus*, ``%+.Nf`` does."""
    if not math.isfinite(value):
        return special(value, plus=plus)
    return f"{value:+.{digits}f}" if plus else f"{value:.{digits}f}"


def special(value: float, *, plus: bool = False) -> str:
    """Return the name that Go has for a value that is not finite."""
    if math.isnan(value):
        return "+NaN" if plus else "NaN"
    return "+Inf" if value > 0 else "-Inf"
