"""Text in which no character is left that a terminal, a page or a picture would obey instead of showing it."""

from __future__ import annotations

import re
import shlex

# Control characters, among them ESC and NUL; characters that change the direction of text; ends of lines that few
# programs know; marks that nobody sees; and halves of pairs, among them the bytes of names that are no text.
_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\u2028\u2029\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_BYTES = range(0xDC80, 0xDD00)


def legible(text: str, keep: str = "") -> str:
    r"""Return text with such characters written as in Python, a backslash and their number.

    Letters of any language, and pictures such as emoji, stay as they are.

    Parameters
    ----------
    text : str
    keep : str, default=""
        Characters to leave alone: line ends, where lines are wanted.

    Examples
    --------
    >>> print(legible("caf\xe9 \x1b[2J"))
    café \x1b[2J
    """
    return _OBEYED.sub(lambda found: found[0] if found[0] in keep else _written(ord(found[0])), text)


def _written(number: int) -> str:
    if number in _BYTES:
        # What os.fsdecode makes of a byte of a file's name that is no text.
        return f"\\x{number - 0xDC00:02x}"
    short = {9: r"\t", 10: r"\n", 13: r"\r"}
    return short.get(number, f"\\x{number:02x}" if number < 0x80 else f"\\u{number:04x}")


def without_middle(text: str, longest: int) -> str:
    """Return text with its middle left out if it is long: names often differ at their ends."""
    if len(text) <= longest:
        return text
    n_last = (longest - 1) // 2
    return f"{text[: longest - 1 - n_last]}…{text[len(text) - n_last :]}"


def shell_word(text: str) -> str:
    r"""Return text as one word of a shell's command, legible and yet the same to the shell.

    Examples
    --------
    >>> print(shell_word("it"), shell_word("a note"), shell_word("bell \a"))
    it 'a note' $'bell \x07'
    """
    if legible(text) == text:
        return shlex.quote(text)
    escaped = text.replace("\\", r"\\").replace("'", r"\'")
    return f"$'{legible(escaped)}'"
