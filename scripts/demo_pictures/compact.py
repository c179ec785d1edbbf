"""Write path data in as few characters as SVG allows: relative steps in tenths, no drift."""
import re

TOKEN = re.compile(r"[A-Za-z]|-?(?:\d+\.?\d*|\.\d+)")
ARITY = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7}


def number(tenths):
    """An integer count of tenths as the shortest decimal."""
    whole, part = divmod(abs(tenths), 10)
    return ("-" if tenths < 0 else "") + (str(whole) if whole or not part else "") + (f".{part}" if part else "")


def compact(d):
    """The same path; coordinates rounded to a tenth."""
    tokens = TOKEN.findall(d)
    out, last = [], ""
    x = y = sx = sy = 0.0          # where the given path stands
    px = py = psx = psy = 0        # where the written one stands, in tenths
    i, command = 0, ""

    def write(letter, values):
        nonlocal last
        text = ""
        for k, v in enumerate(values):
            s = str(v) if letter == "a" and k in (3, 4) else number(v)  # an arc's two flags are plain 0 or 1
            text += s if not text or s[0] == "-" else " " + s
        if letter != last or letter in "mz":
            out.append(letter + text)
        else:
            joined = text[:1] == "-"
            out.append(text if joined else " " + text)
        last = "l" if letter == "m" else letter

    while i < len(tokens):
        if tokens[i].isalpha():
            command = tokens[i]
            i += 1
            if command in "Zz":
                write("z", [])
                x, y, px, py = sx, sy, psx, psy
                continue
        upper, relative = command.upper(), command.islower()
        args = [float(v) for v in tokens[i:i + ARITY[upper]]]
        i += ARITY[upper]
        if upper == "H":
            x = args[0] + (x if relative else 0)
        elif upper == "V":
            y = args[0] + (y if relative else 0)
        if upper in "HV":
            nx, ny = round(x * 10), round(y * 10)
            if (nx, ny) != (px, py):
                write(upper.lower(), [nx - px if upper == "H" else ny - py])
            px, py = nx, ny
            continue
        if upper == "A":
            ex, ey = args[5] + (x if relative else 0), args[6] + (y if relative else 0)
            nx, ny = round(ex * 10), round(ey * 10)
            write("a", [round(args[0] * 10), round(args[1] * 10), round(args[2] * 10), int(args[3]), int(args[4]), nx - px, ny - py])
        else:
            pts = [(args[k] + (x if relative else 0), args[k + 1] + (y if relative else 0)) for k in range(0, len(args), 2)]
            ex, ey = pts[-1]
            nx, ny = round(ex * 10), round(ey * 10)
            steps = [v for a, b in pts for v in (round(a * 10) - px, round(b * 10) - py)]
            if upper == "L" and ny == py and nx != px:
                write("h", [nx - px])
            elif upper == "L" and nx == px and ny != py:
                write("v", [ny - py])
            elif upper != "L" or (nx, ny) != (px, py):
                write(upper.lower(), steps)
        x, y, px, py = ex, ey, nx, ny
        if upper == "M":
            sx, sy, psx, psy = x, y, px, py
            command = "l" if relative else "L"
    # the first move is the same absolute or relative, so the whole path may be lower case
    return "".join(out)
