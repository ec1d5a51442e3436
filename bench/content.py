"""What a mail costs to compile once and to fill for each person.

    python -m bench.content [people [leads]]

Compiles each of our templates in each language, and fills a mail with ten holes,
one with a condition and a loop, and our own template. Beside each stands the
same template in Liquid alone, rendered whole, in the same run. Then the report
on languages and empty merge fields over an audience (100,000 leads unless told)
stands beside the bare count of the same audience. Prints one JSON object; times
are the best of five rounds. Works in a database of its own unless
WINBACK_DATABASE_URL names a scratch one.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable

ROUNDS = 5
FIELDS = [
    *("first_name", "contact_name", "company", "title", "city"),
    *("country", "language", "first_name", "company", "city"),
]
TEN_HOLES = "\n\n".join(
    f'Line {n}: {{{{ lead.{name} | default: "friend" }}}}'
    for n, name in enumerate(FIELDS)
)
TEN_FIELDS = " ".join(
    f"{{{{ {path} }}}}"
    for path in [
        *("lead.first_name", "lead.last_name", "lead.company", "lead.city"),
        *("lead.country", "lead.phone", "lead.lost_reason", "lead.lost_at"),
        *("lead.product.price", "owner.name"),
    ]
)
CONDITIONS = (
    "{% if lead.product %}{{ lead.product.name | upcase }}{% else %}-{% endif %}\n\n"
    "{% for i in (1..5) %}{{ i }} {{ lead.city }} {% endfor %}\n\n" + TEN_HOLES
)


def best(run: Callable[[], object], times: int) -> float:
    """Seconds of one ``run``, the best of five rounds of ``times``."""
    rounds = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        for _time in range(times):
            run()
        rounds.append((time.perf_counter() - began) / times)
    return min(rounds)


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    leads = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as home:
        os.environ["WINBACK_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
        import django

        django.setup()
        found = {**measure(people), "compile": compile_times(), **report(leads)}
        print(json.dumps(found, indent=2))


def measure(people: int) -> dict[str, object]:
    from winback.content.premade import premade_templates
    from winback.content.rendering import ContentSource

    own = premade_templates()[0].contents[0]
    sources = {
        "ten holes": ContentSource(subject="Hi", body=TEN_HOLES),
        "conditions and a loop": ContentSource(subject="Hi", body=CONDITIONS),
        "our template": ContentSource(
            subject=own.subject, body_kind="mjml", body=own.body
        ),
    }
    return {name: _measured(source, people) for name, source in sources.items()}


def compile_times() -> dict[str, float]:
    """Milliseconds to compile each of our templates, by its key and language."""
    from winback.content.premade import premade_templates
    from winback.content.rendering import ContentSource, compile_content

    times = {}
    for template in premade_templates():
        for one in template.contents:
            source = ContentSource(
                subject=one.subject,
                body_kind="mjml",
                body=one.body,
                language=one.language or "en",
            )
            seconds = best(lambda source=source: compile_content(source), 3)
            times[f"{template.key} {one.language}"] = round(seconds * 1000, 1)
    return times


def report(leads: int) -> dict[str, object]:
    """The one pass over an audience, beside the count of the same people."""
    from bench.leads import make_leads, settle
    from django.core.management import call_command
    from django.utils import timezone

    from winback.accounts.models import User
    from winback.accounts.rules import Role
    from winback.mailings import services
    from winback.mailings.content_reach import compiled_contents, content_reach
    from winback.mailings.queries import planned_people

    call_command("migrate", verbosity=0, interactive=False)
    make_leads(leads)
    settle()
    now = timezone.now()
    by = User.objects.create_user("bench@winback.test", role=Role.ADMINISTRATOR.value)
    ends = ("set", "not_set")
    rules = [{"field": "active", "op": end} for end in ends]
    either = {"match": "any", "rules": rules}
    mailing = services.create_mailing(
        {"subject": "Hi {{ lead.first_name }}", "body": TEN_FIELDS, "rules": either},
        by=by,
        now=now,
    )
    services.copy_language(mailing, source="", language="uk", by=by, now=now)
    compiled, _faults = compiled_contents(mailing)
    counted = best(lambda: planned_people(mailing, now=now).count(), 1)
    told = best(lambda: content_reach(mailing, compiled, now=now), 1)
    reach = content_reach(mailing, compiled, now=now)
    return {
        "report": {
            "people": sum(one.people for one in reach.languages),
            "fields": len(reach.empty_fields),
            "count_ms": round(counted * 1000, 1),
            "report_ms": round(told * 1000, 1),
            "report_against_count": round(told / counted, 2),
        }
    }


def _measured(source: object, people: int) -> dict[str, float]:
    from liquid import Environment

    from winback.content.fields import sample_values
    from winback.content.liquid.engine import make_environment
    from winback.content.rendering import (
        ContentSource,
        MergeContext,
        compile_content,
    )

    assert isinstance(source, ContentSource)
    values = sample_values()
    content = compile_content(source)
    context = MergeContext(values=values, rewrite_link=lambda n, _url: f"/t/{n}")
    env: Environment = make_environment(autoescape=True)
    whole = env.from_string(source.body)
    ours = best(lambda: content.html.render(content.begin(context)), people)
    plain = best(lambda: whole.render(**values), people)
    return {
        "compile_ms": round(best(lambda: compile_content(source), 5) * 1000, 2),
        "html_us": round(ours * 1e6, 1),
        "whole_mail_us": round(best(lambda: content.render(context), people) * 1e6, 1),
        "liquid_alone_us": round(plain * 1e6, 1),
        "html_against_liquid_alone": round(ours / plain, 2),
    }


if __name__ == "__main__":
    main()
