"""A mailing's contents and its people brought together: one mail for each row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from winback.content.merge import OurSide, merge_values, our_side
from winback.content.rendering import CompiledContent, MergeContext, RenderError
from winback.core.models import Installation
from winback.crm.models import Lead
from winback.delivery import addresses, links
from winback.delivery.compose.skeleton import (
    ComposedMail,
    Person,
    Sender,
    Signer,
    Skeleton,
    Stretches,
    Values,
)
from winback.mailings.contents import (
    compile_version_content,
    content_for,
    written_language,
)
from winback.mailings.models import Mailing, Recipient, VersionContent

Part = object  # a constant string or content's hole: see CompiledTemplate.parts


class NoContentError(RenderError):
    """The mailing says nothing in this person's language, nor to everybody else."""


@dataclass(frozen=True, slots=True)
class _Text:
    """One part of a content: stretches that are encoded once, and its holes."""

    constants: list[str]
    holes: list[object]

    @classmethod
    def of(cls, parts: Iterable[Part]) -> _Text:
        constants, holes = [""], list[object]()
        for part in parts:
            if isinstance(part, str):
                constants[-1] += part.replace("\r\n", "\n").replace("\r", "\n")
            else:
                holes.append(part)
                constants.append("")
        return cls(constants, holes)

    def values(self, state: object) -> list[str]:
        return [hole(state) for hole in self.holes]  # type: ignore[operator]


@dataclass(frozen=True, slots=True)
class _Letter:
    """One content, compiled, with its skeleton and the ids of its links."""

    content: CompiledContent
    skeleton: Skeleton
    html: _Text
    text: _Text
    link_ids: dict[int, int]

    def link(self, recipient_id: int, position: int, url: str) -> str:
        link_id = self.link_ids.get(position)
        if link_id is None:
            return url
        if self.content.links[position].is_dynamic:
            return links.dynamic_click_url(recipient_id, link_id, url)
        return links.click_url(recipient_id, link_id)


@dataclass(slots=True)
class Letters:
    """Writes the mails of one mailing. Reads the database only in ``of``.

    Compiling is done at the first mail of a content. Raises ContentError then
    if it cannot be compiled: the check before sending has passed, but content
    rules may have changed with an upgrade since.
    """

    mailing: Mailing
    installation: Installation
    contents: dict[int | None, list[VersionContent]]
    link_ids: dict[int, dict[int, int]]
    ours: OurSide
    signer: Signer | None = None
    _letters: dict[int, _Letter] = field(default_factory=dict)

    @classmethod
    def of(cls, mailing: Mailing, *, signer: Signer | None = None) -> Letters:
        contents: dict[int | None, list[VersionContent]] = {}
        link_ids: dict[int, dict[int, int]] = {}
        rows = VersionContent.objects.filter(version__mailing=mailing)
        # Rows without a version get the first one: a plain mailing has no other.
        for content in rows.order_by("version__label").prefetch_related("links"):
            contents.setdefault(content.version_id, []).append(content)
            link_ids[content.pk] = {
                link.position: link.pk for link in content.links.all()
            }
        contents[None] = next(iter(contents.values()), [])
        return cls(
            mailing=mailing,
            installation=Installation.current(),
            contents=contents,
            link_ids=link_ids,
            ours=our_side(),
            signer=signer,
        )

    def compose(self, recipient: Recipient, *, now: datetime) -> ComposedMail:
        """The mail of one row, whose lead was read with MERGE_RELATIONS.

        Raises RenderError or ValueError if it cannot be written for this
        person, ContentError if it cannot be for anybody.
        """
        language, version = recipient.language, recipient.version_id
        letter = self._letter(version, language)
        return self._write(letter, recipient.lead, recipient.address, recipient.pk, now)

    def compose_test(
        self, lead: Lead, *, to: str, language: str, now: datetime
    ) -> ComposedMail:
        """What ``lead`` would get, sent to ``to``, marked [TEST], tracked nowhere."""
        letter = self._letter(None, language)
        untracked = _Letter(
            letter.content, letter.skeleton, letter.html, letter.text, {}
        )
        number = addresses.TEST_RECIPIENT_ID
        return self._write(untracked, lead, to, number, now, mark="[TEST] ")

    def _letter(self, version_id: int | None, language: str) -> _Letter:
        content = content_for(self.contents.get(version_id, []), language)
        if content is None:
            raise NoContentError(f"no content in {language or 'any language'}")
        letter = self._letters.get(content.pk)
        if letter is None:
            letter = self._letters[content.pk] = self._compiled(content)
        return letter

    def _compiled(self, content: VersionContent) -> _Letter:
        compiled = compile_version_content(content, self.mailing, self.installation)
        html = _Text.of(_with_pixel(compiled.html_parts))
        text = _Text.of(compiled.text_parts)
        mailing = self.mailing
        skeleton = Skeleton(
            sender=Sender(
                name=mailing.from_name,
                address=mailing.from_address or self.installation.sender_address,
                reply_to=mailing.reply_to,
            ),
            text=Stretches(text.constants),
            html=Stretches(html.constants),
            language=written_language(content, self.installation),
            feedback_id=f"{mailing.pk}:{mailing.campaign_id or 0}:mailing:winback",
            signer=self.signer,
        )
        ids = self.link_ids.get(content.pk, {})
        return _Letter(compiled, skeleton, html, text, ids)

    def _write(
        self,
        letter: _Letter,
        lead: Lead,
        address: str,
        number: int,
        now: datetime,
        *,
        mark: str = "",
    ) -> ComposedMail:
        unsubscribe_url = links.unsubscribe_url(number)
        values = merge_values(
            lead,
            language=letter.content.language,
            ours=self.ours,
            mailing_name=self.mailing.name,
            unsubscribe_url=unsubscribe_url,
            view_url=links.view_url(number),
        )
        values[PIXEL_URL] = links.open_url(number)
        # A link stands in both parts and is signed once.
        signed: dict[tuple[int, str], str] = {}

        def rewrite(position: int, url: str) -> str:
            key = (position, url)
            if key not in signed:
                signed[key] = letter.link(number, position, url)
            return signed[key]

        context = MergeContext(values=values, rewrite_link=rewrite)
        state = letter.content.begin(context)
        person = Person(
            name=lead.contact_name,
            address=address,
            message_id=addresses.message_id(number),
            envelope_sender=addresses.verp_address(number),
            reply_to=addresses.reply_address(number),
            unsubscribe_url=unsubscribe_url,
            unsubscribe_address=addresses.unsubscribe_address(number),
        )
        filled = Values(
            subject=mark + letter.content.subject.render(state).strip(),
            html=letter.html.values(state),
            text=letter.text.values(state),
        )
        return letter.skeleton.compose(person, filled, now=now)


PIXEL_URL = "winback_pixel_url"  # no merge field: checking knows no such name


def _pixel(state: object) -> str:
    url = state.values[PIXEL_URL]  # type: ignore[attr-defined]
    return f'<img src="{url}" width="1" height="1" alt="" style="display:block">'


def _with_pixel(parts: Iterable[Part]) -> list[Part]:
    """The parts with the open pixel at the end of the body."""
    marked = list(parts)
    for index in range(len(marked) - 1, -1, -1):
        part = marked[index]
        if isinstance(part, str) and "</body>" in part:
            before, end, after = part.rpartition("</body>")
            return [*marked[:index], before, _pixel, end + after, *marked[index + 1 :]]
    return [*marked, _pixel]
