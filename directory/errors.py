"""What can go wrong inside the house, each with a sentence a person can read; a door makes it a page, JSON or an exit code."""


class DirectoryError(Exception):
    """Base of everything the domain refuses; `str(error)` is the sentence shown."""


class NotFound(DirectoryError):
    """There is no such thing, or not any more."""


class NotAllowed(DirectoryError):
    """This person may not do this."""


class Refused(DirectoryError):
    """What was given cannot be used; `field` names the input, `suggestions` what would do instead."""

    def __init__(self, sentence: str, *, field: str = "", suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.field = field
        self.suggestions = suggestions


class Moved(Refused):
    """It is part of another listing now; `name` and `slug` are those of the other one, empty where that is not shown."""

    def __init__(self, sentence: str, *, name: str = "", slug: str = "") -> None:
        super().__init__(sentence)
        self.name = name
        self.slug = slug


class UnknownPlace(Refused):
    """No place of this name or postcode is known; `suggestions` holds what may have been meant."""


class Conflict(DirectoryError):
    """Somebody else changed it first."""


class Unavailable(DirectoryError):
    """Something we depend on does not answer just now."""
