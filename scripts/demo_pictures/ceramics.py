"""Ceramics: turned pots with glaze, and plates seen from above."""
import math

from .kit import (BRASS, COBALT, SAFFRON, TEAL, TERRACOTTA, WOOD, Lathe, at, dark, diamond, light, oval, petals,
                  picture, poly, smooth, star, wobble)

MILK = "#f8f3e8"


@picture("cooking-tagine", "ceramics", floor=300, niche="horseshoe")
def tagine(p):
    p.shadow(200, 350, 136)
    clay = p.lin("#c9673d", "#a84a26")
    base = Lathe([(286, 136), (292, 140), (318, 128), (344, 96), (350, 92)], k=.17)
    base.draw(p, clay, lambda: (p.path(base.band(292, 297), SAFFRON), p.path(base.wrap(diamond(0, 0, 6, 6), 307, 17), MILK)), gleam=.4)
    p.ellipse(200, 287, 137, 23, dark("#a84a26", .45))
    lid = Lathe([(98, 15), (112, 17), (134, 24), (176, 48), (224, 82), (264, 112), (284, 126)], k=.17)

    def deco():
        p.path(lid.band(262, 270) + lid.band(196, 201) + lid.band(142, 147), SAFFRON)
        lid.stamp(p, p.shape(poly(star(0, 0, 25)), MILK) + p.shape(poly(star(0, 0, 18)), TEAL) + p.shape(poly(star(0, 0, 8)), SAFFRON), 226, 5)
        p.path(lid.wrap(diamond(0, 0, 6, 11), 214, 5, .5), MILK)
        p.path(lid.wrap(diamond(0, 0, 6, 12), 166, 8), MILK)
        p.path(lid.wrap(diamond(0, 0, 5, 5), 270, 19), MILK)
    lid.draw(p, clay, deco, shade=.5, hi=.3, gleam=.55, gleams=(128, 272))
    p.line(lid.hoop(284), "#e59a6c", 2.4)
    knob = Lathe([(70, 7), (76, 19), (88, 23), (96, 14), (102, 15)], k=.17)
    knob.draw(p, clay, shade=.45, gleam=.5, gleams=(76, 94))


def plate(p, cx, cy, r, glaze, rim, inner=.62):
    p.cast(oval(cx, cy, r), 8, 11, .09)
    p.circle(cx, cy, r, dark(rim, .2))
    p.circle(cx, cy, r - 2, glaze)
    return r * inner


def plate_light(p, cx, cy, r, inner):
    p.circle(cx, cy, inner, p.rad("#2a1608@0", "82:#2a1608@0", "#2a1608@.26", c=(.54, .56)))
    p.circle(cx, cy, inner, "none", stroke="#fff@.55", w=1.6)
    p.circle(cx, cy, r - 2, p.lin("#fff@.34", "42:#fff@0", "60:#2a1608@0", "#2a1608@.25", way="d"))
    p.path(smooth([(cx - r * .78, cy - r * .2), (cx - r * .62, cy - r * .56), (cx - r * .25, cy - r * .83)]), "none", "#fff@.6", 5, cap=True)


@picture("zellige-star-platter", "ceramics", floor=0, niche="star")
def star_platter(p):
    cx = cy = 200
    inner = plate(p, cx, cy, 154, MILK, "#cbb791")
    p.circle(cx, cy, 150, "none", stroke=COBALT, w=3)
    p.circle(cx, cy, 143, "none", stroke=SAFFRON, w=4)
    p.place(p.shape(poly(diamond(0, -121, 13, 17)), COBALT) + p.shape(poly(diamond(0, -121, 6, 8)), SAFFRON)
            + p.shape(oval(23.6, -118.6, 3.6), TERRACOTTA), *((math.cos(a), math.sin(a), -math.sin(a), math.cos(a), cx, cy) for a in (math.pi * i / 8 for i in range(16))))
    p.circle(cx, cy, 99, "none", stroke=COBALT, w=3)
    turns = [math.pi * i / 4 for i in range(8)]
    p.path(poly(star(cx, cy, 94, 16, .8)), COBALT)
    p.path(poly(star(cx, cy, 76, 16, .72)), MILK)
    p.path(poly(star(cx, cy, 66)), TEAL)
    p.path(poly(star(cx, cy, 54)), MILK)
    p.place(p.shape(petals(0, 0, 47, 1, .24, -math.pi / 2, 14), COBALT) + p.shape(poly(diamond(0, -45, 4.5)), SAFFRON),
            *((math.cos(a), math.sin(a), -math.sin(a), math.cos(a), cx, cy) for a in turns))
    p.path(poly(star(cx, cy, 17)), SAFFRON)
    p.circle(cx, cy, 5, COBALT)
    plate_light(p, cx, cy, 154, inner + 4)


