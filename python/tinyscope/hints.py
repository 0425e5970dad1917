"""What was meant by a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def hint_for(name: str, known: Sequence[str], lead: str) -> str:
    """The known name that is most like it, or all of them behind `lead`."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"{lead} {', '.join(known)}"
