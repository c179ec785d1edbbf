"""Leather: soft bodies with saddle stitching, brass and tooled stars."""
import math

from .kit import (BRASS, CREAM, SAFFRON, TEAL, TERRACOTTA, Lathe, dark, diamond, light, oval, petals, picture, poly,
                  star)

TAN, COGNAC, OXBLOOD, UMBER = "#c98a4c", "#a85a2a", "#7d2a26", "#5a3420"
THREAD = "#f3dcae"


def hide(p, tone, way="d"):
    return p.lin(light(tone, .26), "40:" + tone, dark(tone, .34), way=way)


def stitch(p, d, colour=THREAD, w=2):
    p.line(d, "#2a1608@.35", w, dash="6 4", cap=False, t="translate(.6 1)")
    p.line(d, colour, w, dash="6 4", cap=False)


def buckle(p, x, y, w, h):
    p.rect(x - w / 2, y - h / 2, w, h, "none", r=3, stroke=BRASS[0], sw=6)
    p.rect(x - w / 2, y - h / 2, w, h, "none", r=3, stroke=p.lin(BRASS[3], BRASS[2], BRASS[1], way="d"), sw=4)
    p.line(f"M{x} {y - h / 2}V{y + h / 2}", BRASS[2], 3)


def grain(p, d):
    p.path(d, p.tile(7, 7, '<path d="M1 2q1-2 2 0M5 5q1-1 2 1M4 1l1 1M1 6l1-1" stroke="#2a1608" stroke-width=".7" fill="none"/>'), o=.22)


@picture("babouche-slippers", "leather", floor=0, niche="disc")
def babouche(p):
    tone = "#e3a52c"
    sole = "M0-118C34-118 46-76 44-28C42 8 34 40 32 74C30 106 18 122 0 122S-30 106-32 74C-34 40-42 8-44-28C-46-76-30-118 0-118Z"
    inner = "M0-52C24-52 36-34 36-18C36 10 28 44 26 76C24 100 14 112 0 112S-24 100-26 76C-28 44-36 10-36-18C-36-34-24-52 0-52Z"
    vamp = "M0-126C38-120 50-78 46-26C44-10 40 0 36 10C28-26 16-36 0-38S-28-26-36 10C-40 0-44-10-46-26C-50-78-36-120 0-126Z"
    marks = (p.shape(sole, "#2a1608@.16", t="translate(9 12)") + p.shape(sole, "#8a5a24") + p.shape(sole, hide(p, tone, "h"), t="translate(0 -3)")
             + p.shape(inner, p.lin("#7a4a1c", "#c98f45", "#e0b068")) + p.shape(inner, "none", THREAD, 1.6, dash="5 4", t="scale(.9)")
             + p.shape(vamp, p.lin("#f7cf62", tone, "#b87a14", way="h")) + p.shape(vamp, p.rad("#fff@.45", "#fff@0", c=(.36, .3), r=.4))
             + p.shape("M36 10C28-26 16-36 0-38S-28-26-36 10", "none", "#8a5a14", 3) + p.shape("M40-2C30-36 16-45 0-46S-30-36-40-2", "none", THREAD, 1.8, dash="5 4")
             + p.shape(poly(star(0, -82, 22)), "none", "#8a5a14", 2.4) + p.shape(petals(0, -82, 15, 8, .28), "#8a5a14")
             + p.shape(poly(diamond(0, -112, 4, 7)) + poly(diamond(-28, -62, 4, 6)) + poly(diamond(28, -62, 4, 6)), "#8a5a14"))
    p.place(marks, (1.1, -.2, .2, 1.1, 126, 206), (1.1, .2, -.2, 1.1, 272, 206))


