"""django-rq's own pages. They check `is_staff` only; whoever sees the queues could run jobs, so superusers only."""

from django.contrib.auth.decorators import user_passes_test
from django.urls import path
from django_rq.stats_views import stats_json
from django_rq.urls import get_admin_urlpatterns

superusers_only = user_passes_test(lambda user: user.is_active and user.is_superuser)
pages = get_admin_urlpatterns(view_wrapper=superusers_only)

app_name = "django_rq"
urlpatterns = [
    path("stats.json", superusers_only(stats_json), name="home_json"),  # the first page links to it
    *(page for page in pages if page.name != "scheduler_jobs"),  # rq-scheduler is not installed, and its page breaks
]
