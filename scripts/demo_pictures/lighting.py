"""Lanterns, pendants and lamps: drawn at dusk, lit from within."""
import math

from .kit import (BRASS, COPPER, IRON, SAFFRON, TERRACOTTA, WOOD, Lathe, at, box, dark, diamond, light, petals,
                  picture, poly, smooth, star, wobble)

LIT = ("#fffbe6", "40:#ffe19a", "#f0a83c")


def chain(p, to, x=200):
    p.line(f"M{x} 0V{to}", BRASS[0], 4, cap=False)
    p.line(f"M{x} 0V{to}", BRASS[2], 4, dash="6 4", cap=False)


def ring(p, x, y, r=13, m=BRASS, w=5):
    p.circle(x, y, r, "none", stroke=m[0], w=w)
    p.circle(x, y, r, "none", stroke=p.lin(m[3], m[2], m[0], way="d"), w=w - 2)


def sparks(p, cx, cy, r0, r1, count, seed):
    """The stars a pierced lantern throws on the wall."""
    d = ""
    for i in range(count):
        a, r = 6.283 * (i + .5 * wobble(i, seed)) / count, r0 + (r1 - r0) * wobble(i, seed + 1)
        s = 2.5 + 5 * (r - r0) / (r1 - r0)
        d += poly(star(cx + r * math.cos(a), cy + r * math.sin(a), s, 4, .42, a))
    p.path(d, "#ffdf9c", o=.3)


def flame(p, x, y, s=1.0):
    d = f"M{at(x, y)}C{at(x - 7 * s, y - 2 * s)} {at(x - 5 * s, y - 12 * s)} {at(x, y - 22 * s)}C{at(x + 5 * s, y - 12 * s)} {at(x + 7 * s, y - 2 * s)} {at(x, y)}Z"
    p.glow(x, y - 9 * s, 26 * s, "#ffcf70", .9)
    p.path(d, p.lin("#ffb03a", "#fff0b0", "#fffdf0"))


@picture("brass-lantern-fez", "lighting", floor=0, niche="horseshoe")
def brass_lantern(p):
    p.glow(200, 225, 190)
    sparks(p, 200, 225, 95, 185, 26, 3)
    chain(p, 64)
    ring(p, 200, 76)
    p.path(Lathe([(88, 5), (94, 8), (99, 4), (104, 4)]).d, p.metal(BRASS))
    dome = Lathe([(104, 7), (112, 16), (126, 46), (146, 60), (160, 64)], k=.2)
    dome.draw(p, p.metal(BRASS), lambda: (
        p.path(dome.wrap(diamond(0, 0, 4.5, 7), 136, 9), "#ffeab0"),
        p.line(dome.hoop(120) + dome.hoop(151), BRASS[0] + "@.6", 1.6)), shade=.35, gleam=.4)
    # the six-sided body: three faces towards us
    xs_t, xs_b = (132, 166, 234, 268), (146, 173, 227, 254)
    for i in range(3):
        a, b, c, e = xs_t[i], xs_t[i + 1], xs_b[i + 1], xs_b[i]
        dy = [0, 12, 12, 0]
        face = [(a, 160 + dy[i]), (b, 160 + dy[i + 1]), (c, 288 + dy[i + 1]), (e, 288 + dy[i])]
        p.path(poly(face), p.metal(BRASS, span=(a, 0, b, 0)) if i == 1 else p.lin(BRASS[2 - (i > 1)], BRASS[1 - (i > 1)], way="h"))
        cx, cy = sum(q[0] for q in face) / 4, sum(q[1] for q in face) / 4
        pane = [(cx + (x - cx) * .76, cy + (y - cy) * .84) for x, y in face]
        p.path(poly(pane), p.rad(*LIT, r=.62), stroke=BRASS[0], w=2)
        p.place(p.shape(poly(star(0, 0, 23)), "none", BRASS[0], 8) + p.shape(poly(star(0, 0, 23)), "none", BRASS[1], 6)
                + p.shape(poly(star(0, 0, 8)) + petals(0, -42, 12, 6) + petals(0, 42, 11, 6), BRASS[1], BRASS[0], .8),
                (1 if i == 1 else .48, 0, 0, 1, cx, cy))
    for i in range(4):
        y = 172 if i in (1, 2) else 160
        p.line(f"M{at(xs_t[i], y)}L{at(xs_b[i], y + 128)}", BRASS[3] if i < 2 else BRASS[1], 2.6)
    rim = "M126 156L132 168L166 180H234L268 168L274 156L236 168H164Z"
    p.path(rim, p.metal(BRASS), stroke=BRASS[0] + "@.5", w=.8)
    p.path("M140 284L173 296H227L260 284L256 298L228 310H172L144 298Z", p.metal(BRASS), stroke=BRASS[0] + "@.5", w=.8)
    Lathe([(306, 32), (318, 20), (326, 7), (334, 9), (342, 1)], k=.1).draw(p, p.metal(BRASS), gleam=0)


