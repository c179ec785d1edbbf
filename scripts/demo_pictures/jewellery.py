"""Jewellery: laid on plaster and linen, close up; silver, stones, enamel."""
import math

from .kit import (BRASS, COBALT, SAFFRON, SILVER, TEAL, WOOD, Lathe, at, dark, diamond, light, oval, petals,
                  picture, poly, smooth, star)

GOLD = ("#7a4f10", "#c08a26", "#f0c95e", "#fff3c4")


def sheen(p, m, way="d"):
    return p.lin(m[3], "30:" + m[2], "62:" + m[1], m[0], way=way)


def stone(p, x, y, rx, ry, tone, m=SILVER, rim=4.0):
    """A cabochon in a beaded bezel."""
    p.ellipse(x, y, rx + rim, ry + rim, sheen(p, m))
    p.path(oval(x, y, rx + rim * .7, ry + rim * .7), "none", m[0], rim * .55, dash="2.4 2")
    p.ellipse(x, y, rx, ry, p.rad(light(tone, .55), "40:" + tone, dark(tone, .5), c=(.36, .3), r=.75))
    p.ellipse(x - rx * .32, y - ry * .4, rx * .26, ry * .16, "#fff@.85")


def links(p, d, m, w=5.0):
    p.path(d, "none", "#2a1608@.16", w, t="translate(4 6)")
    p.path(d, "none", m[0], w)
    p.path(d, "none", m[2], w * .62, dash=f"{w * 1.1:.1f} {w * .5:.1f}", cap=True)
    p.path(d, "none", m[3], w * .2, dash=f"{w * .7:.1f} {w * .9:.1f}")


def bead(p, tone, r):
    return p.shape(oval(3, 5, r), "#2a1608@.16") + p.shape(oval(0, 0, r), p.rad(light(tone, .65), "38:" + tone, dark(tone, .55), c=(.36, .3), r=.7)) + p.shape(oval(-r * .34, -r * .4, r * .22, r * .15), "#fff@.9")


def spin(cx, cy, count, turn=0.0):
    return [(math.cos(a), math.sin(a), -math.sin(a), math.cos(a), cx, cy) for a in (turn + 2 * math.pi * i / count for i in range(count))]


@picture("crescent-filigree-earrings", "jewellery", floor=0, niche="pointed")
def earrings(p):
    moon = "M-54-30A62 62 0 1 0 54-30A46 46 0 1 1-54-30Z"
    curl = "".join(f"M{at(52 * math.cos(a), 14 + 52 * math.sin(a))}" + "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0m2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0" for a in (.25 + 2.64 * i / 8 for i in range(9)))
    marks = (p.shape(moon, "#2a1608@.15", t="translate(7 10)") + p.shape("M-48-30C-40-96 40-96 48-30", "none", GOLD[0], 5) + p.shape("M-48-30C-40-96 40-96 48-30", "none", GOLD[2], 3)
             + p.shape(moon, sheen(p, GOLD), GOLD[0], 1) + p.shape(curl, "none", GOLD[0], 1.6)
             + p.shape("M-54-30A62 62 0 1 0 54-30", "none", GOLD[3], 2.4, dash="1 5", cap=True)
             + "".join(p.shape(f"M{x} {y}v9", "none", GOLD[1], 2) + f'<g transform="translate({x} {y + 17})">{bead(p, t, 8)}</g>'
                       for x, y, t in ((-40, 62, "#c23a3f"), (0, 78, TEAL), (40, 62, "#c23a3f")))
             + p.shape("M0-79V-14", "none", GOLD[1], 2) + f'<g transform="translate(0 -2)">{bead(p, TEAL, 12)}</g>' + p.shape(oval(0, -2, 14), "none", GOLD[1], 3))
    p.place(marks, (1.12, 0, 0, 1.12, 116, 206), (1.12, 0, 0, 1.12, 284, 206))


