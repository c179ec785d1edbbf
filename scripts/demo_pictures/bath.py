"""Bath and fragrance: soaps, clays, towels, flasks and smoke."""
import math

from .kit import (BRASS, COBALT, SAFFRON, TEAL, TERRACOTTA, WOOD, Lathe, at, dark, diamond, light, oval, petals,
                  picture, poly, smooth, star, wobble)
from .rugs import fringe, weave


def rose(p, x, y, r, tone="#d9688a"):
    for k, (q, t) in enumerate(((1, 0), (.74, .5), (.48, .2))):
        c = mix_tone(tone, k)
        p.path("".join(oval(x + r * q * .52 * math.cos(a), y + r * q * .52 * math.sin(a), r * q * .52) for a in (t + 6.283 * i / 5 for i in range(5))), c, dark(tone, .3) + "@.35", .8)
    p.path(f"M{at(x - r * .2, y)}q{at(r * .2, -r * .3)} {at(r * .38, 0)}q{at(-r * .15, r * .28)} {at(-r * .3, r * .1)}", "none", dark(tone, .35), 1.6, cap=True)


def mix_tone(tone, k):
    return light(tone, .3) if k == 0 else tone if k == 1 else dark(tone, .2)


@picture("beldi-black-soap", "bath", floor=300, niche="horseshoe")
def beldi(p):
    p.shadow(190, 350, 104)
    b = Lathe([(196, 96, 1), (214, 100), (318, 100), (340, 96), (350, 90, 1)], cx=190, k=.2)

    def deco():
        p.path(b.band(240, 310), "#f7efdc")
        p.line(b.hoop(246) + b.hoop(304), "#6b6a2a", 2)
        b.stamp(p, p.shape(petals(0, 0, 26, 2, .24, -.6) + petals(0, 0, 26, 2, .24, 1.1), "#6b7a30") + p.shape(oval(0, 0, 6, 8), "#39401a"), 274, 4)
        p.path(b.wrap(diamond(0, 0, 4, 7), 274, 4, .5), TERRACOTTA)
    b.draw(p, p.lin("#fff", "#ece4d2"), deco, shade=.4, hi=.3, gleam=.6, gleams=(214, 336))
    p.ellipse(190, 196, 96, 19, "#f6f0e2")
    p.ellipse(190, 197, 87, 15, "#2e2a12")
    p.path("M106 196C120 168 150 182 166 168C184 150 206 152 216 166C236 170 262 172 274 198A86 14 0 0 1 106 196Z", p.lin("#8d8238", "#5a5220", "#37320f"))
    p.path("M140 180C160 170 168 178 184 168M214 178C228 176 240 180 250 188", "none", "#d8cf86@.8", 4, cap=True)
    with p.group(t="rotate(24 280 140)"):
        p.rect(272, 60, 13, 118, p.lin(WOOD[3], WOOD[1], way="h"), r=6)
        p.path("M264 160H293V196Q278 208 264 196Z", p.lin(WOOD[3], WOOD[1], way="h"))
    for x, y in ((316, 350), (342, 358), (326, 370)):
        p.ellipse(x, y, 13, 10, p.rad("#a8b04a", "#5d6a24", "#2f3610", c=(.36, .3)))
    p.path(petals(330, 340, 44, 2, .16, -2.5), "#7f9440")


