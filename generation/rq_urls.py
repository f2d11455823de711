"""django-rq's own pages. They check `is_staff` only; whoever sees the queues could run jobs, so superusers only."""

from django.contrib.auth.decorators import user_passes_test
from django_rq.urls import get_admin_urlpatterns

app_name = "django_rq"
urlpatterns = get_admin_urlpatterns(view_wrapper=user_passes_test(lambda user: user.is_active and user.is_superuser))