@picture("khamsa-pendant", "jewellery", floor=0, niche="disc")
def khamsa(p):
    links(p, "M88 0C104 78 150 108 190 116M312 0C296 78 250 108 210 116", SILVER)
    p.circle(200, 116, 12, "none", stroke=SILVER[0], w=6)
    p.circle(200, 116, 12, "none", stroke=SILVER[2], w=4)
    hand = ("M200 128C214 128 219 142 219 156V196H224V166C224 146 250 146 250 166V232C252 240 258 240 262 230C266 214 276 204 290 206C296 224 284 240 280 258"
            "C270 310 240 346 200 346S130 310 120 258C116 240 104 224 110 206C124 204 134 214 138 230C142 240 148 240 150 232V166C150 146 176 146 176 166V196H181V156C181 142 186 128 200 128Z")
    p.cast(hand, 7, 10, .12)
    p.path(hand, sheen(p, SILVER), SILVER[0], 1.4)
    p.path(hand, "none", "#fff@.8", 2, t="translate(200 240) scale(.93) translate(-200 -240)")
    ink = "#4f5a63"
    for x, y in ((200, 160), (163, 180), (237, 180)):
        p.path(petals(x, y, 12, 6, .3), ink)
        p.line(f"M{x} {y + 20}v26", ink, 1.6, dash="2 5")
    p.path(poly(star(200, 268, 54)), "none", ink, 2)
    p.path(poly(star(200, 268, 45)), TEAL, ink, 1.6)
    p.path(petals(200, 268, 40, 8, .2, start=18), "#e7ecee")
    stone(p, 200, 268, 15, 15, "#c23a3f", rim=4)
    for x in (128, 272):
        stone(p, x, 236, 5, 5, "#e0a030", rim=2)
    p.path(petals(200, 332, 10, 5, .3, -1.57) + poly(diamond(152, 302, 4)) + poly(diamond(248, 302, 4)), ink)


@picture("amber-bead-necklace", "jewellery", floor=0, niche="lobed")
def amber(p):
    # a bust of plaster
    p.path("M156 0V96C156 130 92 142 62 172C38 198 40 300 66 400H334C360 300 362 198 338 172C308 142 244 130 244 96V0Z", p.lin("#fdf8f4", "45:#f4e9e6", "#cdb9bd", way="h"))
    p.path("M156 60C170 116 230 116 244 60V96C236 134 164 134 156 96Z", "#2a1608@.1")
    pts = []
    for i in range(25):
        t = math.pi * i / 24
        pts.append((200 - (48 + 58 * math.sin(t)) * math.cos(t), 84 + 212 * math.sin(t) ** .95, 10 + 11 * math.sin(t) ** 2))
    p.line(smooth([(x, y) for x, y, _ in pts]), "#7a4f2a", 2.4)
    tones = ("#e08a1e", "#c9661a", "#f0b23c")
    for k, tone in enumerate(tones):
        p.place(bead(p, tone, 13), *((r / 14, 0, 0, r / 14 * .92, x, y) for i, (x, y, r) in enumerate(pts) if i % 3 == k and i % 4 != 2))
    p.place(p.shape(oval(3, 5, 13, 11), "#2a1608@.16") + p.shape(oval(0, 0, 13, 11), sheen(p, SILVER)) + p.shape("M-12-3Q0 3 12-3M-12 3Q0 9 12 3", "none", SILVER[0], 1.4) + p.shape(petals(0, 0, 6, 6, .3), SILVER[0]),
            *((r / 16, 0, 0, r / 16, x, y) for i, (x, y, r) in enumerate(pts) if i % 4 == 2))
    p.cast("M186 314H214L224 350L200 376L176 350Z", 4, 5, .08)
    p.path("M184 312H216L226 350L200 378L174 350Z", sheen(p, SILVER), SILVER[0], 1)
    stone(p, 200, 344, 13, 16, "#d9741a", rim=3)


