from django.apps import AppConfig
from django.db.models.signals import post_migrate

from storyboards.defaults import install_styles


class StoryboardsConfig(AppConfig):
    """What people author."""

    name = "storyboards"
    verbose_name = "Storyboards"

    def ready(self) -> None:
        post_migrate.connect(install_styles, sender=self)