@picture("cobalt-fish-plate", "ceramics", floor=0, niche="disc")
def fish_plate(p):
    cx = cy = 200
    inner = plate(p, cx, cy, 150, p.rad("#7cc4d4", "#3f93b4", "#2b6f98"), "#1e5378", .66)
    wave = "".join(f"M{at(cx + 108 * math.cos(a), cy + 108 * math.sin(a))}Q{at(cx + 146 * math.cos(a + .1), cy + 146 * math.sin(a + .1))} {at(cx + 122 * math.cos(a + .3), cy + 122 * math.sin(a + .3))}"
                   for a in (6.283 * i / 20 for i in range(20)))
    p.line(wave, "#f6f0df", 4)
    p.circle(cx, cy, 142, "none", stroke="#f6f0df", w=3)
    p.circle(cx, cy, inner, p.rad("#fdf8ea", "#f1e8d2"))
    for dy, flip, tone in ((-36, 1, "#c4542f"), (34, -1, "#e0a030")):
        with p.group(t=f"translate(200 {200 + dy}) scale({flip} 1)"):
            p.path("M-70 0C-44-34 16-34 46-4L74-22Q66 0 74 22L46 4C16 34-44 34-70 0Z", tone, stroke=COBALT, w=3, join=True)
            p.line("M-40-17Q-30 0-40 17M50-5L66-12M50 0H68M50 5L66 12", COBALT, 2.4)
            scales = "".join(f"M{-24 + 14 * i} {-9 + 9 * j}q8 4 0 9" for i in range(5) for j in range(3))
            p.line(scales, COBALT, 2)
            p.circle(-52, -4, 4.5, "#fdf8ea", stroke=COBALT, w=2)
            p.line("M-14-26q12-12 28-4", COBALT, 3)
    p.path(petals(112, 200, 10, 6, .3) + petals(288, 200, 10, 6, .3), TEAL)
    plate_light(p, cx, cy, 150, inner)


@picture("safi-blue-vase", "ceramics", floor=312, niche="pointed")
def safi_vase(p):
    p.shadow(200, 358, 70)
    v = Lathe([(64, 36, 1), (74, 30), (112, 27), (146, 50), (196, 88), (244, 92), (298, 66), (340, 43), (354, 46, 1)], k=.15)

    def deco():
        for y in (76, 132, 174, 270, 326):
            p.path(v.band(y, y + 4), COBALT)
        p.path(v.band(340, 360), COBALT)
        v.stamp(p, p.shape(poly(star(0, 0, 40)), COBALT) + p.shape(poly(star(0, 0, 31)), MILK)
                + p.shape(petals(0, 0, 29, 8, .26), COBALT) + p.shape(oval(0, 0, 5), SAFFRON), 212, 4)
        p.path(v.wrap(diamond(0, 0, 9, 22), 212, 4, .5), COBALT)
        p.path(v.wrap(diamond(0, 0, 3, 9), 212, 4, .5), SAFFRON)
        p.path(v.wrap([(-8, -12), (8, -12), (0, 14)], 146, 9) + v.wrap([(-10, 12), (0, -16), (10, 12)], 288, 10), COBALT)
        p.path(v.wrap(diamond(0, 0, 5, 10), 98, 6) + v.wrap(diamond(0, 0, 4), 302, 12), COBALT)
    v.draw(p, MILK, deco, shade=.45, hi=.5, gleam=.85, gleams=(150, 320), rim=MILK, inside="#22324a", edge=5)
    p.line("M164 64A36 5.4 0 0 0 236 64", COBALT, 2.5)


@picture("tamegroute-green-bowl", "ceramics", floor=292, niche="lobed")
def green_bowl(p):
    p.shadow(200, 344, 104)
    p.ellipse(200, 196, 140, 40, "#174a2e")
    b = Lathe([(196, 140), (210, 138), (250, 118), (294, 80), (322, 52), (328, 46), (342, 54, 1)], k=.28)

    def drip():
        for i in range(9):
            x = 70 + 33 * i + 10 * wobble(i)
            p.path(smooth([(x, 200), (x + 9, 262 + 40 * wobble(i, 2)), (x + 16, 200)]) + "Z", "#0e3a22@.45")
        for i in range(16):
            p.ellipse(80 + 240 * wobble(i, 5), 215 + 100 * wobble(i, 6), 5 + 9 * wobble(i, 7), 4 + 4 * wobble(i, 8), "#a9cf6a", o=.35)
        p.path(b.band(334, 360), "#7d4a2a")
    b.draw(p, p.lin("#4f9a55", "45:#2c7a45", "#1d5a35"), drip, shade=.5, hi=.35, gleam=.75, gleams=(216, 312))
    p.path(oval(200, 196, 140, 39), p.lin("#2a6f40", "#64ad64"))
    p.path(oval(200, 197, 132, 34), p.rad("#7cbf70", "45:#3d8d4e", "#174f30", c=(.5, .85), r=.8))
    p.line("M86 184A140 40 0 0 1 300 167", "#d9f0b4@.8", 3)
    p.path(smooth([(130, 214), (190, 226), (262, 214)]), "none", "#fff@.45", 5, cap=True)
    for x, y, r in ((176, 196, 24), (222, 192, 26), (200, 178, 22)):
        p.circle(x, y, r, p.rad("#ffd98a", "#f0982f", "#bd5c12", c=(.36, .3)))
        p.circle(x + 3, y - r * .6, 2.6, "#5d7a2a")
    p.path("M216 168Q234 146 254 156Q240 176 216 168Z", "#4f8a3a")
    p.line("M60 196A140 40 0 0 0 340 196", "#cdeaa6@.55", 2.5)


