"""Every address of the installation: who may use it, by which methods.

A new address that is missing here fails ``test_rights.py``: say who it is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from winback.accounts.rules import Right


@dataclass(frozen=True)
class Access:
    """``right`` is None where a login is enough; public pages need not even that."""

    methods: str
    right: Right | None = None
    is_public: bool = False
    demo_only: bool = False


READ = Access("GET")
PUBLIC = Access("GET", is_public=True)
MAIL = Right.USE_MAILINGS
READ_MAIL = Access("GET", MAIL)
CHANGE_MAIL = Access("POST", MAIL)
SEND = Access("POST", Right.SEND_MAILINGS)
EDIT = Access("POST", Right.EDIT_LEADS)
READ_IMPORT = Access("GET", Right.IMPORT_LEADS)
CHANGE_IMPORT = Access("POST", Right.IMPORT_LEADS)
EXPORT = Access("GET", Right.EXPORT_LEADS)
BLACKLIST = Access("POST", Right.MANAGE_BLACKLIST)
CHANGE_SENDING = Access("POST", Right.MANAGE_SENDING)
READ_PEOPLE = Access("GET", Right.MANAGE_INSTALLATION)
INSTALLATION_FORM = Access("GET POST", Right.MANAGE_INSTALLATION)
CHANGE_PEOPLE = Access("POST", Right.MANAGE_INSTALLATION)
DEMO = Access("GET", demo_only=True)
PLAY = Access("POST", demo_only=True)

RECORDS = {
    f"crm:{kind}-{page}": Access(methods, Right.MANAGE_PIPELINE)
    for kind in ("stage", "reason", "team", "tag", "product")
    for page, methods in {
        "list": "GET",
        "new": "GET POST",
        "edit": "GET POST",
        "move": "POST",
        "remove": "POST",
        "back": "POST",
    }.items()
}
ACCESS: dict[str, Access] = {
    "accounts:login": Access("GET POST", is_public=True),
    "accounts:logout": Access("POST", is_public=True),
    "accounts:language": Access("POST", is_public=True),
    "accounts:settings": READ,
    "accounts:profile": Access("GET POST"),
    "accounts:password": Access("POST"),
    "accounts:notice-list": READ,
    "accounts:notice-count": READ,
    "accounts:notices-seen": Access("POST"),
    "accounts:installation": INSTALLATION_FORM,
    "accounts:person-list": READ_PEOPLE,
    "accounts:person-new": INSTALLATION_FORM,
    "accounts:person-edit": INSTALLATION_FORM,
    "accounts:person-close": CHANGE_PEOPLE,
    "accounts:person-open": CHANGE_PEOPLE,
    "crm:pipeline": READ,
    "crm:pipeline-move": EDIT,
    "crm:pipeline-cards": READ,
    "crm:lead-list": READ,
    "crm:lead-bulk": EDIT,
    "crm:export": EXPORT,
    "crm:export-chosen": Access("POST", Right.EXPORT_LEADS),
    "crm:import-list": READ_IMPORT,
    "crm:import-new": Access("GET POST", Right.IMPORT_LEADS),
    "crm:import": READ_IMPORT,
    "crm:import-check": CHANGE_IMPORT,
    "crm:import-start": CHANGE_IMPORT,
    "crm:import-undo": CHANGE_IMPORT,
    "crm:import-errors": READ_IMPORT,
    "crm:lead-new": Access("GET POST", Right.EDIT_LEADS),
    "crm:lead": Access("GET POST"),  # reading needs no right, saving needs EDIT_LEADS
    "crm:lead-lost": EDIT,
    "crm:lead-restore": EDIT,
    "crm:lead-archive": EDIT,
    "crm:lead-unarchive": EDIT,
    "crm:lead-stage": EDIT,
    "crm:lead-note": EDIT,
    "crm:lead-mend-address": EDIT,
    "crm:lead-task": EDIT,
    "crm:task-done": EDIT,
    **RECORDS,
    "consent:blacklist": READ_MAIL,
    "consent:blacklist-add": BLACKLIST,
    "consent:blacklist-import": BLACKLIST,
    "consent:blacklist-export": Access("GET", Right.MANAGE_BLACKLIST),
    "consent:blacklist-lift": BLACKLIST,
    "consent:topic-list": Access("GET", Right.MANAGE_BLACKLIST),
    "consent:topic-new": Access("GET POST", Right.MANAGE_BLACKLIST),
    "consent:topic-edit": Access("GET POST", Right.MANAGE_BLACKLIST),
    "consent:topic-archive": BLACKLIST,
    "consent:topic-back": BLACKLIST,
    "consent:topic-default": BLACKLIST,
    "content:template-list": READ_MAIL,
    "content:template-frame": READ_MAIL,
    "content:template": READ_MAIL,
    "content:template-duplicate": CHANGE_MAIL,
    "content:template-rename": CHANGE_MAIL,
    "content:template-archive": CHANGE_MAIL,
    "content:template-unarchive": CHANGE_MAIL,
    "content:template-delete": CHANGE_MAIL,
    "content:version-compare": READ_MAIL,
    "content:version-restore": CHANGE_MAIL,
    "content:brand": Access("GET POST", Right.MANAGE_TEMPLATES),
    "content:brand-contrast": Access("GET", Right.MANAGE_TEMPLATES),
    "content:brand-preview": Access("GET", Right.MANAGE_TEMPLATES),
    "content:brand-logo": PUBLIC,
    "content:canvas": READ_MAIL,
    "content:canvas-draw": CHANGE_MAIL,
    "content:picture-upload": CHANGE_MAIL,
    "content:picture-choices": READ_MAIL,
    "content:picture-used": CHANGE_MAIL,
    "content:picture-list": READ_MAIL,
    "content:picture-remove": CHANGE_MAIL,
    "content:picture": PUBLIC,
    "segments:audience": READ,
    "segments:audience-people": READ,
    "segments:audience-export": EXPORT,
    "segments:audience-count": Access("POST"),
    "segments:value-list": READ,
    "segments:notation": Access("POST"),
    "segments:filter-list": READ,
    "segments:filter-save": Access("POST"),
    "segments:filter-load": Access("POST"),
    "segments:filter-default": Access("POST"),
    "segments:filter-share": Access("POST"),
    "segments:filter-delete": Access("POST"),
    "mailings:mailing-list": READ_MAIL,
    "mailings:mailing-new": READ_MAIL,
    "mailings:mailing-bring": Access("GET POST", MAIL),
    "mailings:mailing-create": CHANGE_MAIL,
    "mailings:mailing": READ_MAIL,
    "mailings:mailing-state": READ_MAIL,
    "mailings:mailing-save": CHANGE_MAIL,
    "mailings:language-add": CHANGE_MAIL,
    "mailings:language-remove": CHANGE_MAIL,
    "mailings:mailing-contents": READ_MAIL,
    "mailings:mailing-empty": READ_MAIL,
    "mailings:mailing-preview": READ_MAIL,
    "mailings:mailing-frame": READ_MAIL,
    "mailings:preview-people": READ_MAIL,
    "mailings:preview-cases": READ_MAIL,
    "mailings:check-outside": CHANGE_MAIL,
    "mailings:mailing-check": READ_MAIL,
    "mailings:mailing-send": SEND,
    "mailings:mailing-schedule": SEND,
    "mailings:mailing-undo": SEND,
    "mailings:mailing-pause": SEND,
    "mailings:mailing-resume": SEND,
    "mailings:mailing-cancel": SEND,
    "mailings:mailing-duplicate": CHANGE_MAIL,
    "mailings:mailing-save-template": CHANGE_MAIL,
    "mailings:mailing-delete": CHANGE_MAIL,
    "delivery:progress": READ_MAIL,
    "delivery:details": READ_MAIL,
    "delivery:pace": SEND,
    "delivery:send-again": SEND,
    "delivery:test-send": CHANGE_MAIL,
    "delivery:preview-source": READ_MAIL,
    "delivery:continue-anyway": CHANGE_SENDING,
    "delivery:sending": Access("GET", Right.MANAGE_SENDING),
    "delivery:limits-save": CHANGE_SENDING,
    "delivery:lane-add": CHANGE_SENDING,
    "delivery:lane-remove": CHANGE_SENDING,
    "delivery:guards-save": CHANGE_SENDING,
    "reactions:open-pixel": PUBLIC,
    "reactions:follow-link": PUBLIC,
    "reactions:unsubscribe": Access("GET POST", is_public=True),
    "reactions:view-online": PUBLIC,
    "reactions:inbox": READ_MAIL,
    "reactions:message": READ_MAIL,
    "reactions:inbox-take-in": CHANGE_MAIL,
    "reactions:settle": CHANGE_MAIL,
    "reactions:reopen": CHANGE_MAIL,
    "reactions:effect-undo": CHANGE_MAIL,
    "reactions:address-accept": EDIT,
    "reactions:address-dismiss": EDIT,
    "reactions:address-take-back": EDIT,
    "reactions:webhook": Access("POST", is_public=True),
    "reactions:message-source": READ_MAIL,
    "results:overview": READ_MAIL,
    "results:definitions": READ_MAIL,
    "results:sleeping": READ_MAIL,
    "results:sleeping-after": BLACKLIST,
    "results:sleeping-stop": BLACKLIST,
    "results:sleeping-undo": BLACKLIST,
    "results:template-usage": READ_MAIL,
    "results:smart-buttons": READ_MAIL,
    "results:people": READ_MAIL,
    "results:links": READ_MAIL,
    "results:click-map": READ_MAIL,
    "results:links-export": READ_MAIL,
    "results:people-export": Access("GET", MAIL),
    "web:home": READ,
    "web:healthz": PUBLIC,
    "web:readyz": PUBLIC,
    "web:metrics": PUBLIC,
    "web:mailbox": DEMO,
    "web:mailbox-clear": PLAY,
    "web:mailbox-shop": DEMO,
    "web:mail": DEMO,
    "web:mail-html": DEMO,
    "web:mail-source": DEMO,
    "web:mail-reply": PLAY,
    "web:mail-vacation": PLAY,
    "web:mail-one-click": PLAY,
    "web:mail-bounce": PLAY,
}


def address_names() -> list[str]:
    """The full names of all addresses, in the order of the address tables."""
    return list(_names(get_resolver().url_patterns, ""))


def _names(patterns: list[URLPattern | URLResolver], room: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns, pattern.namespace or room)
        else:
            yield f"{room}:{pattern.name}"
