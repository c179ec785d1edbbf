-- Accounts whole: proof of an e-mail address, links that work once, sessions that their owner
-- can look at, two-step sign-in, addresses, and the counters that slow down guessing.

ALTER TABLE account
    -- its owner has opened a link that was sent to the address
    ADD COLUMN verified_at BIGINT NULL,
    -- the shop has closed it to its owner
    ADD COLUMN disabled_at BIGINT NULL,
    -- its owner has deleted it: the row stays for its orders, without the person
    ADD COLUMN erased_at   BIGINT NULL,
    ADD COLUMN version     BIGINT NOT NULL DEFAULT 1,
    ADD KEY account_by_role (role, id);

-- The shop's people got their accounts from the operator.
UPDATE account SET verified_at = created_at WHERE role <> 'customer';

ALTER TABLE session
    ADD COLUMN user_agent VARCHAR(200) NOT NULL DEFAULT '',
    ADD COLUMN ip         VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
    -- when its tokens were last exchanged
    ADD COLUMN used_at    BIGINT NOT NULL DEFAULT 0,
    -- from when on no token of it is any good: then the row is removed
    ADD COLUMN ends_at    BIGINT NOT NULL DEFAULT 0,
    ADD KEY session_by_end (ends_at),
    ADD KEY session_by_revoked (revoked_at);

UPDATE session SET used_at = created_at,
    ends_at = COALESCE((SELECT MAX(r.expires_at) FROM refresh_token r
        WHERE r.session_id = session.id), created_at);

-- A link that was sent by mail; only its hash. Deleted by its use. account_id NULL: somebody
-- asked about an address that has no account, and it must not take less time to say so.
CREATE TABLE account_link (
    token_hash BINARY(32) NOT NULL PRIMARY KEY,
    account_id BIGINT NULL,
    kind       VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- the address it proves
    email      VARCHAR(254) NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT account_link_account FOREIGN KEY (account_id) REFERENCES account (id),
    CONSTRAINT account_link_kind CHECK (kind IN ('verify', 'reset', 'email')),
    KEY account_link_of (account_id, kind),
    KEY account_link_by_expiry (expires_at)
) ENGINE = InnoDB;

-- Tries of one kind by one subject, a keyed hash of it, until the window ends.
CREATE TABLE throttle (
    bucket   VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    tries    BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    CONSTRAINT throttle_tries CHECK (tries >= 0),
    KEY throttle_by_end (until_ms)
) ENGINE = InnoDB;

-- Two-step sign-in. The secret is sealed with the shop's key file. A code of a time step up to
-- last_step was used, or is older than one that was.
CREATE TABLE account_totp (
    account_id   BIGINT NOT NULL PRIMARY KEY,
    secret       VARBINARY(160) NOT NULL,
    last_step    BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    -- set by the first good code: until then it is asked of nobody
    confirmed_at BIGINT NULL,
    CONSTRAINT account_totp_account FOREIGN KEY (account_id) REFERENCES account (id)
) ENGINE = InnoDB;

-- What gets in without the device, once each; hashes.
CREATE TABLE account_recovery (
    code_hash  BINARY(32) NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL,
    CONSTRAINT account_recovery_account FOREIGN KEY (account_id) REFERENCES account (id)
) ENGINE = InnoDB;

-- Where an account has things sent. default_of is the account's id in the one that checkout
-- begins with.
CREATE TABLE account_address (
    id          BIGINT NOT NULL PRIMARY KEY,
    account_id  BIGINT NOT NULL,
    name        VARCHAR(200) NOT NULL,
    line1       VARCHAR(200) NOT NULL,
    line2       VARCHAR(200) NOT NULL,
    city        VARCHAR(120) NOT NULL,
    region      VARCHAR(120) NOT NULL,
    postal_code VARCHAR(40) NOT NULL,
    country     CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    default_of  BIGINT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    CONSTRAINT account_address_account FOREIGN KEY (account_id) REFERENCES account (id),
    CONSTRAINT account_address_default UNIQUE (default_of),
    CONSTRAINT account_address_own CHECK (default_of IS NULL OR default_of = account_id),
    KEY account_address_of (account_id, id)
) ENGINE = InnoDB;
