-- What happened, written in the transaction that did it, until it was handed on to those who
-- want to know (a row leaves when a broker confirmed it, or with the consumer's own work).
-- seq is the order of writing: of one order's events, whose row is locked meanwhile, the order
-- they happened in. No other index: every order writes here.
CREATE TABLE outbox (
    seq        BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id         BIGINT NOT NULL,
    type       VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    data       VARCHAR(4000) NULL
) ENGINE = InnoDB;

-- Who hands on.
INSERT INTO job_lease (name, holder, version, until_ms) VALUES ('relay', '', 0, 0);

-- SKUs told as running low, until there are more again.
CREATE TABLE low_stock (
    sku_id  BIGINT NOT NULL PRIMARY KEY,
    told_at BIGINT NOT NULL,
    CONSTRAINT low_stock_sku FOREIGN KEY (sku_id) REFERENCES sku (id) ON DELETE CASCADE
) ENGINE = InnoDB;
