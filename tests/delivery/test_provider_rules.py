"""What providers answer, sorted."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
)
from hypothesis import given
from hypothesis import strategies as st

from winback.delivery.providers.failures import failure_of, judge_exception
from winback.delivery.providers.rules import (
    Failure,
    Reach,
    Verdict,
    judge_failure,
    pause_length,
    plain_text,
    retry_after_seconds,
)
from winback.delivery.rules import Outcome


def outcome(status: int, text: str = "", **more: object) -> Outcome:
    given = {"provider": "any", "status": status, "text": text, **more}
    return judge_failure(Failure(**given)).outcome


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        ([200, 202, 204, 302, 303, 502, 504, 520, 524], Outcome.UNCERTAIN),
        ([301, 307, 308, 401, 402, 403, 404, 405, 406, 407, 415], Outcome.ACCOUNT),
        ([408, 425, 500, 501, 503, 521, 522, 523, 599], Outcome.RETRY),
        ([400, 409, 413, 422, 431], Outcome.MESSAGE),
        ([429], Outcome.NOT_BEGUN),
    ],
)
def test_judge_failure_status_alone(statuses: list[int], wanted: Outcome) -> None:
    assert {status: outcome(status) for status in statuses} == dict.fromkeys(
        statuses, wanted
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("'to' parameter is not a valid address", Outcome.ADDRESS),
        (
            "Does not contain a valid address. (personalizations.0.to.0.email)",
            "address",
        ),
        ("email is not valid in to", Outcome.ADDRESS),
        ("Invalid `to` field. The email address needs to follow", Outcome.ADDRESS),
        ("recipient address is invalid", Outcome.ADDRESS),
        ("'from' parameter is not a valid address", Outcome.ACCOUNT),
        ("Invalid `from` field", Outcome.ACCOUNT),
        ("the sender you used is not valid", Outcome.ACCOUNT),
        ("email is not valid in replyTo", Outcome.ACCOUNT),
        ("You have not enough credits", Outcome.ACCOUNT),
        ("Your account is under validation", Outcome.ACCOUNT),
        ("The domain is not verified", Outcome.ACCOUNT),
        ("API key is missing", Outcome.ACCOUNT),
        ("You are not allowed to send this", Outcome.ACCOUNT),
        ("htmlContent is strange", Outcome.MESSAGE),
        ("Message too large to send", Outcome.MESSAGE),
        ("", Outcome.MESSAGE),
    ],
)
def test_judge_failure_bad_request_says_whom_it_is_about(
    text: str, wanted: Outcome
) -> None:
    assert (outcome(400, text), outcome(422, text)) == (wanted, wanted)


@pytest.mark.parametrize(
    ("provider", "status", "code", "wanted"),
    [
        ("postmark", 422, "405", Outcome.ACCOUNT),
        ("postmark", 422, "412", Outcome.ACCOUNT),
        ("postmark", 503, "100", Outcome.RETRY),
        ("postmark", 422, "300", Outcome.MESSAGE),
        ("mandrill", 500, "Invalid_Key", Outcome.ACCOUNT),
        ("mandrill", 500, "ValidationError", Outcome.MESSAGE),
        ("mandrill", 500, "GeneralError", Outcome.RETRY),
        ("mailjet", 400, "send-0011", Outcome.ACCOUNT),
        ("amazon_ses", 400, "SendingPausedException", Outcome.ACCOUNT),
        ("amazon_ses", 400, "ThrottlingException", Outcome.NOT_BEGUN),
        ("amazon_ses", 400, "MessageRejected", Outcome.MESSAGE),
        ("brevo", 400, "405", Outcome.MESSAGE),
    ],
)
def test_judge_failure_code_of_the_provider(
    provider: str, status: int, code: str, wanted: Outcome
) -> None:
    assert outcome(status, provider=provider, code=code) == wanted


@pytest.mark.parametrize(
    ("reach", "wanted"),
    [
        (Reach.NOWHERE, Outcome.NOT_BEGUN),
        (Reach.NOT_OURS, Outcome.ACCOUNT),
        (Reach.UNKNOWN, Outcome.UNCERTAIN),
    ],
)
def test_judge_failure_without_an_answer(reach: Reach, wanted: Outcome) -> None:
    assert outcome(0, reach=reach) == wanted


def test_judge_failure_pause_is_as_long_as_the_provider_says() -> None:
    def verdict(status: int, seconds: float | None) -> Verdict:
        return judge_failure(
            Failure(provider="any", text="x", status=status, retry_after=seconds)
        )

    assert verdict(429, 7.5) == Verdict(Outcome.NOT_BEGUN, "x", True, 7.5)
    assert verdict(503, 7.5) == Verdict(Outcome.NOT_BEGUN, "x", True, 7.5)
    assert verdict(429, None) == Verdict(Outcome.NOT_BEGUN, "x", True, None)
    assert verdict(429, 10.0**9).pause_seconds == 3600
    assert verdict(503, None) == Verdict(Outcome.RETRY, "x")
    assert verdict(500, 7.5) == Verdict(Outcome.RETRY, "x")


def test_pause_length_grows_where_the_provider_does_not_say() -> None:
    assert [pause_length(n, None) for n in (1, 2, 3, 99)] == [1, 2, 4, 256]
    assert [pause_length(n, 0.5) for n in (1, 99)] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0.5 ", 0.5),
        ("0", 0.0),
        ("", None),
        ("-1", None),
        ("1e9", None),
        ("nan", None),
        ("٣", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_retry_after_seconds(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(value) == seconds


@given(st.text(max_size=900))
def test_plain_text_is_one_printable_line(text: str) -> None:
    said = plain_text(text)

    assert said.isprintable()
    assert len(said) <= 400


def answered(status: int, body: object, kind: str = "application/json") -> Exception:
    response = requests.Response()
    response.status_code = status
    response.headers["Content-Type"] = kind
    text = body if isinstance(body, str) else json.dumps(body)
    response._content = text.encode()
    response.reason = "Reason"
    return AnymailRequestsAPIError("Anymail's words", response=response)


@pytest.mark.parametrize(
    ("body", "text", "code"),
    [
        ({"message": "no"}, "400 no", ""),
        ({"ErrorCode": 406, "Message": "no"}, "400 no", "406"),
        ({"errors": [{"message": "no", "field": "to"}]}, "400 no (to)", ""),
        ({"error": {"code": "x", "message": "no"}}, "400 no", "x"),
        ({"error": "no"}, "400 no", ""),
        (
            {
                "Messages": [
                    {
                        "Status": "error",
                        "Errors": [
                            {
                                "ErrorCode": "send-0011",
                                "ErrorMessage": "no",
                                "ErrorRelatedTo": ['Headers["Message-ID"]'],
                            }
                        ],
                    }
                ]
            },
            '400 no (Headers["Message-ID"])',
            "send-0011",
        ),
        ([{"name": "Invalid_Key", "message": "no"}], "400 no", "Invalid_Key"),
        ("Forbidden", "400 Forbidden", ""),
        ([], "400 Anymail's words", ""),
        ({"errors": []}, "400 Anymail's words", ""),
        ({"message": {"deep": ["no"]}}, "400 Anymail's words", ""),
        ("7", "400 Anymail's words", ""),
        ("[" * 5000, f"400 {'[' * 396}", ""),
    ],
)
def test_failure_of_an_answer_has_the_providers_words(
    body: object, text: str, code: str
) -> None:
    failure = failure_of("any", answered(400, body))

    assert (failure.status, failure.text, failure.code) == (400, text, code)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ([{"status": "rejected", "email": "a@b.c"}], "The provider refuses this"),
        ({"ErrorCode": 406, "Message": "inactive"}, "inactive"),
    ],
)
def test_judge_exception_refused_recipient_is_the_address(
    body: object, text: str
) -> None:
    # Mandrill says so with a 200, Postmark with a 422.
    response = answered(200, body).response  # type: ignore[attr-defined]

    verdict = judge_exception("any", AnymailRecipientsRefused(response=response))

    assert verdict.outcome is Outcome.ADDRESS
    assert verdict.text.startswith(text)


def test_failure_of_a_web_page_does_not_show_it() -> None:
    failure = failure_of("any", answered(502, "<html>secret</html>", "text/html"))

    assert failure.text == "502 Anymail's words"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["message", "error", "errors", "Messages", "code", "field"]
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=12,
    )
)
def test_failure_of_any_answer_never_raises(body: object) -> None:
    assert judge_exception("any", answered(400, body)).outcome in {
        Outcome.MESSAGE,
        Outcome.ADDRESS,
        Outcome.ACCOUNT,
    }


@pytest.mark.parametrize(
    ("code", "message", "status", "wanted"),
    [
        ("TooManyRequestsException", "Rate exceeded", 429, Outcome.NOT_BEGUN),
        ("AccountSuspendedException", "No", 400, Outcome.ACCOUNT),
        ("MessageRejected", "Email address is not verified.", 400, Outcome.ACCOUNT),
        ("MessageRejected", "Illegal content", 400, Outcome.MESSAGE),
        ("InternalFailure", "Sorry", 500, Outcome.RETRY),
    ],
)
def test_judge_exception_of_boto(
    code: str, message: str, status: int, wanted: Outcome
) -> None:
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }

    verdict = judge_exception("amazon_ses", AnymailAPIError("x", response=response))

    assert (verdict.outcome, verdict.text) == (wanted, f"{code} {message}")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("EndpointConnectionError", Outcome.NOT_BEGUN),
        ("ConnectTimeoutError", Outcome.NOT_BEGUN),
        ("NoCredentialsError", Outcome.ACCOUNT),
        ("ReadTimeoutError", Outcome.UNCERTAIN),
        ("ConnectionClosedError", Outcome.UNCERTAIN),
    ],
)
def test_judge_exception_of_boto_without_an_answer(name: str, wanted: Outcome) -> None:
    error = AnymailAPIError("x")
    error.__cause__ = type(name, (Exception,), {})("words")

    assert judge_exception("amazon_ses", error).outcome is wanted


def _failing(url: str, **how: object) -> Exception:
    with pytest.raises(requests.RequestException) as caught:
        requests.post(url, data=b"x", timeout=(0.5, 0.5), **how)
    return caught.value


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=8) as server:
        yield server


def test_judge_exception_nobody_listens_is_not_begun(free_port: int) -> None:
    verdict = judge_exception("any", _failing(f"http://127.0.0.1:{free_port}/"))

    assert verdict == Verdict(
        Outcome.NOT_BEGUN, "any cannot be reached: Connection refused"
    )


def test_judge_exception_name_that_is_not_known_is_not_begun() -> None:
    verdict = judge_exception("any", _failing("http://nobody.invalid/"))

    assert verdict.outcome is Outcome.NOT_BEGUN


def test_judge_exception_answer_late_is_uncertain(listening: socket.socket) -> None:
    port = listening.getsockname()[1]

    verdict = judge_exception("any", _failing(f"http://127.0.0.1:{port}/"))

    assert verdict.outcome is Outcome.UNCERTAIN
    assert verdict.text.startswith("any gave no answer: ")


def _serve_once(listening: socket.socket, answer: bytes) -> threading.Thread:
    def serve() -> None:
        connection, _ = listening.accept()
        connection.recv(65536)
        connection.sendall(answer)
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_judge_exception_no_encryption_there_is_not_begun(
    listening: socket.socket,
) -> None:
    thread = _serve_once(listening, b"HTTP/1.1 400 Bad Request\r\n\r\n")

    error = _failing(f"https://127.0.0.1:{listening.getsockname()[1]}/")
    thread.join()

    assert any(isinstance(c, ssl.SSLError) for c in _causes(error))
    assert judge_exception("any", error).outcome is Outcome.NOT_BEGUN


def test_judge_exception_nonsense_is_uncertain(listening: socket.socket) -> None:
    thread = _serve_once(listening, b"nonsense\r\n\r\n")

    error = _failing(f"http://127.0.0.1:{listening.getsockname()[1]}/")
    thread.join()

    assert judge_exception("any", error).outcome is Outcome.UNCERTAIN


@pytest.mark.parametrize("url", ["mailgun", "ftp://x/", "http://", "http://[/"])
def test_judge_exception_address_that_is_none_is_the_accounts(url: str) -> None:
    assert judge_exception("any", _failing(url)).outcome is Outcome.ACCOUNT


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        yield from (a for a in error.args if isinstance(a, BaseException))
        reason = getattr(error.args[0] if error.args else None, "reason", None)
        if isinstance(reason, BaseException):
            yield from _causes(reason)
        error = error.__context__
