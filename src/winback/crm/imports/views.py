"""Importing leads on screen: upload, columns, check, run, undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.crm.imports import services, undoing
from winback.crm.imports.forms import ColumnsForm, UploadForm
from winback.crm.imports.mapping import MappingError
from winback.crm.imports.reading import UnreadableFileError, sample
from winback.crm.imports.running import errors_path
from winback.crm.models import ImportRun
from winback.crm.tasks import run_import_task

RUNS_SHOWN = 50
SAMPLE_ROWS = 3
WARNINGS_SHOWN = 5
State = ImportRun.State


@require_GET
@right_required(Right.IMPORT_LEADS)
def import_list(request: HttpRequest) -> HttpResponse:
    runs = _visible_runs(request).select_related("by")[:RUNS_SHOWN]
    return render(request, "crm/imports/list.html", {"runs": runs})


@require_http_methods(["GET", "POST"])
@right_required(Right.IMPORT_LEADS)
def import_new(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            run = services.upload_import(
                upload, upload.name, by=signed_in(request), now=timezone.now()
            )
        except UnreadableFileError as error:
            form.add_error("file", str(error))
        else:
            return redirect("crm:import", run.pk)
    status = 422 if form.errors else 200
    return render(request, "crm/imports/new.html", {"form": form}, status=status)


@require_GET
@right_required(Right.IMPORT_LEADS)
def import_run(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(_visible_runs(request), pk=pk)
    if request.headers.get("HX-Request"):
        return render(request, "crm/imports/_run.html", _context(run))
    return render(request, "crm/imports/run.html", _context(run))


@require_POST
@right_required(Right.IMPORT_LEADS)
def import_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the chosen columns and look what an import would do."""
    run = get_object_or_404(_visible_runs(request), pk=pk)
    if run.state not in {State.UPLOADED, State.CHECKED}:
        raise Http404
    context = _context(run, request.POST)
    form: ColumnsForm = context["form"]
    if not form.is_valid():
        return render(request, "crm/imports/run.html", context, status=422)
    try:
        services.choose_columns(run, form.columns())
        result = services.check_import(run, by=signed_in(request), now=timezone.now())
    except (MappingError, UnreadableFileError) as error:
        form.add_error(None, str(error))
        return render(request, "crm/imports/run.html", context, status=422)
    for warning in list(result.warnings)[:WARNINGS_SHOWN]:
        messages.warning(request, warning)
    return redirect("crm:import", run.pk)


@require_POST
@right_required(Right.IMPORT_LEADS)
def import_start(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(_visible_runs(request), pk=pk)
    if run.state == State.CHECKED:
        services.queue_import(run)
        _wake(run)
    return redirect("crm:import", run.pk)


@require_POST
@right_required(Right.IMPORT_LEADS)
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(_visible_runs(request), pk=pk)
    try:
        undoing.begin_undo(run)
    except undoing.NotUndoableError:
        messages.error(request, _("This import cannot be undone."))
    else:
        _wake(run)
    return redirect("crm:import", run.pk)


@require_GET
@right_required(Right.IMPORT_LEADS)
def import_errors(request: HttpRequest, pk: int) -> FileResponse:
    """The rows that failed, as a file to mend and import again."""
    run = get_object_or_404(_visible_runs(request), pk=pk)
    path = errors_path(run)
    if not path.exists():
        raise Http404
    name = f"{Path(run.file_name).stem}-errors.csv"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name)


def _visible_runs(request: HttpRequest) -> QuerySet[ImportRun]:
    """One's own imports; all of them for whoever looks after the installation."""
    user = signed_in(request)
    if user.may(Right.MANAGE_INSTALLATION):
        return ImportRun.objects.all()
    return ImportRun.objects.filter(by=user)


def _wake(run: ImportRun) -> None:
    # Beat looks for unfinished imports too: a lost wake-up only means waiting.
    transaction.on_commit(lambda: run_import_task.delay(run.pk))


def _context(run: ImportRun, posted: Any = None) -> dict[str, Any]:
    context: dict[str, Any] = {"run": run, "state": run.state}
    if run.state in {State.RUNNING, State.UNDOING}:
        return context | {"is_busy": True}
    if run.state not in {State.UPLOADED, State.CHECKED}:
        return context | {"has_error_file": errors_path(run).exists()}
    headers, rows = sample(Path(run.stored_path), row_count=SAMPLE_ROWS)
    chosen = run.mapping.get("columns", {})
    form = ColumnsForm(posted, headers=headers, chosen=chosen)
    columns = [
        (form[f"column-{number}"], [row[number] for row in rows])
        for number in range(len(headers))
    ]
    return context | {
        "form": form,
        "columns": columns,
        "dialect": run.mapping.get("dialect", ""),
        "checked_rows": services.CHECKED_ROWS,
    }