def cup(p, x, y, s, tone, kind):
    p.shadow(x, y, 44 * s)
    c = Lathe([(y - 92 * s, 44 * s), (y - 60 * s, 43 * s), (y - 22 * s, 36 * s), (y - 4 * s, 28 * s), (y, 28 * s, 1)], cx=x, k=.2)

    def deco():
        p.path(c.band(y - 90 * s, y - 74 * s) + c.band(y - 16 * s, y + 20), tone)
        if kind == 0:
            p.path(c.wrap(diamond(0, 0, 10 * s, 17 * s), y - 46 * s, 6), tone)
            p.path(c.wrap(diamond(0, 0, 4 * s, 8 * s), y - 46 * s, 6), MILK)
        elif kind == 1:
            c.stamp(p, p.shape(poly(star(0, 0, 15 * s)), tone) + p.shape(petals(0, 0, 9 * s, 8, .3), MILK), y - 46 * s, 5)
        elif kind == 2:
            p.path(c.wrap([(-9 * s, 15 * s), (0, -15 * s), (9 * s, 15 * s)], y - 46 * s, 7), tone)
        else:
            for i in range(3):
                p.line(c.hoop(y - (58 - 13 * i) * s), tone, 4 * s, dash="9 5", cap=False)
    c.draw(p, MILK, deco, shade=.42, hi=.45, gleam=.7)
    p.ellipse(x, y - 92 * s, 44 * s, 8.8 * s, "#fffdf6")
    p.ellipse(x, y - 91 * s, 39 * s, 6.6 * s, p.lin(dark(tone, .4), light(tone, .2)))


@picture("painted-tumbler-set", "ceramics", floor=250, niche="disc")
def tumblers(p):
    for i, (x, y, s, tone) in enumerate(((96, 276, .98, TERRACOTTA), (302, 274, .98, TEAL), (148, 352, 1.16, COBALT), (258, 354, 1.16, "#c98a1e"))):
        cup(p, x, y, s, tone, i)


