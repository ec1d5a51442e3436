"""Messages written for tests, as servers and people would send them."""

from __future__ import annotations

from email.message import EmailMessage


def reply(
    text="Yes, still interested!\n\nOn Mon, 4 May 2026, Shop wrote:\n> Come back\n",
    *,
    subject="Re: It is back",
    message_id="<one@customer.example>",
    **headers,
):
    mail = EmailMessage()
    mail["From"] = "Ann <ann@example.org>"
    mail["To"] = "shop@winback.example"
    mail["Subject"] = subject
    mail["Message-ID"] = message_id
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def bounce(
    *,
    status="5.1.1",
    words="550 5.1.1 <ann@example.org>: user unknown",
    action="failed",
    message_id="<two@mx.example.org>",
    address="ann@example.org",
):
    return f"""\
From: MAILER-DAEMON@mx.example.org
To: bounces@winback.example
Subject: Undelivered Mail Returned to Sender
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I could not deliver your mail.
{words}
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--b--
""".encode()


def complaint(*, kind="abuse"):
    return f"""\
From: fbl@isp.example
Subject: complaint
Message-ID: <three@isp.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: text/plain

This is a report.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: ISP/1
Version: 1
Original-Rcpt-To: <ann@example.org>

--b--
""".encode()


def notice(
    text,
    *,
    subject="Mail delivery failed",
    sender="MAILER-DAEMON@mx.example",
    **headers,
):
    """What a mail system says in words, without a report for machines."""
    lines = [f"From: {sender}", "To: bounces@winback.example", f"Subject: {subject}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\n".join([*lines, "Message-ID: <four@mx.example>", "", text]).encode()


def html_reply(html, *, subject="Re: It is back", **headers):
    mail = EmailMessage()
    mail["From"] = "Ann <ann@example.org>"
    mail["To"] = "shop@winback.example"
    mail["Subject"] = subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(html, subtype="html")
    return mail.as_bytes()


def absence(text, *, subject="Automatic reply: It is back", **headers):
    headers = {"Date": "Mon, 4 May 2026 10:00:00 +0000"} | headers
    return reply(text, subject=subject, Auto_Submitted="auto-replied", **headers)


QUOTE = "\n> Shop wrote to you\n> about a lamp\n"
POSTFIX = """\
<ann@example.org>: host mx.example.org[192.0.2.1] said: 550 5.1.1 <ann@example.org>:
    Recipient address rejected: User unknown (in reply to RCPT TO command)
"""
EXIM = """\
A message that you sent could not be delivered to one or more of its recipients.
The following address(es) failed:

  ann@example.org
    SMTP error from remote mail server after RCPT TO:<ann@example.org>:
    host mx.example.org [192.0.2.1]: 550 No such user

------ This is a copy of the message, including all the headers. ------

Return-path: <shop@winback.example>
To: ann@example.org
"""
QMAIL = """\
Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<ann@example.org>:
192.0.2.1 does not like recipient.
Remote host said: 550 unknown user
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.
"""
SENDMAIL = """\
   ----- The following addresses had permanent fatal errors -----
<ann@example.org>
    (reason: 550 unknown user)

   ----- Transcript of session follows -----
... while talking to mx.example.org.:
>>> DATA
<<< 550 unknown user
<<< 554 no valid recipients
"""
GMAIL_DELAY = """\
THIS IS A WARNING MESSAGE ONLY.

Delivery to the following recipient has been delayed:

     ann@example.org

Message will be retried for 2 more day(s)
"""


def samples():
    """One of each kind that the tests know, to be damaged."""
    plain = [POSTFIX, EXIM, QMAIL, SENDMAIL, GMAIL_DELAY]
    return [
        reply(),
        reply("Yes!" + QUOTE),
        reply("Please unsubscribe me"),
        html_reply("<div>Yes</div><blockquote type=cite>Hi</blockquote>"),
        absence("I am away until 10 May 2026."),
        bounce(),
        bounce(action="delayed", status="4.4.1", words="connection timed out"),
        complaint(),
        *(notice(text) for text in plain),
    ]
