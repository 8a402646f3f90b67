"""Makes botocore trust a folder of root certificates, of which OpenSSL reads only the one that it needs.

Reading all 126 from one file, as botocore does by default, takes 15 % of a cold start over TLS
(docs/decisions.md).
"""

from functools import cache
from pathlib import Path
from typing import Any

from botocore import httpsession

# Only the deployed bundle has this folder. Where it is missing, botocore reads its own file.
FOLDER = Path(__file__).parents[1] / "root_certificates"


@cache
def trusted_file(folder: Path) -> str | None:
    """Make all later TLS connections trust a folder, and return the file that clients have to name.

    Returns
    -------
    str or None
        A file of the folder, for the parameter `verify` of a client: without a file, botocore reads its own.
        None: there is no such folder, and nothing was changed.
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
