"""Charts as inline SVG. Pure functions from figures to markup, which every text passes escaped."""
