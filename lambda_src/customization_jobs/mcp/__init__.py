"""The Model Context Protocol (MCP): read-only tools for agents. HTTP is `entrypoints.mcp_http`."""
