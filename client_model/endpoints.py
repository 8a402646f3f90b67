"""The rules by which botocore finds the API (`endpoint-rule-set-1.json`)."""

from typing import Any

from client_model.names import ENDPOINT_VARIABLE


def endpoint_rules() -> dict[str, Any]:
    """Return the rules: the endpoint that is configured, or an error that says how to configure one.

    Without them, botocore would send signed requests to an AWS host that does not exist.
    """
    given = {"ref": "Endpoint"}
    return {
        "version": "1.0",
        "parameters": {
            "Endpoint": {
                "builtIn": "SDK::Endpoint",
                "required": False,
                "documentation": "The URL of the API, which is the output ApiUrl of the stack",
                "type": "String",
            }
        },
        "rules": [
            {
                "conditions": [{"fn": "isSet", "argv": [given]}],
                "endpoint": {"url": given, "properties": {}, "headers": {}},
                "type": "endpoint",
            },
            {
                "conditions": [],
                "error": f"The URL of the API is not known. Set {ENDPOINT_VARIABLE}, or see `make client`.",
                "type": "error",
            },
        ],
    }
