"""Work in lanes: one after the other, or abreast in threads of their own."""

from __future__ import annotations

from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["in_lanes"]

_LAST_STEP_S = 10.0  # how long an interrupted caller waits for the steps that are under way


def in_lanes(works: Sequence[Iterator[None]], *, abreast: bool, told: Callable[[], None]) -> None:
    """Go through ``works``, which yield after each of their steps; ``told`` is called after each.

    ``told`` is called by the calling thread alone. An error ends all lanes at their next step, and
    the first one is raised; so is what ends the caller.

    >>> seen = []
    >>> def count(name):
    ...     for number in range(2):
    ...         seen.append((name, number))
    ...         yield
    >>> in_lanes([count("a"), count("b")], abreast=True, told=lambda: None)
    >>> sorted(seen)
    [('a', 0), ('a', 1), ('b', 0), ('b', 1)]
    """
    if not abreast or len(works) < 2:
        for work in works:
            for _ in work:
                told()
        return
    news: SimpleQueue[BaseException | bool] = SimpleQueue()
    stop = Event()
    threads = [
        Thread(target=_go, args=(work, news), kwargs={"stop": stop}, daemon=True) for work in works
    ]
    for thread in threads:
        thread.start()
    try:
        failed = _follow(news, len(threads), stop=stop, told=told)
    finally:
        stop.set()
        for thread in threads:
            thread.join(_LAST_STEP_S)
    if failed is not None:
        raise failed


def _go(work: Iterator[None], news: SimpleQueue[BaseException | bool], *, stop: Event) -> None:
    """Say True after each step, and at the end False, or the error that ended it."""
    try:
        for _ in work:
            news.put(True)  # noqa: FBT003  (a queue takes no keyword)
            if stop.is_set():
                break
    except BaseException as error:  # noqa: BLE001  (the calling thread raises it)
        news.put(error)
    else:
        news.put(False)  # noqa: FBT003


def _follow(
    news: SimpleQueue[BaseException | bool], lanes: int, *, stop: Event, told: Callable[[], None]
) -> BaseException | None:
    """Wait for the end of all lanes; the first error, if there was one."""
    first = None
    while lanes:
        said = news.get()
        if said is True:
            told()
            continue
        lanes -= 1
        if isinstance(said, BaseException):
            stop.set()
            first = first or said
    return first
