"""The board and everything that shows what is being made."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
