"""Who did it, a person or a machine: rules with a version.

A change of what any rule here decides raises ``RULES_VERSION``; ``winback
rejudge`` then judges the past by the new rules.
"""

RULES_VERSION = 3
