import pytest
from tests.reactions import mails

from winback.reactions.classify import classify
from winback.reactions.classify.phrases import PHRASES
from winback.reactions.classify.wording import HARD_REASONS, REASONS, reason_of_status


@pytest.mark.parametrize(
    ("status", "words", "strength", "reason"),
    [
        ("5.1.1", "550 5.1.1 no such user here", "hard", "userunknown"),
        ("5.1.2", "550 5.1.2 host unknown", "hard", "hostunknown"),
        ("5.2.2", "552 5.2.2 mailbox full", "soft", "mailboxfull"),
        ("5.7.1", "554 5.7.1 listed at zen.spamhaus.org", "soft", "blocked"),
        ("4.1.1", "450 4.1.1 user unknown, try later", "soft", "userunknown"),
        ("5.7.26", "550 5.7.26 DMARC policy", "soft", "authfailure"),
    ],
)
def test_bounces_are_hard_only_where_the_address_is_dead(
    status, words, strength, reason
):
    found = classify(mails.bounce(status=status, words=words))

    assert (found.bounce, found.reason, found.status) == (strength, reason, status)
    assert (found.recipients, found.final) == (["ann@example.org"], "failed")


@pytest.mark.parametrize(
    ("text", "strength", "reason"),
    [
        (mails.POSTFIX, "hard", "userunknown"),
        (mails.EXIM, "hard", "userunknown"),
        (mails.QMAIL, "hard", "userunknown"),
        (mails.SENDMAIL, "hard", "userunknown"),
        ("Unknown user: ann@example.org\n", "hard", "userunknown"),
        # Filters say it too: no code about the address, not at RCPT.
        (
            "<ann@example.org>: host mx.example said: 550 user unknown\n",
            "soft",
            "filtered",
        ),
        (
            "<ann@example.org>: host mx.example said: 550 user unknown (in reply to"
            " end of"
            " DATA command)\n",
            "soft",
            "filtered",
        ),
        (
            "<ann@example.org>: host mx.example said: 550 unknown user (in reply to"
            " MAIL"
            " FROM command)\n",
            "soft",
            "rejected",
        ),
        (
            "<ann@example.org>: host mx.example said: 550 5.7.1 user unknown\n",
            "soft",
            "filtered",
        ),
        ("<ann@example.org>: Host or domain name not found\n", "hard", "hostunknown"),
        (
            "<ann@example.org>: host mx.example said: 554 domain of sender not found\n",
            "soft",
            "rejected",
        ),
        ("<ann@example.org>: said: 552 5.2.2 over quota\n", "soft", "mailboxfull"),
        (
            "<host.unknown@example.org>: said: 550 5.2.2 <host.unknown@example.org>"
            " full\n",
            "soft",
            "mailboxfull",
        ),
    ],
)
def test_a_bounce_in_words_is_hard_only_by_proof(text, strength, reason):
    found = classify(mails.notice(text))

    assert (found.kind, found.bounce, found.reason) == ("bounce", strength, reason)


@pytest.mark.parametrize(
    ("text", "headers", "people"),
    [
        (mails.EXIM, {}, ["ann@example.org"]),
        (mails.GMAIL_DELAY, {}, ["ann@example.org"]),
        (
            "Not delivered.\n",
            {"X_Failed_Recipients": "a@b.example, c@d.example"},
            ["a@b.example", "c@d.example"],
        ),
        (
            "The following addresses failed:\n\n<a@b.example>: 550 no\n<c@d.example>:"
            " 550 no\n"
            "\nHelp: <support@mx.example>, call us\n",
            {},
            ["a@b.example", "c@d.example"],
        ),
        (
            "Your message to ann@example.org could not be delivered: 550 no.\n",
            {},
            ["ann@example.org"],
        ),
        (
            "list@example.org\n    (generated from ann@example.org)\n    550 no\n",
            {},
            ["ann@example.org"],
        ),
        (
            "Your mail could not be delivered.\n\nTo: ann@example.org\n",
            {},
            ["ann@example.org"],
        ),
        ("550 nobody is named here\n", {}, []),
    ],
)
def test_a_bounce_in_words_names_its_recipients(text, headers, people):
    found = classify(mails.notice(text, **headers))

    assert (found.kind, found.recipients) == ("bounce", people)


