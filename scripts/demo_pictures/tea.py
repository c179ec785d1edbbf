"""Tea and coffee: engraved metal, gilded glass, tins, sacks and leaves."""
import math

from .kit import (BRASS, COPPER, SAFFRON, SILVER, TEAL, TERRACOTTA, Lathe, at, box, dark, diamond, light, oval,
                  petals, picture, poly, smooth, star, wobble)

MINT = ("#2f6b3a", "#4f9650", "#86c274")


def leaf(p, x, y, r, a, tone=1):
    """One mint leaf with its midrib."""
    p.place(p.shape("M0 0C8-16 28-20 44-2C30 16 10 14 0 0Z", MINT[tone]) + p.shape("M0 0C8-16 28-20 44-2Z", "#fff@.16")
            + p.shape("M2 0L40-2M14-1l6-8M24-1l6-8M16 0l7 7M26-1l7 6", "none", dark(MINT[tone], .35), 1.3),
            (r / 44 * math.cos(a), r / 44 * math.sin(a), -r / 44 * math.sin(a), r / 44 * math.cos(a), x, y))


@picture("engraved-silver-teapot", "tea", floor=306, niche="horseshoe")
def teapot(p):
    p.shadow(200, 354, 104)
    # handle behind, spout in front of the shoulder
    p.path("M262 160C346 128 362 254 276 286", "none", SILVER[0], 17, cap=True)
    p.path("M262 160C346 128 362 254 276 286", "none", p.lin("#fff", SILVER[2], SILVER[1], SILVER[0]), 12, cap=True)
    p.path("M276 153C332 142 342 230 300 266", "none", "#fff@.8", 2.5, cap=True)
    spout = "M150 268C98 262 100 196 84 168C78 156 66 156 54 160C60 148 78 140 92 148C118 164 120 214 156 214Z"
    p.path(spout, p.lin("#fff", "28:" + SILVER[2], "62:" + SILVER[1], SILVER[0], way="d"), stroke=SILVER[0] + "@.5", w=1)
    p.path("M70 153C88 146 98 160 104 180C110 206 122 226 146 230", "none", "#fff@.85", 3, cap=True)
    b = Lathe([(142, 50, 1), (158, 52), (196, 78), (246, 97), (292, 84), (316, 62), (326, 54, 1)], k=.15)

    def engrave():
        ink = "#4a555d"
        for y in (168, 176, 286, 293):
            p.line(b.hoop(y), ink + "@.7", 1.3)
        b.stamp(p, p.shape(poly(star(0, 0, 33)), "none", ink, 1.8) + p.shape(poly(star(0, 0, 25)) + petals(0, 0, 22, 8, .22), "none", ink, 1.1)
                + p.shape(oval(0, 0, 4), ink), 219, 5)
        p.path(b.wrap(diamond(0, 0, 5, 14), 219, 5, .5) + b.wrap(diamond(0, 0, 3, 5), 160, 10) + b.wrap(diamond(0, 0, 4, 6), 270, 14), ink, o=.75)
        p.path(b.wrap([(-8, 8), (0, -10), (8, 8)], 304, 12), "none", ink, 1.3)
    b.draw(p, p.metal(SILVER), engrave, shade=.3, hi=.2, gleam=.85, gleams=(184, 300))
    for x in (136, 264):
        p.path(f"M{x} 330C{x - 8} 340 {x - 12} 350 {x - 2} 357C{x + 8} 350 {x + 8} 340 {x + 10} 326Z", p.lin("#fff", SILVER[1], SILVER[0]))
    p.path("M192 338C190 348 192 358 200 362C208 358 210 348 208 338Z", p.lin("#fff", SILVER[1], SILVER[0]))
    lid = Lathe([(74, 3), (82, 8), (88, 3), (96, 8), (106, 26), (122, 44), (138, 51), (146, 54, 1)], k=.15)
    lid.draw(p, p.metal(SILVER), lambda: (p.path(lid.wrap(petal_poly(), 118, 10), "none", "#4a555d@.8", 1.2), p.line(lid.hoop(132), "#4a555d@.7", 1.3)), shade=.25, gleam=.7, gleams=(106, 140))
    p.circle(200, 72, 8, p.rad("#fff", SILVER[2], SILVER[0], c=(.36, .3)))


