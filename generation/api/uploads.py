"""Pictures that programs send: the bytes themselves as the body of a request."""

from django.conf import settings
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

from generation.api.description import files
from generation.api.problems import Problem
from storyboards.pictures import EXTENSIONS, Checked, NotAPicture, check, display

PICTURE_BODY = {"requestBody": {"required": True, "content": files(EXTENSIONS)}}
"""For `openapi_extra`."""


def sent_picture(request: HttpRequest) -> Checked:
    """Encoded anew, and not stored yet. Raises Problem where the body is no picture that we take."""
    if request.content_type not in EXTENSIONS:
        raise Problem(415, f"Send the picture itself as the body, as one of {', '.join(EXTENSIONS)}.")
    if len(request.body) > settings.UPLOAD_MAX_BYTES:
        size, most = filesizeformat(len(request.body)), filesizeformat(settings.UPLOAD_MAX_BYTES)
        raise Problem(413, f"The file has {size}; {most} are the most.")
    try:
        return display(check(request.body))
    except NotAPicture as error:
        raise Problem(422, str(error), "not_a_picture") from error
