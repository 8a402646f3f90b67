"""How the servers of the local run are started and ended.

Each inherits a socket that listens already, so no port is chosen twice, and lives as long as its standard
input: when the run ends, however it ends, the pipe closes and the server goes with it. No orphan is left.
"""

import argparse
import os
import signal
import socket
import sys
import threading
from types import FrameType
from typing import Protocol

HOST = "127.0.0.1"
READY_PATH = "/_local/ready"


class Server(Protocol):
    """What http.server and Werkzeug have in common."""

    def serve_forever(self) -> object:
        """Answer requests until `shutdown`."""

    def shutdown(self) -> None:
        """End `serve_forever`, from another thread."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what every server can be told: a port, or a socket that it inherits."""
    parser.add_argument(
        "--port", type=int, default=0, help="where to listen on loopback (default: a free port)"
    )
    parser.add_argument(
        "--fd", type=int, help="the inherited socket; the server then ends with its standard input"
    )


def listen(arguments: argparse.Namespace) -> socket.socket:
    """Return the inherited socket, or a new one on loopback."""
    if arguments.fd is not None:
        threading.Thread(target=_end_with_input, daemon=True).start()
        return socket.socket(fileno=arguments.fd)
    listener = listening_socket(arguments.port)
    print(f"Serving on http://{HOST}:{listener.getsockname()[1]}", flush=True)
    return listener


def listening_socket(port: int) -> socket.socket:
    """Listen on loopback; an OSError when the port is taken."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def serve_until_told(server: Server) -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # `shutdown` waits for the loop that this very thread runs.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    server.serve_forever()
    sys.stdout.flush()
    # A request may be under way in a thread, and the function with it; whoever asked has gone.
    os._exit(0)


def _end_with_input() -> None:
    # Not sys.stdin: its lock would be in the way when the interpreter ends while this thread waits.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