def petal_poly():
    return [(0, -13), (5, -3), (4, 8), (0, 12), (-4, 8), (-5, -3)]


def glass(p):
    """A slender tea glass, gilded, its foot at 0,0; its colour is the one it is placed with."""
    g = Lathe([(-108, 33), (-66, 28), (-24, 26), (-3, 23), (0, 23, 1)], cx=0, k=.2)
    gold = "#d9a640"

    def deco():
        p.path(g.band(-82, -4), p.lin("#c9892c@.85", "#9c5a17@.9"))
        p.path(g.band(-72, -30), "currentColor@.8")
        p.path(g.band(-75, -71) + g.band(-32, -28) + g.band(-104, -100), gold)
        g.stamp(p, p.shape(poly(star(0, 0, 12)), "none", "#f4d27c", 1.8) + p.shape(poly(diamond(0, 0, 3.5, 6)), "#f4d27c"), -57, 5)
        p.path(g.wrap(diamond(0, 0, 3), -22, 9) + g.wrap(diamond(0, 0, 2.5, 6), -91, 8), gold)
    with p.capture() as part:
        p.shadow(0, 0, 32)
        g.draw(p, "#fff@.42", deco, shade=.24, hi=.4, gleam=.85, gleams=(-98, -10))
        p.ellipse(0, -108, 33, 6.6, "#fff@.3", stroke=gold, w=2)
        p.ellipse(0, -83, 29, 5, p.lin("#8a4f14", "#d59a3c"), o=.8)
    return "".join(part)


@picture("gilded-tea-glasses", "tea", floor=236, niche="pointed")
def tea_glasses(p):
    one = glass(p)
    for x, y, s, tone in ((118, 252, .94, "#17676c"), (200, 248, .94, "#a32c4a"), (282, 252, .94, "#2b4f93"),
                          (84, 356, 1.12, "#b5482a"), (316, 356, 1.12, "#7a4a8c"), (200, 366, 1.12, "#2e7a4b")):
        with p.group(color=tone):
            p.place(one, (s, 0, 0, s, x, y))


def tin(p, x, y, w, h, tone, ink, emblem):
    """A square tin with a round lid, front face and side."""
    p.shadow(x + w * .06, y + 2, w * .62)
    side = w * .2
    p.path(f"M{x - w / 2} {y - h}H{x + w / 2 - side}V{y}H{x - w / 2}Z", p.lin(light(tone, .12), tone, dark(tone, .1), way="d"))
    p.path(f"M{x + w / 2 - side} {y - h}L{x + w / 2} {y - h - 8}V{y - 10}L{x + w / 2 - side} {y}Z", p.lin(dark(tone, .3), dark(tone, .5), way="h"))
    p.path(f"M{x - w / 2} {y - h}L{x - w / 2 + side} {y - h - 12}H{x + w / 2}L{x + w / 2 - side} {y - h}Z", p.lin(light(tone, .4), tone))
    cx, cy = x - side / 2, y - h / 2
    p.path(box(x - w / 2 + 7, y - h + 8, w - side - 14, h - 16), "none", ink, 2)
    p.path(box(x - w / 2 + 11, y - h + 12, w - side - 22, h - 24), "none", ink + "@.6", .9)
    emblem(cx, cy)
    p.path(f"M{x - w / 2} {y - h}V{y}", "none", "#fff@.5", 2)
    p.path(f"M{x - w / 2 + 14} {y - h}H{x - w / 2 + 34}L{x - w / 2 + 20} {y}H{x - w / 2}Z", p.lin("#fff@.25", "#fff@.02"))
    lid = Lathe([(y - h - 26, 34, 1), (y - h - 6, 34, 1)], cx=x, k=.2)
    lid.draw(p, p.metal(BRASS), shade=.15, gleam=.4, rim=BRASS[2], inside=BRASS[2], edge=4)


