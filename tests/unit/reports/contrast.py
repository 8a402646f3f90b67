"""The contrast of colors, as WCAG defines it."""


# https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
def contrast(one: str, other: str) -> float:
    """Return the contrast of two colors such as `#16191f`."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
