"""What a mail costs to compile once and to fill for each person.

    python bench/content.py [people]

Compiles our own template and a plain text, and fills a mail with ten holes,
one with a condition and a loop, and our own template. Beside each stands the
same template in Liquid alone, rendered whole, in the same run. Prints one JSON
object; times are the best of five rounds.
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
    with tempfile.TemporaryDirectory() as home:
        os.environ["WINBACK_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winback.core.settings")
        import django

        django.setup()
        print(json.dumps(measure(people), indent=2))


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