@picture("gunpowder-green-tea-tin", "tea", floor=300, niche="disc")
def gunpowder(p):
    def emblem(cx, cy):
        p.circle(cx, cy - 12, 42, "#f4e3b4")
        p.path(poly(star(cx, cy - 12, 40)), TEAL)
        p.path(petals(cx, cy - 12, 31, 8, .28), "#f0cf7c")
        p.circle(cx, cy - 12, 7, TERRACOTTA)
        p.path("".join(poly(diamond(cx - 42 + 14 * j, cy + 62, 4, 7)) for j in range(7)), "#f0cf7c")
        p.line(f"M{cx - 46} {cy + 46}H{cx + 46}M{cx - 46} {cy + 78}H{cx + 46}", "#f0cf7c", 2)
    tin(p, 190, 344, 150, 210, "#0f5257", "#f0cf7c", emblem)
    pearl = p.shape(oval(0, 0, 6.5), p.rad("#9aa867", "#4c5f33", "#1f2d1a", c=(.35, .3))) + p.shape("M-3-2q4-3 6 1q0 4-4 4", "none", "#c0cc8c", 1)
    heap = [(304 + 11 * (i - (c - 1) / 2), y) for c, y in ((3, 342), (5, 349), (7, 356), (8, 364), (6, 371)) for i in range(c)]
    p.shadow(304, 366, 52, 10)
    p.dot(pearl, [(x + 3 * wobble(i), y + 2 * wobble(i, 2)) for i, (x, y) in enumerate(heap)])


@picture("dried-mint-bundle", "tea", floor=0, niche="lobed")
def mint(p):
    for i in range(7):
        p.line(f"M{190 + i * 4} 268L{168 + i * 11} 372", MINT[i % 3], 5)
        p.line(f"M{189 + i * 4} 268L{167 + i * 11} 372", "#fff@.2", 1.5)
    for row, (n_leaves, r, back) in enumerate(((9, 92, .0), (8, 76, .2), (7, 58, .1), (6, 42, .25))):
        for i in range(n_leaves):
            a = -math.pi * (.06 + .88 * (i + back) / (n_leaves - .6))
            base = 74 - row * 20
            leaf(p, 200 + base * math.cos(a) * .9, 226 + base * math.sin(a) * 1.25, r * (.86 + .2 * wobble(i, row)), a + .3 * (wobble(i, row + 9) - .5), (i + row) % 3)
    for i in range(5):
        a = -math.pi * (.2 + .15 * i)
        leaf(p, 200 + 12 * math.cos(a), 256, 62, a, (i + 1) % 3)
    p.path("M176 250Q200 264 226 250L230 280Q202 292 172 280Z", p.lin("#e9cf98", "#c09a58", way="h"))
    p.path("M175 258Q200 270 227 258M174 266Q201 278 228 266M173 273Q201 285 229 273", "none", "#8a6630", 1.6)
    p.path("M206 276C236 262 252 282 226 286C246 300 232 316 208 284Z", "none", "#b08745", 3.4, cap=True)
    p.path("M204 284L190 318M208 286L222 322", "none", "#b08745", 3.4, cap=True)


