-- What a program may not survive is counted before it is begun.

-- The relay's batch under way: its first event and how many it has. One that is still there when
-- the relay begins was never ended: what is up to until_seq is then handed on in smaller parts,
-- at last one by one, and an event that was begun alone too often is put aside.
CREATE TABLE relay_trial (
    name      VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    seq       BIGINT NOT NULL,
    until_seq BIGINT NOT NULL,
    events    BIGINT NOT NULL,
    tries     BIGINT NOT NULL
) ENGINE = InnoDB;
INSERT INTO relay_trial (name, seq, until_seq, events, tries) VALUES ('relay', 0, 0, 0, 0);

-- How many claims in a row ended by themselves: whoever had the mail or the delivery died of it,
-- or of one that was claimed with it.
ALTER TABLE mail ADD COLUMN lapses INT NOT NULL DEFAULT 0;
ALTER TABLE webhook_delivery ADD COLUMN lapses INT NOT NULL DEFAULT 0;