@picture("hand-stitched-pouf", "leather", floor=296, niche="horseshoe")
def pouf(p):
    p.shadow(200, 342, 142)
    b = Lathe([(200, 118), (214, 136), (256, 148), (304, 138), (330, 116)], k=.32)

    def sides():
        for f in (-.92, -.62, -.22, .22, .62, .92):
            p.path(b.strip(f - .012, f + .012, 204, 330), "#3d1710", o=.55)
            p.path(b.strip(f + .02, f + .034, 204, 330), THREAD, o=.8)
        for f in (-.78, -.42, 0, .42, .78):
            r = b.r(262)
            p.place(p.shape(poly(star(0, 0, 24)), "none", THREAD, 2) + p.shape(petals(0, 0, 16, 8, .26), THREAD),
                    (math.sqrt(1 - f * f), -.3 * f, 0, 1, 200 + r * f, 262 + r * .32 * math.sqrt(1 - f * f)))
    b.draw(p, hide(p, "#a4502c"), sides, shade=.55, hi=.25, gleam=0)
    p.path(oval(200, 200, 119, 38), hide(p, "#b8603a"))
    with p.group(t="translate(200 200) scale(1 .32)"):
        p.path(poly(star(0, 0, 116, 16, .86)), "none", THREAD, 3)
        p.path(poly(star(0, 0, 88)), dark("#a4502c", .25), THREAD, 3)
        p.path(petals(0, 0, 70, 16, .13, start=16), THREAD)
        p.circle(0, 0, 14, BRASS[2])
    p.path(oval(200, 200, 119, 38), p.rad("#fff@.4", "55:#fff@0", "#2a1608@.25", c=(.36, .25), r=.75))
    p.line("M81 200A119 38 0 0 0 319 200", "#3d1710@.6", 4, cap=False)
    stitch(p, "M83 206A119 38 0 0 0 317 206")


@picture("saddle-satchel", "leather", floor=312, niche="pointed")
def satchel(p):
    p.shadow(200, 352, 128)
    p.path("M96 170C70 40 330 40 304 170", "none", dark(COGNAC, .5), 15)
    p.path("M96 170C70 40 330 40 304 170", "none", COGNAC, 11)
    stitch(p, "M96 170C70 40 330 40 304 170", w=1.4)
    d = "M86 172H314L324 334Q324 350 308 350H92Q76 350 76 334Z"
    p.path(d, hide(p, dark(COGNAC, .18)))
    grain(p, d)
    stitch(p, "M86 220V332Q86 341 94 341H306Q314 341 314 332V220")
    flap = "M78 160Q78 148 92 148H308Q322 148 322 160L326 236C318 286 250 288 200 288S82 286 74 236Z"
    p.path(flap, "#2a1608@.35", t="translate(0 6)")
    p.path(flap, hide(p, COGNAC))
    grain(p, flap)
    stitch(p, "M88 164L84 234C92 274 160 278 200 278S308 274 316 234L312 164")
    p.path(poly(star(200, 214, 44)), "none", dark(COGNAC, .45), 3)
    p.path(poly(star(200, 214, 44)), "none", "#fff@.25", 1, t="translate(1 1.5)")
    p.path(petals(200, 214, 32, 16, .14, start=8), dark(COGNAC, .42))
    p.path(flap, p.lin("#fff@.32", "30:#fff@0", "#2a1608@.22"))
    for x in (128, 272):
        p.path(f"M{x - 12} 246H{x + 12}V318L{x} 330L{x - 12} 318Z", hide(p, UMBER))
        stitch(p, f"M{x - 7} 250V314M{x + 7} 250V314", w=1.3)
        buckle(p, x, 296, 32, 20)
    for x in (96, 304):
        p.circle(x, 166, 9, "none", stroke=BRASS[2], w=4)


@picture("weekender-holdall", "leather", floor=300, niche="lobed")
def holdall(p):
    p.shadow(200, 350, 156)
    p.path("M138 216C130 96 270 96 262 216", "none", dark(UMBER, .3), 12)
    d = "M62 210C60 168 90 160 200 160S340 168 338 210L350 322Q352 348 322 348H78Q48 348 50 322Z"
    p.path(d, hide(p, "#8a4b2a"))
    grain(p, d)
    with p.group(clip=d):
        p.path("M40 300H360V360H40Z", hide(p, UMBER))
        p.path("M40 150H104C96 220 96 290 100 360H40ZM360 150H296C304 220 304 290 300 360H360Z", "#2a1608@.2")
        # a kilim panel down the front
        p.path("M118 208H282L286 300H114Z", "#9d2f2a")
        for y, c in ((214, CREAM), (284, CREAM)):
            p.path("".join(poly(diamond(122 + 13 * j, y + 5, 5, 5)) for j in range(13)), c)
        p.path("".join(poly(diamond(134 + 33 * j, 253, 17, 24)) for j in range(5)), SAFFRON)
        p.path("".join(poly(diamond(134 + 33 * j, 253, 11, 16)) for j in range(5)), TEAL)
        p.path("".join(poly(diamond(134 + 33 * j, 253, 4, 6)) for j in range(5)), CREAM)
    stitch(p, "M118 208H282L286 300H114Z")
    stitch(p, "M50 306H350")
    p.path(d, p.lin("#fff@.35", "26:#fff@0", "70:#2a1608@0", "#2a1608@.4"))
    p.path(d, p.lin("#2a1608@.4", "14:#2a1608@0", "86:#2a1608@0", "#2a1608@.45", way="h"))
    p.path("M92 172C130 164 270 164 308 172", "none", "#2a1608@.6", 6, cap=True)
    p.path("M92 172C130 164 270 164 308 172", "none", BRASS[2], 2.4, dash="2 2")
    p.path("M300 172l10 20", "none", BRASS[2], 5, cap=True)
    p.path("M132 236C118 84 282 84 268 236", "none", dark(UMBER, .35), 14, cap=True)
    p.path("M132 236C118 84 282 84 268 236", "none", "#7d4a2c", 10, cap=True)
    stitch(p, "M132 236C118 84 282 84 268 236", w=1.3)
    for x in (132, 268):
        p.path(f"M{x - 11} 214H{x + 11}V252L{x} 262L{x - 11} 252Z", hide(p, UMBER))
        p.circle(x, 226, 4.5, p.rad(BRASS[3], BRASS[0]))
        p.circle(x, 246, 3.5, p.rad(BRASS[3], BRASS[0]))


