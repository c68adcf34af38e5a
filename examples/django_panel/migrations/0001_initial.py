"""The table of nodes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [  # noqa: RUF012 - what Django writes itself
        migrations.CreateModel(
            name="NodeRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("control_endpoint", models.URLField()),
                ("control_access_key", models.CharField(blank=True, max_length=200)),
                ("control_secret_key", models.CharField(blank=True, max_length=200)),
                ("control_token", models.CharField(blank=True, max_length=500)),
                ("status", models.CharField(default="offline", max_length=32)),
                ("status_sync_enabled", models.BooleanField(default=True)),
            ],
        ),
    ]
