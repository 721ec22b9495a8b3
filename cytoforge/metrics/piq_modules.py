"""Single modules of piq, without what `import piq` brings along.

piq's own `__init__` imports feature extractors, and with them torchvision: 9 s of CPU on
a slow, busy core, for metrics that take 0.3 s per 8 patches.
The modules themselves need torch alone. Who imports piq afterwards gets the whole of it, these
modules included.
"""

import importlib
import importlib.util
import sys
from types import ModuleType


def piq_module(name: str) -> ModuleType:
    """Return the module `piq.<name>`; raises ImportError where piq is not installed.

    >>> piq_module("haarpsi").__name__
    'piq.haarpsi'
    """
    if "piq" in sys.modules:
        return importlib.import_module(f"piq.{name}")
    spec = importlib.util.find_spec("piq")
    if spec is None:
        raise ImportError("the package piq, which some metrics are computed by, is not installed")
    sys.modules["piq"] = importlib.util.module_from_spec(spec)  # found by its modules, and not run
    try:
        return importlib.import_module(f"piq.{name}")
    finally:
        del sys.modules["piq"]
