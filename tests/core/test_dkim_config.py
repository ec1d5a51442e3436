from __future__ import annotations

from pathlib import Path

import pytest

from winback.core.config import ConfigError, load_config
from winback.core.dkim_config import DkimKey


def loaded(home: Path, **extra: str):
    return load_config({"WINBACK_HOME": str(home), **extra})


def problems(home: Path, **extra: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(home, **extra)
    return caught.value.problems


def test_dkim_keys_are_read_from_one_variable(tmp_path):
    config = loaded(
        tmp_path,
        WINBACK_DKIM="""
            shop.example:2026a:/etc/winback/rsa.pem
            Shop.Example:2026b:/etc/winback/with:colon.pem
            'приклад.укр:a.b_c:/my keys/k'""",
    )

    assert config.dkim == (
        DkimKey("shop.example", "2026a", Path("/etc/winback/rsa.pem")),
        DkimKey("shop.example", "2026b", Path("/etc/winback/with:colon.pem")),
        DkimKey("xn--80aikifvh.xn--j1amh", "a.b_c", Path("/my keys/k")),
    )
    assert loaded(tmp_path).dkim == ()


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("shop.example", "write domain:selector:/path/of/the/key"),
        ("shop.example:s", "write domain:selector:/path/of/the/key"),
        ("shop.example:s:key.pem", "write domain:selector:/path/of/the/key"),
        ("shop.example:/key.pem", "write domain:selector:/path/of/the/key"),
        ("shop.example:s:/", "write domain:selector:/path/of/the/key"),
        (":s:/key", "'' is no domain"),
        ("sh_op!.example:s:/key", "'sh_op!.example' is no domain"),
        ("*.example:s:/key", "'*.example' is no domain"),
        ("a..b:s:/key", "'a..b' is no domain"),
        ("shop.example::/key", "'' is no selector: use letters, digits and hyphens"),
        (
            "shop.example:a;b=:/key",
            "'a;b=' is no selector: use letters, digits and hyphens",
        ),
        (
            "shop.example:s.:/key",
            "'s.' is no selector: use letters, digits and hyphens",
        ),
        ("shop.example:é:/key", "'é' is no selector: use letters, digits and hyphens"),
        (
            f"{'.'.join(['a' * 60] * 4)}:{'s' * 20}:/key",
            "selector and domain are too long for the DNS",
        ),
    ],
)
def test_dkim_entry_that_is_wrong_is_named(tmp_path, entry, problem):
    assert problems(tmp_path, WINBACK_DKIM=entry) == [
        f"WINBACK_DKIM: {entry!r}: {problem}."
    ]


def test_dkim_with_an_open_quote_is_refused(tmp_path):
    assert problems(tmp_path, WINBACK_DKIM="'shop.example:s:/key") == [
        "WINBACK_DKIM: a quote is not closed."
    ]


def test_dkim_key_twice_is_refused(tmp_path):
    (problem,) = problems(tmp_path, WINBACK_DKIM="a.example:s:/one A.example:S:/two")

    assert problem == "WINBACK_DKIM: 'A.example:S:/two': stands there twice."
