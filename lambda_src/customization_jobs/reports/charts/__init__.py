"""Charts as inline SVG. Pure functions from figures to markup, in which every text is escaped."""
