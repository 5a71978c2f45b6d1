"""What may be done to a cell before it is cleaned: pure steps in a chain, each listed in docs/transforms.md.

base      what a transform and its options are
text, columns, figures, contact, lists, formula
          the transforms, by subject; each reads with the readers that cleaning uses
chain     steps one after the other, worked out once per distinct cell
written   a step as the command line takes it
"""

from smartsync_core.mapping.transforms.base import CannotRead, Kind, Option, Transform
from smartsync_core.mapping.transforms.chain import TRANSFORMS, Chain, looked_into, options_in_words
from smartsync_core.mapping.transforms.written import parse_steps

__all__ = [
    "TRANSFORMS",
    "CannotRead",
    "Chain",
    "Kind",
    "Option",
    "Transform",
    "looked_into",
    "options_in_words",
    "parse_steps",
]
