-- What a shop with a million products and five million orders needs to answer as a small one
-- does.

-- Totals of long lists, counted in the background: see lib/db/tally.h.
CREATE TABLE tally (
    name       VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    n          BIGINT NOT NULL,
    counted_at BIGINT NOT NULL,
    CONSTRAINT tally_n CHECK (n >= 0)
) ENGINE = InnoDB;

-- A part of a name sorts nothing: by the first 100 characters the whole shop was sorted anew
-- for each page.
ALTER TABLE product
    ADD KEY product_name_order (status, name, id),
    ADD KEY product_category_price (category_id, status, price),
    ADD KEY product_brand_price (brand_id, status, price),
    -- the back office's list shows archived ones too
    ADD KEY product_by_age (created_at, id),
    DROP KEY product_by_name;
