"""The panel's nodes."""

from django.db import models


class NodeRecord(models.Model):
    """One node: how its kernel is reached, and what is known of it."""

    control_endpoint = models.URLField()
    control_access_key = models.CharField(max_length=200, blank=True)
    control_secret_key = models.CharField(max_length=200, blank=True)
    control_token = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=32, default="offline")
    status_sync_enabled = models.BooleanField(default=True)
