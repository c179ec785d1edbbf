-- Payments by a provider that is another party.

-- asked: what the provider was told to answer ("approve", "decline"); NULL: its page decides.
-- A payment that came when its order could not take it is 'late': its money goes back whole.
-- One whose amount or currency the provider tells otherwise is a 'mismatch', for a person.
ALTER TABLE payment DROP CONSTRAINT payment_status;
ALTER TABLE payment
    ADD COLUMN asked VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD CONSTRAINT payment_states CHECK (status IN ('started', 'succeeded', 'declined',
        'late', 'mismatch'));

-- Until now the shop answered itself: nobody else knows of these, and of an open one nothing
-- was taken.
UPDATE payment SET status = 'declined' WHERE status = 'started';
UPDATE payment SET provider = 'builtin' WHERE provider = 'simulated';

-- A refund is a row before the provider is asked, with its id as the key of that call.
ALTER TABLE refund
    ADD COLUMN status VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
        DEFAULT 'succeeded',
    ADD CONSTRAINT refund_states CHECK (status IN ('started', 'succeeded', 'failed')),
    ADD KEY refund_by_status (status, id);

-- Messages of providers that changed something, so that a repeat does not.
CREATE TABLE payment_event (
    provider    VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_id    VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    type        VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    payment_id  BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (provider, event_id),
    KEY payment_event_age (received_at)
) ENGINE = InnoDB;
