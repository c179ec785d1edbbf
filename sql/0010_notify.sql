-- What follows from events: mails, webhooks, and what became of neither.

-- Events that a consumer has dealt with. A row is the claim, made in the transaction that
-- writes down what follows.
CREATE TABLE event_seen (
    consumer VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_id BIGINT NOT NULL,
    seen_at  BIGINT NOT NULL,
    PRIMARY KEY (consumer, event_id),
    KEY event_seen_age (seen_at)
) ENGINE = InnoDB;

-- A mail, one for an event at most. What it says is written when it is first sent, and stays:
-- every try sends the same. data is what the event carried, until then; the texts of mails
-- that hold a secret are never kept.
--   next_at     when it is due; while a process has it, when others may take it; NULL: done
--   give_up_at  tried no more from then on
--   claim       of the process that has it
CREATE TABLE mail (
    id         BIGINT NOT NULL PRIMARY KEY,
    event_id   BIGINT NOT NULL,
    kind       VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject_id BIGINT NOT NULL,
    event_at   BIGINT NOT NULL,
    data       VARCHAR(4000) NULL,
    recipient  VARCHAR(254) NOT NULL DEFAULT '',
    subject    VARCHAR(300) NOT NULL DEFAULT '',
    body_text  MEDIUMTEXT NULL,
    body_html  MEDIUMTEXT NULL,
    status     VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    tries      INT NOT NULL DEFAULT 0,
    next_at    BIGINT NULL,
    give_up_at BIGINT NOT NULL,
    claim      BIGINT NOT NULL DEFAULT 0,
    last_code  INT NOT NULL DEFAULT 0,
    last_error VARCHAR(300) NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    sent_at    BIGINT NULL,
    CONSTRAINT mail_once UNIQUE (event_id),
    CONSTRAINT mail_status CHECK (status IN ('queued', 'sending', 'failed', 'sent',
        'skipped', 'dead')),
    CONSTRAINT mail_due CHECK ((next_at IS NULL) = (status IN ('sent', 'skipped', 'dead'))),
    CONSTRAINT mail_sent CHECK ((sent_at IS NOT NULL) = (status = 'sent')),
    KEY mail_by_due (next_at),
    KEY mail_by_status (status, id),
    KEY mail_by_subject (subject_id, id)
) ENGINE = InnoDB;

-- Servers of others that want to hear of events. events: types with a blank between them, or
-- "*". A removed one stays for the deliveries that name it.
CREATE TABLE webhook_endpoint (
    id         BIGINT NOT NULL PRIMARY KEY,
    url        VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    secret     VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    events     VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    active     TINYINT NOT NULL,
    removed_at BIGINT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT webhook_endpoint_active CHECK (active IN (0, 1)),
    CONSTRAINT webhook_endpoint_removed CHECK (removed_at IS NULL OR active = 0)
) ENGINE = InnoDB;

-- An event for an endpoint, once. body is written when it is first sent, and stays.
CREATE TABLE webhook_delivery (
    id          BIGINT NOT NULL PRIMARY KEY,
    endpoint_id BIGINT NOT NULL,
    event_id    BIGINT NOT NULL,
    type        VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject_id  BIGINT NOT NULL,
    event_at    BIGINT NOT NULL,
    data        VARCHAR(4000) NULL,
    body        MEDIUMTEXT NULL,
    status      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    tries       INT NOT NULL DEFAULT 0,
    next_at     BIGINT NULL,
    give_up_at  BIGINT NOT NULL,
    claim       BIGINT NOT NULL DEFAULT 0,
    last_code   INT NOT NULL DEFAULT 0,
    last_error  VARCHAR(300) NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    sent_at     BIGINT NULL,
    CONSTRAINT webhook_delivery_once UNIQUE (event_id, endpoint_id),
    CONSTRAINT webhook_delivery_endpoint FOREIGN KEY (endpoint_id)
        REFERENCES webhook_endpoint (id),
    CONSTRAINT webhook_delivery_status CHECK (status IN ('queued', 'sending', 'failed',
        'sent', 'dead')),
    CONSTRAINT webhook_delivery_due CHECK ((next_at IS NULL) = (status IN ('sent', 'dead'))),
    CONSTRAINT webhook_delivery_sent CHECK ((sent_at IS NOT NULL) = (status = 'sent')),
    KEY webhook_delivery_by_due (endpoint_id, next_at),
    KEY webhook_delivery_by_status (status, id),
    KEY webhook_delivery_by_subject (subject_id, id)
) ENGINE = InnoDB;

-- An event that could not be handled: its parts as they came, or what came instead of one.
CREATE TABLE event_dead (
    id         BIGINT NOT NULL PRIMARY KEY,
    event_id   BIGINT NOT NULL,
    type       VARCHAR(80) NOT NULL,
    subject_id BIGINT NOT NULL,
    event_at   BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    data       MEDIUMTEXT NULL,
    reason     VARCHAR(300) NOT NULL,
    created_at BIGINT NOT NULL
) ENGINE = InnoDB;