@picture("zellige-tile-set", "ceramics", floor=0, niche=None)
def tile_set(p):
    glaze = ["#1f5f66", "#2b7f86", "#e9e2d0", "#c98a2a", "#17494f", "#3a949a", "#f3ecdc", "#b5562f", "#28747b"]
    for i in range(9):
        x, y = 62 + 94 * (i % 3) + 3 * wobble(i), 58 + 94 * (i // 3) + 3 * wobble(i, 2)
        c = glaze[i]
        other = "#f5eedd" if c not in ("#e9e2d0", "#f3ecdc") else TEAL
        d = poly([(x + wobble(i, 3), y), (x + 88, y + 2 * wobble(i, 4)), (x + 88 - wobble(i, 5), y + 88), (x + 1, y + 88 - wobble(i, 6))])
        p.path(d, "#2a1608@.22", t="translate(5 7)")
        p.path(d, "#b9805c", t="translate(2 3)")
        p.path(d, p.lin(light(c, .18), c, dark(c, .16), way="d"))
        cx, cy = x + 44, y + 44
        if i % 2 == 0:
            p.path(poly(star(cx, cy, 37)), "none", other, 2.6)
            p.path(poly(star(cx, cy, 24)), other)
            p.path(petals(cx, cy, 17, 8, .28), c)
        elif i % 4 == 1:
            p.path("".join(poly(diamond(cx + dx, cy + dy, 15)) for dx, dy in ((-20, 0), (20, 0), (0, -20), (0, 20))), other)
            p.path(poly(star(cx, cy, 13, 8)), c)
        else:
            p.path(f"M{at(x + 4, y + 44)}A40 40 0 0 0 {at(x + 44, y + 4)}M{at(x + 44, y + 84)}A40 40 0 0 0 {at(x + 84, y + 44)}", "none", other, 7)
            p.path(poly(diamond(cx, cy, 12)), other)
        p.path(f"M{at(x + 6, y + 30)}L{at(x + 30, y + 5)}H{x + 58:.0f}L{at(x + 6, y + 58)}Z", "#fff", o=.17 + .12 * wobble(i, 8))
        p.line(f"M{at(x + 2, y + 87)}V{y + 2:.0f}H{x + 87:.0f}", "#fff@.5", 1.6)


@picture("olive-oil-cruet", "ceramics", floor=312, niche="horseshoe")
def cruet(p):
    p.shadow(190, 356, 66)
    p.path("M206 172C330 140 330 264 250 286", "none", dark(SAFFRON, .45), 19, cap=True)
    p.path("M206 172C330 140 330 264 250 286", "none", p.lin("#f3c767", SAFFRON, "#a8701a"), 14, cap=True)
    p.path("M250 166C316 164 314 240 270 268", "none", "#fff@.5", 3, cap=True)
    b = Lathe([(92, 13, 1), (104, 14), (146, 17), (174, 40), (214, 68), (262, 76), (316, 66), (346, 56), (352, 56, 1)], cx=190, k=.15)

    def deco():
        p.path(b.band(184, 189) + b.band(304, 309) + b.band(136, 140), TEAL)
        p.path(b.band(330, 370), TEAL)
        # an olive branch around the belly
        p.path(smooth([(112, 262), (150, 246), (196, 262), (236, 244), (270, 252)]), "none", "#4d6b2a", 4)
        p.path("".join(petal_pair(124 + 22 * i, 258 - 9 * math.sin(i * 1.3)) for i in range(7)), "#5f8436")
        for x, y in ((140, 272), (186, 284), (232, 270), (164, 232), (214, 230)):
            p.ellipse(x, y, 8, 10, p.rad("#8d9c3c", "#3f4a1c", c=(.35, .3)))
        p.path(b.wrap(diamond(0, 0, 5, 7), 199, 12), TERRACOTTA)
    b.draw(p, p.lin("#fbf0d2", "#f1dfb4"), deco, shade=.45, hi=.5, gleam=.8, gleams=(182, 330))
    p.path("M182 96L168 62L186 66L204 92Z", p.metal(BRASS), stroke=BRASS[0] + "@.5", w=1)
    Lathe([(70, 6), (78, 10), (90, 12), (98, 15, 1)], cx=192).draw(p, p.metal(WOOD), gleam=0)


def petal_pair(x, y):
    return f"M{at(x, y)}q-4-18 8-26q6 14-8 26ZM{at(x, y)}q14 4 18 18q-16 0-18-18Z"


@picture("sgraffito-water-jug", "ceramics", floor=312, niche="lobed")
def jug(p):
    p.shadow(204, 356, 74)
    p.path("M212 122C344 104 348 244 256 264", "none", "#5b2413", 22, cap=True)
    p.path("M212 122C344 104 348 244 256 264", "none", p.lin("#d07a4c", "#a24b28"), 16, cap=True)
    p.path("M250 119C326 118 326 214 286 243", "none", "#ffd9b8@.6", 3, cap=True)
    j = Lathe([(84, 42, 1), (100, 35), (136, 34), (178, 60), (230, 82), (282, 76), (332, 56), (352, 58, 1)], cx=196, k=.16)
    ink = "#f6e4c8"

    def deco():
        p.path(j.band(190, 270), "#3a2418")
        for y in (114, 184, 270, 318):
            p.path(j.band(y, y + 4), ink)
        p.path(j.wrap(diamond(0, 0, 19, 30), 216, 6), "none", ink, 3)
        p.path(j.wrap(diamond(0, 0, 8, 13), 216, 6) + j.wrap(diamond(0, 0, 5, 8), 190, 6, .5) + j.wrap(diamond(0, 0, 5, 8), 242, 6, .5), ink)
        p.line("".join(f"M{100 + 12 * i} 298l6 14l6-14" for i in range(17)), ink, 2.4)
        p.path(j.wrap([(-5, -9), (5, -9), (0, 9)], 158, 9) + j.wrap(diamond(0, 0, 3.5, 6), 98, 7), ink)
    j.draw(p, p.lin("#d2794a", "#a94f2a"), deco, shade=.5, hi=.35, gleam=.6, gleams=(150, 330))
    p.path("M154 84C140 78 126 80 120 92C134 94 142 106 160 108Z", p.lin("#c46a3e", "#8d3f20"))
    p.ellipse(196, 84, 42, 7, "#d88656")
    p.ellipse(193, 84.5, 38, 5.2, "#4a1d0f")
