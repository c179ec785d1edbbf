"""Rugs and textiles: weaving is drawn as pattern tiles under a fine texture and soft folds."""
import math

from .kit import (BRASS, COBALT, CREAM, SAFFRON, TEAL, TERRACOTTA, WOOD, Lathe, at, box, dark, diamond, oval,
                  petals, picture, poly, star, wobble)

MADDER, CHARCOAL, WOOL = "#9d2f2a", "#33291f", "#f6ecd9"


def fringe(p, x, y, w, length, colour=WOOL, step=5.0, seed=1):
    d = "".join(f"M{at(x + i * step, y)}l{at(2.4 * wobble(i, seed) - 1.2, length * (.8 + .3 * wobble(i, seed + 1)))}"
                for i in range(1, int(w / step)))
    p.line(d, dark(colour, .3), 2.6, t="translate(1 1)")
    p.line(d, colour, 2)


def weave(p, d, o=.16):
    p.path(d, p.tile(4, 4, '<path d="M0 1H4M2 2V4" stroke="#2a1608" stroke-width=".7"/>'), o=o)


def folds(p, d, o=.2, turns=2):
    stops = []
    for i in range(turns * 2 + 1):
        stops.append(f"#2a1608@{o if i % 2 == 0 else 0:g}")
        if i < turns * 2:
            stops.append(f"#fff@{o * .8 if i % 2 == 0 else 0:g}")
    p.path(d, p.lin(*stops, way="h"))


def cloth(p, x, y, w, h, base, pattern, ends=WOOL, length=18, fold=2, o=.16):
    d = box(x, y, w, h)
    p.cast(box(x, y, w, h + length * .6))
    if length:
        fringe(p, x, y + h - 1, w, length, ends, seed=3)
    p.path(d, base)
    with p.group(clip=d):
        pattern()
    weave(p, d)
    folds(p, d, o, fold)


def rod(p, x1, x2, y):
    p.rect(x1, y - 5, x2 - x1, 10, p.lin(WOOD[3], WOOD[1], WOOD[0]), r=5)
    for x in (x1, x2):
        p.circle(x, y, 9, p.rad(WOOD[3], WOOD[1], WOOD[0], c=(.4, .35)))


@picture("middle-atlas-diamond-rug", "rugs", floor=348, niche="horseshoe")
def diamond_rug(p):
    rod(p, 92, 308, 50)

    def pattern():
        cell = (p.shape(poly(diamond(35, 46, 35, 46)), "none", CHARCOAL, 4.5) + p.shape(poly(diamond(35, 46, 13, 17)), "none", CHARCOAL, 3.5)
                + p.shape(poly(diamond(35, 46, 4, 5)) + poly(diamond(0, 46, 5, 7)) + poly(diamond(70, 46, 5, 7)), CHARCOAL))
        with p.group(t="translate(95 56)"):
            p.rect(0, 0, 210, 276, p.tile(70, 92, cell))
        for x in (98, 302):
            p.line(f"M{x} 56V332", CHARCOAL, 2.5, dash="7 6", cap=False)
    cloth(p, 95, 56, 210, 276, p.lin("#fffaf0", "#efe3cb"), pattern, "#f4e9d4", 26, 2)
    p.path(box(95, 56, 210, 276), p.tile(9, 7, '<path d="M2 0V4M6 3V7" stroke="#c9b48c" stroke-width="1.2"/>'), o=.5)
    p.path(box(95, 50, 210, 9), p.lin("#e2d2b3", "#fff8e8", "#cbb78f"))


