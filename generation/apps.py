from importlib import import_module

from django.apps import AppConfig, apps
from django.conf import settings
from django.db.models.signals import post_migrate, pre_migrate

from generation.defaults import install_engines, install_groups, install_keys, install_prices, note_rights
from generation.providers import configure


class GenerationConfig(AppConfig):
    """What the machine does, and the board that shows it."""

    name = "generation"
    verbose_name = "Generation"

    def ready(self) -> None:
        configure(settings.PROVIDERS)
        pre_migrate.connect(note_rights, sender=self)
        post_migrate.connect(install_engines, sender=self)
        post_migrate.connect(install_prices, sender=self)
        for install in (install_groups, install_keys):
            post_migrate.connect(install, sender=[*apps.get_app_configs()][-1])
        import_module("generation.checks")
        import_module("generation.listening")  # its receivers need the models, which are there only now
