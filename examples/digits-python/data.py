"""Handwriting from nothing: each digit is the path of a pen, drawn by an unsteady hand on a small grey grid."""

from math import ceil, cos, hypot, sin

SIDE = 12  # pictures are SIDE x SIDE pixels, each from 0 (paper) to 1 (ink)

# The pen's way through each digit, as x,y on paper that reaches from 0,0 (top left) to 10,10.
PATHS = [
    [tuple(map(float, point.split(","))) for point in path.split()]
    for path in (
        "5,1 3,2 2.5,5 3,8 5,9 7,8 7.5,5 7,2 5,1",
        "3.5,3 5.5,1 5.5,9",
        "3,3 4,1.3 6,1.3 7,3 6,5 3,9 7.5,9",
        "3,2 5,1 7,2.5 6.5,4.3 4.5,5 7,6 7,8 5,9 3,8",
        "6.5,9 6.5,1 2.5,6.5 8,6.5",
        "7,1 3.5,1 3,4.7 5.5,4.2 7.3,6 6.5,8.3 4.5,9 3,8",
        "6.5,1 4,3.5 3,6.5 4,8.7 6,8.8 7,7 6,5.3 4,5.5 3,7",
        "3,1 7.5,1 4.5,9",
        "5,5 3.2,3 5,1 6.8,3 5,5 3,7 3.5,8.6 5,9 6.5,8.6 7,7 5,5",
        "7,3 6,5 4,5 3,3 4,1.2 6,1.2 7,3 6.5,6 5,9",
    )
]


def make_digits(count, random):
    """`count` pairs of label and picture, as many of each digit; the same `random` makes the same pictures."""
    return [(index % 10, draw(handwritten(PATHS[index % 10], random), random)) for index in range(count)]


def handwritten(path, random):
    """A path as one person would write it once: turned, slanted, scaled, moved, and never quite the same."""
    angle, slant = random.uniform(-0.25, 0.25), random.uniform(-0.2, 0.2)
    width, height = random.uniform(0.7, 1.1), random.uniform(0.8, 1.1)
    right, down = random.uniform(-0.8, 0.8), random.uniform(-0.8, 0.8)
    points = []
    for path_x, path_y in path:
        x = (path_x - 5 + random.uniform(-0.5, 0.5)) * width
        y = (path_y - 5 + random.uniform(-0.5, 0.5)) * height
        x -= y * slant
        points.append((5 + right + x * cos(angle) - y * sin(angle), 5 + down + x * sin(angle) + y * cos(angle)))
    return points


def draw(path, random):
    """Draws a path with a round pen of random thickness, then adds grain to the paper."""
    pixels = [0.0] * (SIDE * SIDE)
    radius = random.uniform(0.2, 0.6)
    scale = SIDE / 10
    for (from_x, from_y), (to_x, to_y) in zip(path, path[1:]):
        dots = ceil(1.5 * scale * hypot(to_x - from_x, to_y - from_y)) + 1
        for dot in range(dots + 1):
            along = dot / dots
            x, y = from_x + along * (to_x - from_x), from_y + along * (to_y - from_y)
            stamp(pixels, scale * x, scale * y, radius)
    return [min(1.0, max(0.0, ink + random.uniform(-0.2, 0.2))) for ink in pixels]


def stamp(pixels, x, y, radius):
    """Presses the pen down once: full ink within `radius` pixels of the point, fading over one pixel more."""
    reach = radius + 1
    for row in range(max(0, int(y - reach)), min(SIDE, ceil(y + reach))):
        for column in range(max(0, int(x - reach)), min(SIDE, ceil(x + reach))):
            ink = min(1.0, reach - hypot(column + 0.5 - x, row + 0.5 - y))
            pixels[row * SIDE + column] = max(pixels[row * SIDE + column], ink)