@picture("atlas-ghassoul-clay", "bath", floor=0, niche="disc")
def ghassoul(p):
    p.cast(oval(196, 206, 136, 136), 8, 12, .1)
    p.circle(196, 206, 136, p.lin("#f7f1e6", "#d8c9b4", way="d"))
    p.path(oval(196, 206, 128), "none", TEAL, 4)
    p.place(p.shape(poly(diamond(0, -119, 5, 6)), TERRACOTTA), *((math.cos(a), math.sin(a), -math.sin(a), math.cos(a), 196, 206) for a in (6.283 * i / 24 for i in range(24))))
    p.circle(196, 206, 110, p.rad("#6d4f3c", "#8d6a50", "#5a4030"))
    p.path(smooth([(96, 220), (120, 150), (180, 112), (250, 130), (292, 190), (280, 256), (220, 302), (146, 294)], True), p.rad("#b8937a", "#967058", "#6d4c38", c=(.4, .35), r=.7))
    for i in range(4):
        r = 78 - 19 * i
        pts = [(196 + r * (1 + .06 * math.sin(3 * a + i)) * math.cos(a), 206 + r * .9 * math.sin(a)) for a in (.4 + i + 5.2 * j / 10 for j in range(11))]
        p.line(smooth(pts), "#5a3d2c@.6", 7)
        p.line(smooth(pts), "#dcbfa6@.7", 3, t="translate(-2 -3)")
    p.line("M92 148A118 118 0 0 1 148 96", "#fff@.9", 5)
    with p.group(t="rotate(40 290 120)"):
        p.rect(282, 20, 16, 150, p.lin(WOOD[3], WOOD[1], way="h"), r=7)
        p.ellipse(290, 190, 25, 34, p.lin(WOOD[3], WOOD[2], WOOD[1], way="h"))
        p.ellipse(290, 192, 17, 25, "#8d6a50")
    for x, y, s in ((60, 340, 20), (94, 362, 14), (36, 366, 12), (330, 352, 16)):
        p.path(poly([(x - s, y), (x - s * .4, y - s * .8), (x + s * .6, y - s * .7), (x + s, y + s * .1), (x + s * .3, y + s * .7), (x - s * .6, y + s * .6)]), p.lin("#b8937a", "#6d4c38", way="d"))
        p.path(poly([(x - s * .4, y - s * .8), (x + s * .6, y - s * .7), (x + s * .1, y)]), "#d8b8a0")


@picture("kessa-exfoliating-glove", "bath", floor=0, niche="pointed")
def kessa(p):
    p.line("M236 110C262 40 330 50 300 112", "#a8683a", 6)
    d = "M118 108H282L290 300C290 352 250 366 200 366S110 352 110 300Z"
    thumb = "M282 190C322 170 348 200 336 236C328 262 306 276 288 284Z"
    p.cast(d, 8, 11, .1)
    p.path(thumb, p.lin("#3a3f52", "#20242f", way="d"))
    p.path(d, p.lin("#4a5168", "#2c3140", "#1c2029", way="d"))
    with p.group(clip=d):
        p.rect(100, 100, 220, 280, p.tile(6, 6, '<path d="M0 2q1.5-2 3 0t3 0M0 5q1.5-2 3 0t3 0" stroke="#fff" stroke-width=".8" fill="none"/>'), o=.25)
        for y in (176, 316):
            p.line(f"M100 {y}H300M100 {y + 8}H300", "#e8c98a", 2.4, dash="9 5", cap=False)
        p.path(poly(star(200, 248, 50)), "none", "#e8c98a", 3, dash="8 4")
        p.path(petals(200, 248, 32, 8, .24), "#e8c98a")
    weave(p, thumb, .3)
    p.path(d, p.lin("#2a1608@.35", "18:#fff@.16", "45:#fff@0", "#2a1608@.4", way="h"))
    p.path("M114 96H286V140H114Z", p.lin("#f4e8d0", "#d9c39a"))
    p.path("M114 96H286V140H114Z", p.lin("#2a1608@.3", "20:#fff@.3", "50:#fff@0", "#2a1608@.3", way="h"))
    p.path("".join(poly(diamond(127 + 18.3 * j, 118, 6, 9)) for j in range(9)), TERRACOTTA)
    p.line("M114 104H286M114 132H286", "#a8683a", 1.6, dash="6 4", cap=False)


