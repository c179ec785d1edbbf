#!/usr/bin/env python3
"""Draw the demo shop: every product's picture, the home page's hero, the logo and the favicon.

    scripts/demo-pictures.py            draw everything into app/web/static
    scripts/demo-pictures.py --only X   draw the pictures whose name contains X
    scripts/demo-pictures.py --check    check the catalogue and the pictures on disk; exit 1 on any fault

Plain Python 3, no packages; the same input gives the same bytes.
"""
import argparse
import json
import re
import sys
import xml.dom.minidom
from decimal import Decimal
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
from demo_pictures import kit  # noqa: E402
from demo_pictures import bath, ceramics, hero, jewellery, leather, lighting, rugs, spices, tea  # noqa: E402,F401

WEB = Path(__file__).resolve().parent.parent / "app" / "web"
STATIC = WEB / "static"
CATALOGUE = WEB / "demo" / "products.jsonl"


def draw(only):
    (STATIC / "demo").mkdir(parents=True, exist_ok=True)
    made = {}
    for name, (function, scene, options) in kit.REGISTRY.items():
        p = kit.Pic(scene)
        p.scene(**options)
        function(p)
        made[f"demo/{name}.svg"] = p.text()
    made.update({"demo/hero.svg": hero.hero(), "logo.svg": hero.logo(), "favicon.svg": hero.favicon()})
    count = 0
    for path, text in made.items():
        if only in path:
            (STATIC / path).write_text(text, encoding="utf-8")
            count += 1
    print(f"{count} pictures drawn")


def check():
    """Every promise the demo catalogue makes, as a list of the ones it breaks."""
    faults, skus, tops, images, products = [], set(), {}, set(), 0
    for number, line in enumerate(CATALOGUE.read_text(encoding="utf-8").splitlines(), 1):
        try:
            item = json.loads(line)
        except ValueError as error:
            faults.append(f"line {number}: {error}")
            continue
        products += 1
        where = f"line {number} ({item.get('sku')})"
        variants = item.get("variants") or [item]
        for v in variants:
            if v["sku"] in skus:
                faults.append(f"{where}: sku {v['sku']} is used twice")
            skus.add(v["sku"])
            if not re.fullmatch(r"[A-Z0-9]+(-[A-Z0-9]+)*", v["sku"]):
                faults.append(f"{where}: sku {v['sku']} is not uppercase letters, digits and dashes")
            if not re.fullmatch(r"\d+\.\d\d", v["price"]) or Decimal(v["price"]) <= 0:
                faults.append(f"{where}: price {v['price']}")
            if not isinstance(v["stock"], int) or v["stock"] < 0:
                faults.append(f"{where}: stock {v['stock']}")
        if any(item[k] != variants[0][k] for k in ("sku", "price", "stock")):
            faults.append(f"{where}: the first variant is not the product's own")
        if len({json.dumps(v.get("options"), sort_keys=True) for v in variants}) != len(variants):
            faults.append(f"{where}: two variants with the same options")
        if not 3 <= len(item["attributes"]) <= 6:
            faults.append(f"{where}: {len(item['attributes'])} attributes")
        top = item["category"][0]
        tops[top] = tops.get(top, 0) + 1
        if item["image"] in images:
            faults.append(f"{where}: image {item['image']} is used twice")
        images.add(item["image"])
        if not (WEB / item["image"].lstrip("/")).is_file():
            faults.append(f"{where}: no file {item['image']}")
    if products < 64:
        faults.append(f"only {products} products")
    if len(tops) < 8:
        faults.append(f"only {len(tops)} top categories")
    faults += [f"only {c} products in {t}" for t, c in tops.items() if c < 8]
    drawn = sorted((STATIC / "demo").glob("*.svg")) + [STATIC / "logo.svg", STATIC / "favicon.svg"]
    for path in drawn:
        text = path.read_text(encoding="utf-8")
        limit = 40_000 if path.name == "hero.svg" else 15_000
        if len(text.encode()) > limit:
            faults.append(f"{path.name}: {len(text.encode())} bytes")
        try:
            xml.dom.minidom.parseString(text)
        except Exception as error:  # noqa: BLE001 - whatever the parser says is the fault
            faults.append(f"{path.name}: {error}")
        if re.search(r"<(script|image|text|style|foreignObject)\b|(?:href|src)=\"(?!#)|\bon\w+=|url\((?!#)", text):
            faults.append(f"{path.name}: holds something a picture must not")
        if path.parent.name == "demo" and path.name != "hero.svg" and f"/static/demo/{path.name}" not in images:
            faults.append(f"{path.name}: no product uses it")
    for fault in faults:
        print(fault)
    print(f"{products} products, {len(skus)} SKUs, {len(tops)} top categories, {len(drawn)} pictures, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="X")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    sys.exit(check() if options.check else draw(options.only))
