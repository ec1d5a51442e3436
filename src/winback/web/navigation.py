"""The order of the menus; every line names a page of some room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from winback.accounts.rules import Right
from winback.core.navigation import NavigationItem, register

CRM = _("Leads and sales")
WIN_BACK = _("Win back")

ITEMS = [
    NavigationItem(key="home", label=_("Home"), icon="home", url_name="web:home"),
    NavigationItem(
        key="pipeline",
        label=_("Pipeline"),
        icon="layout-kanban",
        url_name="crm:pipeline",
        section=CRM,
    ),
    NavigationItem(
        key="leads",
        label=_("Leads"),
        icon="users",
        url_name="crm:lead-list",
        section=CRM,
    ),
    NavigationItem(
        key="mailings",
        label=_("Mailings"),
        icon="send",
        url_name="mailings:mailing-list",
        right=Right.USE_MAILINGS,
        section=WIN_BACK,
    ),
    NavigationItem(
        key="audience",
        label=_("Audience"),
        icon="target",
        url_name="segments:audience",
        section=WIN_BACK,
    ),
    NavigationItem(
        key="filters",
        label=_("Favourite filters"),
        icon="star",
        url_name="segments:filter-list",
        section=WIN_BACK,
    ),
    NavigationItem(
        key="templates",
        label=_("Templates"),
        icon="template",
        url_name="content:template-list",
        right=Right.USE_MAILINGS,
        section=WIN_BACK,
    ),
    NavigationItem(
        key="results",
        label=_("Results"),
        icon="chart-bar",
        url_name="results:overview",
        right=Right.USE_MAILINGS,
        section=WIN_BACK,
    ),
    NavigationItem(
        key="inbox",
        label=_("Inbox"),
        icon="inbox",
        url_name="reactions:inbox",
        right=Right.USE_MAILINGS,
        section=WIN_BACK,
    ),
    NavigationItem(
        key="blacklist",
        label=_("Blacklist"),
        icon="ban",
        url_name="consent:blacklist",
        right=Right.USE_MAILINGS,
        section=WIN_BACK,
    ),
    NavigationItem(
        key="mailbox",
        label=_("Demo mailbox"),
        icon="mail-opened",
        url_name="web:mailbox",
        section=_("Demo"),
        demo_only=True,
    ),
    NavigationItem(
        key="notices",
        label=_("Notices"),
        icon="bell",
        url_name="accounts:notice-list",
        area="account",
    ),
    NavigationItem(
        key="settings",
        label=_("Settings"),
        icon="settings",
        url_name="accounts:settings",
        area="account",
    ),
    NavigationItem(
        key="profile",
        label=_("Your profile"),
        icon="user",
        url_name="accounts:profile",
        area="account",
    ),
]
SETTINGS = [
    NavigationItem(
        key="settings-profile",
        label=_("Your profile"),
        icon="user",
        url_name="accounts:profile",
        area="settings",
    ),
    NavigationItem(
        key="settings-installation",
        label=_("Installation"),
        icon="building",
        url_name="accounts:installation",
        right=Right.MANAGE_INSTALLATION,
        area="settings",
    ),
    NavigationItem(
        key="settings-brand",
        label=_("Brand kit"),
        icon="palette",
        url_name="content:brand",
        right=Right.MANAGE_TEMPLATES,
        area="settings",
    ),
    NavigationItem(
        key="settings-sending",
        label=_("Sending limits"),
        icon="gauge",
        url_name="delivery:sending",
        right=Right.MANAGE_SENDING,
        area="settings",
    ),
    NavigationItem(
        key="settings-topics",
        label=_("Topics"),
        icon="clipboard-check",
        url_name="consent:topic-list",
        right=Right.MANAGE_BLACKLIST,
        area="settings",
    ),
    NavigationItem(
        key="settings-people",
        label=_("People"),
        icon="users",
        url_name="accounts:person-list",
        right=Right.MANAGE_INSTALLATION,
        area="settings",
    ),
    NavigationItem(
        key="settings-teams",
        label=_("Teams"),
        icon="users-group",
        url_name="crm:team-list",
        right=Right.MANAGE_PIPELINE,
        area="settings",
    ),
    NavigationItem(
        key="settings-stages",
        label=_("Stages"),
        icon="layout-kanban",
        url_name="crm:stage-list",
        right=Right.MANAGE_PIPELINE,
        area="settings",
    ),
    NavigationItem(
        key="settings-reasons",
        label=_("Lost reasons"),
        icon="flag-off",
        url_name="crm:reason-list",
        right=Right.MANAGE_PIPELINE,
        area="settings",
    ),
    NavigationItem(
        key="settings-products",
        label=_("Products"),
        icon="package",
        url_name="crm:product-list",
        right=Right.MANAGE_PIPELINE,
        area="settings",
    ),
    NavigationItem(
        key="settings-tags",
        label=_("Tags"),
        icon="tags",
        url_name="crm:tag-list",
        right=Right.MANAGE_PIPELINE,
        area="settings",
    ),
]


def register_navigation() -> None:
    for item in [*ITEMS, *SETTINGS]:
        register(item)