@picture("long-handled-coffee-pot", "tea", floor=308, niche="pointed")
def ibrik(p):
    p.shadow(176, 352, 84)
    p.path("M206 158L356 96L362 108L212 180Z", p.lin(BRASS[3], BRASS[2], BRASS[0]))
    p.circle(352, 103, 10, p.rad(BRASS[3], BRASS[1], BRASS[0], c=(.35, .3)))
    p.circle(352, 103, 3.4, "#4b3310")
    p.line("M222 158L340 109", "#fff@.7", 2)
    b = Lathe([(130, 54, 1), (146, 46), (172, 42), (214, 58), (270, 80), (318, 84), (340, 76), (346, 74, 1)], cx=172, k=.17)

    def deco():
        p.path(b.band(192, 196) + b.band(300, 304) + b.band(312, 315), COPPER[0])
        for y in (216, 236, 256, 276):
            p.path(b.wrap(diamond(0, 0, 4, 5), y - 8, 13, .5 * (y % 40 == 16)), COPPER[0], o=.35)
        b.stamp(p, p.shape(poly(star(0, 0, 28)), COPPER[1], COPPER[0], 1.8) + p.shape(petals(0, 0, 22, 8, .25), "#ffd9b4", COPPER[0], .8), 238, 5)
        p.path(b.wrap(diamond(0, 0, 4, 9), 154, 9), COPPER[0], o=.6)
    b.draw(p, p.metal(COPPER), deco, shade=.35, gleam=.75, gleams=(200, 330))
    p.path("M118 130C104 124 92 128 86 140C102 140 110 152 126 152Z", p.metal(COPPER))
    p.ellipse(172, 130, 54, 9.2, COPPER[2])
    p.ellipse(172, 131, 49, 7.2, "#3a190c")
    p.ellipse(170, 133, 40, 5, p.lin("#8a5a34", "#c99a68"))
    p.path("M158 112c-14-16 14-22 2-42M184 108c-12-16 14-24 4-46", "none", "#fff@.5", 5, cap=True)


@picture("cardamom-coffee-bag", "tea", floor=304, niche="horseshoe")
def coffee_bag(p):
    p.shadow(196, 352, 108)
    d = "M116 96C112 170 96 260 106 344Q190 360 284 344C292 260 282 170 276 96Z"
    p.path(d, p.lin("#7a3a22", "#5c2a1a"))
    with p.group(clip=d):
        p.rect(90, 168, 210, 118, "#f3e3c3")
        p.rect(90, 168, 210, 7, SAFFRON)
        p.rect(90, 279, 210, 7, SAFFRON)
        p.rect(90, 96, 210, 30, p.tile(22, 30, p.shape(poly(diamond(11, 15, 7, 11)), "#e0a030@.8")))
        # a dallah under an arch, and beans either side
        p.path("M160 276V224C160 190 232 190 232 224V276Z", TEAL)
        p.path("M180 268C178 246 188 240 190 224H206C208 240 216 246 214 268Z", "#f0cf7c")
        p.path("M190 240Q178 232 174 218M198 222V213M212 234C226 232 228 252 214 258", "none", "#f0cf7c", 3.4, cap=True)
        for x, y, a in ((124, 206, 30), (134, 244, -20), (262, 208, -30), (256, 248, 25)):
            p.place(p.shape(oval(0, 0, 12, 9), "#5c2a1a") + p.shape("M-11 1Q-3-4 0 0T11-1", "none", "#c98f5e", 2),
                    (math.cos(math.radians(a)), math.sin(math.radians(a)), -math.sin(math.radians(a)), math.cos(math.radians(a)), x, y))
    p.path(d, p.lin("#2a1608@.42", "12:#fff@.22", "24:#fff@0", "60:#2a1608@0", "80:#fff@.1", "#2a1608@.45", way="h"))
    p.path("M140 140C134 200 128 270 132 340M252 142C262 210 262 280 258 344", "none", "#2a1608@.16", 8, cap=True)
    p.path("M112 66H280L276 104H116Z", p.lin("#8d4a2e", "#5c2a1a"))
    p.path("M113 76H279M114 84H278M115 92H277", "none", "#2a1608@.4", 2)
    p.rect(104, 88, 184, 12, p.lin("#f6dfa8", BRASS[1]), r=3)
    bean = p.shape(oval(0, 0, 11, 8), p.rad("#a8683a", "#5a2c14", "#2f1409", c=(.35, .3))) + p.shape("M-10 1Q-3-4 0 0T10-1", "none", "#1d0b04", 1.8)
    pod = p.shape("M-12 0Q0-9 12 0Q0 9-12 0Z", p.lin("#c9d69a", "#8aa35a")) + p.shape("M-10 0Q0-3 10 0M-9 1Q0 4 9 1", "none", "#5d7438", 1)
    p.dot(bean, [(296, 346), (318, 354), (340, 346), (306, 366), (332, 368), (70, 356), (92, 366)])
    p.dot(pod, [(284, 362), (354, 360), (64, 372)])


