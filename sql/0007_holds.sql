-- Holds: who sweeps, how much unpaid orders may hold, and sales with holds of their own.

-- Work that one process does at a time. version grows with each holder: whoever comes back
-- late finds another version and must not write.
CREATE TABLE job_lease (
    name     VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    holder   VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version  BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    CONSTRAINT job_lease_version CHECK (version >= 0 AND until_ms >= 0)
) ENGINE = InnoDB;

INSERT INTO job_lease (name, holder, version, until_ms) VALUES ('expire', '', 0, 0);

-- What the pending orders of one owner hold, an account ("u:<id>") or a guest's address
-- ("a:<keyed hash>"), and how much they may. An order is counted in the row hold_owner names
-- for as long as it is pending; NULL: in none.
CREATE TABLE hold_counter (
    owner      VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    orders     BIGINT NOT NULL,
    units      BIGINT NOT NULL,
    orders_max BIGINT NOT NULL,
    units_max  BIGINT NOT NULL,
    CONSTRAINT hold_counter_orders CHECK (orders BETWEEN 0 AND orders_max),
    CONSTRAINT hold_counter_units CHECK (units BETWEEN 0 AND units_max)
) ENGINE = InnoDB;

ALTER TABLE orders ADD COLUMN hold_owner VARCHAR(40)
    CHARACTER SET ascii COLLATE ascii_bin NULL;

-- An attempt that settles later (a transfer): its order waits for it until then.
ALTER TABLE payment ADD COLUMN settles_by BIGINT NULL;

-- A sale: orders with a line it covers are held for hold_ms.
CREATE TABLE sale (
    id         BIGINT NOT NULL PRIMARY KEY,
    name       VARCHAR(120) NOT NULL,
    starts_at  BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL,
    hold_ms    BIGINT NOT NULL,
    -- units of what it covers in one order; NULL: as many as there are
    max_units  BIGINT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT sale_window CHECK (starts_at < ends_at),
    CONSTRAINT sale_hold CHECK (hold_ms BETWEEN 1000 AND 604800000),
    CONSTRAINT sale_units CHECK (max_units IS NULL OR max_units > 0),
    KEY sale_running (ends_at, starts_at)
) ENGINE = InnoDB;

-- What it covers: products, and categories with all below them. None: the whole shop.
CREATE TABLE sale_item (
    id          BIGINT NOT NULL PRIMARY KEY,
    sale_id     BIGINT NOT NULL,
    product_id  BIGINT NULL,
    category_id BIGINT NULL,
    CONSTRAINT sale_item_sale FOREIGN KEY (sale_id) REFERENCES sale (id) ON DELETE CASCADE,
    CONSTRAINT sale_item_product FOREIGN KEY (product_id) REFERENCES product (id),
    CONSTRAINT sale_item_category FOREIGN KEY (category_id) REFERENCES category (id),
    CONSTRAINT sale_item_one CHECK ((product_id IS NULL) <> (category_id IS NULL))
) ENGINE = InnoDB;
