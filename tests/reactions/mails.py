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