@picture("engraved-silver-cuff", "jewellery", floor=290, niche="horseshoe")
def cuff(p):
    p.shadow(200, 326, 126)
    p.path("M78 228A122 54 0 0 1 322 228V254A122 54 0 0 0 78 254Z", p.lin(SILVER[0], SILVER[1], "#7d8890", SILVER[0], way="h"))
    b = Lathe([(206, 126, 1), (268, 126, 1)], k=.44)
    face = b.band(206, 268)
    p.path(face, p.metal(SILVER))
    ink = "#48525a"
    with p.group(clip=face):
        p.path(b.band(204, 214) + b.band(259, 270), "#48525a@.22")
        p.line(b.hoop(214) + b.hoop(259), ink, 1.6)
        b.stamp(p, p.shape(poly(star(0, 0, 20)), "none", ink, 1.6) + p.shape(petals(0, 0, 14, 8, .25), ink), 236.5, 8)
        p.path(b.wrap(diamond(0, 0, 6, 16), 236.5, 8, .5), ink)
        p.path(b.wrap(diamond(0, 0, 2.2, 8), 236.5, 8, .5), TEAL)
        p.path(b.wrap(diamond(0, 0, 3), 209, 30) + b.wrap(diamond(0, 0, 3), 264, 30), ink, o=.8)
    p.path(face, p.lin("#2a1608@.4", "20:#fff@.4", "34:#fff@0", "60:#2a1608@.05", "#2a1608@.42", way="h"))
    p.path(face, "none", "#fff@.7", 1.6)
    p.ellipse(200, 296, 35, 37, SILVER[0])
    stone(p, 200, 294, 25, 27, "#2f9a9a", rim=8)


@picture("turquoise-signet-ring", "jewellery", floor=300, niche="star")
def signet(p):
    p.shadow(200, 352, 78)
    p.circle(200, 262, 82, "none", stroke=SILVER[0], w=26)
    p.circle(200, 262, 82, "none", stroke=p.lin("#fff", SILVER[2], SILVER[1], SILVER[0], SILVER[2], way="d"), w=21)
    p.circle(200, 262, 75, "none", stroke="#fff@.7", w=2)
    p.path("M124 232A82 82 0 0 0 138 318", "none", "#fff@.9", 4, cap=True)
    p.place(p.shape(poly(diamond(0, 82, 10, 6)), SILVER[0]) + p.shape(oval(17, 80, 2.2), SILVER[0]),
            *((math.cos(a), math.sin(a), -math.sin(a), math.cos(a), 200, 262) for a in (-1.9, -1.45, -1, 1, 1.45, 1.9)))
    p.path("M128 196L150 222H250L272 196L254 128H146Z", p.metal(SILVER), SILVER[0], 1)
    p.path(poly(star(200, 142, 92, 8, .86)), p.lin("#fff", SILVER[2], SILVER[1], SILVER[0], way="d"), SILVER[0], 1.4)
    p.place(p.shape(oval(0, -78, 4.5), p.rad("#fff", SILVER[1], SILVER[0], c=(.36, .3))), *spin(200, 142, 24))
    p.circle(200, 142, 68, "none", stroke=SILVER[0], w=2)
    p.circle(200, 142, 64, p.rad("#a8ece0", "35:#35b0aa", "80:#12686c", "#0b4a50", c=(.38, .32), r=.72))
    p.path("M150 122q20 10 30 0t24 22t36-6M166 178q14-10 26 2t28 4M196 92q4 14-8 24M232 172q8-14 24-14", "none", "#6b4a22@.7", 2, cap=True)
    p.path(smooth([(152, 136), (166, 106), (194, 92)]), "none", "#fff@.85", 7, cap=True)
    p.circle(148, 152, 3.5, "#fff@.8")