@picture("star-glass-pendant", "lighting", floor=0, niche="pointed")
def star_pendant(p):
    cx, cy = 200, 222
    p.glow(cx, cy, 200)
    chain(p, 92)
    tones = ["#f7c45c", "#e9963a", "#7fc4b8", "#fbe3a2", "#d76b3f", "#4f9d97"]
    back = poly(star(cx, cy, 118, 8, .5, math.pi / 8))
    p.path(back, p.rad("#ffe9b0", "#d98b34", "#9a5a24", span=(cx, cy, 120)), stroke=BRASS[0], w=2, join=True)
    outer, inner = star(cx, cy, 138, 8, .46), 138 * .46
    for i in range(8):
        tip, left, right = outer[2 * i], outer[2 * i - 1], outer[(2 * i + 1) % 16]
        mid = (cx + (tip[0] - cx) * .34, cy + (tip[1] - cy) * .34)
        tone = tones[i % 3]
        p.path(poly([tip, left, mid]), p.rad("#fffdf0", light(tone, .2), dark(tone, .12), span=(cx, cy, 138)))
        p.path(poly([tip, right, mid]), p.rad("#fff3d0", tone, dark(tone, .38), span=(cx, cy, 138)))
        p.line(poly([left, tip, right], False) + f"M{at(*mid)}L{at(*tip)}", BRASS[1], 2.4)
    p.path(poly(star(cx, cy, inner * .98, 8, .765, math.pi / 8)), p.rad("#fffef6", "#ffeaae", "#f2b14c", r=.55), stroke=BRASS[1], w=2.4, join=True)
    p.path(poly(star(cx, cy, 34)), "#fffbe8", stroke=BRASS[1], w=2)
    p.path(petals(cx, cy, 24, 8, .26), tones[4], o=.75)
    p.path(Lathe([(70, 4), (78, 13), (92, 17), (98, 10)], k=.15).d, p.metal(BRASS))


@picture("punched-dome-pendant", "lighting", floor=0, niche="disc")
def dome_pendant(p):
    p.path("M86 226L8 400H392L314 226Z", p.lin("#ffdf9a@.42", "#ffdf9a@0"))
    p.glow(200, 235, 170, o=.6)
    p.line("M200 0V86", "#1a120c", 4)
    p.path(Lathe([(80, 9), (88, 12), (104, 14), (110, 20)], k=.15).d, p.metal(COPPER))
    dome = Lathe([(106, 18), (112, 44), (136, 84), (176, 110), (226, 120), (236, 124)], k=.17)

    def holes():
        for j, y in enumerate((132, 152, 173, 195)):
            p.path(dome.wrap(diamond(0, 0, 3.5 + j, 5 + j), y - 14, 9 + j, .5 * (j % 2)), "#fff0bd")
        dome.stamp(p, p.shape(poly(star(0, 0, 7)), "#ffe9a8"), 205, 13)
        p.line(dome.hoop(118) + dome.hoop(128) + dome.hoop(216), COPPER[0], 1.6)
    dome.draw(p, p.metal(COPPER), holes, shade=.42, gleam=.55, gleams=(128, 224))
    p.ellipse(200, 236, 124, 21, COPPER[0])
    p.ellipse(200, 236, 119, 18, p.rad("#fffef0", "45:#ffe49a", "#d88a3a", r=.6))
    p.circle(200, 238, 19, p.rad("#fff", "#fff3c4"))
    p.line("M76 236A124 21 0 0 0 324 236", COPPER[2], 2.5)


