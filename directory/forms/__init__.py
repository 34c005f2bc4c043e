"""The gates: what outside data has to be before an action sees it. The base form serves pages, JSON and files alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, StringField

from directory.errors import Refused
from directory.forms.fields import Given
from directory.models.records import plain


class Form(FlaskForm):
    """A form that a browser fills in, with its token; `from_data` fills the same form from plain JSON, without one."""

    # The names of `from_data` that came as an object, a list or a yes or no, which a field of text is not.
    not_text: frozenset[str] = frozenset()

    def validate(self, extra_validators: Any = None) -> bool:
        sound = super().validate(extra_validators)
        for name in self.not_text & self._fields.keys():
            if isinstance(self[name], StringField | Given):
                self[name].errors = ["This has to be text."]
                sound = False
        return sound

    @classmethod
    def from_data(cls, record: Mapping[str, Any], **kwargs: Any) -> Self:
        """The form as if somebody had typed the record: lists and objects travel as JSON, None and "" say nothing."""
        typed: list[tuple[str, str]] = []
        not_text = frozenset(str(name) for name, value in record.items() if isinstance(value, dict | list | tuple | bool))
        for name, value in record.items():
            if isinstance(value, bool):
                typed.append((name, "yes" if value else "no"))
            elif isinstance(value, dict | list | tuple):
                typed.append((name, json.dumps(value)))
            elif value is not None:
                typed.append((name, str(value)))
        form = cls(MultiDict(typed), meta={"csrf": False}, **kwargs)
        form.not_text = not_text
        return form

    @property
    def values(self) -> dict[str, Any]:
        """Every field as plain JSON: dates and times in ISO form, amounts as text, what was not given as None or empty."""
        return {name: plain(field.data) for name, field in self._fields.items() if name != "csrf_token"}

    @property
    def sentences(self) -> dict[str, str]:
        """The first thing wrong with each field, by its name; of the form as a whole under the empty name."""
        return {name or "": _first(errors) for name, errors in self.errors.items() if errors}

    def accepted(self) -> dict[str, Any]:
        """The values. Raises Refused with every fault in one sentence, for doors that have no page to show them on."""
        if self.validate():
            return self.values
        faults = [f"{name.replace('_', ' ')}: {sentence}" if name else sentence for name, sentence in self.sentences.items()]
        raise Refused(" ".join(faults), field=next(iter(self.sentences)))


class Flag(BooleanField):
    """A tick box; in JSON and files `false` and "no" are a no, as is its absence."""

    false_values = (False, "false", "False", "no", "No", "0", "")


def _first(errors: Any) -> str:
    found = next(iter(errors.values() if isinstance(errors, dict) else errors))
    return found if isinstance(found, str) else _first(found)
