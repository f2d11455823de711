"""The board and everything that shows what is being made."""

from django.urls import path

from generation import views

urlpatterns = [
    path("queue/", views.queue, name="queue"),
]