@picture("mosaic-globe-lamp", "lighting", floor=320, niche="pointed")
def mosaic_lamp(p):
    p.glow(200, 160, 190, o=.65)
    p.shadow(200, 352, 78)
    Lathe([(232, 20), (240, 30), (248, 13), (262, 9), (280, 22), (296, 12), (318, 14), (334, 44), (346, 66), (354, 68)]).draw(
        p, p.metal(BRASS), shade=.2, gleam=.5)
    p.ellipse(200, 351, 50, 5, BRASS[0], o=.25)
    globe = Lathe([(62, 20), (70, 44), (96, 78), (146, 95), (196, 79), (226, 44), (236, 26)], k=.16)
    hues = ["#c8402f", "#e8a531", "#12797f", "#2b559e", "#e8743b", "#6fae6e"]

    def tiles():
        for j, y in enumerate((56, 78, 101, 166, 188, 207)):
            h, w = 10.5, globe.r(y) * .15
            p.path(globe.wrap([(-w, -h), (w, -h), (w, h), (-w, h)], y, 9, .5 * (j % 2)), hues[j], stroke="#fff3cf", w=2)
            p.path(globe.wrap(diamond(0, 0, w * .5, 6), y, 9, .5 * (j % 2)), "#ffe6a6")
        globe.stamp(p, p.shape(poly(star(0, 0, 25)), "#fdf0c6", hues[0], 2.5) + p.shape(poly(star(0, 0, 15)), hues[2])
                    + p.shape(poly(star(0, 0, 7)), "#ffe08a"), 133, 5)
        p.path(globe.wrap(diamond(0, 0, 8, 12), 120, 5, .5), hues[3])
        p.path(globe.wrap(diamond(0, 0, 8, 12), 147, 5, .5), hues[4])
    globe.draw(p, "#fbe6b8", tiles, shade=.3, hi=.15, gleam=.55, gleams=(88, 190))
    p.path(globe.d, p.rad("#fffbe0@.75", "45:#ffdf90@.25", "#a8481a@.32", c=(.48, .5), r=.56))
    Lathe([(46, 4), (54, 9), (60, 22), (68, 24)]).draw(p, p.metal(BRASS), gleam=0, shade=.2)


@picture("henna-parchment-lamp", "lighting", floor=322, niche="horseshoe")
def henna_lamp(p):
    p.glow(200, 190, 190, "#ffb85a", .7)
    p.shadow(200, 356, 62)
    for x, tilt in ((150, -16), (250, 16)):
        p.line(f"M{x} 330L{x + tilt} 358", IRON[1], 6)
    p.line("M200 334V364", IRON[1], 6)
    body = Lathe([(56, 34), (70, 44), (110, 54), (158, 44), (210, 58), (270, 80), (322, 72), (336, 60)], k=.13)
    ink = "#5e2410"

    def henna():
        for y in (72, 142, 178, 318):
            p.path(body.band(y, y + 5), ink)
            p.path(body.wrap(diamond(0, 0, 5, 5), y + 11, 12), ink)
        body.stamp(p, p.shape(poly(star(0, 0, 22)), "none", ink, 3) + p.shape(poly(star(0, 0, 10)), ink), 104, 4)
        body.stamp(p, p.shape(poly(star(0, 0, 35)), "none", ink, 3.5) + p.shape(poly(star(0, 0, 24, 8, .5)), ink)
                   + p.shape(poly(star(0, 0, 8)), "#ffe2a0"), 248, 4)
        p.path(body.wrap(diamond(0, 0, 9, 18), 228, 4, .5) + body.wrap(diamond(0, 0, 9, 14), 274, 4, .5), ink)
        for x in (-.5, 0, .5):
            p.path(body.strip(x, x + .012, 60, 334), ink, o=.35)
    body.draw(p, p.rad("#fff2bd", "40:#ffc45e", "80:#e0812a", "#b8571c", span=(200, 190, 165)), henna, shade=.42, hi=.12, gleam=.35)
    p.ellipse(200, 56, 34, 5, "#fff6cf")
    p.path("M166 56A34 5 0 0 0 234 56", "none", IRON[0], 3)


