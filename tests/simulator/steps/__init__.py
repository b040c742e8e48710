"""What can happen, by noun: each step is a function of the world, drawn by its weight.

To add a step, write in the module of its noun (or in a new one, named in `MODULES`)

    @step(3)
    def withdraw(world: World) -> bool:
        '''The recipient takes an order back.'''
        order = world.pick(o for o in world.orders if o.status is OrderStatus.PLACED)
        if order is None:
            return False

which says with False that there was nothing to do, and then

1. asks the model whether the portal should do it (`tests.simulator.expected` holds the law in other words);
2. calls the real operation with `world.attempt(..., allowed=...)`, which fails when the two do not agree;
   with `again=True` the answer is sometimes lost and the same asked once more, which must change nothing;
3. unless it was refused, does the same to the model (`tests.simulator.model`);
4. names what must be compared with `world.touch(...)`, also after a refusal.

The weight is how often it is drawn beside the others. A new thing needs a class in the model with a `row()` and its
columns in `world._ROWS`. A seed that fails goes into `tests/simulator/test_seeds.py` and stays there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from tests.simulator.world import World

MODULES = (
    "programmes",
    "goods",
    "people",
    "choices",
    "orders",
    "goods_orders",
    "visits",
    "objections",
    "acts",
    "review",
    "payments",
    "claims",
    "reversals",
    "days",
)


@dataclass(frozen=True)
class Step:
    """Something that can happen, and how often."""

    name: str
    weight: int
    take: Callable[[World], bool]


STEPS: list[Step] = []


def step(weight: int) -> Callable[[Callable[[World], bool]], Callable[[World], bool]]:
    """Register a function as a step."""

    def register(take: Callable[[World], bool]) -> Callable[[World], bool]:
        STEPS.append(Step(f"{take.__module__.rpartition('.')[2]}.{take.__name__}", weight, take))
        return take

    return register


def every_step() -> list[Step]:
    """All steps, in an order that is always the same."""
    for module in MODULES:
        import_module(f"{__name__}.{module}")
    return sorted(STEPS, key=lambda one: one.name)