@picture("striped-fouta-towel", "bath", floor=304, niche="lobed")
def fouta(p):
    p.shadow(200, 352, 142)
    for i, (tone, line) in enumerate((("#f4efe4", COBALT), ("#2f7f86", "#f4efe4"), ("#f0c46a", "#fdf8ec"), ("#f6f1e6", TERRACOTTA))):
        y, x, w = 298 - i * 52, 62 + 5 * (i % 2), 276 - 8 * (i % 2)
        d = f"M{x + 20} {y}H{x + w - 20}Q{x + w} {y} {x + w} {y + 26}T{x + w - 20} {y + 52}H{x + 20}Q{x} {y + 52} {x} {y + 26}T{x + 20} {y}Z"
        p.path(d, tone)
        with p.group(clip=d):
            for xx in (96, 112, 120, 280, 288, 304):
                p.rect(xx, y, 10 if xx in (96, 304) else 4, 52, line)
            p.line(f"M{x} {y + 26}H{x + w}", "#2a1608@.3", 2)
        weave(p, d, .12)
        p.path(d, p.lin("#fff@.4", "35:#fff@0", "50:#2a1608@.18", "52:#fff@.2", "#2a1608@.32"))
        p.path(d, p.lin("#2a1608@.3", "10:#2a1608@0", "90:#2a1608@0", "#2a1608@.34", way="h"))
    fringe(p, 150, 188, 104, 46, "#f6f1e6", 5, 4)
    p.path("M148 142H256V192H148Z", p.lin("#fdfaf2", "#e8ddc8"))
    p.rect(148, 168, 108, 7, TERRACOTTA)
    p.rect(148, 179, 108, 3, TERRACOTTA)
    for x, y, a in ((186, 130, -2.6), (204, 128, -.5), (196, 126, -1.6)):
        p.path(petals(x, y, 46, 1, .2, a), "#6f9a6a")
        p.path(petals(x, y, 46, 1, .05, a), "#3f6a45")
    rose(p, 198, 132, 19, "#f2e3c8")


def flask_label(p, x, y, r, ink, paper="#fbf5e8"):
    p.circle(x, y, r, paper, stroke=ink, w=1.6)
    p.circle(x, y, r - 5, "none", stroke=ink, w=.8)


@picture("damask-rose-water", "bath", floor=308, niche="pointed")
def rose_water(p):
    p.shadow(184, 352, 66)
    b = Lathe([(110, 15, 1), (128, 15), (150, 22), (190, 58), (250, 66), (316, 64), (344, 58), (352, 54, 1)], cx=184, k=.16)

    def deco():
        p.path(b.band(168, 380), p.lin("#f6b8c4@.85", "#e58aa0@.9"))
        p.path(oval(184, 170, 40, 6), "#fbd5dc")
        p.path(petals(214, 318, 18, 3, .4, .5) + petals(150, 330, 15, 3, .4, 2), "#d9688a@.5")
    b.draw(p, "#fff@.5", deco, shade=.3, hi=.45, gleam=.95, gleams=(180, 330))
    flask_label(p, 184, 262, 46, "#b03a5c")
    rose(p, 184, 256, 22)
    p.path(petals(160, 280, 20, 2, .26, 2.6) + petals(208, 280, 20, 2, .26, .5), "#5f8a4c")
    Lathe([(56, 1), (66, 9), (76, 16), (88, 12), (96, 17), (112, 17, 1)], cx=184).draw(p, p.metal(BRASS), shade=.2, gleam=.5, gleams=(72, 108))
    p.line("M168 124Q184 132 200 124M168 130Q184 138 200 130", "#b03a5c", 3)
    p.shadow(300, 362, 56, 9, o=.3)
    for x, y, r, t in ((282, 340, 30, "#d9688a"), (326, 350, 23, "#e88aa4")):
        rose(p, x, y, r, t)
    p.path(petals(304, 352, 34, 2, .26, -1.1) + petals(262, 356, 26, 2, .26, 2.7), "#5f8a4c")
    p.path("M92 356q14-12 26 0q-12 10-26 0ZM70 370q8-12 22-4q-8 10-22 4Z", "#e88aa4")