@picture("alabaster-lattice-lamp", "lighting", floor=316, niche="lobed")
def alabaster_lamp(p):
    p.glow(200, 205, 200, "#ffdca4", .7)
    p.shadow(200, 352, 82)
    body = Lathe([(84, 66, 1), (338, 66, 1)], k=.16)
    stone = p.lin("#f6dcae", "30:#fff8e4", "60:#ffeec6", "#e0ab68", way="h")

    def carve():
        for i in range(5):
            x = 120 + 38 * i
            p.line(smooth([(x, 84), (x + 16 * wobble(i), 150), (x - 18 * wobble(i, 2), 220), (x + 20, 340)]), "#c98f52@.35", 5)
        for y in (122, 186, 250):
            body.stamp(p, p.shape(poly(star(0, 0, 26)), "#fffdf2", "#b67a3c", 2)
                       + p.shape(poly(star(0, 0, 15, 8, .6)), "#d8974a"), y + 22, 5)
            p.path(body.wrap(diamond(0, 0, 8, 10), y + 54, 5, .5) + body.wrap(diamond(0, 0, 5, 6), y - 10, 5, .5), "#d8974a")
        p.line(body.hoop(104) + body.hoop(112) + body.hoop(316) + body.hoop(324), "#b67a3c@.8", 2)
    body.draw(p, stone, carve, shade=.38, hi=.15, gleam=.5)
    p.ellipse(200, 84, 66, 10.5, "#fff9e6")
    p.ellipse(200, 85, 55, 7.5, p.rad("#fff", "#ffd98e", r=.55))
    base = Lathe([(338, 72, 1), (350, 74, 1)], k=.16)
    base.draw(p, p.metal(WOOD), shade=.3, gleam=0)
    p.path(body.d, p.rad("#fff7d8@.7", "#fff7d8@0", c=(.47, .55), r=.5))


