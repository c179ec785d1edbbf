"""The drawing kit of the demo shop's pictures: plain strings in, SVG out.

Three ideas carry the whole catalogue:

* `Pic`    one picture: its gradients, its clips, its shapes, and the scene behind it;
* `Lathe`  a turned body (vase, bottle, lamp) from a half profile; ornaments are wrapped
           around it with true foreshortening and shaded as one solid;
* motifs   eight-pointed stars, diamonds, petals: polygons that can lie flat or be wrapped.

Colours are "#rrggbb", with "@.4" for opacity; a gradient stop may begin with "30:" (per cent).
"""
import math
import re
from contextlib import contextmanager

from .compact import compact

INK, PAPER, TERRACOTTA, TEAL = "#1F1B16", "#FBF7F0", "#B5482A", "#0F5257"
SAFFRON, SAND, COBALT, CREAM = "#E0A030", "#E9DCC6", "#1F4E8C", "#FFF6E4"
# metals: dark, mid, light, glint
BRASS = ("#6F4A12", "#B98528", "#E9C062", "#FFF1BF")
COPPER = ("#6B2C16", "#B4603A", "#E59A6C", "#FFDCC2")
SILVER = ("#56616A", "#98A3AA", "#D3DADD", "#FFFFFF")
IRON = ("#16181A", "#33373A", "#62686B", "#A9B0B2")
WOOD = ("#4A2A14", "#7A4A26", "#A87142", "#D9A874")

REGISTRY = {}


def picture(name, scene, **options):
    """Register a drawing function under the file name it makes."""
    def keep(function):
        assert name not in REGISTRY, name
        REGISTRY[name] = (function, scene, options)
        return function
    return keep


# ---- numbers and colours ----------------------------------------------------------------

def n(v):
    s = f"{v:.1f}"
    if s.endswith(".0"):
        s = s[:-2]
    return "0" if s == "-0" else s


def at(x, y):
    return f"{n(x)} {n(y)}"


def mix(a, b, t):
    pa, pb = (tuple(int(c[i:i + 2], 16) for i in (1, 3, 5)) for c in (a, b))
    return "#" + "".join(f"{round(x + (y - x) * t):02x}" for x, y in zip(pa, pb))


def dark(c, t=.25):
    return mix(c, "#20140c", t)


def light(c, t=.25):
    return mix(c, "#fffaf0", t)


def wobble(i, seed=1):
    """A fixed pseudo-random number in 0..1: the pictures must come out the same every time."""
    x = math.sin(i * 127.1 + seed * 311.7) * 43758.5453
    return x - math.floor(x)


# ---- paths ------------------------------------------------------------------------------

def poly(points, close=True):
    return "M" + "L".join(at(x, y) for x, y in points) + ("Z" if close else "")


def smooth(points, close=False, tension=1.0):
    """A Catmull-Rom curve through the points, as Bezier segments."""
    m = len(points)
    get = (lambda i: points[i % m]) if close else (lambda i: points[max(0, min(m - 1, i))])
    d = "M" + at(*points[0])
    for i in range(m if close else m - 1):
        a, b, c, e = get(i - 1), get(i), get(i + 1), get(i + 2)
        k = tension / 6
        d += "C" + " ".join(at(x, y) for x, y in (
            (b[0] + (c[0] - a[0]) * k, b[1] + (c[1] - a[1]) * k),
            (c[0] - (e[0] - b[0]) * k, c[1] - (e[1] - b[1]) * k), c))
    return d + ("Z" if close else "")


def oval(cx, cy, rx, ry=None):
    ry = rx if ry is None else ry
    return f"M{at(cx - rx, cy)}a{at(rx, ry)} 0 1 0 {at(2 * rx, 0)}a{at(rx, ry)} 0 1 0 {at(-2 * rx, 0)}Z"


def box(x, y, w, h):
    return f"M{at(x, y)}h{n(w)}v{n(h)}h{n(-w)}Z"


