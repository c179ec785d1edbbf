-- The catalogue and the stock ledger.

CREATE TABLE category (
    id        BIGINT NOT NULL PRIMARY KEY,
    parent_id BIGINT NULL,
    name      VARCHAR(120) NOT NULL,
    -- slugs from the top, joined by '/': "audio/headphones"
    path      VARCHAR(400) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- names from the top, one a line: "Audio\nHeadphones" with a real line feed
    names     VARCHAR(1000) NOT NULL,
    depth     INT NOT NULL,
    CONSTRAINT category_path UNIQUE (path),
    CONSTRAINT category_parent FOREIGN KEY (parent_id) REFERENCES category (id),
    CONSTRAINT category_depth CHECK (depth BETWEEN 1 AND 8)
) ENGINE = InnoDB;

CREATE TABLE brand (
    id   BIGINT NOT NULL PRIMARY KEY,
    name VARCHAR(120) COLLATE utf8mb4_bin NOT NULL,
    CONSTRAINT brand_name UNIQUE (name)
) ENGINE = InnoDB;

CREATE TABLE product (
    id          BIGINT NOT NULL PRIMARY KEY,
    slug        VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name        VARCHAR(500) NOT NULL,
    description MEDIUMTEXT NOT NULL,
    brand_id    BIGINT NULL,
    category_id BIGINT NULL,
    currency    CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- the lowest price of its active SKUs, kept by the catalogue's store for sorting
    price       BIGINT NOT NULL,
    status      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- raised by every change but stock movements: If-Match compares it
    version     BIGINT NOT NULL,
    -- what search reads besides the name: brand, SKUs, category, description
    search_text MEDIUMTEXT NOT NULL,
    -- SHA-256 of the import line that wrote it last: the same line changes nothing
    import_hash BINARY(32) NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    CONSTRAINT product_slug UNIQUE (slug),
    CONSTRAINT product_brand FOREIGN KEY (brand_id) REFERENCES brand (id),
    CONSTRAINT product_category FOREIGN KEY (category_id) REFERENCES category (id),
    CONSTRAINT product_price CHECK (price >= 0),
    CONSTRAINT product_status CHECK (status IN ('active', 'archived')),
    KEY product_newest (status, created_at, id),
    KEY product_by_price (status, price, id),
    KEY product_by_name (status, name(100), id),
    KEY product_by_category (category_id, status, created_at),
    KEY product_by_brand (brand_id, status, created_at),
    FULLTEXT KEY product_words (name, search_text),
    FULLTEXT KEY product_name_words (name)
) ENGINE = InnoDB;

CREATE TABLE sku (
    id         BIGINT NOT NULL PRIMARY KEY,
    product_id BIGINT NOT NULL,
    sku        VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
    -- "Large, Blue"; empty for a product of one SKU
    variant    VARCHAR(200) NOT NULL,
    -- {"Size": "Large"}: a JSON object of strings
    options    VARCHAR(2000) NOT NULL,
    price      BIGINT NOT NULL,
    position   INT NOT NULL,
    status     VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT sku_sku UNIQUE (sku),
    CONSTRAINT sku_product FOREIGN KEY (product_id) REFERENCES product (id),
    CONSTRAINT sku_price CHECK (price >= 0),
    CONSTRAINT sku_status CHECK (status IN ('active', 'archived')),
    KEY sku_by_product (product_id, position)
) ENGINE = InnoDB;

CREATE TABLE product_image (
    product_id BIGINT NOT NULL,
    position   INT NOT NULL,
    url        VARCHAR(1000) NOT NULL,
    alt        VARCHAR(300) NOT NULL,
    PRIMARY KEY (product_id, position),
    CONSTRAINT product_image_product FOREIGN KEY (product_id) REFERENCES product (id)
) ENGINE = InnoDB;

CREATE TABLE product_attribute (
    product_id BIGINT NOT NULL,
    position   INT NOT NULL,
    name       VARCHAR(120) NOT NULL,
    value      VARCHAR(1000) NOT NULL,
    PRIMARY KEY (product_id, position),
    CONSTRAINT product_attribute_product FOREIGN KEY (product_id) REFERENCES product (id)
) ENGINE = InnoDB;

-- What can be sold now. The CHECK is the last word on overselling.
CREATE TABLE stock (
    sku_id    BIGINT NOT NULL PRIMARY KEY,
    available BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    -- set for SKUs with few pieces only, so that "running low" reads a short index and selling
    -- from a full shelf does not touch it
    low_available BIGINT GENERATED ALWAYS AS
        (CASE WHEN available <= 5 THEN available ELSE NULL END) STORED,
    CONSTRAINT stock_sku FOREIGN KEY (sku_id) REFERENCES sku (id),
    CONSTRAINT stock_not_negative CHECK (available >= 0),
    KEY stock_low (low_available, sku_id)
) ENGINE = InnoDB;

-- The ledger: append-only; available = the sum of a SKU's moves, always.
--   receive (+), adjust (+/-) by the shop's people; sale (-) by an order line;
--   cancel, expire, return (+) of an order line, each at most once; revive (-): a payment
--   that arrives after the order expired takes the units again, and it never expires twice.
CREATE TABLE stock_move (
    id            BIGINT NOT NULL PRIMARY KEY,
    sku_id        BIGINT NOT NULL,
    kind          VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    quantity      BIGINT NOT NULL,
    order_line_id BIGINT NULL,
    reason        VARCHAR(300) NOT NULL,
    actor         VARCHAR(80) NOT NULL,
    created_at    BIGINT NOT NULL,
    CONSTRAINT stock_move_sku FOREIGN KEY (sku_id) REFERENCES sku (id),
    CONSTRAINT stock_move_once UNIQUE (order_line_id, kind),
    CONSTRAINT stock_move_kind CHECK (
        (kind = 'receive' AND quantity > 0 AND order_line_id IS NULL)
        OR (kind = 'adjust' AND quantity <> 0 AND order_line_id IS NULL)
        OR (kind IN ('sale', 'revive') AND quantity < 0 AND order_line_id IS NOT NULL)
        OR (kind IN ('cancel', 'expire', 'return') AND quantity > 0
            AND order_line_id IS NOT NULL)),
    KEY stock_move_by_sku (sku_id, created_at, id)
) ENGINE = InnoDB;
