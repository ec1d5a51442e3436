"""Leads for benchmarks, made inside the database by one statement."""

from __future__ import annotations


def make_leads(count: int) -> None:
    """Stages, lost reasons and so many leads, in an empty database."""
    from django.db import connection

    from winback.crm.models import LostReason, Stage

    for name in ("New", "Qualified", "Proposition", "Won"):
        Stage.objects.get_or_create(name=name, defaults={"is_won": name == "Won"})
    names = ("Too expensive", "We don't have people/skills", "Not enough stock")
    for name in names:
        LostReason.objects.get_or_create(name=name)
    with connection.cursor() as cursor:
        cursor.execute(_insert_sql(count))


def settle() -> None:
    """Let the database look at what it has got."""
    from django.db import connection

    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if postgres else "ANALYZE")


def _insert_sql(count: int) -> str:
    """Leads of six years in a stirred order; half of them lost, one in 20 refused."""
    from django.db import connection

    from winback.crm.models import LostReason, Stage

    stages = list(Stage.objects.order_by("position", "pk").values_list("pk", flat=True))
    reasons = list(LostReason.objects.order_by("pk").values_list("pk", flat=True))
    postgres = connection.vendor == "postgresql"
    numbers = (
        f"generate_series(1::bigint, {count}) AS number(n)"
        if postgres
        else f"(WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 "
        f"FROM number WHERE n < {count}) SELECT n FROM number)"
    )

    def stirred(prime: int, modulus: int) -> str:
        """A number below ``modulus``, the same at every run, unlike its neighbours."""
        return f"(n * {prime} % 1000003 % {modulus})"

    def at(days: str) -> str:
        if postgres:
            return f"timestamptz '2020-06-01 10:00:00+00' + {days} * interval '1 day'"
        return f"datetime('2020-06-01 10:00:00', {days} || ' days')"

    true, false = ("TRUE", "FALSE") if postgres else ("1", "0")
    lost = f"({stirred(7919, 2)} = 0)"
    day = stirred(104729, 2160)
    stage = " ".join(f"WHEN {i} THEN {pk}" for i, pk in enumerate(stages[:3]))
    reason = " ".join(f"WHEN {i} THEN {pk}" for i, pk in enumerate(reasons[:3]))
    reason = f"CASE {stirred(32452843, 4)} {reason} END"
    address = (
        f"CASE WHEN {stirred(31, 25)} = 0 THEN '' "
        f"ELSE 'person' || (n - CASE WHEN {stirred(37, 20)} = 0 THEN 1 ELSE 0 END) "
        "|| '@example.org' END"
    )
    columns = {
        "title": "'Lead ' || n",
        "contact_name": "'Олена Person ' || n",
        "company": f"'ТОВ ' || {stirred(41, 90000)}",
        "email": address,
        "email_normalized": address,
        "phone": "'+38044' || n",
        "language": f"CASE {stirred(43, 3)} WHEN 0 THEN 'en' ELSE 'uk' END",
        "country": "'UA'",
        "city": "'Kyiv'",
        "time_zone": "''",
        "stage_id": f"CASE {stirred(15485863, 3)} {stage} END",
        "status": f"CASE WHEN {lost} THEN 'lost' ELSE 'open' END",
        "active": f"CASE WHEN {lost} THEN {false} ELSE {true} END",
        "lost_reason_id": f"CASE WHEN {lost} THEN {reason} END",
        "lost_at": f"CASE WHEN {lost} THEN {at(f'({day} + 40)')} END",
        "created_at": at(day),
        "stage_changed_at": at(day),
        "probability": "10",
        "probability_by_hand": false,
        "currency": "'EUR'",
        "expected_revenue": stirred(53, 9000),
        "external_id": "''",
        "notes": "''",
        "blacklisted": f"CASE WHEN {stirred(59, 20)} = 0 THEN {true} ELSE {false} END",
        "last_mailed_at": f"CASE WHEN {stirred(61, 30)} = 0 THEN {at('2163')} END",
        "bounce_count": "0",
        "title_folded": "'lead ' || n",
        "contact_name_folded": "'олена person ' || n",
        "company_folded": f"'тов ' || {stirred(41, 90000)}",
        "email_folded": address,
        "phone_folded": "'+38044' || n",
        "city_folded": "'kyiv'",
        "external_id_folded": "''",
    }
    listed = ", ".join(columns)
    values = ", ".join(columns.values())
    return f"INSERT INTO crm_lead ({listed}) SELECT {values} FROM {numbers}"
