"""What a rule does with a connection; `type` tells the three forms apart. A reader keeps forms it does not know as they
are.
"""

from typing import TypeAlias

from ..types import UnknownVariant
from .reject_action import RejectAction
from .select_node_action import SelectNodeAction
from .select_strategy_action import SelectStrategyAction

ActionView: TypeAlias = SelectNodeAction | SelectStrategyAction | RejectAction | UnknownVariant
"""What a rule does with a connection; `type` tells the three forms apart. A reader keeps forms it does not know as they
are.
"""
