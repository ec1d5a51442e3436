"""``winback inbound classify``: no database, one line or object for each file."""

import json

from click.testing import CliRunner

from tests.reactions import mails
from winback.web.cli import main


def test_classify_prints_one_object_for_each_file(tmp_path):
    (tmp_path / "bounce.eml").write_bytes(mails.bounce())
    (tmp_path / "reply.eml").write_bytes(mails.reply())

    ran = CliRunner().invoke(
        main,
        ["inbound", "classify", *map(str, sorted(tmp_path.iterdir())), "--json"],
    )

    assert ran.exit_code == 0
    assert [json.loads(line) for line in ran.stdout.splitlines()] == [
        {
            "file": str(tmp_path / "bounce.eml"),
            "kind": "bounce",
            "recipients": ["ann@example.org"],
            "bounce": "hard",
            "final": "failed",
            "reason": "userunknown",
            "status": "5.1.1",
            "visible_text": "",
        },
        {
            "file": str(tmp_path / "reply.eml"),
            "kind": "reply",
            "recipients": [],
            "bounce": "",
            "final": "",
            "reason": "",
            "status": "",
            "visible_text": "Yes, still interested!",
        },
    ]


def test_classify_says_which_files_it_cannot_read_and_goes_on(tmp_path):
    (tmp_path / "b.eml").write_bytes(mails.bounce())
    (tmp_path / "c.jpg").write_bytes(b"\xff\xd8\xff\xe0no mail\n\n" * 20)
    names = [str(tmp_path / name) for name in ("a.eml", "b.eml", "c.jpg")]

    ran = CliRunner().invoke(main, ["inbound", "classify", str(tmp_path), *names])

    assert ran.exit_code == 1
    assert ran.stderr.splitlines() == [
        f"{tmp_path}: cannot be read: Is a directory",
        f"{names[0]}: cannot be read: No such file or directory",
    ]
    assert ran.stdout.splitlines() == [
        f"{names[1]}: bounce hard userunknown 5.1.1 ann@example.org",
        f"{names[2]}: unknown nomail",
    ]
