"""The bundle: the folder that Lambda runs, byte for byte the same from each build.

On any machine, pip builds it for Lambda's processor and Python: `python -m infra.bundling FOLDER`.
"""

from infra.bundling.build import PYTHON_VERSION, build_bundle
from infra.bundling.errors import BundleError
from infra.bundling.interpreter import find_python

__all__ = ["PYTHON_VERSION", "BundleError", "build_bundle", "find_python"]