@picture("pressed-argan-serum", "bath", floor=306, niche="disc")
def serum(p):
    p.shadow(196, 352, 62)
    b = Lathe([(190, 24, 1), (202, 26), (212, 52), (226, 58), (336, 58), (352, 54, 1)], cx=196, k=.17)
    b.draw(p, p.lin("#c4701c", "#8a430e", "#5e2a08"), lambda: p.path(b.d, p.rad("#ffb04a@.7", "#ffb04a@0", c=(.55, .55), r=.5)), shade=.5, hi=.3, gleam=.9, gleams=(220, 340))
    p.path("M144 248H248V326H144Z", "#f8f0dd")
    p.path("M149 253H243V321H149Z", "none", "#8a6a2a", 1.3)
    p.path(petals(196, 286, 28, 2, .3, -.5) + petals(196, 286, 28, 2, .3, -1.1), "#7f9440")
    p.ellipse(196, 290, 9, 13, p.rad("#e8b860", "#a8701a"))
    Lathe([(136, 26, 1), (192, 27, 1)], cx=196, k=.17).draw(p, p.metal(BRASS), shade=.2, gleam=.5)
    p.line("M178 142V190M190 144V192M202 144V192M214 142V190", BRASS[0] + "@.5", 1.6)
    Lathe([(66, 8), (74, 17), (96, 19), (118, 17), (136, 20, 1)], cx=196, k=.17).draw(p, p.lin("#4a4038", "#2a221c"), shade=.4, gleam=.6, gleams=(76, 130))
    # a drop, and the nuts it was pressed from
    p.path("M304 226C322 254 322 276 304 280C286 276 286 254 304 226Z", p.lin("#ffe08a", "#d9901c"))
    p.path("M296 258q0 10 6 14", "none", "#fff@.9", 3, cap=True)
    nut = p.shape("M0-24C17-20 19 10 0 24C-19 10-17-20 0-24Z", p.rad("#d9a668", "#9a6430", "#5e3614", c=(.36, .3))) + p.shape("M-5-16Q-10 0-3 16M5-17Q11-2 4 16", "none", "#5e3614@.6", 1.4)
    p.shadow(308, 362, 48, 8, o=.3)
    p.place(nut, (.3, -.9, .9, .3, 318, 352), (.8, .5, -.5, .8, 284, 346), (.6, -.7, .7, .6, 92, 356))
    p.path(petals(326, 340, 34, 3, .2, -1.7), "#7f9440")


@picture("cedar-oud-perfume", "bath", floor=306, niche="horseshoe")
def perfume(p):
    p.shadow(200, 354, 98)
    d = "M128 186Q104 200 104 232V324Q104 352 132 352H268Q296 352 296 324V232Q296 200 272 186Z"
    p.path(d, p.lin("#8a4a8c", "#5a2a62", "#341338", way="d"))
    with p.group(clip=d):
        p.path("M104 352L166 214H234L296 352Z", "#fff@.08")
        p.path("M104 200L166 214V330L104 352ZM296 200L234 214V330L296 352Z", "#2a1608@.25")
        p.path("M166 214H234V330H166Z", p.rad("#e0a0c8@.6", "#fff@0"))
        p.rect(100, 180, 200, 180, p.tile(26, 26, p.shape(poly(diamond(13, 13, 11)), "none", "#f2cf7c", 1.1)), o=.5)
    p.path(poly(star(200, 270, 60)), p.lin(BRASS[3], BRASS[2], BRASS[1], way="d"), BRASS[0], 1.4)
    p.path(poly(star(200, 270, 49)), "#4a1d52", BRASS[0], 1)
    p.path(petals(200, 270, 43, 16, .14, start=12), "#f2cf7c")
    p.circle(200, 270, 9, p.rad("#fff3c4", BRASS[1]))
    p.path(d, "none", "#f2cf7c@.8", 3)
    p.path("M120 232V320", "none", "#fff@.7", 6, cap=True)
    p.path("M128 204Q118 212 116 222", "none", "#fff@.7", 5, cap=True)
    Lathe([(150, 26), (160, 34), (172, 28), (188, 50, 1)], k=.16).draw(p, p.metal(BRASS), shade=.2, gleam=.5)
    top = Lathe([(48, 1), (60, 8), (74, 10), (88, 24), (112, 38), (134, 34), (150, 22, 1)], k=.16)
    top.draw(p, p.metal(BRASS), lambda: (p.path(top.wrap(diamond(0, 0, 6, 12), 106, 8), "#6d2a72"), p.line(top.hoop(92) + top.hoop(126), BRASS[0], 1.5)), shade=.3, gleam=.7, gleams=(90, 140))
    p.line("M232 172C280 176 300 190 312 214", "#c9902c", 3)
    p.circle(314, 218, 5, "#c9902c")
    p.line("M308 222l-5 34M313 223l0 36M318 222l5 34", "#c9902c", 3.4)


