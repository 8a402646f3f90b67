"""Removes the files of the packages that no function needs."""

import shutil
from pathlib import Path

_FOLDERS = (
    "bin",
    "wrapt-stubs",
    # Time zones by name, which botocore never uses: it reads UTC and the local zone.
    "dateutil/zoneinfo",
    # The service has its own routes, and reads events as they are.
    "aws_lambda_powertools/event_handler",
    *(
        f"aws_lambda_powertools/utilities/{unused}"
        for unused in (
            *("auth_alpha", "batch", "circuit_breaker", "data_classes", "data_masking", "feature_flags"),
            *("idempotency", "kafka", "parameters", "parser", "streaming", "validation"),
        )
    ),
    "aws_lambda_powertools/metrics/provider/datadog",
    # For Python in a browser.
    "urllib3/contrib/emscripten",
)
_FILES = (
    # Recurrence rules, which dateutil itself imports only to read calendars.
    "dateutil/rrule.py",
    # Raises ImportError without pyOpenSSL, which is not in the bundle. botocore then uses Python's own TLS.
    "urllib3/contrib/pyopenssl.py",
    # HTTP/2, which nothing here turns on. urllib3 imports only `http2/probe`, for which the folder suffices;
    # this file would import Python's package metadata, and with it the parsers of mails and of zip files.
    "urllib3/http2/__init__.py",
    "urllib3/http2/connection.py",
    # X-Ray's sampling outside Lambda. Lambda itself decides what is sampled.
    *(
        f"aws_xray_sdk/core/sampling/{unused}.py"
        for unused in (
            *("connector", "reservoir", "rule_cache", "rule_poller", "sampler", "sampling_rule"),
            "target_poller",
        )
    ),
    # The zones in other forms, and their locations. `zoneinfo` reads the compiled zones and a list of names.
    *(
        f"tzdata/zoneinfo/{unused}"
        for unused in ("tzdata.zi", "zone.tab", "zone1970.tab", "zonenow.tab", "iso3166.tab", "leapseconds")
    ),
)
# Of the libraries that the X-Ray SDK can patch, only botocore is patched (`observability`).
_PATCHES = "aws_xray_sdk/ext"
_KEPT_PATCHES = ("botocore", "resources")
_ENDINGS = (".pyi", "py.typed", ".c")
# METADATA identifies a package to scanners such as Amazon Inspector. Licenses stay with their works.
_KEPT_IN_DIST_INFO = ("METADATA", "LICENSE", "NOTICE", "COPYING", "AUTHORS")


def remove_unneeded_files(root: Path) -> None:
    """Remove the unneeded files from the folder of the packages."""
    for name in _FOLDERS:
        shutil.rmtree(root / name, ignore_errors=True)
    for name in _FILES:
        (root / name).unlink(missing_ok=True)
    for folder in filter(Path.is_dir, (root / _PATCHES).glob("*")):
        if folder.name not in _KEPT_PATCHES:
            shutil.rmtree(folder)
    for path in filter(Path.is_file, list(root.rglob("*"))):
        if path.name.endswith(_ENDINGS) or _is_unneeded_metadata(path.relative_to(root)):
            path.unlink()


def _is_unneeded_metadata(path: Path) -> bool:
    package, *inner = path.parts
    return package.endswith(".dist-info") and not any(part.startswith(_KEPT_IN_DIST_INFO) for part in inner)
