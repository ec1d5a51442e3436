"""The grammar of rule trees and what dates in them mean: plain values only."""

from winback.segments.rules.kinds import (
    DENIES,
    FIELD_TYPES,
    INCLUDES_UNSET,
    OPERATORS,
    FieldType,
    Kind,
    Op,
)
from winback.segments.rules.parsing import load_json, parse_tree
from winback.segments.rules.problems import MESSAGES, Problem, RuleTreeError, fault
from winback.segments.rules.tree import (
    EMPTY_TREE,
    Group,
    MailingRef,
    Match,
    Node,
    Rule,
    Span,
    Tree,
    Unit,
    Value,
    leaves_out_archived,
    to_json,
    walk,
)

__all__ = [
    "DENIES",
    "EMPTY_TREE",
    "FIELD_TYPES",
    "INCLUDES_UNSET",
    "MESSAGES",
    "OPERATORS",
    "FieldType",
    "Group",
    "Kind",
    "MailingRef",
    "Match",
    "Node",
    "Op",
    "Problem",
    "Rule",
    "RuleTreeError",
    "Span",
    "Tree",
    "Unit",
    "Value",
    "fault",
    "leaves_out_archived",
    "load_json",
    "parse_tree",
    "to_json",
    "walk",
]
