"""What Django knows the application by, whatever the folder is called."""

from django.apps import AppConfig


class PanelConfig(AppConfig):
    name = str(__package__)
    label = "panel"
    default_auto_field = "django.db.models.BigAutoField"
