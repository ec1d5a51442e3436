"""What can be wrong with a rule tree, each with its place and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def _(message: str) -> str:
    """Marks a text for translation; ``segments.messages`` translates it."""
    return message


MESSAGES: dict[str, str] = {
    "not_json": _("This is not readable JSON: %(detail)s"),
    "too_large": _("The rules are larger than %(limit)s bytes."),
    "not_a_rule": _("A rule or a group of rules is expected here."),
    "unknown_key": _("“%(key)s” has no meaning here."),
    "unknown_match": _("“match” must be all, any or none."),
    "rules_not_a_list": _("“rules” must be a list."),
    "too_deep": _("Groups are nested more than %(limit)s levels deep."),
    "too_many_rules": _("There are more than %(limit)s rules."),
    "unknown_field": _("There is no field “%(field)s”."),
    "unknown_operator": _("“%(field)s” cannot be compared with “%(op)s”."),
    "value_missing": _("A value is missing."),
    "value_not_allowed": _("“%(op)s” takes no value."),
    "not_a_list": _("A list of values is expected."),
    "too_many_values": _("There are more than %(limit)s values."),
    "not_a_text": _("A text is expected."),
    "text_too_long": _("The text is longer than %(limit)s characters."),
    "bad_character": _("The text holds a character that cannot be stored."),
    "not_a_number": _("A number is expected."),
    "number_out_of_range": _("The number is out of range."),
    "number_too_precise": _("At most %(limit)s decimal places are allowed."),
    "not_a_date": _("A date like 2024-01-31 or a date and time is expected."),
    "date_out_of_range": _("The year must lie between 1900 and 2199."),
    "not_a_pair": _("Two values are expected: from and to."),
    "reversed_range": _("The range ends before it begins."),
    "not_a_span": _("A number of hours, days, weeks, months or years is expected."),
    "span_out_of_range": _("The number must lie between 1 and %(limit)s."),
    "unknown_period": _("There is no period “%(period)s”."),
    "not_an_id": _("An id or a name is expected."),
    "unknown_record": _("There is no “%(value)s” among the values of this field."),
    "record_gone": _("What was chosen here (number %(value)s) is not there any more."),
    "ambiguous_name": _("“%(value)s” is the name of more than one record."),
    "odoo_syntax": _("This is not a list of rules in Odoo's notation."),
    "odoo_expression": _("Only plain values are allowed, no expressions."),
    "odoo_operator": _("“%(op)s” on “%(field)s” has no counterpart here."),
    "odoo_field": _("The field “%(field)s” is not known here."),
    "odoo_value": _("This value does not fit “%(op)s” on “%(field)s”."),
    "odoo_connectors": _("The connectors do not fit the number of rules."),
    "not_in_odoo": _("This rule cannot be written in Odoo's notation."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: ``path`` says where, as in ``rules[2].value[0]``; "" is the whole."""

    path: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The fault in English words."""
        return MESSAGES[self.code] % self.params

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class RuleTreeError(Exception):
    """A tree that cannot be evaluated; ``problems`` names every fault found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def fault(path: str, code: str, **params: object) -> RuleTreeError:
    """The error for a single problem."""
    return RuleTreeError([Problem(path, code, params)])