@picture("iron-floor-lantern", "lighting", floor=300, niche="pointed")
def iron_lantern(p):
    p.glow(200, 220, 170, o=.55)
    p.shadow(200, 366, 84, o=.6)
    ring(p, 200, 46, 16, IRON, 5)
    p.path("M200 62L262 118H138Z", p.lin(IRON[2], IRON[1], IRON[0], way="h"))
    p.path("M200 62L225 118H175Z", "#fff@.1")
    p.path(petals(200, 100, 14, 8, .2), "#ffd98a")
    for i, (x, w, tone) in enumerate(((128, 98, 1), (226, 46, 0))):
        p.path(box(x, 118, w, 240), IRON[tone])
        q = 10 if i == 0 else 7
        glass = box(x + q, 132, w - 2 * q, 212)
        p.path(glass, p.rad(*LIT, span=(176 if i == 0 else 246, 290, 190)))
        if i == 0:
            p.rect(161, 262, 32, 82, p.lin("#f3dcae", "#fff9e8", "#d8b47c", way="h"), r=3)
            p.ellipse(177, 263, 16, 4, "#fff2cf")
            p.line("M177 262V254", IRON[0], 2)
            flame(p, 177, 257, 1.25)
        with p.group(clip=glass):
            size = 39 if i == 0 else 32
            cell = (f'<path d="{poly(star(size / 2, size / 2, size * .36))}M0 0L{size} {size}M{size} 0L0 {size}M{size / 2} 0V{size}M0 {size / 2}H{size}"'
                    f' fill="none" stroke="{IRON[0]}" stroke-width="2"/>')
            with p.group(t=f"translate({x + q} 132)" + (" scale(.66 1)" if i else "")):
                p.rect(0, 0, 120, 46, p.tile(size, size, cell))
                p.rect(0, 0, 120, 212, p.tile(size, size, cell), o=.28 if i == 0 else .7)
    p.rect(128, 118, 98, 3, IRON[3], o=.6)
    p.rect(128, 118, 3, 240, IRON[3], o=.5)
    p.line("M226 118V358", IRON[2], 2)
    p.path("M120 352H232L280 352V364H120Z", p.lin(IRON[2], IRON[0], way="h"))
    p.path("M130 118H272L278 110H124Z", p.lin(IRON[3], IRON[1], IRON[0], way="h"))
    for x in (126, 218, 264):
        p.rect(x, 364, 12, 7, IRON[0], r=2)


@picture("tealight-glass-trio", "lighting", floor=262, niche="lobed")
def tealights(p):
    for x, y, s, tone in ((122, 292, .92, "#2f8f8a"), (282, 290, .92, "#c9476b"), (200, 348, 1.18, "#e39a2c")):
        p.glow(x, y - 60 * s, 120 * s, light(tone, .35), .8)
        p.shadow(x, y, 46 * s, o=.5)
        cup = Lathe([(y - 118 * s, 47 * s), (y - 70 * s, 43 * s), (y - 20 * s, 34 * s), (y - 2, 30 * s)], cx=x, k=.18)

        def deco(cup=cup, y=y, s=s):
            p.path(cup.band(y - 112 * s, y - 106 * s) + cup.band(y - 36 * s, y - 32 * s), "#f6d685")
            cup.stamp(p, p.shape(poly(star(0, 0, 15)), "none", "#f6d685", 2.2) + p.shape(poly(diamond(0, 0, 4, 7)), "#f6d685"), y - 74 * s, 5)
            p.path(cup.wrap(diamond(0, 0, 3.5 * s, 9 * s), y - 74 * s, 5, .5) + cup.wrap(diamond(0, 0, 4 * s), y - 28 * s, 8), "#f6d685")
        cup.draw(p, p.rad("#fffbe2", "30:" + light(tone, .55), "70:" + tone, dark(tone, .35), c=(.5, .52), r=.62), deco, shade=.3, hi=.2, gleam=.7)
        r = 47 * s
        p.ellipse(x, y - 118 * s, r, r * .18, dark(tone, .45), o=.6)
        p.ellipse(x, y - 114 * s, r * .8, r * .11, "#fff1bd", o=.5)
        p.ellipse(x, y - 118 * s, r, r * .18, "none", stroke="#f9e0a0", w=2.4)
        flame(p, x, y - 98 * s, 1.1 * s)


