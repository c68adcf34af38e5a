"""Health of a node, externally tagged: either the string `"Healthy"`, or an object with exactly one key, `Degraded` or
`Unhealthy`, that holds the count of failures. A reader keeps forms it does not know as they are.
"""

from typing import TypeAlias

from ..types import UnknownVariant
from .degraded_status import DegradedStatus
from .healthy_status import HealthyStatus
from .unhealthy_status import UnhealthyStatus

HealthStatus: TypeAlias = HealthyStatus | DegradedStatus | UnhealthyStatus | UnknownVariant
"""Health of a node, externally tagged: either the string `"Healthy"`, or an object with exactly one key, `Degraded` or
`Unhealthy`, that holds the count of failures. A reader keeps forms it does not know as they are.
"""
