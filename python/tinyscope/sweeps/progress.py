"""A bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from typing import Any

from tinyscope.sweeps.task import Outcome


class Progress:
    def __init__(self, total: int, wanted: bool) -> None:
        self._failed = 0
        self._bar: Any = None
        if not (wanted and sys.stderr.isatty()):
            return
        try:
            from tqdm import tqdm
        except ImportError:
            return
        self._bar = tqdm(total=total, unit="point", smoothing=0.1, dynamic_ncols=True)

    def add(self, outcome: Outcome) -> None:
        self._failed += outcome.status != "ok"
        if self._bar is not None:
            if self._failed:
                self._bar.set_postfix_str(f"{self._failed} failed", refresh=False)
            self._bar.update()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
