"""The port of the gateway, which the user may choose."""

import socket

from local.common.server_process import LocalRunError, listening_socket

_LAST_PORT = 65535


def listen_on(port: int) -> socket.socket:
    """Listen on a port, 0 for any free one; raises LocalRunError with a port to choose instead."""
    try:
        return listening_socket(port)
    except PermissionError as error:
        raise LocalRunError(
            f"Port {port} requires more privileges. Choose another one: make run PORT=8081"
        ) from error
    except OverflowError as error:
        raise LocalRunError(
            f"{port} is not a port number. Choose one from 1024 to {_LAST_PORT}: make run PORT=8081"
        ) from error
    except OSError as error:
        raise LocalRunError(
            f"Port {port} is already in use. Choose another one: make run PORT={_free_port_after(port)}"
        ) from error


def _free_port_after(port: int) -> int:
    for candidate in range(port + 1, min(port + 100, _LAST_PORT + 1)):
        try:
            listening_socket(candidate).close()
        except OSError:
            continue
        return candidate
    with listening_socket(0) as any_port:
        free: int = any_port.getsockname()[1]
        return free
