"""django-rq's own pages. They check `is_staff` only; whoever sees the queues could run jobs, so superusers only."""

from collections.abc import Callable

from django.contrib.auth.decorators import user_passes_test
from django.http import HttpResponseBase
from django.urls import URLPattern
from django_rq.urls import urlpatterns as rq_urlpatterns

app_name = "django_rq"

superusers_only = user_passes_test(lambda user: user.is_active and user.is_superuser)


def _guarded(pattern: URLPattern) -> URLPattern:
    view: Callable[..., HttpResponseBase] = superusers_only(pattern.callback)
    return URLPattern(pattern.pattern, view, pattern.default_args, pattern.name)


urlpatterns = [_guarded(pattern) for pattern in rq_urlpatterns if isinstance(pattern, URLPattern)]
