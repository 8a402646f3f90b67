"""Has botocore trust root certificates in a folder, of which OpenSSL reads only the one that it needs.

To read all 126 from one file, as by default, takes 15 % of a cold start over TLS (docs/decisions.md).
"""

from functools import cache
from pathlib import Path
from typing import Any

from botocore import httpsession

# The bundle has this folder; the package's source has not, and botocore then reads its own file.
FOLDER = Path(__file__).parents[1] / "root_certificates"


@cache
def trusted_file(folder: Path) -> str | None:
    """Have each TLS connection from now on trust a folder, and return the file to trust beside it.

    Returns
    -------
    str or None
        For the parameter `verify` of a client: without a file, botocore reads its own. It is one of the
        folder's. None: there is no such folder, and nothing was changed.
    """
    if not folder.is_dir():
        return None
    create = httpsession.create_urllib3_context

    def create_trusting_context(*args: Any, **options: Any) -> Any:
        context = create(*args, **options)
        context.load_verify_locations(capath=str(folder))
        return context

    # botocore has no parameter for a folder, neither for connections of its own nor for those to proxies.
    httpsession.create_urllib3_context = create_trusting_context
    return str(min(folder.iterdir()))
