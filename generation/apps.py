from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from generation.defaults import install_engines


class GenerationConfig(AppConfig):
    """What the machine does, and the board that shows it."""

    name = "generation"
    verbose_name = "Generation"

    def ready(self) -> None:
        post_migrate.connect(install_engines, sender=self)
        import_module("generation.listening")  # its receivers need the models, which are there only now