@picture("brass-incense-burner", "bath", floor=306, niche="star")
def burner(p):
    p.shadow(200, 354, 82)
    for d in ("M196 108C150 80 240 62 192 20C186 8 200-6 190-20", "M210 106C246 76 186 54 228 18C240 6 226-10 236-24"):
        p.path(d, "none", "#fff@.3", 18, cap=True)
        p.path(d, "none", "#fff@.6", 6, cap=True)
    base = Lathe([(246, 62), (262, 52), (282, 26), (298, 22), (312, 34), (330, 60), (342, 74), (352, 76, 1)], k=.17)
    base.draw(p, p.metal(BRASS), lambda: (p.path(base.wrap(diamond(0, 0, 6, 7), 334, 11), TEAL), p.line(base.hoop(320) + base.hoop(344), BRASS[0], 1.6)), shade=.3, gleam=.6, gleams=(300, 346))
    bowl = Lathe([(196, 84, 1), (210, 82), (236, 72), (256, 50), (262, 40, 1)], k=.17)

    def deco():
        bowl.stamp(p, p.shape(poly(star(0, 0, 15)), TEAL, BRASS[0], 1.4) + p.shape(poly(star(0, 0, 7)), BRASS[3]), 210, 8)
        p.path(bowl.wrap(diamond(0, 0, 4, 8), 210, 8, .5), "#b5281a")
    bowl.draw(p, p.metal(BRASS), deco, shade=.35, gleam=.6, gleams=(204, 256))
    lid = Lathe([(112, 12), (124, 34), (148, 62), (176, 78), (192, 84), (198, 86, 1)], k=.17)

    def pierce():
        lid.stamp(p, p.shape(poly(star(0, 0, 15)), "#2a1608", BRASS[3], 1.4), 154, 7)
        p.path(lid.wrap(diamond(0, 0, 4, 9), 128, 7, .5) + lid.wrap(diamond(0, 0, 4, 5), 172, 7, .5), "#2a1608")
        p.path(lid.wrap(oval_points(5), 182, 14), BRASS[0])
    lid.draw(p, p.metal(BRASS), pierce, shade=.35, gleam=.6, gleams=(124, 186))
    p.glow(200, 168, 70, "#ff8a3c", .35)
    Lathe([(88, 1), (96, 7), (104, 5), (112, 13)], k=.17).draw(p, p.metal(BRASS), gleam=0, shade=.2)
    for i, (x, y) in enumerate(((306, 352), (328, 360), (92, 358), (318, 342))):
        p.path(poly([(x - 11, y), (x - 4, y - 9), (x + 9, y - 6), (x + 11, y + 4), (x, y + 9)]), p.lin("#ffd27a", "#c9741a", way="d"))


def oval_points(r):
    return [(r * math.cos(6.283 * i / 8), r * math.sin(6.283 * i / 8)) for i in range(8)]