@picture("hammered-brass-tray", "tea", floor=0, niche="star")
def tray(p):
    cx = cy = 200
    p.cast(oval(cx, cy, 160), 8, 12, .1)
    p.circle(cx, cy, 160, p.lin(BRASS[3], BRASS[2], BRASS[1], BRASS[0], way="d"))
    p.circle(cx, cy, 148, p.lin(BRASS[1], BRASS[2], BRASS[3], BRASS[2], BRASS[1], way="d"))
    for q in range(24):
        a = math.pi * q / 12
        p.circle(cx + 154 * math.cos(a), cy + 154 * math.sin(a), 3, BRASS[3] if wobble(q) > .4 else BRASS[0])
    ink = BRASS[0]
    for r, w in ((140, 2), (112, 2.4), (108, 1), (64, 2.2), (60, 1)):
        p.circle(cx, cy, r, "none", stroke=ink + "@.75", w=w)
    spin = [(math.cos(a), math.sin(a), -math.sin(a), math.cos(a), cx, cy) for a in (math.pi * i / 8 for i in range(16))]
    p.place(p.shape(poly(diamond(0, -126, 9, 12)) + petals(24.6, -123.6, 9, 6, .3), "none", ink, 1.4)
            + p.shape(petals(0, 0, 106, 1, .13, -math.pi / 2, 66), "#fff1bf@.25", ink, 1.5)
            + p.shape(f"M{at(20.6, -103)}L{at(0, -66)}L{at(-20.6, -103)}", "none", ink, 1.1), *spin)
    p.path(poly(star(cx, cy, 58, 16, .72)), "#8a5c18@.35", ink, 1.6)
    p.path(poly(star(cx, cy, 42)), BRASS[2], ink, 1.8)
    p.path(petals(cx, cy, 31, 8, .25), "#8a5c18@.5", ink, 1)
    p.circle(cx, cy, 6, BRASS[3], stroke=ink, w=1.4)
    dots = p.tile(14, 12, p.shape(oval(4, 4, 2.2, 1.8), "#fff@.28") + p.shape(oval(11, 10, 2, 1.6), BRASS[0] + "@.2"))
    p.circle(cx, cy, 148, dots)
    p.path(f"M200 52A148 148 0 0 0 95 96L305 304A148 148 0 0 0 348 200Z", "#fff@.16")
    p.path(smooth([(70, 152), (92, 112), (128, 82)]), "none", "#fff@.8", 4, cap=True)


