"""Celery wakes imports up; the run's row says where they stand."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from celery import shared_task
from django.utils import timezone

from winback.crm.imports.mapping import MappingError
from winback.crm.imports.reading import UnreadableFileError
from winback.crm.imports.running import (
    ImportTakenOverError,
    imports_folder,
    run_import,
)
from winback.crm.imports.undoing import undo_import
from winback.crm.models import ImportRun

logger = logging.getLogger(__name__)
State = ImportRun.State


@shared_task(name="crm.run_import", ignore_result=True)
def run_import_task(run_id: int) -> None:
    """Run, continue or undo one import; nothing if a process here is at it."""
    run = ImportRun.objects.filter(
        pk=run_id, state__in=[State.RUNNING, State.UNDOING]
    ).first()
    if run is None:
        return
    with _alone(run) as alone:
        if not alone:
            return
        try:
            if run.state == State.UNDOING:
                undo_import(run, by=run.by, now=timezone.now())
            else:
                run_import(run, now=timezone.now())
        except (UnreadableFileError, MappingError, ImportTakenOverError) as error:
            logger.warning("Import %s stopped: %r", run_id, error)


@shared_task(name="crm.continue_imports", ignore_result=True)
def continue_imports() -> None:
    """Take up what a stopped worker left; called by beat."""
    unfinished = ImportRun.objects.filter(state__in=[State.RUNNING, State.UNDOING])
    for run_id in unfinished.values_list("pk", flat=True):
        run_import_task(run_id)


@contextmanager
def _alone(run: ImportRun) -> Iterator[bool]:
    """Whether no other process of this machine works on ``run``.

    On other machines the run's own count stops whoever comes second.
    """
    with (imports_folder(run) / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
