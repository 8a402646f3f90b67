"""The error that says why the bundle cannot be built."""


class BundleError(Exception):
    """The bundle cannot be built; the message says what to do."""
