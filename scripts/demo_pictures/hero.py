"""The home page's hero, the logo and the favicon."""
from .kit import (BRASS, COBALT, CREAM, PAPER, SAFFRON, TEAL, TERRACOTTA, Lathe, Pic, at, box, dark, diamond, light,
                  oval, petals, poly, smooth, star, wobble)

NIGHT, DUSK = "#123038", "#1d4a50"


def horseshoe(cx, base, w, spring):
    """A keel-pointed horseshoe: w is half the opening, spring the y where the arch begins."""
    return (f"M{at(cx - w * .86, base)}V{n0(spring)}C{at(cx - w * 1.2, spring - w * .5)} {at(cx - w * .9, spring - w * 1.3)} {at(cx, spring - w * 1.62)}"
            f"C{at(cx + w * .9, spring - w * 1.3)} {at(cx + w * 1.2, spring - w * .5)} {at(cx + w * .86, spring)}V{n0(base)}Z")


def n0(v):
    return f"{v:.0f}"


def town(p):
    far, near = "#a85d3f", "#713a33"
    p.path("M620 372L660 352H700V338H742V360H790L840 330L900 350H960L1010 322L1080 346H1150V330H1200V352L1290 320L1380 350H1460L1600 330V470H620Z", far, o=.6)
    p.path("M620 402H668V380H712V392H760V364H800V388H880V370H930V398H990V376H1040V392H1106V368H1150V390H1230V372H1272V394H1340V366H1390V388H1600V480H620Z", near)
    for x, y, s in ((836, 388, 1), (1330, 394, 1.14)):
        # a square minaret with its lantern
        p.path(f"M{x - 15 * s} {y}V{y - 112 * s}H{x + 15 * s}V{y}ZM{x - 8 * s} {y - 112 * s}V{y - 142 * s}H{x + 8 * s}V{y - 112 * s}Z", dark(near, .15))
        p.path(f"M{x - 17 * s} {y - 112 * s}v-7h6v4h5v-4h6v4h6v-4h6v4h6v7Z", dark(near, .15))
        p.path(oval(x, y - 146 * s, 7 * s), dark(near, .15))
        p.line(f"M{x} {y - 150 * s}V{y - 172 * s}", dark(near, .15), 2)
        p.path(f"M{x - 6 * s} {y - 60 * s}v-16q{6 * s}-12 {12 * s} 0v16Z", "#ffd98a", o=.8)
    for x, y, s in ((716, 392, 1), (1148, 392, 1.15), (1480, 392, .95)):
        p.line(f"M{x} {y}C{x + 3} {y - 40 * s} {x - 2} {y - 70 * s} {x + 6 * s} {y - 96 * s}", "#4a2a26", 5)
        p.path(petals(x + 6 * s, y - 96 * s, 40 * s, 9, .13, .2), "#3d3a2c")
    win = "".join(box(640 + 37 * i + 9 * wobble(i), 402 + 22 * wobble(i, 2), 5, 8) for i in range(24))
    p.path(win, "#ffdf94", o=.85)


def lantern(p):
    """A small hanging lantern, its ring at 0,0."""
    with p.capture() as part:
        p.glow(0, 62, 120, "#ffcf7a", .8)
        p.circle(0, 0, 6, "none", stroke=BRASS[2], w=2.5)
        p.path(Lathe([(6, 3), (14, 8), (26, 26), (34, 31, 1)], cx=0).d, p.metal(BRASS))
        p.path("M-28 36H28L20 92H-20Z", p.rad("#fffbe0", "45:#ffdc8c", "#e8982c", r=.7), BRASS[0], 2)
        p.line("M-11 36L-8 92M11 36L8 92", BRASS[0], 2.4)
        p.path(poly(star(0, 63, 9)) + poly(diamond(-18, 63, 4, 9)) + poly(diamond(18, 63, 4, 9)), BRASS[1])
        p.path(Lathe([(90, 24, 1), (97, 22), (104, 8), (116, 1)], cx=0).d, p.metal(BRASS))
    return "".join(part)