@picture("tooled-star-belt", "leather", floor=0, niche="star")
def belt(p):
    # a coil seen from above, its tongue crossing the front
    coil = oval(200, 186, 118, 98)
    p.path(coil, "none", "#2a1608@.12", 46, t="translate(8 14)")
    p.path(coil, "none", dark(OXBLOOD, .55), 44)
    p.path(coil, "none", p.lin("#a8463a", OXBLOOD, "#531816", way="d"), 40)
    p.path(oval(200, 186, 100, 80), "none", "#2a1608@.4", 4)
    stitch(p, oval(200, 186, 132, 112), w=1.6)
    stitch(p, oval(200, 186, 104, 84), w=1.6)
    p.place(p.shape(poly(star(0, 0, 11)), "none", "#f0c98a", 1.8) + p.shape(oval(0, 0, 3), "#f0c98a"),
            *((1, 0, 0, 1, 200 + 118 * math.cos(a), 186 + 98 * math.sin(a)) for a in (6.283 * i / 14 + .22 for i in range(14)) if not 1.0 < a % 6.283 < 2.2))
    strap = "M84 262H334C346 262 354 272 354 284S346 306 334 306H84Z"
    p.cast(strap, 6, 9, .14)
    p.path(strap, p.lin("#b04c3e", OXBLOOD, "#551816"))
    grain(p, strap)
    stitch(p, "M150 269H332Q346 270 347 284Q346 298 332 299H150", w=1.6)
    for x in (208, 240, 272, 304):
        p.ellipse(x, 284, 4, 5.5, "#2a0c0a")
        p.line(f"M{x - 4} 288a4 5 0 0 0 8 0", "#d98a78", 1.2)
    p.rect(52, 246, 84, 76, "none", r=14, stroke=BRASS[0], sw=15)
    p.rect(52, 246, 84, 76, "none", r=14, stroke=p.lin(BRASS[3], BRASS[2], BRASS[1], BRASS[0], way="d"), sw=11)
    p.line("M60 284H146", BRASS[0], 10)
    p.line("M60 284H146", BRASS[2], 7)
    p.line("M60 282H146", BRASS[3], 2)
    p.rect(160, 256, 18, 56, p.lin("#b04c3e", OXBLOOD, "#451210"), r=4)
    stitch(p, "M164 259V309M174 259V309", w=1.2)