@picture("coral-fibula-brooch", "jewellery", floor=0, niche="horseshoe")
def fibula(p):
    # the cloth it pins
    p.path("M40 0H360V400H40Z", p.lin("#20595c", "#123f45"))
    p.rect(40, 0, 320, 400, p.tile(8, 8, '<path d="M0 0L8 8M8 0L0 8" stroke="#fff" stroke-width=".5"/>'), o=.12)
    p.path("M110 0C130 120 90 280 120 400H160C140 280 170 120 150 0ZM280 0C262 140 300 260 276 400H310C330 260 300 140 312 0Z", "#2a1608@.25")
    p.line("M56 0V400M344 0V400", SAFFRON, 5, dash="14 8", cap=False)
    p.circle(200, 76, 36, "none", stroke="#2a1608@.3", w=9, t="translate(6 9)")
    p.circle(200, 76, 36, "none", stroke=SILVER[0], w=10)
    p.circle(200, 76, 36, "none", stroke=p.lin("#fff", SILVER[2], SILVER[1], way="d"), w=7)
    tri = "M176 118H224L316 300L302 316H98L84 300Z"
    p.cast(tri, 7, 10, .2)
    p.path(tri, sheen(p, SILVER), SILVER[0], 1.4)
    p.path("M184 130H216L298 298L294 304H106L102 298Z", "none", SILVER[0], 2)
    p.path("M196 152H204L278 290H122Z", "#1f6f8a", SILVER[0], 2)
    p.path("M200 172L250 268H150Z", SAFFRON, SILVER[0], 2)
    ink = SILVER[0]
    p.path("M160 240H240M172 216H228", "none", ink, 1.4)
    stone(p, 200, 238, 17, 17, "#d8402f", rim=5)
    for x, y in ((124, 294), (276, 294), (200, 294), (200, 140)):
        stone(p, x, y, 8, 8, "#d8402f", rim=3)
    p.line("M214 74L262 352", "#2a1608@.3", 7, t="translate(5 7)")
    p.line("M206 56L262 352", SILVER[0], 7)
    p.line("M206 56L262 352", SILVER[3], 3)
    drop = p.shape("M0 0V14", "none", SILVER[1], 3) + p.shape("M0 12C12 26 12 40 0 46C-12 40-12 26 0 12Z", sheen(p, SILVER), SILVER[0], 1) + p.shape(oval(0, 32, 4), "#d8402f")
    p.dot(drop, [(116 + 42 * i, 316) for i in range(5)])


@picture("enamel-bangle-stack", "jewellery", floor=300, niche="disc")
def bangles(p):
    p.shadow(200, 356, 118)
    tones = (COBALT, "#c9403a", "#e0a030", TEAL, "#7b3f7d")
    for i, tone in enumerate(tones):
        y = 304 - i * 40 + (0, 3, -2, 2, 0)[i]
        x = 200 + (0, 6, -5, 4, -2)[i]
        w = 112
        p.path(f"M{x - w} {y}A{w} 34 0 0 1 {x + w} {y}V{y + 30}A{w} 34 0 0 0 {x - w} {y + 30}Z", p.lin(GOLD[0], GOLD[1], GOLD[2], GOLD[1], GOLD[0], way="h"))
        p.ellipse(x, y + 4, w - 9, 27, dark(GOLD[0], .45))
        b = Lathe([(y, w, 1), (y + 30, w, 1)], cx=x, k=.304)
        face = b.band(y, y + 30)
        p.path(face, tone)
        with p.group(clip=face):
            motif = (p.shape(poly(star(0, 0, 9)), "#fdf3da"), p.shape(poly(diamond(0, 0, 11, 8)), "#fdf3da"), p.shape(petals(0, 0, 10, 6, .3), "#fdf3da"),
                     p.shape("M-11 7L0-8L11 7Z", "#fdf3da"), p.shape(oval(0, 0, 7), "#fdf3da") + p.shape(oval(0, 0, 3), "#c9403a"))[i]
            b.stamp(p, motif, y + 15, 9, .5 * (i % 2))
            p.line(b.hoop(y + 2) + b.hoop(y + 28), GOLD[2], 5, cap=False)
        p.path(face, p.lin("#2a1608@.5", "22:#fff@.5", "36:#fff@0", "62:#2a1608@.05", "#2a1608@.5", way="h"))
        p.path(b.hoop(y), "none", GOLD[3], 1.4)


