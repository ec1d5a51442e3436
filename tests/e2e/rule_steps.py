"""Building rules on screen with the mouse: steps that several tests take."""

from __future__ import annotations

from playwright.sync_api import Locator


def add_rule(scope: Locator, field: str) -> Locator:
    scope.get_by_role("button", name="New rule").last.click()
    row = scope.locator(".rule-row").last
    picker = row.get_by_role("combobox", name="Field")
    picker.click()
    row.get_by_role("option", name=field, exact=True).click()
    return row


def operator(row: Locator) -> Locator:
    return row.locator("[data-part=op]")


def build_recipe(area: Locator) -> None:
    """The recipe of the sample: lost for want of stock, past the first stages."""
    row = add_rule(area, "Blacklisted")
    operator(row).select_option("is not set")
    row = add_rule(area, "Created on")
    row.get_by_role("textbox", name="Created on: value").fill("2024-01-01")
    row = add_rule(area, "Stage")
    operator(row).select_option("is not in")
    row.get_by_role("combobox", name="Stage: value").click()
    for stage in ("New", "Qualified", "Won"):
        row.get_by_role("option", name=stage, exact=True).click()
    row = add_rule(area, "Lost reason")
    row.get_by_role("combobox", name="Lost reason: value").click()
    row.get_by_role("option", name="Not enough stock").click()
    area.get_by_role("button", name="Add branch").click()
    branch = area.locator(".rule-branch")
    first = branch.locator(".rule-row")
    first.get_by_role("combobox", name="Field").click()
    first.get_by_role("option", name="Active", exact=True).click()
    operator(add_rule(branch, "Active")).select_option("is not set")