def star(cx, cy, r, points=8, inner=.765, turn=0.0):
    """The khatam, the eight-pointed star of two squares (inner .765); other stars by points."""
    out = []
    for i in range(points * 2):
        a = math.pi * i / points + turn - math.pi / 2
        q = r if i % 2 == 0 else r * inner
        out.append((cx + q * math.cos(a), cy + q * math.sin(a)))
    return out


def diamond(cx, cy, rx, ry=None):
    ry = rx if ry is None else ry
    return [(cx, cy - ry), (cx + rx, cy), (cx, cy + ry), (cx - rx, cy)]


def petal(cx, cy, r, angle, width=.3):
    """A pointed leaf from the centre outwards, as a path."""
    ux, uy = math.cos(angle), math.sin(angle)
    mx, my, px, py = cx + ux * r / 2, cy + uy * r / 2, -uy * r * width, ux * r * width
    return (f"M{at(cx, cy)}Q{at(mx + px, my + py)} {at(cx + ux * r, cy + uy * r)}"
            f"Q{at(mx - px, my - py)} {at(cx, cy)}Z")


def petals(cx, cy, r, count, width=.3, turn=0.0, start=0.0):
    out = ""
    for i in range(count):
        a = turn + 2 * math.pi * i / count
        out += petal(cx + start * math.cos(a), cy + start * math.sin(a), r - start, a, width)
    return out


def arch(cx, base, w, top, kind="horseshoe"):
    """The outline of a niche: w is half its width, top the y of its crown."""
    spring = top + w * 1.05
    if kind == "horseshoe":
        return (f"M{at(cx - w * .86, base)}V{n(spring + w * .35)}C{at(cx - w * 1.12, spring)} {at(cx - w * 1.02, top)} {at(cx, top)}"
                f"C{at(cx + w * 1.02, top)} {at(cx + w * 1.12, spring)} {at(cx + w * .86, spring + w * .35)}V{n(base)}Z")
    if kind == "pointed":
        return (f"M{at(cx - w, base)}V{n(spring + w * .2)}C{at(cx - w, spring - w * .45)} {at(cx - w * .5, top + w * .3)} {at(cx, top)}"
                f"C{at(cx + w * .5, top + w * .3)} {at(cx + w, spring - w * .45)} {at(cx + w, spring + w * .2)}V{n(base)}Z")
    # a lobed arch: seven scallops on a half circle
    pts = [(cx - w * math.cos(math.pi * i / 7), spring - w * math.sin(math.pi * i / 7)) for i in range(8)]
    r = math.dist(pts[0], pts[1]) * .54
    return (f"M{at(cx - w, base)}V{n(spring)}" + "".join(f"A{at(r, r)} 0 0 1 {at(*q)}" for q in pts[1:]) + f"V{n(base)}Z")


# ---- one picture ------------------------------------------------------------------------

# wall, wall's shade, niche, floor
SCENES = {
    "lighting": ("#1d555a", "#0d3338", "#2b6c6f", "#0f3d42"),
    "rugs": ("#f0e4d0", "#dcc7a5", "#f8f0e2", "#cfb48d"),
    "ceramics": ("#dde7ec", "#b9cbd6", "#eef4f6", "#a9bfcc"),
    "tea": ("#dfe8d6", "#bccdb2", "#eff4e8", "#adc1a3"),
    "spices": ("#f8e6bd", "#ecc987", "#fdf3da", "#dfb76f"),
    "leather": ("#f3dacb", "#dfb49c", "#fbece2", "#cf9f86"),
    "jewellery": ("#ead8de", "#cfafbd", "#f6ebee", "#c39fae"),
    "bath": ("#e6e1ee", "#c5bcd6", "#f4f1f8", "#b5abc9"),
}


