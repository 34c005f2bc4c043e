"""How a command speaks: a progress bar for long work, and one plain line instead of a traceback when it is refused."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from directory.errors import DirectoryError, Refused

Progress = Callable[[int, int], None]


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """A bar that is told `(done, of)` as often as the work likes; nothing is drawn before the first call."""
    bar: Any = None

    def told(done: int, of: int) -> None:
        nonlocal bar
        if bar is None:
            bar = click.progressbar(length=max(of, 1), label=label)
            bar.__enter__()
        bar.length = max(of, 1)
        bar.update(done - bar.pos)

    try:
        yield told
    finally:
        if bar is not None:
            bar.__exit__(None, None, None)


def plainly(command: Callable[..., Any]) -> Callable[..., Any]:
    """A refusal of the domain becomes its sentence on standard error and exit code 1."""

    @functools.wraps(command)
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except DirectoryError as error:
            said = str(error)
            if isinstance(error, Refused) and error.suggestions:
                said += " Perhaps: " + ", ".join(error.suggestions)
            raise click.ClickException(said) from error
        except OperationalError as error:
            raise click.ClickException(
                f"The database is busy or cannot be reached, so nothing was done: {error.orig}."
            ) from error
        except OSError as error:
            raise click.ClickException(f"{error.filename or 'A file'}: {error.strerror or error}.") from error

    return told
