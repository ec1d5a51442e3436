"""The editor's own addresses: its canvas, drawing, pictures."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.content.canvas import draw_canvas
from winback.content.pictures import (
    CONTENT_TYPES,
    MAX_UPLOAD_BYTES,
    NAME,
    PictureRefusedError,
    picture_path,
    picture_url,
    store_picture,
)
from winback.core.choices import Language

# The page around writes into this frame; the frame itself runs nothing, sends
# nothing and leads nowhere. Only pictures come from outside, as in a mail.
CANVAS_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: http: data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin"
)
PICTURE_POLICY = "default-src 'none'; sandbox"
FOR_A_YEAR = "public, max-age=31536000, immutable"


@require_GET
@xframe_options_sameorigin
@right_required(Right.USE_MAILINGS)
def canvas(request: HttpRequest) -> HttpResponse:
    """The empty page that the editor draws the mail on."""
    response = render(request, "content/canvas.html")
    response["Content-Security-Policy"] = CANVAS_POLICY
    return response


@require_POST
@right_required(Right.USE_MAILINGS)
def canvas_draw(request: HttpRequest) -> JsonResponse:
    """MJML as a document to look at, and what is wrong with it."""
    language = request.POST.get("language", "")
    language = language if language in Language.values else Language.ENGLISH.value
    source = request.POST.get("source", "").replace("\r\n", "\n")
    drawn = draw_canvas(source, language=language)
    return JsonResponse(
        {
            "html": drawn.html,
            "direction": drawn.direction,
            "language": language,
            "problems": [
                {"line": problem.line, "message": problem.message}
                for problem in drawn.problems
            ],
        }
    )


@require_POST
@right_required(Right.USE_MAILINGS)
def picture_upload(request: HttpRequest) -> JsonResponse:
    """Keep one picture; 422 with the reason if it cannot be used."""
    upload = request.FILES.get("picture")
    if upload is None:
        return JsonResponse({"problem": _("Choose a picture first.")}, status=422)
    try:
        picture = store_picture(
            upload.read(MAX_UPLOAD_BYTES + 1),
            alt=request.POST.get("alt", ""),
            by=signed_in(request),
            now=timezone.now(),
        )
    except PictureRefusedError as error:
        return JsonResponse({"problem": str(error)}, status=422)
    return JsonResponse(
        {"url": picture_url(picture), "width": picture.width, "height": picture.height}
    )


@require_GET
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A picture for whoever has its name: mail programs know nobody's login."""
    if not NAME.fullmatch(name):
        raise Http404
    try:
        data = picture_path(name).read_bytes()
    except OSError as error:
        raise Http404 from error
    kind = CONTENT_TYPES[name.rpartition(".")[2]]
    response = HttpResponse(data, content_type=kind)
    response["Cache-Control"] = FOR_A_YEAR
    response["Content-Security-Policy"] = PICTURE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    # Webmail shows it inside its own pages.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
