"""Which content each person gets, compiled."""

from __future__ import annotations

from collections.abc import Iterable

from winback.content.languages import LanguageOrder, languages_tried
from winback.content.rendering import CompiledContent, ContentSource, compile_content
from winback.core.models import Installation
from winback.mailings.models import Mailing, Version, VersionContent
from winback.mailings.rules import tracking_name

FOR_EVERYBODY_ELSE = ""


def main_version(mailing: Mailing) -> Version:
    """The mailing's first version ("A"), which every mailing has."""
    return mailing.versions.order_by("label")[0]


def content_for(
    contents: Iterable[VersionContent],
    language: str,
    order: LanguageOrder | None = None,
) -> VersionContent | None:
    """The content that a person of this language gets: see ``languages_tried``.

    None only if there is no content at all that fits.
    """
    by_language = {content.language: content for content in contents}
    tried = languages_tried(language, order or LanguageOrder())
    return next((by_language[code] for code in tried if code in by_language), None)


def written_language(content: VersionContent, installation: Installation) -> str:
    """The language a content is in; the general one is in the installation's."""
    return content.language or installation.language


def link_parameters(mailing: Mailing) -> dict[str, str]:
    """UTM parameters of the mailing's links; none without a campaign."""
    if mailing.campaign is None:
        return {}
    return {
        "utm_source": "winback",
        "utm_medium": "email",
        "utm_campaign": tracking_name(mailing.campaign.name),
    }


def source_of(
    content: VersionContent, mailing: Mailing, installation: Installation
) -> ContentSource:
    return ContentSource(
        subject=content.subject,
        preheader=content.preheader,
        body_kind=content.body_kind,
        body=content.body,
        language=written_language(content, installation),
        link_parameters=link_parameters(mailing),
    )


def compile_version_content(
    content: VersionContent, mailing: Mailing, installation: Installation
) -> CompiledContent:
    """One language of one version, ready to be filled. Raises ContentError."""
    return compile_content(source_of(content, mailing, installation))