@picture("desert-cross-pendant", "jewellery", floor=0, niche="star")
def cross(p):
    cord = "M60 0C84 70 150 80 192 92M340 0C316 70 250 80 208 92"
    p.path(cord, "none", "#2a1608@.16", 7, t="translate(4 6)")
    p.path(cord, "none", "#3a2018", 7)
    p.path(cord, "none", "#8a5a3c", 2, dash="7 6")
    d = ("M200 128C178 150 176 158 180 172C168 182 160 196 158 212C138 206 126 210 92 240C126 270 138 274 158 268C162 286 172 300 184 308C180 322 184 338 200 362"
         "C216 338 220 322 216 308C228 300 238 286 242 268C262 274 274 270 308 240C274 210 262 206 242 212C240 196 232 182 220 172C224 158 222 150 200 128Z")
    p.cast(d, 8, 11, .12)
    p.circle(200, 108, 30, "none", stroke="#2a1608@.12", w=12, t="translate(7 10)")
    p.circle(200, 108, 30, "none", stroke=SILVER[0], w=14)
    p.circle(200, 108, 30, "none", stroke=p.lin("#fff", SILVER[2], SILVER[1], SILVER[0], way="d"), w=11)
    p.path(d, sheen(p, SILVER), SILVER[0], 1.4)
    p.path(d, "none", "#fff@.85", 2, t="translate(200 242) scale(.92) translate(-200 -242)")
    ink = "#454f57"
    p.path(poly(diamond(200, 240, 30)), p.lin("#2a3238", "#56616a"), ink, 1.4)
    p.path(poly(diamond(200, 240, 18)), sheen(p, SILVER))
    stone(p, 200, 240, 7, 7, "#2a2a44", rim=3)
    p.place(p.shape("M0-44L12-66L0-88L-12-66Z", "none", ink, 1.8) + p.shape(petals(0, -66, 12, 4, .3), ink) + p.shape("M-18-40L0-52L18-40", "none", ink, 1.5) + p.shape(oval(-26, -32, 2.4) + oval(26, -32, 2.4), ink),
            *spin(200, 242, 4))
    p.place(p.shape(oval(0, 0, 9), p.rad("#fff", SILVER[1], SILVER[0], c=(.36, .3))), (1, 0, 0, 1, 88, 240), (1, 0, 0, 1, 312, 240), (1, 0, 0, 1, 200, 366))


@picture("inlaid-thuya-jewel-box", "jewellery", floor=276, niche="lobed")
def jewel_box(p):
    p.shadow(200, 346, 146)
    grain_tile = p.tile(60, 24, '<path d="M0 6Q15 0 30 6T60 6M0 16Q15 22 30 15T60 16M20 11q6-4 12 0q-6 4-12 0Z" fill="none" stroke="#3d1c0a" stroke-width="1.2"/>')
    lid = "M92 104H308L330 210H70Z"
    p.path(lid, p.lin(WOOD[3], "#9a5a2c", WOOD[1]))
    p.path(lid, grain_tile, o=.4)
    p.path("M106 116H294L312 200H88Z", p.lin("#5c1f3c", "#8a3558"))
    p.path("M106 116H294L312 200H88Z", "none", "#e6c27a", 2)
    p.path("M116 196L284 196L262 122H196Z", "#fff@.12")
    p.path("M70 210H330L342 252H58Z", "#4a1830")
    p.path("M80 214H320L330 250H70Z", p.lin("#6d2445", "#93406a"))
    links(p, "M96 232C120 214 150 248 182 228S236 214 256 240", GOLD, 4)
    stone(p, 284, 232, 11, 9, TEAL, GOLD, 3)
    p.ellipse(136, 226, 16, 8, "none", stroke=SILVER[2], w=4)
    p.place(bead(p, "#fdf4ea", 6), *((1, 0, 0, 1, 196 + 12 * i, 222 + 5 * math.sin(i)) for i in range(5)))
    front = "M58 252H342V334Q342 344 332 344H68Q58 344 58 334Z"
    p.path(front, p.lin("#b5723c", "#8a4c22", "#5e3014"))
    p.path(front, grain_tile, o=.45)
    p.rect(66, 262, 268, 72, "none", stroke="#f4e2b8", sw=3)
    p.rect(72, 268, 256, 60, "none", stroke="#2a1608", sw=1.5)
    for i, x in enumerate((106, 153, 247, 294)):
        p.path(poly(star(x, 298, 24)), "#f6ead0", "#2a1608", 1)
        p.path(poly(star(x, 298, 17)), "#2a1a12")
        p.path(petals(x, 298, 14, 8, .26), SAFFRON if i % 3 else "#e8f0ec")
    p.path("".join(poly(diamond(x, 298, 5, 9)) for x in (80, 129, 271, 320)), "#f6ead0")
    p.path(poly(star(200, 298, 21)), p.metal(BRASS), BRASS[0], 1)
    p.path("M200 291a5 5 0 0 1 3 9l3 11h-12l3-11a5 5 0 0 1 3-9Z", "#2a1608")
    p.path("M58 252H342V258H58Z", "#fff@.35")
    for x in (70, 312):
        p.rect(x, 342, 20, 9, BRASS[1], r=3)