def rug(p, x, y, w, h, tones, kind):
    p.path(box(x, y, w, h), "#0c0806@.3", t="translate(9 8)")
    p.line("".join(f"M{at(x + 3 + i * 6, y + h)}v{n0(10 + 5 * wobble(i, x))}" for i in range(int(w / 6))), "#e9d9b8", 2)
    p.path(box(x, y, w, h), tones[0])
    if kind == 0:
        with p.group(clip=box(x, y, w, h)):
            for i, (dy, hh) in enumerate(((10, 8), (24, 34), (64, 8), (78, 22), (106, 8), (120, 34), (160, 8), (174, 22), (202, 8), (216, 34))):
                p.rect(x, y + dy, w, hh, tones[1 + i % (len(tones) - 1)])
                if hh == 34:
                    p.path("".join(poly(diamond(x + 14 + 26 * j, y + dy + 17, 12, 14)) for j in range(int(w / 24))), tones[0])
                    p.path("".join(poly(diamond(x + 14 + 26 * j, y + dy + 17, 5, 6)) for j in range(int(w / 24))), CREAM)
    elif kind == 1:
        p.rect(x, y, w, h, p.tile(44, 58, p.shape(poly(diamond(22, 29, 22, 29)), "none", tones[1], 3.2) + p.shape(poly(diamond(22, 29, 8, 11)), "none", tones[1], 2.6)))
    else:
        p.path(box(x + 9, y + 9, w - 18, h - 18), "none", tones[1], 5)
        p.path(box(x + 18, y + 18, w - 36, h - 36), "none", tones[2], 2.4)
        cy = y + h / 2
        p.path(poly(diamond(x + w / 2, cy, w * .34, h * .36)), tones[1])
        p.path(poly(diamond(x + w / 2, cy, w * .25, h * .27)), tones[0])
        p.path(poly(star(x + w / 2, cy, w * .17)), tones[2])
        p.path(petals(x + w / 2, cy, w * .11, 8, .28), tones[0])
    p.path(box(x, y, w, h), p.lin("#120a06@.4", "#fff@.14", "#120a06@.2", "#fff@.1", "#120a06@.42", way="h"))


def spice(p, r=42):
    """A bowl and its cone of spice: the cone takes the colour it is placed with, the bowl is glazed outside."""
    d = p.outline(smooth([(-r, 0), (-r * .5, -r * .62), (0, -r * 1.5), (r * .5, -r * .62), (r, 0)]) + f"A{at(r, r * .2)} 0 0 1 {at(-r, 0)}Z")
    b = Lathe([(0, r * 1.14, 1), (r * .16, r * 1.12), (r * .6, r * .78), (r * .74, r * .6, 1)], cx=0, k=.16)
    with p.capture() as cone:
        p.path(d, "currentColor")
        p.path(d, p.lin("#fff@.4", "45:#fff@0", "#20140c@.5", way="h"))
    with p.capture() as bowl:
        b.draw(p, "currentColor", lambda: (p.path(b.wrap(diamond(0, 0, r * .1, r * .13), r * .2, 9), CREAM), p.line(b.hoop(r * .42), SAFFRON, 2)), shade=.5, hi=.25, gleam=0)
        p.line(b.hoop(0), "#fff@.4", 2.4)
    return "".join(cone), "".join(bowl)


