"""The table at the end of the phase: what all faults together have done."""

from __future__ import annotations

from collections import Counter

from _pytest.terminal import TerminalReporter

KEY = "fault_totals"
FIGURES = (
    *("kills", "recipients", "sent", "failed", "uncertain", "allowed"),
    *("doubles", "lost", "unlisted", "clicks", "lost_clicks", "looks", "seconds"),
    "rate_percent",
)


def print_totals(reporter: TerminalReporter) -> None:
    """One line for each test that told its totals, and their sum."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in reporter.stats.get(outcome, [])
    ]
    rows = [
        (report.nodeid.rpartition("::")[2].removeprefix("test_"), Counter(value))
        for report in reports
        for key, value in report.user_properties
        if key == KEY
    ]
    if not rows:
        return
    total: Counter[str] = Counter()
    for _, figures in rows:
        total.update(figures)
    reporter.section("what the faults did")
    widest = max(len(name) for name, _ in rows)
    heads = [name.replace("_", " ") for name in FIGURES]
    reporter.line("  ".join(["".ljust(widest), *heads]))
    for name, figures in [*rows, ("in all", total)]:
        cells = [str(figures.get(key, "")).rjust(len(key)) for key in FIGURES]
        reporter.line("  ".join([name.ljust(widest), *cells]))