@picture("orange-blossom-candle", "bath", floor=302, niche="lobed")
def candle(p):
    p.shadow(200, 350, 96)
    p.glow(200, 176, 120, "#ffd98a", .7)
    b = Lathe([(196, 88, 1), (206, 88), (320, 84), (340, 80), (350, 74, 1)], k=.19)

    def deco():
        p.path(b.band(212, 217) + b.band(318, 323), "#d9a640")
        b.stamp(p, p.shape(poly(star(0, 0, 38)), "none", "#d9a640", 2.2) + p.shape(petals(0, 0, 29, 5, .42, -1.57), "#fff", "#d8c8b0", 1) + p.shape(oval(0, 0, 6), SAFFRON), 254, 4)
        p.path(b.wrap(diamond(0, 0, 7, 16), 254, 4, .5), "#7fa06a")
    b.draw(p, p.lin("#2f6f74", "#17494f"), deco, shade=.45, hi=.35, gleam=.65, gleams=(206, 336))
    p.ellipse(200, 196, 88, 16.7, "#4d8d90")
    p.ellipse(200, 197, 80, 13.5, p.rad("#fff8dc", "50:#fdeec4", "#e8cf98"))
    p.ellipse(200, 198, 34, 6, "#fff", o=.8)
    for x, h in ((176, 0), (224, 2), (200, -6)):
        p.line(f"M{x} {196 + h}V{182 + h}", "#3a2a1c", 3)
        p.glow(x, 168 + h, 26, "#ffcf70", .8)
        p.path(f"M{x} {184 + h}C{x - 9} {180 + h} {x - 7} {166 + h} {x} {150 + h}C{x + 7} {166 + h} {x + 9} {180 + h} {x} {184 + h}Z", p.lin("#ff9a2a", "#fff0b0", "#fffdf0"))
    p.line("M112 196A88 16.7 0 0 0 288 196", "#fff@.6", 1.6)
    for x, y, s in ((318, 350, 24), (82, 358, 20)):
        p.path(petals(x, y, s * 1.5, 2, .26, -.7), "#5f8a4c")
        p.path(petals(x, y, s, 5, .42, -1.57), "#fff", "#d8cbb4", 1)
        p.circle(x, y, s * .22, SAFFRON)


@picture("olive-laurel-soap-stack", "bath", floor=296, niche="disc")
def soaps(p):
    p.shadow(196, 350, 122)
    for i, (tone, x, y, a) in enumerate((("#a8a860", 196, 292, 0), ("#e0c79a", 190, 232, -2), ("#c98f7a", 202, 172, 3))):
        with p.group(t=f"rotate({a} {x} {y})"):
            p.path(f"M{x - 92} {y - 6}L{x - 66} {y - 34}H{x + 96}L{x + 74} {y - 6}Z", p.lin(light(tone, .55), light(tone, .2)))
            p.path(f"M{x + 74} {y - 6}L{x + 96} {y - 34}V{y + 22}L{x + 74} {y + 52}Z", p.lin(dark(tone, .12), dark(tone, .32)))
            f = f"M{x - 84} {y - 6}H{x + 74}V{y + 52}H{x - 84}Q{x - 92} {y + 52} {x - 92} {y + 44}V{y - 6}Z"
            p.path(f, p.lin(light(tone, .25), tone, dark(tone, .12)))
            ink = dark(tone, .42)
            p.path(f"M{x - 80} {y + 4}H{x + 62}V{y + 42}H{x - 80}Z", "none", ink, 1.6)
            p.path(poly(star(x - 9, y + 23, 17)), "none", ink, 2)
            p.path(petals(x - 9, y + 23, 11, 8, .28), ink)
            p.path(petals(x - 48, y + 23, 20, 2, .22, -.3) + petals(x + 32, y + 23, 20, 2, .22, .3), ink)
            p.path(f"M{x - 90} {y - 6}H{x + 74}", "none", "#fff@.7", 2)
            p.path("".join(oval(x - 84 + 150 * wobble(j, i), y + 2 + 44 * wobble(j, i + 5), .8 + 1.2 * wobble(j, 3)) for j in range(14)), ink, o=.35)
    p.line("M170 140C168 200 172 280 172 345M170 140L196 114", "#b08a4c", 4)
    p.path("M170 140c-26-20-40 4-6 4c30 6 40-14 6-4", "none", "#b08a4c", 3.4)
    p.path(petals(214, 128, 58, 2, .17, -.25) + petals(206, 130, 46, 2, .17, -2.7), "#5f7f3a")
    for x, y in ((236, 134), (222, 140)):
        p.ellipse(x, y, 8, 6.5, p.rad("#7a8a3a", "#2f3a16", c=(.36, .3)))