@pytest.mark.parametrize(
    ("text", "final"),
    [
        (mails.GMAIL_DELAY, "delayed"),
        (mails.EXIM, "failed"),
        ("<ann@example.org> has not yet been delivered. 451 later\n", "delayed"),
        ("<ann@example.org>: 451 later. Delivery failed permanently\n", "failed"),
    ],
)
def test_a_bounce_in_words_failed_or_waits(text, final):
    assert classify(mails.notice(text, subject="Mail status")).final == final


def test_a_report_that_lost_its_boundary_is_read_as_text():
    raw = mails.bounce().replace(b"boundary=b", b"boundary=other")

    found = classify(raw)

    assert (found.recipients, found.bounce) == (["ann@example.org"], "hard")


def test_a_report_wrapped_by_a_gateway_is_read():
    outer = mails.notice("See below.\n", Content_Type="message/rfc822")

    found = classify(outer.replace(b"See below.\n", mails.bounce()))

    assert (found.recipients, found.bounce) == (["ann@example.org"], "hard")


def test_the_remote_servers_code_counts_more_than_the_reporters():
    found = classify(
        mails.bounce(status="5.1.1", words="550 5.7.1 listed in a blocklist")
    )

    assert (found.bounce, found.reason, found.status) == ("soft", "blocked", "5.7.1")


def test_a_notice_of_amazon_is_a_bounce():
    text = (
        '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":'
        '"ann@example.org","action":"failed","status":"5.1.1",!\n '
        '"diagnosticCode":"smtp; 550 5.1.1 user unknown"}]}}'
    )

    found = classify(
        mails.notice(text, subject="Notice", sender="no-reply@sns.example")
    )

    assert (found.kind, found.recipients) == ("bounce", ["ann@example.org"])
    assert (found.bounce, found.status) == ("hard", "5.1.1")


@pytest.mark.parametrize(
    ("subject", "headers", "kind"),
    [
        ("Re: Mail delivery failed", {"In_Reply_To": "<a@b.example>"}, "reply"),
        ("Fwd: Mail delivery failed", {}, "bounce"),
        ("Fwd: A lamp", {}, "reply"),
        ("Lamps", {}, "reply"),
    ],
)
def test_people_who_speak_of_bounces_are_told_from_machines(subject, headers, kind):
    raw = mails.reply(
        "Look: your mail could not be delivered.\n", subject=subject, **headers
    )

    assert classify(raw).kind == kind


def test_reasons_are_words_of_one_vocabulary():
    by_status = {
        reason_of_status(f"5.{subject}.{detail}")
        for subject in range(8)
        for detail in range(400)
    }

    assert {reason for reason, _pattern in PHRASES} <= REASONS
    assert by_status - {""} <= REASONS
    assert HARD_REASONS <= REASONS