def hero():
    p = Pic("lighting", 1600, 600)
    p.rect(0, 0, 1600, 600, p.lin("#0f2b33", "34:" + NIGHT, "62:#24484a", "#5a4238", way="h"))
    arches = ((792, 132, 248), (1096, 146, 254), (1410, 136, 248))
    openings = "".join(horseshoe(cx, 478, w, s) for cx, w, s in arches)
    # the town at dusk, seen through the three openings
    with p.group(clip=openings):
        p.rect(600, 0, 1000, 520, p.lin("#143c4b", "30:#2c6468", "52:#c9814c", "66:#f3bd68", "#fbe0a4", span=(0, 0, 0, 440)))
        p.circle(1168, 292, 120, p.rad("#fff3c8@.9", "30:#ffe09a@.5", "#ffd98a@0"))
        p.circle(1168, 292, 26, "#fff4d0")
        p.path("".join(poly(star(640 + 900 * wobble(i), 30 + 150 * wobble(i, 4), 3.5, 4, .35)) for i in range(34)), "#fff3d0", o=.8)
        town(p)
        p.rect(600, 440, 1000, 60, p.lin("#2a1608@0", "#2a1608@.5"))
    # the wall's own work: rims, a lattice frieze, zellige on the piers
    for cx, w, s in arches:
        d = horseshoe(cx, 478, w, s)
        p.path(d, "none", "#0a1c22", 20)
        p.path(d, "none", p.lin("#d9a85a", "50:#8a5a34", "#3a2a24"), 12)
        p.path(d, "none", p.lin("#ffe3a4", "#a8743f"), 2.4)
        p.path(horseshoe(cx, 478, w + 22, s), "none", "#e9b866@.35", 2, dash="3 9", cap=True)
    lattice = p.tile(64, 64, p.shape(poly(star(32, 32, 18)) + "M32 0V14M32 50V64M0 32H14M50 32H64M0 0L20 20M64 0L44 20M0 64L20 44M64 64L44 44", "none", "#e9b866", 1.2))
    p.path("M0 0H1600V600H0Z" + openings, lattice, o=.075)
    p.path(box(0, 0, 560, 600), p.lin("#0f2b33@.9", "#0f2b33@0", way="h"))
    tiles = p.tile(36, 36, p.shape(box(0, 0, 36, 36), "#16474d") + p.shape(poly(star(18, 18, 16)), "#e9dcc6") + p.shape(poly(star(18, 18, 11)), TERRACOTTA)
                   + p.shape(poly(star(18, 18, 5)), SAFFRON) + p.shape(poly(diamond(0, 0, 6)) + poly(diamond(36, 0, 6)) + poly(diamond(0, 36, 6)) + poly(diamond(36, 36, 6)), SAFFRON))
    piers = box(912, 360, 48, 126) + box(1232, 360, 52, 126) + box(1535, 360, 65, 126)
    p.path(piers, tiles)
    p.path(piers, p.lin("#120a06@.1", "#120a06@.5"))
    for x, w in ((906, 60), (1226, 64), (1529, 71)):
        p.rect(x, 350, w, 11, p.lin("#e9b866", "#7a4a2c"), r=2)
        p.path(f"M{x - 4} 246H{x + w + 4}L{x + w - 4} 262H{x + 4}Z", p.lin("#c9955a", "#5a3a2c"))
    # the floor, with light pooling on it
    p.rect(0, 478, 1600, 122, p.lin("#3a2a26", "#1c1614"))
    p.rect(0, 478, 1600, 122, p.lin("#0f2b33", "30:#0f2b33@.85", "#0f2b33@0", way="h"))
    for x in (792, 1096, 1410):
        p.path(f"M{x - 118} 478H{x + 118}L{x + 176} 600H{x - 190}Z", p.lin("#f6c470@.42", "#f6c470@.05"))
    p.rect(0, 478, 1600, 3, "#e9b866@.35")
    # rugs over the piers' rails
    rug(p, 590, 256, 104, 228, ("#8f2c28", SAFFRON, TEAL, CREAM, "#c9553a"), 0)
    rug(p, 1214, 282, 92, 196, ("#f3e6cc", "#3a2a20"), 1)
    rug(p, 1522, 282, 78, 206, ("#1c4a52", SAFFRON, TERRACOTTA), 2)
    for x, y, w in ((580, 248, 124), (1206, 274, 108), (1512, 274, 88)):
        p.rect(x, y, w, 9, p.lin("#d9a874", "#4a2a14"), r=4)
    # lanterns at different heights
    one = lantern(p)
    for x, y, s in ((706, 40, .8), (866, 96, 1.12), (1018, 34, .74), (1182, 64, 1), (1336, 26, .8), (1478, 86, 1.05), (548, 78, .62)):
        p.line(f"M{x} 0V{y}", BRASS[0], 2.5)
        p.place(one, (s, 0, 0, s, x, y))
    # the stall: a bench of spices, a jar, a teapot on its tray
    p.ellipse(1000, 574, 420, 26, "#0c0806", o=.45)
    p.rect(716, 520, 520, 22, p.lin("#c98a52", "#6a3f22"), r=3)
    p.rect(730, 542, 492, 50, p.lin("#5a3620", "#2c1a10"))
    p.rect(730, 546, 492, 44, p.tile(44, 44, p.shape(poly(star(22, 22, 16)), "none", "#d9a85a", 1.6) + p.shape(petals(22, 22, 10, 8, .28), "#d9a85a")), o=.55)
    cone, dish = spice(p)
    for i, (tone, glaze) in enumerate((("#e3a01e", "#1c5a60"), ("#b3341c", "#e9dcc6"), ("#8a8f3a", TERRACOTTA), ("#d9662a", COBALT), ("#8a4a22", "#1c5a60"))):
        for colour, part in ((tone, cone), (glaze, dish)):
            with p.group(color=colour):
                p.place(part, (1, 0, 0, 1, 776 + 100 * i, 486))
    for x, tone, r in ((1288, "#9d3f2a", 1.0), (1358, "#1f6a6c", .76)):
        y = 574
        jar = Lathe([(y - 150 * r, 28 * r, 1), (y - 138 * r, 22 * r), (y - 122 * r, 24 * r), (y - 78 * r, 56 * r), (y - 34 * r, 48 * r), (y, 30 * r, 1)], cx=x)
        p.ellipse(x, y + 3, 56 * r, 9, "#0c0806", o=.5)

        def deco(jar=jar, r=r, y=y):
            jar.stamp(p, p.shape(poly(star(0, 0, 19 * r)), CREAM) + p.shape(petals(0, 0, 14 * r, 8, .28), TERRACOTTA), y - 82 * r, 5)
            p.line(jar.hoop(y - 112 * r) + jar.hoop(y - 46 * r) + jar.hoop(y - 38 * r), CREAM, 2.4)
        jar.draw(p, tone, deco, shade=.55, hi=.3, gleam=.4, gleams=(y - 110 * r, y - 16 * r), rim=light(tone, .3), inside="#1c100a", edge=4)
    pouf = Lathe([(522, 66), (530, 76), (556, 82), (582, 74), (592, 62)], cx=1470, k=.26)
    p.ellipse(1470, 592, 92, 12, "#0c0806", o=.5)
    pouf.draw(p, p.lin("#c9683a", "#7d3a22"), lambda: [p.path(pouf.strip(f - .015, f + .02, 524, 592), CREAM, o=.6) for f in (-.9, -.55, -.15, .25, .65, .92)], shade=.5, hi=.2, gleam=0)
    p.ellipse(1470, 522, 66, 17, p.lin("#d9804e", "#a8502c"))
    p.path(poly(star(0, 0, 46)), "none", CREAM, 4, t="translate(1470 522) scale(1 .26)")
    # a standing pair of rolled rugs at the edge of the calm part
    for x, w, h, t, u in ((604, 38, 150, "#b5482a", CREAM), (648, 34, 128, "#1f6a6c", SAFFRON)):
        p.ellipse(x + w / 2, 582, w * .8, 7, "#0c0806", o=.5)
        p.path(f"M{x} {580 - h}V580A{w / 2} 7 0 0 0 {x + w} 580V{580 - h}Z", t)
        for j in range(5):
            p.path(f"M{x} {580 - h + 18 + j * h / 6:.0f}a{w / 2} 7 0 0 0 {w} 0", "none", u, 5 if j % 2 else 2.4)
        p.path(f"M{x} {580 - h}V580A{w / 2} 7 0 0 0 {x + w} 580V{580 - h}Z", p.lin("#120a06@.5", "30:#fff@.22", "#120a06@.55", way="h"))
        p.ellipse(x + w / 2, 580 - h, w / 2, 7, light(t, .3))
        p.ellipse(x + w / 2, 580 - h, w / 4, 3.4, "none", stroke=dark(t, .3), w=1.6)
    p.glow(1100, 470, 520, "#ffb860", .16)
    return p.text()


def mark(p, c, r):
    """Souk's mark: the eight-pointed star with a doorway in it, and a lamp in the doorway."""
    p.path(poly(star(c, c, r)), TERRACOTTA)
    w, base, spring = r * .36, c + r * .54, c + r * .02
    d = (f"M{at(c - w * .86, base)}V{spring:.1f}C{at(c - w * 1.3, spring - w * .55)} {at(c - w * .85, spring - w * 1.3)} {at(c, spring - w * 1.72)}"
         f"C{at(c + w * .85, spring - w * 1.3)} {at(c + w * 1.3, spring - w * .55)} {at(c + w * .86, spring)}V{base:.1f}Z")
    p.path(d, PAPER)
    p.path(poly(diamond(c, c - r * .02, r * .13, r * .19)), SAFFRON)


def logo():
    p = Pic("lighting", 64, 64)
    mark(p, 32, 31)
    p.path(poly(star(32, 32, 27.5)), "none", PAPER + "@.45", 1)
    return p.text()


def favicon():
    p = Pic("lighting", 32, 32)
    mark(p, 16, 16)
    return p.text()
