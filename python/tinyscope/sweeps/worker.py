"""A worker process of a sweep: gets points from a pipe and sends back what becomes of them."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from multiprocessing.connection import Connection

from tinyscope.sweeps.task import Plan, run_task


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)  # also in the middle of a run: nobody waits for it any more


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    parent = Connection(int(sys.argv[1]))
    plan: Plan = pickle.loads(parent.recv_bytes())
    parent.send("ready")
    while True:
        try:
            task = parent.recv()
        except EOFError:
            return
        parent.send(run_task(task, plan))


if __name__ == "__main__":
    main()
