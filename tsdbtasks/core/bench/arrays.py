"""Names for the types of arrays; importing them costs no numpy, because only a type checker reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Octets = NDArray[np.uint8]
    Words = NDArray[np.uint64]