@picture("palm-fibre-pendant", "lighting", floor=0, niche="lobed")
def palm_pendant(p):
    p.glow(200, 240, 200, "#ffdd9c", .6)
    p.line("M200 0V70", "#2a1b10", 4)
    bell = Lathe([(74, 16), (92, 22), (120, 32), (160, 72), (214, 112), (268, 128), (300, 120)], k=.16)
    straw = p.lin("#a8793c", "30:#f4d796", "#b98745", way="h")

    def weave():
        cell = '<path d="M0 0L12 12M12 0L0 12" stroke="#6d4518" stroke-width="1.7"/><path d="M0 6H12" stroke="#fff0c4" stroke-width="1"/>'
        p.rect(60, 60, 280, 280, p.tile(12, 12, cell), o=.7)
        for y in (112, 164, 216, 268):
            p.path(bell.band(y, y + 9), "#8a5c26")
            p.path(bell.wrap([(-6, 0), (4, 0), (7, 9), (-3, 9)], y, 17), "#f6dda2")
        p.path(bell.wrap(diamond(0, 0, 11, 16), 192, 9), "#5d3a15")
        p.path(bell.wrap(diamond(0, 0, 5, 8), 192, 9), "#fff2c6")
        p.path(bell.wrap(diamond(0, 0, 11, 15), 244, 9, .5), "#5d3a15")
        p.path(bell.wrap(diamond(0, 0, 5, 7), 244, 9, .5), "#fff2c6")
    bell.draw(p, straw, weave, shade=.5, hi=.2, gleam=0)
    p.path(bell.d, p.rad("#ffe9b0@.65", "#ffd07a@0", c=(.5, .75), r=.5))
    p.ellipse(200, 300, 120, 19, "#6d4518")
    p.ellipse(200, 300, 113, 16, p.rad("#fffef0", "40:#ffe7a6", "#b9782e", r=.6))
    p.circle(200, 302, 17, "#fffbe8")
    d = ""
    for i in range(30):
        t = math.pi * (i + .5) / 30
        x, y = 200 - 120 * math.cos(t), 300 + 19 * math.sin(t)
        d += f"M{at(x, y)}l{at(-4 * math.cos(t) + 3 * wobble(i) - 1.5, 16 + 10 * wobble(i, 4))}"
    p.line(d, "#d9b069", 2.6)
    p.line(bell.hoop(300), "#f4d796", 3)
    Lathe([(62, 8), (70, 10), (80, 18)]).draw(p, p.metal(WOOD), gleam=0)


@picture("sphere-of-stars-lantern", "lighting", floor=0, niche="star")
def star_sphere(p):
    p.glow(200, 226, 200, "#ffce7c", .85)
    sparks(p, 200, 226, 118, 205, 34, 8)
    chain(p, 78)
    ring(p, 200, 88, 12, COPPER)
    ball = Lathe([(122, 16), (130, 44), (158, 83), (214, 104), (226, 104.5), (270, 92), (308, 56), (322, 20)], k=.17)

    def pierce():
        for y, s, c, ph in ((148, 11, 6, 0), (170, 14, 7, .5), (206, 24, 5, 0), (206, 8, 5, .5), (244, 15, 7, .5), (274, 12, 6, 0), (296, 6, 6, .5)):
            ball.stamp(p, p.shape(poly(star(0, 0, s, 8, .55)), "#fff3c2", TERRACOTTA, 1.4), y, c, ph)
        for y, c in ((130, 9), (188, 13), (226, 13), (260, 12), (286, 10)):
            p.path(ball.wrap(diamond(0, 0, 2.6), y, c), SAFFRON)
        ball.stamp(p, p.shape(poly(star(0, 0, 9)), "#e0802f"), 206, 5)
    ball.draw(p, p.metal(COPPER), pierce, shade=.45, gleam=.5, gleams=(150, 290))
    p.path(ball.d, p.rad("#fff1c0@.5", "#ffb650@0", c=(.5, .5), r=.5))
    Lathe([(96, 4), (106, 12), (118, 20), (130, 32)], k=.2).draw(p, p.metal(COPPER), gleam=0, shade=.2)
    Lathe([(322, 22), (332, 16), (340, 5), (347, 8), (356, 1)], k=.16).draw(p, p.metal(COPPER), gleam=0, shade=.2)
    # the numbered tag of the edition
    p.line("M214 338C236 344 246 352 252 362", "#f3dcae", 1.6)
    p.path("M250 358l26 10l-8 22l-26 -10z", "#fbf0d4")
    p.path(poly(star(259, 374, 7)), TERRACOTTA)
