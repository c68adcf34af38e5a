"""The panel's URLs: callbacks of kernels, actions of admins, and the list of nodes."""

from django.urls import path

from znp_panel_sync.events.django import django_view

from . import panel, views

urlpatterns = [
    path("api/v1/kernel/<str:kind>", django_view(panel.receiver())),
    path("api/v1/nodes", views.list_nodes),
    path("api/v1/admin/nodes/status/sync", views.sync_node_statuses),
    path("api/v1/admin/nodes/<int:node_id>/kernels/sync", views.sync_node_configuration),
    path("api/v1/admin/protocol-bindings/status/sync", views.sync_binding_health),
    path("api/v1/admin/protocol-bindings/sync", views.push_bindings),
    path("api/v1/admin/protocol-bindings/<int:binding_id>/sync", views.push_binding),
]
