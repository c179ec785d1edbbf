-- Tax, shipping and coupons, and what an order keeps of them. Rates are parts per million:
-- 190000 is 19 %. A shop without rows here charges no tax and delivers free everywhere.

-- One rate for a country and a category with all below it, or (category NULL) for all that
-- no other rate of the country covers, delivery included.
CREATE TABLE tax_rate (
    id           BIGINT NOT NULL PRIMARY KEY,
    country      CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    category_id  BIGINT NULL,
    name         VARCHAR(80) NOT NULL,
    rate_ppm     INT NOT NULL,
    -- 1: prices contain it; 0: it is added to them
    inclusive    TINYINT NOT NULL,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    category_key BIGINT GENERATED ALWAYS AS
        (CASE WHEN category_id IS NULL THEN 0 ELSE category_id END) STORED,
    CONSTRAINT tax_rate_once UNIQUE (country, category_key),
    CONSTRAINT tax_rate_category FOREIGN KEY (category_id) REFERENCES category (id),
    CONSTRAINT tax_rate_bounds CHECK (rate_ppm BETWEEN 0 AND 1000000),
    CONSTRAINT tax_rate_inclusive CHECK (inclusive IN (0, 1)),
    CONSTRAINT tax_rate_country CHECK (country BETWEEN 'AA' AND 'ZZ')
) ENGINE = InnoDB;

CREATE TABLE shipping_zone (
    id         BIGINT NOT NULL PRIMARY KEY,
    name       VARCHAR(80) COLLATE utf8mb4_bin NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT shipping_zone_name UNIQUE (name)
) ENGINE = InnoDB;

-- A country is in one zone at most; '*' is every country that stands nowhere else.
CREATE TABLE shipping_zone_country (
    country VARCHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    zone_id BIGINT NOT NULL,
    CONSTRAINT shipping_zone_country_zone FOREIGN KEY (zone_id)
        REFERENCES shipping_zone (id) ON DELETE CASCADE,
    CONSTRAINT shipping_zone_country_code CHECK (country = '*'
        OR (CHAR_LENGTH(country) = 2 AND country BETWEEN 'AA' AND 'ZZ'))
) ENGINE = InnoDB;

CREATE TABLE shipping_method (
    id         BIGINT NOT NULL PRIMARY KEY,
    zone_id    BIGINT NOT NULL,
    code       VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name       VARCHAR(80) NOT NULL,
    currency   CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    charge     BIGINT NOT NULL,
    -- goods of this worth travel free; goods above that worth do not travel this way
    free_from  BIGINT NULL,
    max_order  BIGINT NULL,
    position   INT NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT shipping_method_once UNIQUE (zone_id, currency, code),
    CONSTRAINT shipping_method_zone FOREIGN KEY (zone_id) REFERENCES shipping_zone (id),
    CONSTRAINT shipping_method_amounts CHECK (charge BETWEEN 0 AND 1000000000000
        AND (free_from IS NULL OR free_from BETWEEN 0 AND 1000000000000)
        AND (max_order IS NULL OR max_order BETWEEN 0 AND 1000000000000)),
    CONSTRAINT shipping_method_position CHECK (position BETWEEN 0 AND 10000)
) ENGINE = InnoDB;

-- code: upper case. value: parts per million of a percent coupon, minor units of a fixed
-- one. used: how many orders hold it now; raised and lowered with the rows of
-- coupon_redemption, in one transaction.
CREATE TABLE coupon (
    id                BIGINT NOT NULL PRIMARY KEY,
    code              VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind              VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    value             BIGINT NOT NULL,
    currency          CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NULL,
    minimum           BIGINT NOT NULL,
    starts_at         BIGINT NULL,
    ends_at           BIGINT NULL,
    limit_total       BIGINT NULL,
    limit_per_account BIGINT NULL,
    used              BIGINT NOT NULL,
    active            TINYINT NOT NULL,
    version           BIGINT NOT NULL,
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    CONSTRAINT coupon_code UNIQUE (code),
    CONSTRAINT coupon_upper CHECK (code = UPPER(code) AND CHAR_LENGTH(code) > 0),
    CONSTRAINT coupon_kind CHECK (
        (kind = 'percent' AND value BETWEEN 1 AND 1000000)
        OR (kind = 'fixed' AND value BETWEEN 1 AND 1000000000000 AND currency IS NOT NULL)
        OR (kind = 'free_shipping' AND value = 0)),
    CONSTRAINT coupon_minimum CHECK (minimum = 0
        OR (minimum BETWEEN 1 AND 1000000000000 AND currency IS NOT NULL)),
    CONSTRAINT coupon_window CHECK (starts_at IS NULL OR ends_at IS NULL
        OR starts_at < ends_at),
    CONSTRAINT coupon_limits CHECK ((limit_total IS NULL OR limit_total >= 1)
        AND (limit_per_account IS NULL OR limit_per_account >= 1)),
    CONSTRAINT coupon_used CHECK (used >= 0 AND (limit_total IS NULL OR used <= limit_total)),
    CONSTRAINT coupon_active CHECK (active IN (0, 1))
) ENGINE = InnoDB;

-- One row for each order that was placed with a coupon. While the order stands the row holds
-- one of the coupon's slots, and one of its buyer's (who: SHA-256 of account or e-mail
-- address) if there is such a limit; an order that is cancelled or expires releases both.
CREATE TABLE coupon_redemption (
    order_id    BIGINT NOT NULL PRIMARY KEY,
    coupon_id   BIGINT NOT NULL,
    slot        BIGINT NULL,
    who         BINARY(32) NOT NULL,
    who_slot    BIGINT NULL,
    created_at  BIGINT NOT NULL,
    released_at BIGINT NULL,
    CONSTRAINT coupon_redemption_slot UNIQUE (coupon_id, slot),
    CONSTRAINT coupon_redemption_who_slot UNIQUE (coupon_id, who, who_slot),
    CONSTRAINT coupon_redemption_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT coupon_redemption_coupon FOREIGN KEY (coupon_id) REFERENCES coupon (id),
    CONSTRAINT coupon_redemption_held CHECK (
        (released_at IS NULL AND slot >= 1 AND slot IS NOT NULL
            AND (who_slot IS NULL OR who_slot >= 1))
        OR (released_at IS NOT NULL AND slot IS NULL AND who_slot IS NULL))
) ENGINE = InnoDB;

-- coupon: its code, '' for none. tax_included: what inclusive prices and delivery contain;
-- tax is only what was added. shipping_tax is part of the one or the other.
ALTER TABLE orders
    ADD COLUMN coupon VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
    ADD COLUMN tax_included BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN shipping_tax BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN shipping_tax_ppm INT NOT NULL DEFAULT 0,
    ADD COLUMN shipping_tax_inclusive TINYINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT orders_taxes CHECK (tax_included BETWEEN 0 AND total
        AND shipping_tax BETWEEN 0 AND shipping
        AND shipping_tax_ppm BETWEEN 0 AND 1000000
        AND shipping_tax_inclusive IN (0, 1));

-- discount: the line's part of the order's. tax: of what is left, at tax_ppm; contained in
-- it when tax_inclusive, else added to the order.
ALTER TABLE order_line
    ADD COLUMN discount BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN tax BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN tax_ppm INT NOT NULL DEFAULT 0,
    ADD COLUMN tax_inclusive TINYINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT order_line_discount CHECK (discount BETWEEN 0 AND line_total),
    ADD CONSTRAINT order_line_tax CHECK (tax BETWEEN 0 AND line_total - discount
        AND tax_ppm BETWEEN 0 AND 1000000 AND tax_inclusive IN (0, 1));
