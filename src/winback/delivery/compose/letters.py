"""A mailing's contents and its people brought together: one mail for each row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from winback.content.languages import language_order
from winback.content.merge import (
    AnyLead,
    OurSide,
    merge_columns,
    merge_values,
    our_side,
)
from winback.content.rendering import (
    CompiledContent,
    ContentError,
    MergeContext,
    RenderError,
)
from winback.core.models import Installation
from winback.core.tokens import packed
from winback.crm.models import Lead
from winback.delivery.addresses import TEST_RECIPIENT_ID, AddressWriter
from winback.delivery.compose.skeleton import (
    ComposedMail,
    Person,
    Sender,
    Signer,
    Skeleton,
    Values,
)
from winback.delivery.compose.stretches import Filling, Fills, Part, ended
from winback.delivery.links import MailLinks
from winback.mailings.contents import (
    compile_version_content,
    content_for,
    written_language,
)
from winback.mailings.models import Mailing, Recipient, VersionContent

TEST_MARK = "[TEST] "


class NoContentError(RenderError):
    """The mailing says nothing in this person's language, nor to everybody else."""


@dataclass(slots=True)
class Addressee:
    """One row of the ledger as composing and recording need it."""

    recipient_id: int
    address: str
    language: str
    version_id: int | None
    attempts: int  # before this one
    lead: AnyLead
    lane: str = ""

    @classmethod
    def of(cls, row: Recipient) -> Addressee:
        """A row read with its lead and MERGE_RELATIONS."""
        return cls(
            recipient_id=row.pk,
            address=row.address,
            language=row.language,
            version_id=row.version_id,
            attempts=row.attempts,
            lead=row.lead,
            lane=row.lane,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """One content, compiled, with its skeleton and the numbers of its links."""

    content: CompiledContent
    skeleton: Skeleton
    fills: Fills
    html: Part
    text: Part
    dynamic_links: dict[int, bytes]  # position -> packed id
    plain_links: list[bytes]  # packed ids, in the order of Filling.clicks


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
    # By version and language of a person: the content that they get.
    _chosen: dict[tuple[int | None, str], VersionContent] = field(default_factory=dict)
    _links: MailLinks = field(default_factory=MailLinks)
    _addresses: AddressWriter = field(default_factory=AddressWriter)

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

    def lead_columns(self) -> list[str]:
        """What the contents say of a lead, for ``read_merge_leads``."""
        used: set[str] = set()
        for content in (c for version in self.contents.values() for c in version):
            try:
                used |= self._letter_of(content).content.used_fields
            except ContentError:
                return merge_columns(["lead", "owner"])  # composing will tell
        return merge_columns(used)

    def compose(self, row: Addressee, *, now: datetime) -> ComposedMail:
        """The mail of one row.

        Raises RenderError or ValueError if it cannot be written for this
        person, ContentError if it cannot be for anybody.
        """
        letter = self._letter(row.version_id, row.language)
        return self._write(letter, row, now)

    def compose_test(
        self, lead: AnyLead, *, to: str, language: str, now: datetime
    ) -> ComposedMail:
        """What ``lead`` would get, sent to ``to``, marked [TEST], tracked nowhere."""
        row = Addressee(TEST_RECIPIENT_ID, to, language, None, 0, lead)
        return self._write(self._untracked(language), row, now, mark=TEST_MARK)

    def compose_sample(
        self, lead: Lead, *, language: str, now: datetime
    ) -> ComposedMail:
        """What ``lead`` would get, to be looked at: its links are a test's."""
        to = lead.email_normalized
        row = Addressee(TEST_RECIPIENT_ID, to, language, None, 0, lead)
        return self._write(self._untracked(language), row, now)

    def _untracked(self, language: str) -> _Letter:
        return self._compiled(self._content(None, language), {})

    def _content(self, version_id: int | None, language: str) -> VersionContent:
        chosen = self._chosen.get((version_id, language))
        if chosen is None:
            order = language_order(self.installation)
            chosen = content_for(self.contents.get(version_id, []), language, order)
            if chosen is None:
                raise NoContentError(f"no content in {language or 'any language'}")
            self._chosen[version_id, language] = chosen
        return chosen

    def _letter(self, version_id: int | None, language: str) -> _Letter:
        return self._letter_of(self._content(version_id, language))

    def _letter_of(self, content: VersionContent) -> _Letter:
        letter = self._letters.get(content.pk)
        if letter is None:
            ids = self.link_ids.get(content.pk, {})
            letter = self._letters[content.pk] = self._compiled(content, ids)
        return letter

    def _compiled(self, content: VersionContent, link_ids: dict[int, int]) -> _Letter:
        compiled = compile_version_content(content, self.mailing, self.installation)
        plain, dynamic = dict[int, bytes](), dict[int, bytes]()
        # What was numbered at the start; after an upgrade there may be fewer.
        for link in compiled.links:
            if link.position in link_ids:
                kind = dynamic if link.is_dynamic else plain
                kind[link.position] = packed(link_ids[link.position])
        places = {position: place for place, position in enumerate(plain)}
        fills = Fills(places, self._links)
        html, text = fills.html(compiled.html_parts), fills.text(compiled.text_parts)
        mailing = self.mailing
        skeleton = Skeleton(
            sender=Sender(
                name=mailing.from_name,
                address=mailing.from_address or self.installation.sender_address,
                reply_to=mailing.reply_to,
            ),
            text=text.stretches,
            html=html.stretches,
            language=written_language(content, self.installation),
            feedback_id=f"{mailing.pk}:{mailing.campaign_id or 0}:mailing:winback",
            signer=self.signer,
        )
        return _Letter(
            content=compiled,
            skeleton=skeleton,
            fills=fills,
            html=html,
            text=text,
            dynamic_links=dynamic,
            plain_links=list(plain.values()),
        )

    def _write(
        self, letter: _Letter, row: Addressee, now: datetime, *, mark: str = ""
    ) -> ComposedMail:
        number = packed(row.recipient_id)
        ours = self._addresses.write(number)
        unsubscribe_url = self._links.unsubscribe_url(number)
        filling = self._filling(letter, row.lead, number, unsubscribe_url)
        person = Person(
            name=row.lead.contact_name,
            address=row.address,
            message_id=ours.message_id,
            envelope_sender=ours.verp,
            reply_to=ours.reply,
            unsubscribe_url=unsubscribe_url,
            unsubscribe_address=ours.unsubscribe,
        )
        subject = letter.content.subject.render(filling.state).strip()
        filled = letter.fills.values(filling)
        values = Values(
            mark + subject, letter.html.pick(filled), letter.text.pick(filled)
        )
        return letter.skeleton.compose(person, values, now=now)

    def _filling(
        self, letter: _Letter, lead: AnyLead, number: bytes, unsubscribe_url: str
    ) -> Filling:
        links = self._links
        values = merge_values(
            lead,
            language=letter.content.language,
            ours=self.ours,
            mailing_name=self.mailing.name,
            unsubscribe_url=unsubscribe_url,
            view_url=links.view_url(number),
        )

        def rewrite(position: int, url: str) -> str:
            link = letter.dynamic_links.get(position)
            return links.dynamic_click_url(number, link, url) if link else url

        context = MergeContext(values=values, rewrite_link=rewrite)
        return Filling(
            state=letter.content.begin(context),
            open=ended(links.open_token(number)),
            clicks=[
                ended(links.click_token(number, link)) for link in letter.plain_links
            ],
        )