class Pic:
    def __init__(self, scene="rugs", width=400, height=400):
        self.size, self.scene_name = (width, height), scene
        self.defs, self.body, self.known = [], [], {}

    # -- paint servers
    def _define(self, text):
        """Keep one copy of every definition; `%s` in the text is its id."""
        if text not in self.known:
            i = len(self.known)
            name = "abcdefghijklmnopqrstuvwxyz"[i % 26] + (str(i // 26) if i > 25 else "")
            self.known[text] = name
            self.defs.append(text % name)
        return self.known[text]

    @staticmethod
    def _stops(stops):
        out = ""
        for i, s in enumerate(stops):
            off = 100 * i / max(1, len(stops) - 1)
            if ":" in s:
                head, s = s.split(":")
                off = float(head)
            colour, _, opacity = s.partition("@")
            out += f'<stop offset="{n(off)}%%" stop-color="{colour}"' + (f' stop-opacity="{opacity}"' if opacity else "") + "/>"
        return out

    def lin(self, *stops, way="v", span=None):
        """A linear gradient: down (v), across (h), diagonal (d), or span=(x1,y1,x2,y2) in picture units."""
        ends = {"v": ' x2="0" y2="1"', "h": "", "d": ' x2="1" y2="1"'}[way]
        if span:
            ends = ' gradientUnits="userSpaceOnUse" x1="%s" y1="%s" x2="%s" y2="%s"' % tuple(n(v) for v in span)
        return "url(#%s)" % self._define(f'<linearGradient id="%s"{ends}>{self._stops(stops)}</linearGradient>')

    def rad(self, *stops, c=(.5, .5), r=.5, span=None):
        ends = f' cx="{c[0]:g}" cy="{c[1]:g}" r="{r:g}"'
        if span:
            ends = ' gradientUnits="userSpaceOnUse" cx="%s" cy="%s" r="%s"' % tuple(n(v) for v in span)
        return "url(#%s)" % self._define(f'<radialGradient id="%s"{ends}>{self._stops(stops)}</radialGradient>')

    def tile(self, w, h, content, turn=None):
        t = f' patternTransform="rotate({n(turn)})"' if turn else ""
        return "url(#%s)" % self._define(
            f'<pattern id="%s" width="{n(w)}" height="{n(h)}" patternUnits="userSpaceOnUse"{t}>{content}</pattern>')

    # -- shapes
    @staticmethod
    def _attrs(fill, stroke=None, w=None, o=None, t=None, cap=None, dash=None, join=None):
        def paint(key, value):
            colour, _, opacity = value.partition("@")
            return f' {key}="{colour}"' + (f' {key}-opacity="{opacity}"' if opacity else "")
        out = paint("fill", fill)
        if stroke:
            out += paint("stroke", stroke) + (f' stroke-width="{n(w)}"' if w else "")
            out += (' stroke-linecap="round"' if cap else "") + (' stroke-linejoin="round"' if join or cap else "")
            out += f' stroke-dasharray="{dash}"' if dash else ""
        return out + (f' opacity="{o:g}"' if o is not None else "") + (f' transform="{t}"' if t else "")

    def outline(self, d):
        """Keep a path that is drawn several times; the answer, "#id", stands wherever a path may."""
        return "#" + self._define(f'<path id="%s" d="{d}"/>')

    @classmethod
    def shape(cls, d, fill="none", stroke=None, w=None, **kw):
        if d[0] == "#":
            return f'<use href="{d}"{cls._attrs(fill, stroke, w, **kw)}/>'
        return f'<path d="{d}"{cls._attrs(fill, stroke, w, **kw)}/>'

    def path(self, *args, **kw):
        self.body.append(self.shape(*args, **kw))

    def line(self, d, stroke, w, **kw):
        kw.setdefault("cap", True)
        self.path(d, "none", stroke, w, **kw)

    def circle(self, cx, cy, r, fill, **kw):
        self.body.append(f'<circle cx="{n(cx)}" cy="{n(cy)}" r="{n(r)}"{self._attrs(fill, **kw)}/>')

    def ellipse(self, cx, cy, rx, ry, fill, **kw):
        self.body.append(f'<ellipse cx="{n(cx)}" cy="{n(cy)}" rx="{n(rx)}" ry="{n(ry)}"{self._attrs(fill, **kw)}/>')

    def rect(self, x, y, w, h, fill, r=0, **kw):
        rx = f' rx="{n(r)}"' if r else ""
        sw = kw.pop("sw", None)
        self.body.append(f'<rect x="{n(x)}" y="{n(y)}" width="{n(w)}" height="{n(h)}"{rx}{self._attrs(fill, w=sw, **kw)}/>')

    def place(self, content, *matrices):
        """Draw the same marks (elements around 0,0) at many places; a matrix has six numbers."""
        ref = self._define(f'<g id="%s">{content}</g>')
        for m in matrices:
            m = " ".join([f"{v:.2f}".rstrip("0").rstrip(".").replace("0.", ".", 1) if abs(v) < 1 else n(v) for v in m])
            self.body.append(f'<use href="#{ref}" transform="matrix({m.replace(" -", "-")})"/>')

    @contextmanager
    def capture(self):
        """Draw into a list instead: what `with p.capture() as part` draws is "".join(part) afterwards."""
        outer, self.body = self.body, []
        try:
            yield self.body
        finally:
            self.body = outer

    def dot(self, content, places):
        """The same, only moved: places are (x, y)."""
        ref = self._define(f'<g id="%s">{content}</g>')
        self.body += [f'<use href="#{ref}" x="{n(x)}" y="{n(y)}"/>' for x, y in places]

    @contextmanager
    def group(self, t=None, o=None, clip=None, **kw):
        a = ""
        if clip:
            inside = f'<use href="{clip}"/>' if clip[0] == "#" else f'<path d="{clip}"/>'
            clip_id = self._define(f'<clipPath id="%s">{inside}</clipPath>')
            a = f' clip-path="url(#{clip_id})"'
        a += (f' transform="{t}"' if t else "") + (f' opacity="{o:g}"' if o is not None else "")
        a += "".join(f' {k.replace("_", "-")}="{v}"' for k, v in kw.items())
        self.body.append(f"<g{a}>")
        yield
        self.body.append("</g>")

    # -- light and shade
    def shadow(self, cx, cy, rx, ry=None, o=.42):
        """The soft pool of shade an object stands in, and a tighter dark line of contact."""
        ry = rx * .16 if ry is None else ry
        soft = self.rad(f"#2a1608@{o:g}", f"55:#2a1608@{o * .55:g}", "#2a1608@0")
        self.ellipse(cx + rx * .1, cy, rx * 1.28, ry * 1.6, soft)
        self.ellipse(cx, cy - ry * .1, rx * .92, ry * .62, soft)

    def cast(self, d, dx=7, dy=10, o=.1):
        """The offset shade of a flat thing lying or hanging close to a surface."""
        for f in (1.5, 1, .5):
            self.path(d, f"#2a1608@{o:g}", t=f"translate({n(dx * f)} {n(dy * f)})")

    def glow(self, cx, cy, r, colour="#ffd58a", o=.75):
        self.circle(cx, cy, r, self.rad(f"{colour}@{o:g}", f"35:{colour}@{o * .42:g}", f"{colour}@0"))

    def round_shade(self, d, o=.45, hi=.4, span=None):
        """Across a solid: dark edge, light on the left, a weak rim of reflected light on the right."""
        self.path(d, self.lin(f"#241004@{o * .8:g}", "17:#241004@.04", f"31:#fff@{hi:g}", "46:#fff@0",
                              f"62:#241004@{o * .2:g}", f"91:#241004@{o:g}", f"100:#241004@{o * .55:g}", way="h", span=span))

    def metal(self, m, way="h", span=None):
        return self.lin(m[0], "14:" + m[1], "30:" + m[3], "44:" + m[2], "66:" + m[1], "90:" + m[0], m[1], way=way, span=span)

    # -- the scene behind
    def scene(self, niche="horseshoe", floor=310, wall=None):
        a, b, c, f = wall or SCENES[self.scene_name]
        night = self.scene_name == "lighting"
        self.rect(0, 0, 400, 400, self.rad(a, "40:" + a, b, c=(.38, .3), r=.85))
        ln = "#f3c877" if night else dark(b, .3)
        star_d = poly(star(24, 24, 13)) + "M24 0V11M24 37V48M0 24H11M37 24H48M0 0L15 15M48 0L33 15M0 48L15 33M48 48L33 33"
        self.rect(0, 0, 400, floor or 400, self.tile(48, 48, f'<path d="{star_d}" fill="none" stroke="{ln}"/>'), o=.13 if night else .2)
        base = floor or 400
        if niche == "disc":
            self.circle(200, 190, 150, self.lin(c, mix(c, a, .6)))
            self.circle(200, 190, 161, "none", stroke=ln + "@.35", w=1.5)
        elif niche == "star":
            self.path(poly(star(200, 200, 186)), self.lin(c, mix(c, a, .7)))
            self.path(poly(star(200, 200, 197)), "none", ln + "@.35", 1.5)
        elif niche:
            self.path(arch(200, base, 150, 26, niche), self.lin(c, mix(c, a, .55)))
            self.path(arch(200, base, 150, 26, niche), self.lin("#2a1608@.2", "14:#2a1608@0", "#fff@0", way="h"))
            self.path(arch(200, base, 161, 14, niche), "none", ln + "@.4", 1.5)
        if floor:
            self.rect(0, floor, 400, 400 - floor, self.lin(mix(f, a, .25), f))
            self.rect(0, floor, 400, 2, "#fff@.3" if not night else "#fff@.1")
            self.rect(0, floor - 14, 400, 14, self.lin("#2a1608@0", "#2a1608@.1"))

    def text(self):
        w, h = self.size
        defs = f"<defs>{''.join(self.defs)}</defs>" if self.defs else ""
        text = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}">{defs}{"".join(self.body)}</svg>\n'
        return re.sub(r' d="([^"]*)"', lambda m: f' d="{compact(m[1])}"', text)


# ---- turned bodies ----------------------------------------------------------------------

class Lathe:
    """A solid of revolution seen a little from above. profile: (y, radius) or (y, radius, 1) for a sharp corner."""

    def __init__(self, profile, cx=200, k=.14):
        self.cx, self.k = cx, k
        self.pts = [(q[1], q[0]) for q in profile]
        corner = [len(q) > 2 or i in (0, len(profile) - 1) for i, q in enumerate(profile)]
        self.segs = []
        last = len(self.pts) - 1
        for i in range(last):
            b, c = self.pts[i], self.pts[i + 1]
            a = b if corner[i] else self.pts[i - 1]
            e = c if corner[i + 1] else self.pts[i + 2]
            self.segs.append((b, (b[0] + (c[0] - a[0]) / 6, b[1] + (c[1] - a[1]) / 6),
                              (c[0] - (e[0] - b[0]) / 6, c[1] - (e[1] - b[1]) / 6), c))
        self.top, self.bottom = self.pts[0], self.pts[-1]
        self.d = self._outline()
        self.widest = max(x for x, _ in self.pts)

    def _outline(self):
        cx, k = self.cx, self.k
        r, y = self.top
        d = "M" + at(cx - r, y) + (f"A{at(r, r * k)} 0 0 1 {at(cx + r, y)}" if r > 1 else "L" + at(cx + r, y))
        for _, p, q, e in self.segs:
            d += "C" + " ".join(at(cx + x, yy) for x, yy in (p, q, e))
        r, y = self.bottom
        d += f"A{at(r, r * k)} 0 0 1 {at(cx - r, y)}" if r > 1 else "L" + at(cx - r, y)
        for b, p, q, _ in reversed(self.segs):
            d += "C" + " ".join(at(cx - x, yy) for x, yy in (q, p, b))
        return d + "Z"

    def r(self, y):
        """The radius at height y."""
        y = max(self.top[1], min(self.bottom[1], y))
        best = (1e9, 0)
        for b, p, q, e in self.segs:
            if min(b[1], e[1]) - 8 <= y <= max(b[1], e[1]) + 8:
                for i in range(21):
                    t = i / 20
                    u = 1 - t
                    x, yy = (u**3 * b[j] + 3 * u * u * t * p[j] + 3 * u * t * t * q[j] + t**3 * e[j] for j in (0, 1))
                    best = min(best, (abs(yy - y), x))
        return best[1]

    def band(self, y1, y2):
        """The strip of surface between two heights (drawn inside a clip of the body)."""
        a, b, cx, k = self.r(y1) + 1, self.r(y2) + 1, self.cx, self.k
        wide = max(self.r(y1 + (y2 - y1) * i / 6) for i in range(7)) + 2
        right = left = ""
        if wide > max(a, b) + 2:  # it bulges between the two: let the clip find the edge
            right, left = f"H{n(cx + wide)}V{n(y2)}", f"H{n(cx - wide)}V{n(y1)}"
        return (f"M{at(cx - a, y1)}A{at(a, a * k)} 0 0 0 {at(cx + a, y1)}{right}L{at(cx + b, y2)}"
                f"A{at(b, b * k)} 0 0 1 {at(cx - b, y2)}{left}Z")

    def hoop(self, y):
        a = self.r(y)
        return f"M{at(self.cx - a, y)}A{at(a, a * self.k)} 0 0 0 {at(self.cx + a, y)}"

    def wrap(self, motif, y, count, phase=0.0):
        """Repeat a polygon (around 0,0) `count` times around the half that faces us."""
        out = ""
        for i in range(-count, count + 1):
            t0 = math.pi * (i + phase) / count
            if abs(t0) > 1.5:
                continue
            pts = []
            for u, v in motif:
                r = self.r(y + v)
                t = max(-1.57, min(1.57, t0 + u / max(self.r(y), 1)))
                pts.append((self.cx + r * math.sin(t), y + v + r * self.k * math.cos(t)))
            out += poly(pts)
        return out

    def stamp(self, p, content, y, count, phase=0.0):
        """The same for anything richer than a polygon: elements drawn once and set around by reference."""
        r, k, slope = self.r(y), self.k, (self.r(y + 6) - self.r(y - 6)) / 12
        turns = [math.pi * (i + phase) / count for i in range(-count, count + 1)]
        p.place(content, *((math.cos(t), -k * math.sin(t), slope * math.sin(t), 1, self.cx + r * math.sin(t), y + r * k * math.cos(t))
                           for t in turns if abs(t) < 1.38))

    def strip(self, f1, f2, y1, y2, steps=7):
        """A vertical sliver of the surface, from fraction f1 to f2 of the radius: gleams and ribs."""
        ys = [y1 + (y2 - y1) * i / steps for i in range(steps + 1)]

        def edge(f, ys):
            return [(self.cx + f * self.r(y), y + self.r(y) * self.k * math.sqrt(max(0, 1 - f * f))) for y in ys]
        mid = (f1 + f2) / 2
        return smooth(edge(f1, ys)) + smooth(edge(f2 + (f2 - mid) * .2, ys[::-1])).replace("M", "L", 1) + "Z"

    def draw(self, p, fill, deco=None, shade=.45, hi=.32, gleam=.5, rim=None, inside=None, edge=3.0, gleams=None):
        """Body, ornament, shade, gleam and, with `rim`, the mouth: an ellipse of `inside` within a lip of `rim`."""
        d = p.outline(self.d)
        p.path(d, fill)
        if deco:
            with p.group(clip=d):
                deco()
        if shade:
            p.round_shade(d, shade, hi)
        if gleam:
            a, b = gleams or (self.top[1] + 8, self.bottom[1] - 8)
            p.path(self.strip(-.72, -.6, a, b), p.lin("#fff@0", f"22:#fff@{gleam:g}", f"70:#fff@{gleam * .55:g}", "#fff@0"))
        if rim:
            r, y = self.top
            p.ellipse(self.cx, y, r, r * self.k, rim)
            p.ellipse(self.cx, y + .6, max(1, r - edge), max(1, (r - edge) * self.k), inside or dark(rim, .55))
            p.line(f"M{at(self.cx - r, y)}A{at(r, r * self.k)} 0 0 0 {at(self.cx + r, y)}", "#fff@.5", 1.2)
