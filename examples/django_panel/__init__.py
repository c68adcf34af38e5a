"""A panel on Django that keeps its nodes in step with their kernels: status, callbacks and manual actions.

Start a kernel (or `python examples/simulated_kernel.py --port 23860`), then, in the folder `examples`::

    export DJANGO_SETTINGS_MODULE=django_panel.settings
    export WEBHOOK_TOKEN=a-long-random-text ADMIN_TOKEN=another-one
    python -m django migrate
    python -m django add_node http://127.0.0.1:23860 --kernel-id edge-1 --listen 443
    python -m django runserver 8000

The folder works under any name, and inside any project. Two modules are for this panel alone: `settings` and `models`;
what joins Django to this package is `records` (the nodes), `panel` (what runs beside requests), `urls` and `views`.
"""