@picture("atlas-stripe-kilim", "rugs", floor=348, niche="pointed")
def stripe_kilim(p):
    rod(p, 96, 304, 46)
    tones = [MADDER, "#c9553a", SAFFRON, CHARCOAL, "#efe0c2", "#7d1f22", TEAL, "#d98c3a"]

    def pattern():
        y, i = 52, 0
        while y < 334:
            h = (22, 8, 30, 8)[i % 4]
            tone = tones[(i * 3) % 8]
            p.rect(100, y, 200, h, tone)
            other = tones[(i * 3 + 4) % 8]
            if h == 30:
                p.path("".join(poly(diamond(100 + 25 * j, y + 15, 11, 13)) for j in range(9)), other)
                p.path("".join(poly(diamond(100 + 25 * j, y + 15, 5, 6)) for j in range(9)), tone)
            elif h == 22:
                p.path(f"M100 {y + 20}" + "l8.3-18l8.4 18" * 12, "none", other, 3)
            else:
                p.line(f"M100 {y + 4}H300", other, 3, dash="6 6", cap=False)
            y, i = y + h, i + 1
    cloth(p, 100, 52, 200, 284, MADDER, pattern, "#ead8b6", 24, 3)
    p.path(box(100, 46, 200, 8), p.lin("#6d1b1d", MADDER, "#5a1517"))


