"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from winback.crm.imports import views as imports
from winback.crm.views import board, lead, lead_list, records
from winback.crm.views.export import export, export_chosen

app_name = "crm"


def _record_urls(folder: str, name: str, kind: records.Kind) -> list[URLPattern]:
    start, given = f"settings/{folder}/", {"kind": kind}
    one = f"{start}<int:pk>/"
    return [
        path(start, records.record_list, given, name=f"{name}-list"),
        path(f"{start}new/", records.record_form, given, name=f"{name}-new"),
        path(one, records.record_form, given, name=f"{name}-edit"),
        path(f"{one}move/", records.record_move, given, name=f"{name}-move"),
        path(f"{one}remove/", records.record_remove, given, name=f"{name}-remove"),
        path(f"{one}unarchive/", records.record_unarchive, given, name=f"{name}-back"),
    ]


urlpatterns = [
    path("pipeline/", board.pipeline, name="pipeline"),
    path("pipeline/move/", board.pipeline_move, name="pipeline-move"),
    path("pipeline/<int:pk>/cards/", board.pipeline_cards, name="pipeline-cards"),
    path("leads/", lead_list.lead_list, name="lead-list"),
    path("leads/bulk/", lead_list.lead_bulk, name="lead-bulk"),
    path("leads/export/", export, name="export"),
    path("leads/export/chosen/", export_chosen, name="export-chosen"),
    path("imports/", imports.import_list, name="import-list"),
    path("imports/new/", imports.import_new, name="import-new"),
    path("imports/<int:pk>/", imports.import_run, name="import"),
    path("imports/<int:pk>/check/", imports.import_check, name="import-check"),
    path("imports/<int:pk>/start/", imports.import_start, name="import-start"),
    path("imports/<int:pk>/undo/", imports.import_undo, name="import-undo"),
    path("imports/<int:pk>/errors/", imports.import_errors, name="import-errors"),
    path("leads/new/", lead.lead_new, name="lead-new"),
    path("leads/<int:pk>/", lead.lead, name="lead"),
    path("leads/<int:pk>/lost/", lead.lead_lost, name="lead-lost"),
    path("leads/<int:pk>/restore/", lead.lead_restore, name="lead-restore"),
    path("leads/<int:pk>/archive/", lead.lead_archive, name="lead-archive"),
    path("leads/<int:pk>/unarchive/", lead.lead_unarchive, name="lead-unarchive"),
    path("leads/<int:pk>/stage/", lead.lead_stage, name="lead-stage"),
    path("leads/<int:pk>/note/", lead.lead_note, name="lead-note"),
    path("leads/<int:pk>/address/", lead.lead_mend_address, name="lead-mend-address"),
    path("leads/<int:pk>/task/", lead.lead_task, name="lead-task"),
    path("tasks/<int:pk>/done/", lead.task_done, name="task-done"),
    *_record_urls("stages", "stage", records.STAGES),
    *_record_urls("lost-reasons", "reason", records.REASONS),
    *_record_urls("teams", "team", records.TEAMS),
    *_record_urls("products", "product", records.PRODUCTS),
    *_record_urls("tags", "tag", records.TAGS),
]
