"""rich's console for colours and progress, without characters in texts that a terminal would obey."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from semigen._legible import legible


class LegibleConsole(Console):
    """A console of rich's that writes control sequences of its own only."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render, and make the text legible."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(legible(segment.text, keep="\n"), segment.style)