@picture("azilal-story-rug", "rugs", floor=350, niche="disc")
def azilal(p):
    def pattern():
        hue = ["#d2473f", "#2f6fa8", "#e9a227", "#2d7d6d", "#7b3f7d", "#e57f9b", CHARCOAL]
        p.line("M98 100L150 58L200 104L252 52L306 100", hue[0], 7, cap=False)
        p.line("M98 116L150 74L200 120L252 68L306 116", hue[6], 3, cap=False)
        for i in range(9):
            cx, cy, s = 122 + 74 * (i % 3) + 14 * (wobble(i) - .5), 154 + 58 * (i // 3), 19 + 6 * wobble(i, 2)
            k, c = i % 4, hue[(i * 2 + i // 3) % 7]
            if k == 0:
                p.path(poly(diamond(cx, cy, s, s * 1.2)), "none", c, 5)
                p.path(poly(diamond(cx, cy, s * .45)), hue[(i + 3) % 7])
            elif k == 1:
                p.line(f"M{at(cx - s, cy - s)}L{at(cx + s, cy + s)}M{at(cx + s, cy - s)}L{at(cx - s, cy + s)}M{at(cx, cy - s)}V{cy + s:.0f}", c, 4.5)
            elif k == 2:
                for j in range(4):
                    p.rect(cx - s + j * s * .55, cy - s + (j % 2) * s, s * .5, s, hue[(i + j) % 7])
            else:
                p.path(f"M{at(cx - s, cy + s)}" + f"l{s * .33:.1f}-{s * 2:.0f}l{s * .33:.1f} {s * 2:.0f}" * 3, "none", c, 4, join=True)
        p.line("M110 314H292", hue[2], 8, dash="10 7", cap=False)
        p.line("M110 326H292", hue[1], 3, dash="3 5", cap=False)
        p.path("".join(oval(116 + 11 * j, 128 + 4 * wobble(j), 2.4) for j in range(17)), hue[5])
    cloth(p, 98, 44, 208, 296, p.lin("#fffaef", "#f0e4cc"), pattern, "#f7eedd", 24, 2, .14)


@picture("rag-weave-runner", "rugs", floor=286, niche="lobed")
def rag_runner(p):
    p.shadow(200, 300, 140, 20)
    tones = ["#d2473f", "#f0b13c", "#2f7f86", "#e77f8f", "#3b5fa0", "#f5ead2", "#8a4a86", "#6fa25a", "#e2703a", "#24343e"]
    quad = "M84 232H316L366 372H34Z"
    p.cast(quad, 4, 5)
    p.path(quad, "#f3e6cb")
    with p.group(clip=quad):
        for i in range(13):
            y, h = 226 + 146 * (i / 13) ** 1.25, 6 + i
            p.rect(20, y, 360, h + 4, tones[(i * 7) % 10])
            d = "".join(f"M{at(30 + 19 * j + 9 * wobble(j, i), y + h * .5)}h{4 + 9 * wobble(i, j):.0f}" for j in range(18))
            p.line(d, tones[(i * 3 + 4) % 10], 3 + i * .35)
    weave(p, quad, .2)
    fringe(p, 34, 371, 332, 14, "#f6ecd6", 7, 5)
    # the roll at its far end: a cylinder lying across, its spiral at the right
    body = "M72 176H322V244H72A18 34 0 0 1 72 176Z"
    p.path(body, "#e8d6b2")
    with p.group(clip=body):
        for i in range(10):
            x = 50 + 28 * i
            p.rect(x, 170, 29, 80, tones[(i * 3 + 1) % 10])
            p.line(f"M{x + 8} 176V244M{x + 19} 176V244", tones[(i * 3 + 5) % 10], 4, dash="6 5", cap=False)
    weave(p, body, .2)
    p.path(body, p.lin("#2a1608@.1", "22:#fff@.38", "45:#fff@0", "#2a1608@.55"))
    p.ellipse(322, 210, 19, 34, "#f2e4c8")
    spiral = "".join(("M" if i == 0 else "L") + at(322 + (19 - i * .46) * math.cos(i * .5), 210 + (34 - i * .82) * math.sin(i * .5)) for i in range(40))
    p.line(spiral, "#9b5b3a", 2.2)
    p.line("M128 172A18 38 0 0 0 128 248M262 172A18 38 0 0 1 262 248", "#f8efd9", 5)


def cushion(p, d, fill, pattern):
    p.path(d, fill)
    with p.group(clip=d):
        pattern()
    weave(p, d, .13)
    p.path(d, p.rad("#fff@.34", "35:#fff@.06", "70:#2a1608@.08", "#2a1608@.5", c=(.38, .32), r=.78))


@picture("cactus-silk-cushion", "rugs", floor=318, niche="pointed")
def sabra(p):
    p.shadow(200, 352, 116)
    d = "M74 112C120 124 280 124 326 112C316 160 318 300 332 350C280 338 120 338 68 350C82 300 84 160 74 112Z"
    tassel = "".join(f"M{x} {y}l{dx} {dy}m0 0l{dx * .7 - 6:.0f} {dy * .8 + 6:.0f}m{6 - dx * .7:.0f} {-dy * .8 - 6:.0f}l{dx * .6 + 6:.0f} {dy * .8 + 5:.0f}"
                     for x, y, dx, dy in ((74, 112, -9, -9), (326, 112, 9, -9)))
    p.line(tassel, "#f5d492", 4)

    def pattern():
        for y in (134, 316):
            p.line(f"M60 {y}H340", "#f7dfae", 3)
            p.path("".join(poly(diamond(76 + 15.5 * j, y + (11 if y < 200 else -11), 5, 6)) for j in range(18)), "#f7dfae")
        for s, c in ((78, "#f7dfae"), (64, "#a5354a"), (48, "#f2b65a"), (33, "#4d1733"), (18, "#f7dfae"), (8, "#a5354a")):
            p.path(poly(diamond(200, 226, s * 1.25, s)), c)
        for x in (98, 302):
            p.path(poly(diamond(x, 226, 26, 38)), "none", "#f7dfae", 4)
            p.path(poly(diamond(x, 226, 12, 18)), "#f2b65a")
            p.line(f"M{x - 14} 168l14 14l14-14M{x - 14} 284l14-14l14 14", "#f7dfae", 3.5)
    cushion(p, d, p.lin("#c14a63", "#8c2846", way="d"), pattern)
    p.line("M74 112C120 124 280 124 326 112C316 160 318 300 332 350C280 338 120 338 68 350C82 300 84 160 74 112Z", "#f0c27a@.8", 2.4)


@picture("pompom-wool-blanket", "rugs", floor=330, niche="lobed")
def pompom(p):
    rod(p, 64, 336, 78)
    left = "M96 74C94 150 92 230 88 316C150 326 250 322 312 314C308 230 306 150 304 74Z"
    p.cast(left, 6, 8)
    p.path(left, p.lin("#fffaf0", "#f1e6d2"))
    with p.group(clip=left):
        for y, c in ((120, TEAL), (130, TEAL), (206, SAFFRON), (216, SAFFRON), (278, TEAL), (288, TEAL)):
            p.line(f"M84 {y}C150 {y + 7} 250 {y + 7} 316 {y - 2}", c, 4.5, cap=False)
        p.rect(80, 60, 240, 270, p.tile(10, 10, f'<path d="{poly(diamond(5, 5, 3))}" fill="none" stroke="#bfa987" stroke-width=".9"/>'), o=.7)
        p.path("".join(poly(diamond(104 + 24 * j, 169 + 4 * math.sin(j * .4), 9, 13)) for j in range(9)), TERRACOTTA)
        p.path("".join(poly(diamond(104 + 24 * j, 250 + 4 * math.sin(j * .4), 6, 9)) for j in range(9)), TERRACOTTA)
    folds(p, left, .3, 3)
    p.path("M96 74C96 66 304 66 304 74C305 88 95 88 96 74Z", p.lin("#fff", "#e0d0b4"))
    ball = p.shape(oval(0, 0, 11), p.rad("#fffdf6", "#f0e2c8", "#cdb48c", c=(.4, .35))) + p.shape(
        "M-7-3l3 3M2-8l1 4M5 3l4-2M-4 6l3-2M0 0l2 3", "none", "#c0a676", 1.3)
    p.dot(ball, [(92 + i * 24, 322 + 5 * math.sin(i / 9 * 3.1)) for i in range(10)])


@picture("sequin-wedding-blanket", "rugs", floor=300, niche="disc")
def handira(p):
    p.shadow(200, 352, 140)
    bench = p.lin(WOOD[2], WOOD[1], WOOD[0])
    for i, (y, x, w) in enumerate(((292, 66, 270), (234, 74, 256), (176, 82, 242))):
        d = f"M{x + 24} {y}H{x + w - 6}Q{x + w} {y} {x + w} {y + 8}V{y + 48}Q{x + w} {y + 56} {x + w - 6} {y + 56}H{x + 24}A28 28 0 0 1 {x + 24} {y}Z"
        p.path(d, p.lin("#fffdf6", "#e9dcc2"))
        with p.group(clip=d):
            p.line(f"M{x} {y + 28}H{x + w}", "#c9b593", 1.4)
            for k, yy in enumerate((y + 14, y + 42)):
                p.line(f"M{x} {yy + 7}H{x + w}", "#d9c8a8", 2, dash="3 2", cap=False)
                p.dot(p.shape(oval(0, 0, 4.4), p.rad("#fff", "#e8e9ea", "#9b9a94", c=(.35, .3)), "#8d8a80@.6", .6),
                      [(x + 16 + 15 * j + 7 * k, yy) for j in range(int(w / 15) - 1)])
        p.path(d, p.lin("#fff@.3", "60:#fff@0", "#2a1608@.3"))
        p.path(d, p.lin("#2a1608@.22", "10:#2a1608@0", "92:#2a1608@0", "#2a1608@.22", way="h"))
    fringe(p, 104, 176, 190, 66, "#fffaf0", 6, 7)
    p.line("M98 190H300", "#8f3b30", 4)
    p.path("".join(poly(diamond(106 + 16 * j, 190, 6, 8)) for j in range(12)), TERRACOTTA)
    p.rect(92, 172, 214, 9, p.lin("#fff", "#e4d6ba"), r=4)
    p.rect(44, 348, 312, 16, bench, r=3)
    for x in (66, 318):
        p.rect(x, 362, 18, 38, bench)


@picture("fez-embroidered-runner", "rugs", floor=316, niche="horseshoe")
def runner(p):
    p.path("M20 176H380L400 214V236H0V214Z", p.lin(WOOD[3], WOOD[2]))
    p.path("M0 214H400V236H0Z", p.lin(WOOD[2], WOOD[0]))
    p.path("M24 236H376V400H24Z", p.lin("#2a1608@.5", "#2a1608@.08"))
    for x in (22, 352):
        p.rect(x, 236, 26, 164, p.lin(WOOD[0], WOOD[2], WOOD[0], way="h"))
    top, fall = "M150 176H250L272 214H128Z", "M128 214H272V326L200 378L128 326Z"
    p.cast(fall, 5, 6)
    p.path(top, p.lin("#f7f1e4", "#fffaf0"))
    p.path(fall, p.lin("#fffcf4", "#efe5d2"))
    with p.group(stroke=COBALT, fill="none", stroke_width="2"):
        p.body.append('<path d="M136 214V322L200 368L264 322V214M142 214V318L200 360L258 318V214M157 176L137 212M243 176L263 212"/>')
    with p.group(clip=fall):
        p.path(poly(star(200, 270, 46)), "none", COBALT, 3)
        p.path(poly(star(200, 270, 37)) + poly(star(200, 270, 15)), "none", COBALT, 1.6)
        p.path(petals(200, 270, 34, 16, .14, start=15), COBALT)
        for x, y in ((160, 234), (240, 234), (160, 306), (240, 306), (200, 336)):
            p.path(petals(x, y, 13, 8, .24), COBALT)
        p.path("".join(poly(diamond(152 + 12 * j, 219, 4)) for j in range(9)), COBALT)
    p.path(petals(200, 196, 12, 8, .24) + petals(168, 199, 8, 8, .24) + petals(232, 199, 8, 8, .24), COBALT, t="matrix(1 0 0 .7 0 58)")
    weave(p, fall, .09)
    folds(p, fall, .17, 1)
    p.path("M128 214H272V222H128Z", p.lin("#fff@.9", "#fff@0"))
    p.circle(200, 381, 5, COBALT)
    p.line("M196 386l-3 13M200 386v14M204 386l3 13", COBALT, 2.4)
    # a bowl of oranges, so that it is a table
    for x, y in ((186, 142), (214, 142), (200, 130)):
        p.circle(x, y, 15, p.rad("#ffd27a", "#ee8f2c", "#b9560f", c=(.35, .3)))
    bowl = Lathe([(146, 36), (164, 28), (180, 13), (188, 15)], k=.12)
    bowl.draw(p, COBALT, lambda: p.path(bowl.wrap(diamond(0, 0, 5, 7), 156, 9), "#f3ead6"), gleam=.4)


@picture("kilim-floor-cushion", "rugs", floor=300, niche="star")
def floor_cushion(p):
    p.shadow(200, 346, 148)
    body = Lathe([(196, 134), (210, 146), (260, 150), (316, 146), (332, 132)], k=.3)

    def sides():
        for i, (y, c) in enumerate(((206, MADDER), (218, CREAM), (224, TEAL), (252, CREAM), (258, "#c9553a"), (286, CREAM), (292, CHARCOAL), (312, SAFFRON), (322, MADDER))):
            p.path(body.band(y, 345), c)
        p.path(body.wrap(diamond(0, 0, 9, 11), 238, 12), SAFFRON)
        p.path(body.wrap(diamond(0, 0, 4, 5), 238, 12), MADDER)
        p.path(body.wrap([(-13, 11), (0, -11), (13, 11)], 272, 12, .5), CREAM)
        p.path(body.wrap([(-6, 9), (0, -3), (6, 9)], 272, 12, .5), CHARCOAL)
        p.path(body.wrap(diamond(0, 0, 5, 6), 302, 16), CREAM)
    body.draw(p, MADDER, sides, shade=.5, hi=.16, gleam=0)
    p.path(oval(200, 196, 134, 40), p.lin("#b33a30", "#8c2726"))
    with p.group(t="translate(200 196) scale(1 .3)"):
        for r, c in ((120, CREAM), (114, TEAL), (96, CREAM), (91, MADDER)):
            p.circle(0, 0, r, c)
        p.path(poly(star(0, 0, 88)), SAFFRON)
        p.path(poly(star(0, 0, 70)), CHARCOAL)
        p.path(petals(0, 0, 60, 8, .3), CREAM)
        p.path(petals(0, 0, 105, 24, .05, start=96), CREAM, "#fff", 1)
    p.path(oval(200, 196, 134, 40), p.rad("#fff@.28", "50:#fff@0", "#2a1608@.3", c=(.4, .3), r=.7))
    p.line("M66 196A134 40 0 0 0 334 196", CREAM, 3, dash="5 4", cap=False)
    p.circle(200, 196, 7, p.rad("#f6d58e", BRASS[1]))
