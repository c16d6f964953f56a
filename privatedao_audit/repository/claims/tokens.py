"""Values in a text: keys, signatures, hashes, slots, thresholds, delays and balances.

Every pattern is linear in the length of the text; a line may be a megabyte long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import based58

from privatedao_audit.repository.claims.model import Kind
