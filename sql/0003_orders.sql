-- Carts, orders, payments, and the keys that make a repeated request harmless.

-- A cart belongs to an account or to a guest (the SHA-256 of the guest's token).
CREATE TABLE cart (
    id         BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NULL,
    guest_hash BINARY(32) NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT cart_account UNIQUE (account_id),
    CONSTRAINT cart_guest UNIQUE (guest_hash),
    CONSTRAINT cart_owner CHECK ((account_id IS NULL) <> (guest_hash IS NULL)),
    CONSTRAINT cart_account_fk FOREIGN KEY (account_id) REFERENCES account (id),
    KEY cart_age (updated_at)
) ENGINE = InnoDB;

CREATE TABLE cart_item (
    id       BIGINT NOT NULL PRIMARY KEY,
    cart_id  BIGINT NOT NULL,
    sku_id   BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    CONSTRAINT cart_item_once UNIQUE (cart_id, sku_id),
    CONSTRAINT cart_item_cart FOREIGN KEY (cart_id) REFERENCES cart (id) ON DELETE CASCADE,
    CONSTRAINT cart_item_sku FOREIGN KEY (sku_id) REFERENCES sku (id),
    CONSTRAINT cart_item_quantity CHECK (quantity BETWEEN 1 AND 9999)
) ENGINE = InnoDB;

CREATE TABLE orders (
    id                 BIGINT NOT NULL PRIMARY KEY,
    number             VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    account_id         BIGINT NULL,
    guest_hash         BINARY(32) NULL,
    email              VARCHAR(254) NOT NULL,
    status             VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_status     VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    fulfilment_status  VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    currency           CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subtotal           BIGINT NOT NULL,
    discount           BIGINT NOT NULL,
    shipping           BIGINT NOT NULL,
    tax                BIGINT NOT NULL,
    total              BIGINT NOT NULL,
    refunded           BIGINT NOT NULL,
    shipping_method    VARCHAR(40) NOT NULL,
    ship_name          VARCHAR(200) NOT NULL,
    ship_line1         VARCHAR(200) NOT NULL,
    ship_line2         VARCHAR(200) NOT NULL,
    ship_city          VARCHAR(120) NOT NULL,
    ship_region        VARCHAR(120) NOT NULL,
    ship_postal_code   VARCHAR(40) NOT NULL,
    ship_country       CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at         BIGINT NOT NULL,
    updated_at         BIGINT NOT NULL,
    expires_at         BIGINT NOT NULL,
    -- set while unpaid and open, so that the sweep reads one short index
    due_at             BIGINT NULL,
    -- how many events there are: each change of status counts it up and numbers its event
    event_n            INT NOT NULL,
    CONSTRAINT orders_number UNIQUE (number),
    CONSTRAINT orders_account FOREIGN KEY (account_id) REFERENCES account (id),
    CONSTRAINT orders_owner CHECK ((account_id IS NULL) <> (guest_hash IS NULL)),
    CONSTRAINT orders_total CHECK (total = subtotal + shipping + tax - discount),
    CONSTRAINT orders_amounts CHECK (subtotal >= 0 AND discount >= 0 AND shipping >= 0
        AND tax >= 0 AND total >= 0 AND refunded BETWEEN 0 AND total),
    CONSTRAINT orders_status CHECK (status IN ('pending', 'paid', 'shipped', 'completed',
        'cancelled', 'expired', 'refunded', 'partially_refunded')),
    CONSTRAINT orders_payment_status CHECK (payment_status IN ('unpaid', 'paid',
        'partially_refunded', 'refunded')),
    CONSTRAINT orders_fulfilment_status CHECK (fulfilment_status IN ('unfulfilled',
        'shipped', 'completed', 'cancelled')),
    CONSTRAINT orders_due CHECK ((status = 'pending') = (due_at IS NOT NULL)),
    KEY orders_by_account (account_id, id),
    KEY orders_by_guest (guest_hash, id),
    KEY orders_by_status (status, id),
    KEY orders_by_email (email, id),
    KEY orders_due_at (due_at),
    KEY orders_by_day (created_at)
) ENGINE = InnoDB;

-- Prices and names are copied: an order's history never changes with the catalogue.
CREATE TABLE order_line (
    id         BIGINT NOT NULL PRIMARY KEY,
    order_id   BIGINT NOT NULL,
    line_no    INT NOT NULL,
    product_id BIGINT NOT NULL,
    sku_id     BIGINT NOT NULL,
    sku        VARCHAR(64) NOT NULL,
    name       VARCHAR(750) NOT NULL,
    unit_price BIGINT NOT NULL,
    quantity   BIGINT NOT NULL,
    line_total BIGINT NOT NULL,
    CONSTRAINT order_line_no UNIQUE (order_id, line_no),
    CONSTRAINT order_line_sku_once UNIQUE (order_id, sku_id),
    CONSTRAINT order_line_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_line_sku FOREIGN KEY (sku_id) REFERENCES sku (id),
    CONSTRAINT order_line_quantity CHECK (quantity BETWEEN 1 AND 9999),
    CONSTRAINT order_line_price CHECK (unit_price >= 0),
    CONSTRAINT order_line_total CHECK (line_total = unit_price * quantity)
) ENGINE = InnoDB;

-- Who changed what when: append-only. status_to of the last event is the order's status.
-- seq counts from 1 within the order: clocks of several machines need not agree.
CREATE TABLE order_event (
    id          BIGINT NOT NULL PRIMARY KEY,
    order_id    BIGINT NOT NULL,
    seq         INT NOT NULL,
    status_from VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status_to   VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    actor       VARCHAR(80) NOT NULL,
    reason      VARCHAR(300) NOT NULL,
    created_at  BIGINT NOT NULL,
    CONSTRAINT order_event_once UNIQUE (order_id, seq),
    CONSTRAINT order_event_order FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE = InnoDB;

-- An attempt is a row before the provider is asked. paid_order_id is the order's id once it
-- succeeded: UNIQUE, so that an order is paid at most once whatever the code does.
CREATE TABLE payment (
    id            BIGINT NOT NULL PRIMARY KEY,
    order_id      BIGINT NOT NULL,
    provider      VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reference     VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status        VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    amount        BIGINT NOT NULL,
    currency      CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    refunded      BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    paid_order_id BIGINT GENERATED ALWAYS AS
        (CASE WHEN status = 'succeeded' THEN order_id ELSE NULL END) STORED,
    CONSTRAINT payment_reference UNIQUE (provider, reference),
    CONSTRAINT payment_once UNIQUE (paid_order_id),
    CONSTRAINT payment_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT payment_status CHECK (status IN ('started', 'succeeded', 'declined')),
    CONSTRAINT payment_amount CHECK (amount >= 0),
    CONSTRAINT payment_refunded CHECK (refunded BETWEEN 0 AND amount),
    KEY payment_by_order (order_id, id),
    -- holds all that the revenue of a day is made of
    KEY payment_by_status (status, created_at, currency, amount, refunded)
) ENGINE = InnoDB;

CREATE TABLE refund (
    id         BIGINT NOT NULL PRIMARY KEY,
    payment_id BIGINT NOT NULL,
    amount     BIGINT NOT NULL,
    reason     VARCHAR(300) NOT NULL,
    actor      VARCHAR(80) NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT refund_payment FOREIGN KEY (payment_id) REFERENCES payment (id),
    CONSTRAINT refund_amount CHECK (amount > 0)
) ENGINE = InnoDB;

CREATE TABLE shipment (
    id         BIGINT NOT NULL PRIMARY KEY,
    order_id   BIGINT NOT NULL,
    carrier    VARCHAR(80) NOT NULL,
    tracking   VARCHAR(120) NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT shipment_once UNIQUE (order_id),
    CONSTRAINT shipment_order FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE = InnoDB;

-- Claimed by INSERT in the transaction of the work it guards, with the answer it gave.
-- scope: whose key it is ("u:<account>", "g:<guest hash>") and for which call (":orders",
-- ":checkout", ":refund").
CREATE TABLE idempotency_key (
    scope       VARCHAR(330) COLLATE utf8mb4_bin NOT NULL,
    idem_key    VARCHAR(255) COLLATE utf8mb4_bin NOT NULL,
    body_hash   BINARY(32) NOT NULL,
    order_id    BIGINT NOT NULL,
    http_status INT NOT NULL,
    answer      MEDIUMTEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (scope, idem_key),
    KEY idempotency_key_order (order_id),
    KEY idempotency_key_age (created_at)
) ENGINE = InnoDB;
