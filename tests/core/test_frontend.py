from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.template import engines
from django.test import RequestFactory

from winback.core import frontend

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def built(tmp_path, monkeypatch):
    manifest = {
        "entries/rules.js": {"file": "rules-1a.js", "imports": ["_shared.js"]},
        "_shared.js": {"file": "shared-2b.js", "css": ["shared-3c.css"]},
        "icons.svg": {"file": "icons-4d.svg"},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(frontend, "DIST", tmp_path)
    frontend._read_once.cache_clear()
    yield
    frontend._read_once.cache_clear()


@pytest.fixture
def not_built(tmp_path, monkeypatch):
    monkeypatch.setattr(frontend, "DIST", tmp_path / "nothing")
    frontend._read_once.cache_clear()
    yield
    frontend._read_once.cache_clear()


def render(text, **context):
    template = engines["django"].from_string("{% load ui %}" + text)
    return template.render(context)


def test_vite_entry_loads_script_and_the_styles_of_its_parts(built):
    assert render('{% vite_entry "rules" %}') == (
        '<link rel="stylesheet" href="/static/winback/dist/shared-3c.css">'
        '<script type="module" src="/static/winback/dist/rules-1a.js"></script>'
    )


def test_icon_that_points_turns_round_with_the_direction(built):
    assert 'class="icon icon-directed "' in render('{% icon "send" %}')
    assert 'href="/static/winback/dist/icons-4d.svg#trash"' in render(
        '{% icon "trash" %}'
    )


def test_page_without_built_front_end_says_what_to_run(not_built):
    page = engines["django"].get_template("core/public.html").render()

    assert "make setup" in page


def test_error_page_needs_nothing_but_itself():
    page = engines["django"].get_template("500.html").render()

    assert "Something went wrong on our side" in page


def test_query_tag_changes_and_drops_parameters():
    request = RequestFactory().get("/leads/?q=a&page=2")
    template = engines["django"].from_string(
        '{% load ui %}{% query page=None sort="title" %}'
    )

    assert template.render({}, request) == "?q=a&amp;sort=title"


def test_share_of_is_a_number_for_styles():
    assert render("{{ 1|share_of:3 }} {{ 1|share_of:0 }} {{ 5|share_of:4 }}") == (
        "33.33 0 100.00"
    )


def test_scripts_pass_their_own_tests():
    linked = ROOT / ".venv" / "node" / "node"
    node = shutil.which("node") or str(linked)
    tests = sorted(
        str(path) for path in (ROOT / "frontend" / "tests").glob("*.test.js")
    )

    ran = subprocess.run(
        [node, "--test", *tests], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(tests) > 0