POSTFIX_SAYS = "<x@y.example>: host mx said: {}\n"
# What servers of many makes answer; the strength is what a postmaster would say.
ANSWERS = [
    (
        "hard",
        "The following address failed:\n\n<x@gmx.example>:\nSMTP error from remote"
        " server for RCPT TO command, host: mx00.gmx.example reason: 550 Requested"
        " action not taken: mailbox unavailable\n",
    ),
    (
        "soft",
        "  x@yahoo.example\n    SMTP error from remote mail server after end of"
        " data:\n    host mta6 [98.1.1.1]: 554 delivery error: dd This user doesn't"
        " have a yahoo.example account (x@yahoo.example) [0] - mta1\n",
    ),
    (
        "hard",
        POSTFIX_SAYS.format("550 5.7.1 No such user! (in reply to RCPT TO command)"),
    ),
    (
        "soft",
        POSTFIX_SAYS.format(
            "554 5.7.1 <x@y.example>: Recipient address rejected: Access denied (in"
            " reply to RCPT TO command)"
        ),
    ),
    (
        "hard",
        "x@y.example Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 unknown\n",
    ),
    ("hard", "  x@y.example\n    Unrouteable address\n"),
    (
        "hard",
        "  x@y.example\n    all relevant MX records point to non-existent hosts\n",
    ),
    ("hard", '<x@y.example>: unknown user: "x"\n 5.1.1\n'),
    (
        "soft",
        POSTFIX_SAYS.format(
            "550 5.2.1 The email account that you tried to reach is disabled (in reply"
            " to RCPT TO command)"
        ),
    ),
    (
        "hard",
        "550 5.4.310 DNS domain y.example does not exist"
        " [Message=InfoDomainNonexistent]\nx@y.example\n",
    ),
    (
        "soft",
        "550 5.4.312 Message expired, DNS query failed(ServerFailure)\nx@y.example\n",
    ),
    (
        "soft",
        "<x@y.example>: delivery temporarily suspended: connect to"
        " y.example[1.2.3.4]:25: Connection refused\n",
    ),
    (
        "soft",
        POSTFIX_SAYS.format(
            "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1) (in"
            " reply to RCPT TO command)"
        ),
    ),
    (
        "soft",
        POSTFIX_SAYS.format(
            "550 5.7.606 Access denied, banned sending IP [1.2.3.4] (in reply to RCPT"
            " TO command)"
        ),
    ),
    (
        "soft",
        POSTFIX_SAYS.format(
            "554 5.7.1 Service unavailable; Client host [1.2.3.4] blocked using"
            " zen.spamhaus.org (in reply to RCPT TO command)"
        ),
    ),
    (
        "soft",
        POSTFIX_SAYS.format(
            "452 4.2.2 The email account that you tried to reach is over quota (in"
            " reply to RCPT TO command)"
        ),
    ),
    (
        "hard",
        POSTFIX_SAYS.format(
            "550 Invalid recipient x@y.example (in reply to RCPT TO command)"
        ),
    ),
    (
        "hard",
        POSTFIX_SAYS.format("550 No Such User Here (in reply to RCPT TO command)"),
    ),
    (
        "hard",
        POSTFIX_SAYS.format(
            "550-5.1.1 The email account that you tried to reach does not exist (in"
            " reply to RCPT TO command)"
        ),
    ),
    (
        "soft",
        POSTFIX_SAYS.format(
            "550 5.1.8 Sender address rejected: Domain not found (in reply to RCPT TO"
            " command)"
        ),
    ),
    (
        "soft",
        POSTFIX_SAYS.format(
            "450 4.1.8 <shop@z.example>: Sender address rejected: Domain not found (in"
            " reply to RCPT TO command)"
        ),
    ),
    (
        "soft",
        POSTFIX_SAYS.format(
            "550 Verification failed for <shop@z.example> Sender verify failed (in"
            " reply to RCPT TO command)"
        ),
    ),
    (
        "soft",
        POSTFIX_SAYS.format(
            "550 Sender verify failed: no such user (in reply to RCPT TO command)"
        ),
    ),
    ("soft", "<x@y.example>: mail for y.example loops back to myself\n"),
    ("hard", "<x@y.example>: Domain y.example does not accept mail (nullMX)\n"),
    (
        "hard",
        "<x@y.example>:\nSorry, I couldn't find any host by that name. (#5.1.2)\n",
    ),
    (
        "soft",
        "<x@y.example>:\nCNAME lookup failed temporarily. (#4.4.3)\nI'm not going to"
        " try again; this message has been in the queue too long.\n",
    ),
    (
        "soft",
        "<x@y.example>:\n192.0.2.1 failed after I sent the message.\nRemote host said:"
        " 550 user unknown\n",
    ),
    (
        "soft",
        POSTFIX_SAYS.format(
            "550 5.7.1 Message rejected due to content restrictions (in reply to end"
            " of DATA command)"
        ),
    ),
    (
        "soft",
        POSTFIX_SAYS.format(
            "552 5.3.4 Message size exceeds fixed limit (in reply to MAIL FROM command)"
        ),
    ),
    (
        "hard",
        POSTFIX_SAYS.format(
            "551 5.1.6 Recipient has moved, please try new@z.example (in reply to RCPT"
            " TO command)"
        ),
    ),
]


