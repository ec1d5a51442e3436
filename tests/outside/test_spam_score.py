"""SpamAssassin, without a network, scores every premade template in every language."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.outside.conftest import LANGUAGES, Delivered
from winback.content.premade import premade_templates

pytestmark = pytest.mark.outside
MOST = 2.0
# One process for all: loading the rules takes most of the time.
SCORER = r"""
use strict; use warnings; use Mail::SpamAssassin; use JSON::PP;
my $judge = Mail::SpamAssassin->new({
  local_tests_only => 1, dont_copy_prefs => 1, userprefs_filename => "/dev/null",
  userstate_dir => shift @ARGV,
});
my %verdicts;
for my $path (@ARGV) {
  open my $file, "<:raw", $path or die "$path: $!";
  my $mail = $judge->parse([<$file>]);
  my $status = $judge->check($mail);
  $verdicts{$path} = {
    score => 0 + $status->get_score, rules => $status->get_names_of_tests_hit,
  };
  $status->finish; $mail->finish;
}
print encode_json(\%verdicts);
"""
SPAM = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


def verdicts(folder: Path, files: list[Path]) -> dict[str, dict]:
    done = subprocess.run(
        [shutil.which("perl") or "perl", "-e", SCORER, folder, *files],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_premade_templates_are_no_spam(
    delivered: list[Delivered], tmp_path: Path
) -> None:
    templates = [mail for mail in delivered if mail.template]

    told = verdicts(tmp_path, [mail.file for mail in templates])

    scores = {
        (mail.template, mail.language): told[str(mail.file)] for mail in templates
    }
    assert scores.keys() == {
        (premade.key, language)
        for premade in premade_templates()
        for language in LANGUAGES.values()
    }
    too_high = {
        name: verdict for name, verdict in scores.items() if verdict["score"] >= MOST
    }
    assert too_high == {}


def test_the_scorer_knows_spam_when_it_sees_it(
    delivered: list[Delivered], tmp_path: Path
) -> None:
    spam = tmp_path / "spam.eml"
    spam.write_bytes(b"Subject: hello\r\n\r\n" + SPAM + b"\r\n")

    assert verdicts(tmp_path, [spam])[str(spam)]["score"] >= 1000