@picture("wrapped-journal", "leather", floor=0, niche="horseshoe")
def journal(p):
    with p.group(t="rotate(-7 200 206)"):
        body = "M102 70H298Q312 70 312 84V326Q312 340 298 340H102Z"
        p.cast(body, 9, 12, .12)
        p.path("M112 78H316V346H112Z", "#e9d9b4")
        p.path("".join(f"M112 {338 + 2.4 * i:.1f}H314" for i in range(4)) + "".join(f"M{311 + 2 * i} 90V338" for i in range(3)), "none", "#b89c66", 1)
        p.path(body, hide(p, "#7a4a2e"))
        grain(p, body)
        p.path("M102 70H124V340H102Q94 340 94 330V80Q94 70 102 70Z", p.lin("#2a1608@.5", "50:#fff@.22", "#2a1608@.35", way="h"))
        for y in (112, 160, 250, 298):
            p.path(f"M94 {y}H124", "none", "#2a1608@.45", 5)
            p.path(f"M94 {y - 2}H124", "none", "#fff@.25", 1.5)
        gold = "#e6bd68"
        p.path("M138 84H298V326H138Z", "none", gold, 2)
        p.path("M145 91H291V319H145Z", "none", gold, 1)
        for x, y in ((145, 91), (291, 91), (145, 319), (291, 319)):
            sx, sy = (1 if x < 200 else -1), (1 if y < 200 else -1)
            p.path(f"M{x} {y + 34 * sy}Q{x + 6 * sx} {y + 6 * sy} {x + 34 * sx} {y}", "none", gold, 1.6)
            p.path(petals(x + 10 * sx, y + 10 * sy, 9, 4, .3, .785), gold)
        p.path(poly(star(218, 205, 66)), "none", gold, 2.4)
        p.path(poly(star(218, 205, 54)), "none", gold, 1.2)
        p.path(petals(218, 205, 50, 16, .13, start=14), gold)
        p.path(poly(star(218, 205, 14)), "none", gold, 1.6)
        p.path(body, p.lin("#fff@.25", "40:#fff@0", "#2a1608@.28", way="d"))
        p.path("M94 222C160 232 250 226 312 214L312 228C250 240 160 246 94 236Z", hide(p, "#4d2a18"))
        p.path("M94 236C160 250 250 246 312 232", "none", "#2a1608@.4", 3)
        p.path("M208 232C196 262 214 280 204 318M218 231C228 262 212 288 224 330", "none", "#4d2a18", 5, cap=True)
        p.circle(212, 231, 12, p.rad(BRASS[3], BRASS[2], BRASS[0], c=(.36, .3)))
        p.path(poly(star(212, 231, 7)), BRASS[0])


@picture("fold-card-wallet", "leather", floor=0, niche="pointed")
def wallet(p):
    # the green one stands open behind, the tan one lies in front
    with p.group(t="rotate(-12 200 160)"):
        d = "M92 84H308Q320 84 320 96V206H80V96Q80 84 92 84Z"
        p.cast(d, 8, 10, .1)
        p.path(d, hide(p, "#1c5a55"))
        for i, c in enumerate(("#f3e3c0", "#d9a640", "#c95a3a")):
            p.path(f"M{100 + 6 * i} {104 + 22 * i}H{290 - 6 * i}Q298 {104 + 22 * i} 298 {112 + 22 * i}V206H{100 + 6 * i}Z", p.lin(light(c, .2), dark(c, .12)))
            p.path(f"M84 {124 + 24 * i}H316V210H84Z", hide(p, "#20655f"))
            stitch(p, f"M88 {130 + 24 * i}H312", w=1.4)
    d = "M80 200H316Q330 200 330 214V326Q330 340 316 340H80Q66 340 66 326V214Q66 200 80 200Z"
    p.cast(d, 8, 11, .13)
    p.path(d, hide(p, TAN))
    grain(p, d)
    stitch(p, "M82 208H314Q322 208 322 216V324Q322 332 314 332H82Q74 332 74 324V216Q74 208 82 208Z")
    ink = dark(TAN, .5)
    p.path(poly(star(140, 270, 44)), "none", ink, 2.6)
    p.path(petals(140, 270, 34, 16, .13, start=8), ink)
    p.path("".join(poly(diamond(208 + 17 * j, 238, 5, 7)) + poly(diamond(208 + 17 * j, 302, 5, 7)) for j in range(6)), ink, o=.8)
    p.path(d, p.lin("#fff@.35", "35:#fff@0", "#2a1608@.25", way="d"))
    p.path("M330 252H262Q246 252 246 270T262 288H330Z", "#2a1608@.3", t="translate(0 4)")
    p.path("M330 252H262Q246 252 246 270T262 288H330Z", hide(p, COGNAC))
    stitch(p, "M326 258H264Q252 258 252 270T264 282H326", w=1.3)
    p.circle(268, 270, 8, p.rad(BRASS[3], BRASS[2], BRASS[0], c=(.36, .3)))


