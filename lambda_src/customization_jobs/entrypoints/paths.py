"""The paths and methods of the HTTP API."""

# The methods of all paths but /mcp. HEAD is answered like GET, without the body.
METHODS = ("GET", "HEAD")
# A message of the Model Context Protocol is sent with POST, even to read.
MCP_METHODS = ("POST",)

JOBS_PATH = "/model-customization-jobs"
OPENAPI_PATH = "/openapi.json"
MODEL_PATH = "/service-2.json"
OVERVIEW_PATH = "/overview"
TIMELINE_PATH = f"{JOBS_PATH}/{{jobIdentifier}}/timeline"
TRENDS_PATH = "/trends"
BOARD_PATH = "/board"
PATHS = (JOBS_PATH, TIMELINE_PATH, OVERVIEW_PATH, TRENDS_PATH, BOARD_PATH, OPENAPI_PATH, MODEL_PATH)

MCP_PATH = "/mcp"

# These paths exist only with a fleet.
FLEET_JOBS_PATH = f"/fleet{JOBS_PATH}"
FLEET_OVERVIEW_PATH = f"/fleet{OVERVIEW_PATH}"
FLEET_COVERAGE_PATH = "/fleet/coverage"
FLEET_PATHS = (FLEET_JOBS_PATH, FLEET_OVERVIEW_PATH, FLEET_COVERAGE_PATH)


def methods_of(path: str) -> tuple[str, ...]:
    """Return the methods that a path supports."""
    return MCP_METHODS if path == MCP_PATH else METHODS
