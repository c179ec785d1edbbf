"""Spices and the pantry: heaps, jars, tins, boxes and sacks."""
import math

from .kit import (BRASS, COBALT, COPPER, SAFFRON, TEAL, TERRACOTTA, WOOD, Lathe, at, dark, diamond, light, oval,
                  petals, picture, poly, smooth, star, wobble)

GLASS = "#fff@.4"


def grains(p, x, y, w, h, count, tones, seed, size=1.6):
    for k, tone in enumerate(tones):
        d = "".join(f"M{at(x + w * wobble(i, seed + k), y + h * wobble(i, seed + k + 7))}v.1" for i in range(count // len(tones)))
        p.line(d, tone, size * (1.5 + .6 * (k % 2)))


def heap(p, cx, base, r, h, tone, seed=1):
    """A cone of ground spice with a ridge of light down it."""
    d = smooth([(cx - r, base), (cx - r * .62, base - h * .34), (cx - r * .26, base - h * .76), (cx, base - h), (cx + r * .24, base - h * .78), (cx + r * .62, base - h * .34), (cx + r, base)])
    d += f"A{at(r, r * .2)} 0 0 1 {at(cx - r, base)}Z"
    p.path(d, p.lin(light(tone, .32), "38:" + tone, dark(tone, .42), way="h"))
    p.path(smooth([(cx, base - h), (cx - r * .12, base - h * .55), (cx - r * .3, base + r * .12)]), "none", light(tone, .5) + "@.5", r * .1, cap=True)
    with p.group(clip=d):
        grains(p, cx - r, base - h, 2 * r, h + r * .2, 36, (light(tone, .4), dark(tone, .35)), seed, 1.3)


def jar(p, x, y, r, h, fill, lid, label, k=.17, neck=.84):
    """A glass jar; y its foot. fill(j) draws the content, label() what is stuck on it."""
    p.shadow(x, y, r * 1.06)
    j = Lathe([(y - h, r * neck, 1), (y - h * .94, r * neck), (y - h * .84, r), (y - h * .4, r), (y - 8, r * .97), (y, r * .9, 1)], cx=x, k=k)
    j.draw(p, GLASS, lambda: fill(j), shade=.34, hi=.4, gleam=.85, gleams=(y - h * .84, y - 14))
    label()
    top = Lathe([(y - h - 26, r * neck, 1), (y - h + 2, r * neck * 1.04, 1)], cx=x, k=k)
    top.draw(p, lid, shade=.3, gleam=.4, gleams=(y - h - 20, y - h), rim=light("#d8b56a", .3) if lid.startswith("url") else light(lid, .25), inside=light(lid, .1) if not lid.startswith("url") else BRASS[2], edge=5)


@picture("ras-el-hanout-cone", "spices", floor=296, niche="horseshoe")
def ras_el_hanout(p):
    p.shadow(200, 352, 120)
    heap(p, 200, 252, 112, 168, "#b5612a", 3)
    p.path(petals(236, 214, 18, 8, .3), "#6d3b1a")
    p.path(petals(160, 226, 12, 5, .4, .4), "#c9385a")
    b = Lathe([(248, 128, 1), (262, 126), (300, 104), (334, 66), (344, 60), (350, 64, 1)], k=.16)

    def deco():
        p.path(b.band(252, 258) + b.band(300, 304), SAFFRON)
        b.stamp(p, p.shape(poly(diamond(0, 0, 12, 14)), "#f7ecd6") + p.shape(poly(diamond(0, 0, 6, 7)), TERRACOTTA), 262, 11)
        p.path(b.wrap(diamond(0, 0, 6, 8), 312, 10), "#f7ecd6")
    b.draw(p, TEAL, deco, shade=.5, hi=.3, gleam=.55, gleams=(262, 330))
    p.line("M72 248A128 20.5 0 0 0 328 248", "#f7ecd6@.9", 3)
    grains(p, 70, 352, 60, 20, 18, ("#b5612a", "#7d3d18"), 5, 2.2)
    p.path(petals(322, 364, 17, 8, .28) + petals(76, 372, 9, 6, .3), "#6d3b1a")


@picture("saffron-threads-tin", "spices", floor=0, niche="disc")
def saffron(p):
    p.cast(oval(168, 220, 116, 114), 8, 12, .1)
    p.circle(168, 220, 116, p.lin(BRASS[3], BRASS[2], BRASS[1], BRASS[0], way="d"))
    p.circle(168, 220, 105, p.rad("#8a2412", "#5c140a"))
    threads = ["", "", ""]
    for i in range(96):
        a, r = 6.283 * wobble(i, 1), 88 * math.sqrt(wobble(i, 2))
        x, y, t = 168 + r * math.cos(a), 220 + r * math.sin(a), 6.283 * wobble(i, 3)
        threads[i % 3] += f"M{x:.0f} {y:.0f}q{16 * math.cos(t):.0f} {16 * math.sin(t):.0f} {22 * math.cos(t + .6):.0f} {22 * math.sin(t + .6):.0f}"
    for d, c in zip(threads, ("#a81f10", "#d6391a", "#f07a2a")):
        p.line(d, c, 3)
    p.circle(168, 220, 105, p.lin("#2a1608@.45", "35:#2a1608@0", "#fff@.1", way="d"))
    # the lid leans over the edge
    p.cast(oval(286, 126, 82, 82), 8, 10, .12)
    p.circle(286, 126, 82, p.lin(BRASS[3], BRASS[2], BRASS[1], BRASS[0], way="d"))
    p.circle(286, 126, 73, p.lin("#8d2440", "#6a1530", way="d"))
    p.path(poly(star(286, 126, 66)), "none", "#f2cf7c", 2.4)
    for a in (-2.4, -1.57, -.74):
        p.path(petals(286, 148, 56, 1, .26, a), "#c79ae0", "#f2cf7c", 1.4)
    p.path("M286 148q-4-22 -9-34M286 148V108M286 148q4-22 9-34", "none", "#f4692a", 3, cap=True)
    p.path("M286 148q-2 20-2 30M284 168q-14-4-18-16M285 170q14-4 18-16", "none", "#a8cf7c", 3, cap=True)
    p.line("M236 80A72 72 0 0 1 276 55", "#fff@.8", 4)
    p.line("M72 178A104 104 0 0 1 104 132", "#fff@.7", 4)
    p.line("M296 300q18-10 30 6M316 330q14 8 34-4M276 342q8 12 26 14M340 284q4 12 20 12", "#d6391a", 3.4)


@picture("rose-harissa-jar", "spices", floor=304, niche="pointed")
def harissa(p):
    def fill(j):
        p.path(j.band(170, 370), p.lin("#d23c1e", "#8f1c10"))
        grains(p, 120, 178, 160, 170, 66, ("#f06a34", "#7a130a", "#f7c04a"), 2, 2)
        p.ellipse(200, 172, 74, 12, "#e85a30")

    def label():
        p.path("M142 222H258V310H142Z", "#fbf1dc", stroke="#dcc69a", w=1)
        p.path("M147 227H253V305H147Z", "none", "#b5281a", 1.6)
        p.path("M170 250C206 232 238 252 236 292C226 270 204 262 178 268C168 268 164 256 170 250Z", p.lin("#f0553a", "#b11e14", way="d"))
        p.path("M170 258C160 252 158 244 150 242", "none", "#4d7a34", 5, cap=True)
        p.path(petals(176, 288, 13, 5, .45), "#e58aa0")
        p.circle(176, 288, 3, "#f3c24a")
    jar(p, 200, 350, 78, 196, fill, "#2a2119", label)
    p.path("M286 350C316 326 346 330 364 356C340 346 316 352 298 366C286 366 280 356 286 350Z", p.lin("#f0553a", "#a81a12", way="d"))
    p.path("M288 354C278 350 276 342 266 340", "none", "#4d7a34", 5, cap=True)
    p.path("M298 352Q322 336 346 344", "none", "#fff@.5", 3, cap=True)


@picture("preserved-lemon-jar", "spices", floor=306, niche="lobed")
def lemons(p):
    def lemon(x, y, s, a, cut=False):
        c, q = math.cos(a) * s, math.sin(a) * s
        if cut:
            p.place(p.shape(oval(0, 0, 27), "#f2c230") + p.shape(oval(0, 0, 23), "#fff5cf") + p.shape(petals(0, 0, 21, 8, .3, .2, 3), "#f7d84e"), (c, q, -q, c, x, y))
        else:
            p.place(p.shape("M-36 0C-30-4-26-24 0-24S28-4 37 0C28 4 26 24 0 24S-30 4-36 0Z", p.rad("#fff0a0", "#f4c830", "#cf8f12", c=(.35, .28)))
                    + p.shape("M-14-12q8-6 16-4", "none", "#fff@.7", 3, cap=True), (c, q, -q, c, x, y))

    def fill(j):
        p.path(j.band(156, 370), p.lin("#f7e3a0@.9", "#e8c25a"))
        for i, (x, y, a, cut) in enumerate(((152, 334, .3, 0), (214, 338, -.2, 1), (262, 316, 1.2, 0), (150, 282, 1.3, 1), (204, 288, .2, 0), (258, 262, .4, 1),
                                            (146, 230, -.3, 0), (206, 236, 1.1, 0), (258, 208, -.4, 0), (166, 188, .2, 1), (216, 186, .3, 0))):
            lemon(x, y, 1.02, a, bool(cut))
        p.path(petals(186, 262, 24, 2, .2, .7) + petals(234, 226, 22, 2, .2, 2.2), "#6f8a3a")
    jar(p, 200, 350, 86, 214, fill, p.metal(BRASS), lambda: None)
    lemon(318, 346, 1.1, -.25)
    p.shadow(88, 366, 28, 6, o=.3)
    lemon(88, 348, .8, 0, True)


@picture("medjool-date-box", "spices", floor=270, niche="disc")
def dates(p):
    p.shadow(200, 350, 150)
    wood = p.lin(WOOD[3], WOOD[2])
    # the lid stands open behind
    p.path("M82 92H318L330 214H70Z", p.lin(WOOD[2], WOOD[1]))
    p.path("M96 104H304L314 206H86Z", "#f3e3c0")
    p.path(poly(star(200, 155, 40)), "none", TERRACOTTA, 3)
    p.path("M200 190V152", "none", "#7a4a26", 6)
    p.path(petals(200, 150, 36, 7, .15, -math.pi, 2), "#2f6b3a")
    p.path("M70 214H330L360 316H40Z", dark(WOOD[1], .3))
    p.path("M80 220H320L346 312H54Z", "#f7ead0")
    body = p.lin("#b5743c", "30:#8a4a1e", "#4c220c")
    date = (p.shape("M-27 0C-26-14-12-16 2-15S28-10 28 1S14 16 0 16S-27 12-27 0Z", body)
            + p.shape("M-20-6Q-2-14 18-7M-16 2Q2-3 20 2", "none", "#e3a86c@.7", 2.4, cap=True) + p.shape("M-26 0l-6-1", "none", "#e8cf9a", 4, cap=True))
    for row in range(3):
        s = .84 + row * .1
        p.place(date, *((s, .12 * s * (wobble(i, row) - .5), 0, s, 200 + (i - 2) * (48 + row * 5), 240 + row * 29) for i in range(5)))
    p.path("M40 316H360V350Q360 356 354 356H46Q40 356 40 350Z", wood)
    p.path("M40 316H360V322H40Z", "#fff@.3")
    p.path("".join(poly(diamond(72 + 32 * j, 337, 8, 10)) for j in range(9)), TERRACOTTA)
    p.path("".join(poly(diamond(72 + 32 * j, 337, 3, 4)) for j in range(9)), "#f3e3c0")


def bottle(p, cx, y, prof, fill, deco, **kw):
    p.shadow(cx, y, max(q[1] for q in prof) * 1.05)
    b = Lathe(prof, cx=cx, k=.16)
    b.draw(p, fill, lambda: deco(b), **kw)
    return b


@picture("toasted-argan-oil", "spices", floor=308, niche="horseshoe")
def argan(p):
    def deco(b):
        p.path(b.band(196, 380), p.lin("#d98f22", "#9a5510"))
        p.path(b.band(196, 380), p.rad("#ffdf80@.7", "#ffdf80@0", c=(.5, .6), r=.5))
        p.path(oval(184, 197, 58, 8), "#f0b648")
    bottle(p, 184, 352, [(104, 17, 1), (120, 17), (142, 19), (170, 46), (196, 61), (260, 62), (340, 62), (352, 57, 1)], "#f3e6b4@.7", deco,
           shade=.4, hi=.45, gleam=.9, gleams=(196, 340))
    p.path("M128 236H240V318H128Z", "#fbf4e2", stroke="#d9c49a", w=1)
    p.path("M133 241H235V313H133Z", "none", "#6b7d33", 1.5)
    p.line("M184 308V268M184 282l-20-16M184 276l22-14M184 292l18-10", "#6b4a22", 3)
    p.path(petals(162, 264, 16, 5, .3) + petals(184, 262, 17, 6, .3) + petals(207, 262, 16, 5, .3) + petals(203, 282, 11, 5, .3), "#6b7d33")
    p.path(oval(172, 276, 4, 5) + oval(196, 272, 4, 5) + oval(188, 254, 4, 5), SAFFRON)
    Lathe([(62, 15), (70, 18), (88, 17), (106, 19, 1)], cx=184).draw(p, p.lin("#8d6233", "#e9c592", "#b98a55", "#7c5328", way="h"), gleam=0, shade=.2)
    nut = p.shape("M0-22C16-18 18 8 0 22C-18 8-16-18 0-22Z", p.rad("#d9a668", "#9a6430", "#5e3614", c=(.36, .3))) + p.shape("M-5-14Q-9 0-3 14M4-16Q10-2 4 15", "none", "#5e3614@.6", 1.4)
    p.shadow(310, 360, 44, 8, o=.3)
    p.place(nut, (.8, .55, -.55, .8, 286, 344), (.3, -.9, .9, .3, 328, 350), (.9, .2, -.2, .9, 308, 322))
    p.path(petals(344, 334, 36, 3, .22, -1.9), "#7f9440")


@picture("orange-blossom-honey", "spices", floor=302, niche="star")
def honey(p):
    def fill(j):
        p.path(j.band(176, 370), p.lin("#f9bf3c", "#d77e12"))
        p.path(j.band(176, 370), p.rad("#fff0a8@.75", "#fff0a8@0", c=(.42, .4), r=.5))
        p.ellipse(190, 178, 78, 13, "#fbd063")

    def label():
        p.path(poly(star(190, 268, 54)), "#fdf6e4", stroke="#d8b56a", w=1.4)
        p.path(poly(star(190, 268, 46)), "none", SAFFRON, 1.4)
        p.path(petals(190, 268, 32, 5, .42, -1.57), "#fff", "#e3cfa6", 1)
        p.path("".join(f"M190 268L{190 + 13 * math.cos(a):.0f} {268 + 13 * math.sin(a):.0f}" for a in (i * .7 for i in range(9))), "none", "#e9a52a", 1.8)
        p.circle(190, 268, 4.5, "#e9a52a")
        p.path(petals(158, 296, 18, 2, .28, 2.4) + petals(222, 296, 18, 2, .28, .74), "#5f8a3c")
    jar(p, 190, 350, 84, 188, fill, "#f3e2bd", label, neck=.8)
    # a cloth tied over the lid, and the dipper
    p.path("M116 160C110 140 132 128 190 126C250 128 270 140 264 160C272 172 268 184 262 190Q246 178 232 190Q214 178 196 192Q176 178 158 190Q140 178 122 190C112 182 108 172 116 160Z", p.lin("#fffaf0", "#e6d2a8"))
    p.path("M120 162Q190 180 262 162", "none", TERRACOTTA, 4)
    p.path("M192 172c-22-10-30 10-6 8c24 6 26-14 6-8M190 176l-10 20M194 176l12 20", "none", TERRACOTTA, 3.4, cap=True)
    with p.group(t="rotate(24 318 270)"):
        p.rect(313, 168, 9, 140, p.lin(WOOD[3], WOOD[1], way="h"), r=4)
        for i in range(5):
            p.rect(317.5 - (13, 18, 20, 18, 12)[i], 296 + 11 * i, 2 * (13, 18, 20, 18, 12)[i], 8, p.lin(WOOD[3], WOOD[1], WOOD[0], way="h"), r=4)
    p.ellipse(290, 360, 40, 9, "#e9a020", o=.9)
    p.ellipse(282, 357, 22, 3.5, "#ffe08a", o=.8)


@picture("hand-rolled-couscous", "spices", floor=300, niche="lobed")
def couscous(p):
    p.shadow(196, 354, 124)
    d = "M86 160C66 230 66 310 92 346Q196 366 302 346C326 310 324 230 306 160Z"
    p.path(d, p.lin("#ecd9b0", "#c9aa74"))
    with p.group(clip=d):
        p.rect(60, 150, 280, 220, p.tile(5, 5, '<path d="M0 1H5M2 0V5" stroke="#8d6c38" stroke-width=".8"/>'), o=.45)
        p.path(poly(star(196, 266, 60)), "none", TERRACOTTA, 5)
        p.path(poly(star(196, 266, 46)), TERRACOTTA)
        for a in (-1.95, -1.57, -1.19):
            x, y = 196 + 10 * math.cos(a), 302
            p.line(f"M{at(x, y)}L{at(x + 44 * math.cos(a), y + 62 * math.sin(a))}", "#f7e5bb", 2.6)
            p.path("".join(petal_grain(x + 44 * math.cos(a) * t, y + 62 * math.sin(a) * t, a) for t in (.42, .58, .74, .9)), "#f7e5bb")
    p.path(d, p.lin("#2a1608@.4", "20:#fff@.25", "40:#fff@0", "#2a1608@.42", way="h"))
    p.path("M110 176C96 240 100 300 116 344M284 178C298 240 292 300 274 346", "none", "#2a1608@.14", 9, cap=True)
    p.path(oval(196, 160, 112, 34), "#b8965c")
    p.path("M96 158C120 108 160 92 196 92S274 108 298 158A102 26 0 0 1 96 158Z", p.lin("#fbe7ae", "#e3bd66"))
    with p.group(clip="M96 158C120 108 160 92 196 92S274 108 298 158A102 26 0 0 1 96 158Z"):
        grains(p, 96, 92, 204, 92, 120, ("#fff6d6", "#c9983c", "#f7d98c"), 4, 2)
    p.path("M84 160C84 190 136 202 196 202S308 190 308 160C318 178 312 198 300 206Q196 232 92 206C80 196 76 176 84 160Z", p.lin("#f6e6c2", "#cdb07c"))
    p.path("M90 182Q196 224 304 182", "none", "#8d6c38@.5", 2, dash="7 5")
    with p.group(t="rotate(-38 268 124)"):
        p.path("M246 92C246 74 290 74 290 92C290 118 280 126 268 126S246 118 246 92Z", p.lin(WOOD[3], WOOD[1], way="h"))
        p.rect(262, 10, 12, 72, p.lin(WOOD[3], WOOD[1], WOOD[0], way="h"), r=6)
    grains(p, 300, 350, 70, 18, 30, ("#f7d98c", "#c9983c"), 9, 2.4)


def petal_grain(x, y, a):
    return "".join(f"M{at(x, y)}q{at(9 * math.cos(b) - 3, 9 * math.sin(b))} {at(13 * math.cos(b), 13 * math.sin(b))}q{at(-9 * math.cos(b) + 4, -3 * math.sin(b))} {at(-13 * math.cos(b), -13 * math.sin(b))}Z"
                   for b in (a - .6, a + .6))


@picture("marinated-olive-trio", "spices", floor=246, niche="pointed")
def olives(p):
    for x, y, s, tone, bowl_tone, seed in ((112, 274, .86, "#6f7a2a", COBALT, 1), (288, 274, .86, "#3a2238", TERRACOTTA, 2), (200, 352, 1.1, "#a8b04a", TEAL, 3)):
        p.shadow(x, y, 66 * s)
        p.ellipse(x, y - 58 * s, 84 * s, 22 * s, dark(bowl_tone, .4))
        olive = p.shape(oval(0, 0, 15, 12.5), p.rad(light(tone, .45), tone, dark(tone, .5), c=(.36, .3))) + p.shape(oval(9, -2, 2.6), dark(tone, .65))
        spots = [(x + s * (-58 + 29 * i), y + s * (-62 + 5 * wobble(i, seed))) for i in range(5)]
        spots += [(x + s * (-42 + 28 * i), y + s * (-76 + 5 * wobble(i, seed + 4))) for i in range(4)] + [(x + s * (-14 + 28 * i), y - 90 * s) for i in range(2)]
        p.place(olive, *((s, 0, 0, s, px, py) for px, py in sorted(spots, key=lambda q: q[1])))
        if seed == 3:
            p.path(petals(x + 10, y - 92, 34, 3, .2, -2.2), "#4f7a34")
        if seed == 1:
            p.path("M120 196l16-8l4 12z M92 200l-6-12l14-2z", "#d6402a")
        b = Lathe([(y - 58 * s, 86 * s, 1), (y - 46 * s, 82 * s), (y - 16 * s, 50 * s), (y, 36 * s), (y + 4, 40 * s, 1)], cx=x, k=.25)

        def deco(b=b, y=y, s=s, t=bowl_tone):
            p.path(b.wrap(diamond(0, 0, 10 * s, 10 * s), y - 47 * s, 8), "#f6ecd8")
            p.path(b.wrap(diamond(0, 0, 4 * s, 4 * s), y - 47 * s, 8), SAFFRON)
            p.path(b.wrap(diamond(0, 0, 4 * s), y - 47 * s, 8, .5), "#f6ecd8")
            p.line(b.hoop(y - 24 * s), "#f6ecd8", 3)
        b.draw(p, bowl_tone, deco, shade=.48, hi=.35, gleam=.55, gleams=(y - 44 * s, y - 4))
        p.line(b.hoop(y - 58 * s), light(bowl_tone, .6), 3)


@picture("souk-spice-box", "spices", floor=0, niche=None)
def spice_box(p):
    p.cast(oval(200, 204, 168), 9, 13, .1)
    p.circle(200, 200, 168, p.lin(COPPER[3], COPPER[2], COPPER[1], COPPER[0], way="d"))
    p.circle(200, 200, 157, p.lin(COPPER[0], COPPER[1], COPPER[2], way="d"))
    tones = ("#e3a01e", "#b3341c", "#7c8a3a", "#8a4a22", "#d9662a", "#e6cf8a", "#5a2f24")
    for i in range(7):
        a = math.pi * i / 3 - math.pi / 2
        x, y = (200, 200) if i == 6 else (200 + 102 * math.cos(a), 200 + 102 * math.sin(a))
        t = tones[i]
        p.ellipse(x + 4, y + 6, 49, 49, "#2a0f06", o=.4)
        p.circle(x, y, 49, p.lin("#fff", "#d8d4cc", "#8b867d", way="d"))
        p.circle(x, y, 43, dark(t, .35))
        p.circle(x, y, 43, p.rad(light(t, .38), "45:" + t, dark(t, .38), c=(.4, .36), r=.68))
        p.line("".join(f"M{at(x + 36 * math.sqrt(wobble(j, i)) * math.cos(j * 2.4), y + 36 * math.sqrt(wobble(j, i)) * math.sin(j * 2.4))}v.1" for j in range(11)), light(t, .5) + "@.7", 3.4)
        p.line(f"M{at(x - 42, y - 14)}A44 44 0 0 1 {at(x - 14, y - 42)}", "#fff@.75", 2.6)
    p.path(petals(200, 200, 30, 8, .28), "#a8743a", "#3a1c10", 1)
    p.line("M60 132A156 156 0 0 1 132 60", "#fff@.7", 5)
    with p.group(t="rotate(38 262 262)"):
        p.ellipse(266, 196, 19, 27, p.lin("#fff", "#c8c2b8", "#7d776d", way="d"), t="translate(0 8)")
        p.rect(261, 226, 10, 130, p.lin("#fff", "#a8a298", way="h"), r=5)