@picture("palm-leaf-market-basket", "leather", floor=306, niche="disc")
def basket(p):
    p.shadow(200, 352, 126)
    p.path("M126 196C108 50 292 50 274 196", "none", dark(COGNAC, .45), 11)
    b = Lathe([(178, 142, 1), (200, 138), (268, 122), (326, 104), (344, 96, 1)], k=.13)
    p.ellipse(200, 178, 142, 18, "#6d4a1e")
    p.ellipse(200, 184, 132, 13, "#3f2a10")

    def weave():
        cell = ('<path d="M0 0H20V14H0Z" fill="#d9b06a"/><path d="M0 14Q5 0 10 14M10 14Q15 0 20 14M0 0Q5 10 10 0" fill="none" stroke="#8a5f28" stroke-width="2"/>'
                '<path d="M2 12Q5 3 8 12M12 12Q15 3 18 12" fill="none" stroke="#f9e3ac" stroke-width="1.4"/>')
        p.rect(50, 160, 300, 220, p.tile(20, 14, cell))
        for y in (222, 232, 300, 310):
            p.path(b.band(y, y + 5), TERRACOTTA if y < 260 else TEAL)
        p.path(b.wrap(diamond(0, 0, 13, 17), 262, 10), CREAM)
        p.path(b.wrap(diamond(0, 0, 8, 11), 262, 10), TERRACOTTA)
        p.path(b.wrap(diamond(0, 0, 4, 5), 262, 10, .5), TEAL)
    b.draw(p, "#d9b06a", weave, shade=.5, hi=.22, gleam=0)
    p.path(b.band(178, 192), hide(p, COGNAC))
    stitch(p, b.hoop(185), w=1.6)
    p.path("M112 232C82 40 318 40 288 232", "none", dark(COGNAC, .5), 14, cap=True)
    p.path("M112 232C82 40 318 40 288 232", "none", p.lin(light(COGNAC, .3), COGNAC), 10, cap=True)
    stitch(p, "M112 232C82 40 318 40 288 232", w=1.3)
    for x in (112, 288):
        p.path(f"M{x - 13} 214H{x + 13}L{x + 9} 262L{x} 272L{x - 9} 262Z", hide(p, COGNAC))
        stitch(p, f"M{x - 8} 218L{x - 5} 258M{x + 8} 218L{x + 5} 258", w=1.2)
        p.circle(x, 240, 4.5, p.rad(BRASS[3], BRASS[0]))
    p.line("M290 202V238M284 240l-8 40M290 242v42M296 240l8 38", SAFFRON, 4)
    p.circle(290, 238, 7, TERRACOTTA)


@picture("drawstring-bucket-bag", "leather", floor=308, niche="horseshoe")
def bucket(p):
    p.shadow(200, 352, 100)
    p.path("M118 176C60 60 170 20 214 66S300 120 284 180", "none", dark(UMBER, .3), 12)
    p.path("M118 176C60 60 170 20 214 66S300 120 284 180", "none", "#8a5030", 8)
    b = Lathe([(142, 88), (168, 82), (196, 92), (260, 106), (322, 102), (344, 96, 1)], k=.16)
    p.ellipse(200, 142, 88, 16, "#2c1409")

    def deco():
        p.path(b.band(296, 360), hide(p, UMBER))
        for i in range(-6, 7):
            p.path(b.strip(i / 7 - .01, i / 7 + .02, 146, 190), "#2a1608", o=.3)
        b.stamp(p, p.shape(poly(star(0, 0, 34)), "#f0dcb4@.9") + p.shape(poly(star(0, 0, 26)), OXBLOOD) + p.shape(petals(0, 0, 22, 8, .26), "#f0dcb4"), 226, 4)
        p.path(b.wrap(diamond(0, 0, 6, 16), 226, 4, .5), "#f0dcb4")
        p.line(b.hoop(188) + b.hoop(270), "#f0dcb4", 1.6, dash="6 4", cap=False)
        p.line(b.hoop(302), "#f0dcb4", 1.6, dash="6 4", cap=False)
    b.draw(p, hide(p, "#8f342c"), deco, shade=.5, hi=.25, gleam=.3, gleams=(200, 320))
    p.line(b.hoop(142), "#c9695c", 5)
    for i in range(7):
        t = (i - 3) * .42
        p.ellipse(200 + 84 * math.sin(t), 160 + 13 * math.cos(t), 5.5, 5.5, p.rad(BRASS[3], BRASS[1], BRASS[0]))
        p.ellipse(200 + 84 * math.sin(t), 160 + 13 * math.cos(t), 2.4, 2.4, "#1d0d06")
    p.path("M120 162C150 186 178 170 200 178S256 184 280 160", "none", "#f0dcb4", 5, cap=True)
    p.path("M196 178C180 210 184 236 176 262M206 178C218 206 214 236 224 254", "none", "#f0dcb4", 4.5, cap=True)
    for x, y in ((176, 262), (224, 254)):
        p.circle(x, y, 7, p.rad(BRASS[3], BRASS[1], BRASS[0]))
        p.line(f"M{x} {y + 6}l-6 26M{x} {y + 6}v28M{x} {y + 6}l6 26", SAFFRON, 3.4)
    for x in (116, 286):
        p.rect(x - 9, 168, 18, 30, hide(p, UMBER), r=4)
        p.circle(x, 176, 4, BRASS[2])
