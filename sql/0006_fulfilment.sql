-- Orders shipped in parts, refunded by line, and taken back.

-- An order may be sent in several parcels.
ALTER TABLE shipment
    DROP INDEX shipment_once,
    ADD KEY shipment_by_order (order_id, id);

ALTER TABLE orders DROP CONSTRAINT orders_fulfilment_status;
ALTER TABLE orders ADD CONSTRAINT orders_fulfilment CHECK (fulfilment_status IN (
    'unfulfilled', 'partially_shipped', 'shipped', 'partially_returned', 'returned',
    'completed', 'cancelled'));

-- What became of a line's units, counted: the CHECKs are the last word on sending, taking
-- back or refunding more than there is.
--   shipped          handed to a carrier
--   withdrawn        refunded before they were shipped: never to be sent
--   returned         of the shipped ones, come back
--   restocked        of the withdrawn and returned ones, on the shelf again
--   refunded         whose money went back, withdrawn ones among them
--   refunded_amount  that money
ALTER TABLE order_line
    ADD COLUMN shipped         BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN withdrawn       BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN returned        BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN restocked       BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN refunded        BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN refunded_amount BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT order_line_shipped
        CHECK (shipped >= 0 AND withdrawn >= 0 AND shipped + withdrawn <= quantity),
    ADD CONSTRAINT order_line_returned CHECK (returned BETWEEN 0 AND shipped),
    ADD CONSTRAINT order_line_restocked CHECK (restocked BETWEEN 0 AND returned + withdrawn),
    ADD CONSTRAINT order_line_refunded CHECK (refunded BETWEEN withdrawn AND quantity
        AND refunded - withdrawn <= shipped),
    ADD CONSTRAINT order_line_refunded_amount CHECK (refunded_amount BETWEEN 0 AND
        line_total - discount + CASE WHEN tax_inclusive = 1 THEN 0 ELSE tax END);

CREATE TABLE shipment_line (
    shipment_id   BIGINT NOT NULL,
    order_line_id BIGINT NOT NULL,
    quantity      BIGINT NOT NULL,
    PRIMARY KEY (shipment_id, order_line_id),
    CONSTRAINT shipment_line_shipment FOREIGN KEY (shipment_id) REFERENCES shipment (id),
    CONSTRAINT shipment_line_line FOREIGN KEY (order_line_id) REFERENCES order_line (id),
    CONSTRAINT shipment_line_quantity CHECK (quantity > 0)
) ENGINE = InnoDB;

-- Until now a shipment was all of its order.
INSERT INTO shipment_line (shipment_id, order_line_id, quantity)
    SELECT s.id, l.id, l.quantity FROM shipment s JOIN order_line l ON l.order_id = s.order_id;
UPDATE order_line l JOIN shipment s ON s.order_id = l.order_id SET l.shipped = l.quantity;

-- A refund with lines: quantity units of it for amount; withdrawn of them will not be sent,
-- restocked of those are on the shelf again.
CREATE TABLE refund_line (
    refund_id     BIGINT NOT NULL,
    order_line_id BIGINT NOT NULL,
    quantity      BIGINT NOT NULL,
    amount        BIGINT NOT NULL,
    withdrawn     BIGINT NOT NULL,
    restocked     BIGINT NOT NULL,
    PRIMARY KEY (refund_id, order_line_id),
    CONSTRAINT refund_line_refund FOREIGN KEY (refund_id) REFERENCES refund (id),
    CONSTRAINT refund_line_line FOREIGN KEY (order_line_id) REFERENCES order_line (id),
    CONSTRAINT refund_line_amounts CHECK (quantity > 0 AND amount >= 0
        AND withdrawn BETWEEN 0 AND quantity AND restocked BETWEEN 0 AND withdrawn)
) ENGINE = InnoDB;

-- Goods that came back. refund_id: the refund given for them at once, if any.
CREATE TABLE order_return (
    id         BIGINT NOT NULL PRIMARY KEY,
    order_id   BIGINT NOT NULL,
    refund_id  BIGINT NULL,
    reason     VARCHAR(300) NOT NULL,
    actor      VARCHAR(80) NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT order_return_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_return_refund FOREIGN KEY (refund_id) REFERENCES refund (id),
    KEY order_return_by_order (order_id, id)
) ENGINE = InnoDB;

CREATE TABLE order_return_line (
    return_id     BIGINT NOT NULL,
    order_line_id BIGINT NOT NULL,
    quantity      BIGINT NOT NULL,
    restock       TINYINT NOT NULL,
    PRIMARY KEY (return_id, order_line_id),
    CONSTRAINT order_return_line_return FOREIGN KEY (return_id) REFERENCES order_return (id),
    CONSTRAINT order_return_line_line FOREIGN KEY (order_line_id) REFERENCES order_line (id),
    CONSTRAINT order_return_line_quantity CHECK (quantity > 0 AND restock IN (0, 1))
) ENGINE = InnoDB;

-- What happened when the status alone does not say it: part_shipped, part_refunded,
-- returned. NULL: status_to does.
ALTER TABLE order_event
    ADD COLUMN what VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NULL;

-- A line comes back in several parts. cause_id is the refund or the return that put units on
-- the shelf, 0 for all other kinds: each cause once a line, every other kind still once.
ALTER TABLE stock_move ADD COLUMN cause_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE stock_move
    DROP INDEX stock_move_once,
    ADD CONSTRAINT stock_move_once UNIQUE (order_line_id, kind, cause_id),
    ADD CONSTRAINT stock_move_cause CHECK (kind = 'return' OR cause_id = 0);