@picture("hibiscus-verbena-jar", "tea", floor=308, niche="disc")
def herbal_jar(p):
    p.shadow(200, 352, 84)
    j = Lathe([(128, 58, 1), (142, 62), (160, 80), (210, 84), (310, 84), (338, 80), (348, 74, 1)], k=.17)

    def fill():
        p.path(j.band(176, 360), "#6d1430")
        for i in range(44):
            x, y = 112 + 176 * wobble(i, 1), 184 + 160 * wobble(i, 2)
            p.path(petals(x, y, 14 + 7 * wobble(i, 3), 3, .34, 6 * wobble(i, 4)), ("#a51f45", "#c93b5c", "#861536", "#5c8a44", "#dc6a7c")[i % 5])
        p.path(oval(200, 178, 80, 13), "#b02b4e")
        p.path(j.band(142, 146), "#fff@.5")
    j.draw(p, "#fff@.45", fill, shade=.34, hi=.42, gleam=.85, gleams=(164, 330))
    p.path("M148 232H252Q258 232 258 238V300Q258 306 252 306H148Q142 306 142 300V238Q142 232 148 232Z", "#fbf3e0", stroke="#d8c49a", w=1)
    p.path("M148 238H252V300H148Z", "none", "#a51f45", 1.4)
    p.path(petals(200, 268, 28, 5, .42, -1.57), "#c22d50")
    p.path(petals(200, 268, 16, 5, .3, -1.57), "#7d1232")
    p.line("M200 268L222 250", "#f3c24a", 3)
    p.circle(224, 249, 3.5, "#f3c24a")
    p.path(petals(164, 268, 14, 2, .3, .6) + petals(236, 274, 14, 2, .3, .6), "#5c8a44")
    lid = Lathe([(92, 52), (98, 60, 1), (128, 62, 1)], k=.17)
    cork = p.lin("#b98a55", "#e9c592", "#c59862", "#8d6233", way="h")
    lid.draw(p, cork, lambda: p.path("".join(oval(142 + 120 * wobble(i, 7), 100 + 34 * wobble(i, 8), 2.4, 1.5) for i in range(18)), "#7c5328@.5"), shade=.22, gleam=0)
    p.ellipse(200, 93, 52, 8.5, "#ecca98")
    p.circle(200, 82, 10, p.rad("#f3d9ae", "#b98a55", "#8d6233", c=(.35, .3)))


@picture("sugar-cone-and-hammer", "tea", floor=300, niche="lobed")
def sugar(p):
    p.shadow(168, 350, 78)
    c = Lathe([(72, 12), (78, 20), (150, 40), (250, 62), (334, 76), (346, 74, 1)], cx=166, k=.17)

    def wrap():
        p.path(c.band(200, 360), p.lin("#3a5fae", "#2a4788"))
        p.path(c.band(200, 206), "#e8b94c")
        p.path(c.band(216, 218), "#e8b94c")
        c.stamp(p, p.shape(poly(star(0, 0, 24)), "#f4dc9a") + p.shape(poly(star(0, 0, 16)), "#b5482a") + p.shape(petals(0, 0, 13, 8, .26), "#f4dc9a"), 262, 5)
        p.path(c.wrap(diamond(0, 0, 5, 8), 312, 13), "#e8b94c")
        for i in range(30):
            p.circle(120 + 92 * wobble(i, 3), 84 + 108 * wobble(i, 4), 1.3, "#b9c3cf")
    c.draw(p, p.lin("#ffffff", "#e8edf2"), wrap, shade=.38, hi=.3, gleam=.6, gleams=(90, 330))
    with p.group(t="rotate(33 290 250)"):
        p.rect(284, 190, 13, 172, p.lin(BRASS[0], BRASS[3], BRASS[1], BRASS[0], way="h"), r=5)
        for y in (250, 262, 300, 312):
            p.rect(282, y, 17, 4, p.lin(BRASS[0], BRASS[3], BRASS[0], way="h"), r=2)
        p.path("M262 176C276 170 304 170 322 158C334 172 334 196 322 208C304 198 276 198 262 194Z", p.lin(BRASS[3], BRASS[2], BRASS[1], BRASS[0]), stroke=BRASS[0] + "@.6", w=1)
        p.path(petals(294, 184, 11, 6, .3), BRASS[0], o=.7)
    p.shadow(268, 366, 60, 7, o=.3)
    for x, y, s in ((262, 354, 15), (288, 362, 12), (238, 366, 10), (314, 358, 9)):
        p.path(f"M{x - s} {y}l{s * .6:.0f}-{s}h{s}l{s * .5:.0f} {s * .8:.0f}l-{s * .6:.0f} {s * .7:.0f}h-{s}Z", p.lin("#fff", "#d5dde6", way="d"), stroke="#b6c1ce", w=.8)
