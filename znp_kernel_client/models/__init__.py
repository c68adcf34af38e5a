"""All models of the contract. Each is imported when it is first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .action_view import ActionView
    from .audit_health_snapshot import AuditHealthSnapshot
    from .audit_record import AuditRecord
    from .audit_sink_health import AuditSinkHealth
    from .connection_status import ConnectionStatus
    from .default_route_status import DefaultRouteStatus
    from .degraded_status import DegradedStatus
    from .endpoint_stats_snapshot import EndpointStatsSnapshot
    from .error_response import ErrorResponse
    from .event_registration_record import EventRegistrationRecord
    from .event_registration_request import EventRegistrationRequest
    from .event_registration_request_event import EventRegistrationRequestEvent
    from .event_subscription_record import EventSubscriptionRecord
    from .export_filters import ExportFilters
    from .export_request import ExportRequest
    from .export_request_format import ExportRequestFormat
    from .export_response import ExportResponse
    from .failure_kind_snapshot import FailureKindSnapshot
    from .failure_reason_snapshot import FailureReasonSnapshot
    from .flow_snapshot import FlowSnapshot
    from .health_failure_count import HealthFailureCount
    from .health_status import HealthStatus
    from .healthy_status import HealthyStatus
    from .hop_metrics_snapshot import HopMetricsSnapshot
    from .http_proxy_metrics_snapshot import HttpProxyMetricsSnapshot
    from .http_status import HttpStatus
    from .interface_address_summary import InterfaceAddressSummary
    from .interface_binding_status import InterfaceBindingStatus
    from .interface_kind_summary import InterfaceKindSummary
    from .interface_list_response import InterfaceListResponse
    from .interface_summary import InterfaceSummary
    from .memory_status import MemoryStatus
    from .node_connection_status import NodeConnectionStatus
    from .node_health_state import NodeHealthState
    from .node_interface_status import NodeInterfaceStatus
    from .node_profile import NodeProfile
    from .node_profile_protocol import NodeProfileProtocol
    from .node_protocol_traffic_summary import NodeProtocolTrafficSummary
    from .node_role import NodeRole
    from .node_status import NodeStatus
    from .pipeline_export_meta import PipelineExportMeta
    from .pipeline_status import PipelineStatus
    from .protocol_heartbeat_request import ProtocolHeartbeatRequest
    from .protocol_heartbeat_response import ProtocolHeartbeatResponse
    from .protocol_registration_request import ProtocolRegistrationRequest
    from .protocol_registration_response import ProtocolRegistrationResponse
    from .protocol_summary import ProtocolSummary
    from .protocol_upsert_request import ProtocolUpsertRequest
    from .provider_state import ProviderState
    from .provider_status import ProviderStatus
    from .quic_status import QuicStatus
    from .rate import Rate
    from .rate_limit_override_request import RateLimitOverrideRequest
    from .rate_limit_override_response import RateLimitOverrideResponse
    from .rate_limit_override_scope import RateLimitOverrideScope
    from .rate_limit_overrides_snapshot import RateLimitOverridesSnapshot
    from .rate_patch import RatePatch
    from .reality_handshake_target_snapshot import RealityHandshakeTargetSnapshot
    from .reality_short_id_snapshot import RealityShortIdSnapshot
    from .reject_action import RejectAction
    from .reject_action_type import RejectActionType
    from .rule_status import RuleStatus
    from .runtime_status_snapshot import RuntimeStatusSnapshot
    from .select_node_action import SelectNodeAction
    from .select_node_action_type import SelectNodeActionType
    from .select_strategy_action import SelectStrategyAction
    from .select_strategy_action_type import SelectStrategyActionType
    from .service_event_registration_request import ServiceEventRegistrationRequest
    from .service_event_registration_request_event import ServiceEventRegistrationRequestEvent
    from .socks_status import SocksStatus
    from .ss_connector_metrics_snapshot import SsConnectorMetricsSnapshot
    from .ss_metrics_snapshot import SsMetricsSnapshot
    from .ssr_connector_metrics_snapshot import SsrConnectorMetricsSnapshot
    from .ssr_metrics_snapshot import SsrMetricsSnapshot
    from .status_response import StatusResponse
    from .strategy_kind_type import StrategyKindType
    from .strategy_status import StrategyStatus
    from .system_status import SystemStatus
    from .tls_mode import TlsMode
    from .tls_node_detail import TlsNodeDetail
    from .tls_node_patch_request import TlsNodePatchRequest
    from .tls_node_summary import TlsNodeSummary
    from .tls_status import TlsStatus
    from .traffic import Traffic
    from .traffic_patch import TrafficPatch
    from .traffic_summary_response import TrafficSummaryResponse
    from .unhealthy_status import UnhealthyStatus
    from .upstream_profile import UpstreamProfile
    from .user import User
    from .user_create_request import UserCreateRequest
    from .user_create_response import UserCreateResponse
    from .user_patch_request import UserPatchRequest
    from .user_patch_response import UserPatchResponse
    from .user_rate_limit_summary import UserRateLimitSummary
    from .user_registry_status import UserRegistryStatus
    from .user_status import UserStatus
    from .user_view import UserView
    from .users_import_response import UsersImportResponse
    from .vless_connector_metrics_snapshot import VlessConnectorMetricsSnapshot
    from .vless_metrics_snapshot import VlessMetricsSnapshot

_MODULES: dict[str, str] = {
    "ActionView": "action_view",
    "AuditHealthSnapshot": "audit_health_snapshot",
    "AuditRecord": "audit_record",
    "AuditSinkHealth": "audit_sink_health",
    "ConnectionStatus": "connection_status",
    "DefaultRouteStatus": "default_route_status",
    "DegradedStatus": "degraded_status",
    "EndpointStatsSnapshot": "endpoint_stats_snapshot",
    "ErrorResponse": "error_response",
    "EventRegistrationRecord": "event_registration_record",
    "EventRegistrationRequest": "event_registration_request",
    "EventRegistrationRequestEvent": "event_registration_request_event",
    "EventSubscriptionRecord": "event_subscription_record",
    "ExportFilters": "export_filters",
    "ExportRequest": "export_request",
    "ExportRequestFormat": "export_request_format",
    "ExportResponse": "export_response",
    "FailureKindSnapshot": "failure_kind_snapshot",
    "FailureReasonSnapshot": "failure_reason_snapshot",
    "FlowSnapshot": "flow_snapshot",
    "HealthFailureCount": "health_failure_count",
    "HealthStatus": "health_status",
    "HealthyStatus": "healthy_status",
    "HopMetricsSnapshot": "hop_metrics_snapshot",
    "HttpProxyMetricsSnapshot": "http_proxy_metrics_snapshot",
    "HttpStatus": "http_status",
    "InterfaceAddressSummary": "interface_address_summary",
    "InterfaceBindingStatus": "interface_binding_status",
    "InterfaceKindSummary": "interface_kind_summary",
    "InterfaceListResponse": "interface_list_response",
    "InterfaceSummary": "interface_summary",
    "MemoryStatus": "memory_status",
    "NodeConnectionStatus": "node_connection_status",
    "NodeHealthState": "node_health_state",
    "NodeInterfaceStatus": "node_interface_status",
    "NodeProfile": "node_profile",
    "NodeProfileProtocol": "node_profile_protocol",
    "NodeProtocolTrafficSummary": "node_protocol_traffic_summary",
    "NodeRole": "node_role",
    "NodeStatus": "node_status",
    "PipelineExportMeta": "pipeline_export_meta",
    "PipelineStatus": "pipeline_status",
    "ProtocolHeartbeatRequest": "protocol_heartbeat_request",
    "ProtocolHeartbeatResponse": "protocol_heartbeat_response",
    "ProtocolRegistrationRequest": "protocol_registration_request",
    "ProtocolRegistrationResponse": "protocol_registration_response",
    "ProtocolSummary": "protocol_summary",
    "ProtocolUpsertRequest": "protocol_upsert_request",
    "ProviderState": "provider_state",
    "ProviderStatus": "provider_status",
    "QuicStatus": "quic_status",
    "Rate": "rate",
    "RateLimitOverrideRequest": "rate_limit_override_request",
    "RateLimitOverrideResponse": "rate_limit_override_response",
    "RateLimitOverrideScope": "rate_limit_override_scope",
    "RateLimitOverridesSnapshot": "rate_limit_overrides_snapshot",
    "RatePatch": "rate_patch",
    "RealityHandshakeTargetSnapshot": "reality_handshake_target_snapshot",
    "RealityShortIdSnapshot": "reality_short_id_snapshot",
    "RejectAction": "reject_action",
    "RejectActionType": "reject_action_type",
    "RuleStatus": "rule_status",
    "RuntimeStatusSnapshot": "runtime_status_snapshot",
    "SelectNodeAction": "select_node_action",
    "SelectNodeActionType": "select_node_action_type",
    "SelectStrategyAction": "select_strategy_action",
    "SelectStrategyActionType": "select_strategy_action_type",
    "ServiceEventRegistrationRequest": "service_event_registration_request",
    "ServiceEventRegistrationRequestEvent": "service_event_registration_request_event",
    "SocksStatus": "socks_status",
    "SsConnectorMetricsSnapshot": "ss_connector_metrics_snapshot",
    "SsMetricsSnapshot": "ss_metrics_snapshot",
    "SsrConnectorMetricsSnapshot": "ssr_connector_metrics_snapshot",
    "SsrMetricsSnapshot": "ssr_metrics_snapshot",
    "StatusResponse": "status_response",
    "StrategyKindType": "strategy_kind_type",
    "StrategyStatus": "strategy_status",
    "SystemStatus": "system_status",
    "TlsMode": "tls_mode",
    "TlsNodeDetail": "tls_node_detail",
    "TlsNodePatchRequest": "tls_node_patch_request",
    "TlsNodeSummary": "tls_node_summary",
    "TlsStatus": "tls_status",
    "Traffic": "traffic",
    "TrafficPatch": "traffic_patch",
    "TrafficSummaryResponse": "traffic_summary_response",
    "UnhealthyStatus": "unhealthy_status",
    "UpstreamProfile": "upstream_profile",
    "User": "user",
    "UserCreateRequest": "user_create_request",
    "UserCreateResponse": "user_create_response",
    "UserPatchRequest": "user_patch_request",
    "UserPatchResponse": "user_patch_response",
    "UserRateLimitSummary": "user_rate_limit_summary",
    "UserRegistryStatus": "user_registry_status",
    "UserStatus": "user_status",
    "UserView": "user_view",
    "UsersImportResponse": "users_import_response",
    "VlessConnectorMetricsSnapshot": "vless_connector_metrics_snapshot",
    "VlessMetricsSnapshot": "vless_metrics_snapshot",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(_MODULES)


__all__ = [
    "ActionView",
    "AuditHealthSnapshot",
    "AuditRecord",
    "AuditSinkHealth",
    "ConnectionStatus",
    "DefaultRouteStatus",
    "DegradedStatus",
    "EndpointStatsSnapshot",
    "ErrorResponse",
    "EventRegistrationRecord",
    "EventRegistrationRequest",
    "EventRegistrationRequestEvent",
    "EventSubscriptionRecord",
    "ExportFilters",
    "ExportRequest",
    "ExportRequestFormat",
    "ExportResponse",
    "FailureKindSnapshot",
    "FailureReasonSnapshot",
    "FlowSnapshot",
    "HealthFailureCount",
    "HealthStatus",
    "HealthyStatus",
    "HopMetricsSnapshot",
    "HttpProxyMetricsSnapshot",
    "HttpStatus",
    "InterfaceAddressSummary",
    "InterfaceBindingStatus",
    "InterfaceKindSummary",
    "InterfaceListResponse",
    "InterfaceSummary",
    "MemoryStatus",
    "NodeConnectionStatus",
    "NodeHealthState",
    "NodeInterfaceStatus",
    "NodeProfile",
    "NodeProfileProtocol",
    "NodeProtocolTrafficSummary",
    "NodeRole",
    "NodeStatus",
    "PipelineExportMeta",
    "PipelineStatus",
    "ProtocolHeartbeatRequest",
    "ProtocolHeartbeatResponse",
    "ProtocolRegistrationRequest",
    "ProtocolRegistrationResponse",
    "ProtocolSummary",
    "ProtocolUpsertRequest",
    "ProviderState",
    "ProviderStatus",
    "QuicStatus",
    "Rate",
    "RateLimitOverrideRequest",
    "RateLimitOverrideResponse",
    "RateLimitOverrideScope",
    "RateLimitOverridesSnapshot",
    "RatePatch",
    "RealityHandshakeTargetSnapshot",
    "RealityShortIdSnapshot",
    "RejectAction",
    "RejectActionType",
    "RuleStatus",
    "RuntimeStatusSnapshot",
    "SelectNodeAction",
    "SelectNodeActionType",
    "SelectStrategyAction",
    "SelectStrategyActionType",
    "ServiceEventRegistrationRequest",
    "ServiceEventRegistrationRequestEvent",
    "SocksStatus",
    "SsConnectorMetricsSnapshot",
    "SsMetricsSnapshot",
    "SsrConnectorMetricsSnapshot",
    "SsrMetricsSnapshot",
    "StatusResponse",
    "StrategyKindType",
    "StrategyStatus",
    "SystemStatus",
    "TlsMode",
    "TlsNodeDetail",
    "TlsNodePatchRequest",
    "TlsNodeSummary",
    "TlsStatus",
    "Traffic",
    "TrafficPatch",
    "TrafficSummaryResponse",
    "UnhealthyStatus",
    "UpstreamProfile",
    "User",
    "UserCreateRequest",
    "UserCreateResponse",
    "UserPatchRequest",
    "UserPatchResponse",
    "UserRateLimitSummary",
    "UserRegistryStatus",
    "UserStatus",
    "UserView",
    "UsersImportResponse",
    "VlessConnectorMetricsSnapshot",
    "VlessMetricsSnapshot",
]
