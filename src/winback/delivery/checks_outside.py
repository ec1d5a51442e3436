"""What delivery adds to the check before send from outside: a spam scorer's word."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from winback.core.formats import number_text
from winback.delivery.sample import NoSampleError, sample_mail
from winback.delivery.scoring import Score, ScorerError, ask_rspamd, ask_spamd
from winback.mailings.check_lines import CheckLine, Planned, good, unknown, warn
from winback.mailings.people import neighbours


def outside_lines(planned: Planned) -> Iterator[CheckLine]:
    """A line for each scorer that is configured; none without any."""
    spamd, rspamd = settings.CONFIG.spamd, settings.CONFIG.rspamd_url
    if not spamd and not rspamd:
        return
    mail = _sample(planned)
    if mail is None:
        yield unknown("spam", _("Spam score: not asked, there is no mail to show."))
        return
    if spamd:
        yield _line("SpamAssassin", lambda: ask_spamd(spamd, mail))
    if rspamd:
        yield _line("Rspamd", lambda: ask_rspamd(rspamd, mail))


def _sample(planned: Planned) -> bytes | None:
    """The first person's mail as bytes; None if there is nobody, or nothing."""
    lead = neighbours(planned.mailing, None, now=planned.now).lead
    if lead is None:
        return None
    try:
        mail = sample_mail(
            planned.mailing, lead, language=lead.language, now=planned.now
        )
    except NoSampleError:
        return None
    return mail.content


def _line(name: str, ask: Callable[[], Score]) -> CheckLine:
    try:
        score = ask()
    except ScorerError as error:
        text = _("Spam score: %(name)s does not answer (%(why)s).")
        return unknown("spam", text % {"name": name, "why": error})
    words = {
        "name": name,
        "points": number_text(round(score.points, 1)),
        "limit": number_text(round(score.limit, 1)),
    }
    if score.is_spam:
        text = _(
            "%(name)s takes the mail for spam: %(points)s points, spam from %(limit)s."
        )
        return warn("spam", text % words, "id_body", score.rules)
    text = _("%(name)s: %(points)s points, spam from %(limit)s.")
    return good("spam", text % words, score.rules)