@pytest.mark.parametrize(("strength", "text"), ANSWERS)
def test_answers_of_many_servers_are_judged_right(strength, text):
    found = classify(mails.notice(text))

    assert (found.kind, found.bounce, len(found.recipients)) == ("bounce", strength, 1)


def test_a_bounce_of_somebody_who_moved_names_the_new_address():
    text = POSTFIX_SAYS.format("551 5.1.6 Recipient has moved, please try b@z.example")

    found = classify(mails.notice(text))

    assert (found.reason, found.new_address) == ("hasmoved", "b@z.example")


AT_RCPT = "<ann@example.org>: host mx.example said: {} (in reply to RCPT TO command)\n"


@pytest.mark.parametrize(
    ("strength", "words"),
    [
        ("hard", "550 5.7.1 No mailbox found here"),
        ("hard", "550 no mail box for that person"),
        ("hard", "550 Recipient Rejected: No account by that name"),
        ("hard", "550 Konto nie istnieje"),
        ("hard", "550 El usuario no existe"),
        ("hard", "550 Utilisateur inconnu"),
        ("hard", "550 Benutzer nicht gefunden"),
        ("hard", "550 Користувача не знайдено"),
        ("hard", "550 Такого ящика не существует"),
        ("soft", "550 invalid mailbox. The account is disabled"),
        ("soft", "550 The user is temporarily unavailable"),
        ("soft", "550 your domain is not allowed to write to us"),
        ("soft", "550 Your server is now listed: unknown user on our list"),
        ("soft", "552 Скринька одержувача переповнена"),
    ],
)
def test_servers_of_many_languages_are_understood(strength, words):
    found = classify(mails.notice(AT_RCPT.format(words)))

    assert (found.bounce, found.reason == "undefined") == (strength, False)


def test_what_sendmail_makes_of_a_refusal_counts_less_than_the_refusal():
    found = classify(
        mails.notice(
            "   ----- The following addresses had permanent fatal errors -----\n"
            "<ann@example.org>\n    (reason: 553 SPF validation said no)\n\n"
            "   ----- Transcript of session follows -----\n>>> DATA\n"
            "<<< 553 SPF validation said no\n"
            "550 5.1.1 <ann@example.org>... User unknown\n<<< 503 RCPT first\n"
        )
    )

    assert (found.bounce, found.reason) == ("soft", "authfailure")


def test_an_address_that_no_domain_can_have_is_the_one_that_bounced():
    raw = mails.bounce(status="5.1.2", words="550 Host unknown")

    found = classify(raw.replace(b"ann@example.org", b"ann@#example.org"))

    assert found.recipients == ["ann@#example.org"]


def test_a_mail_system_without_a_name_says_that_there_is_no_such_user():
    text = "You sent mail to ann@example.org. Not a valid user here.\n"

    found = classify(mails.notice(text, subject="", sender="<>"))

    assert (found.kind, found.bounce) == ("bounce", "hard")
    assert found.recipients == ["ann@example.org"]


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("AUTO: Ann Lee is out of the office (back on 5 May)", "auto_reply"),
        ("AUTO: Ann Lee ist abwesend", "auto_reply"),
        ("Re: AUTO: Ann Lee is out of the office", "reply"),
        ("Auto parts are out of the office", "reply"),
    ],
)
def test_a_note_that_names_the_absent_person_is_automatic(subject, kind):
    assert classify(mails.reply("Back soon", subject=subject)).kind == kind


def test_a_guard_of_a_mailbox_is_no_person_but_who_quotes_it_is():
    text = "This account is protected by Gate. Click the link to join the allowed list."
    quoted = "What is this?\n\nOn Mon, 4 May 2026, Gate wrote:\n> " + text

    assert classify(mails.reply(text)).kind == "challenge"
    assert classify(mails.reply(quoted)).kind == "reply"
