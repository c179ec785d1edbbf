-- Accounts and their sessions. Times are milliseconds UTC; ids are made by the program.

CREATE TABLE account (
    id            BIGINT NOT NULL PRIMARY KEY,
    email         VARCHAR(254) NOT NULL,
    email_key     VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    name          VARCHAR(200) NOT NULL,
    password_hash VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    role          VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    CONSTRAINT account_email UNIQUE (email_key),
    CONSTRAINT account_role CHECK (role IN ('customer', 'staff', 'admin'))
) ENGINE = InnoDB;

-- A sign-in on one device: the family of its refresh tokens.
CREATE TABLE session (
    id         BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT NULL,
    CONSTRAINT session_account FOREIGN KEY (account_id) REFERENCES account (id),
    KEY session_by_account (account_id, created_at)
) ENGINE = InnoDB;

-- One row a refresh token ever handed out; only its hash. used_at is set once, by the
-- UPDATE that rotates it: a second use finds it set and ends the session.
CREATE TABLE refresh_token (
    token_hash BINARY(32) NOT NULL PRIMARY KEY,
    session_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT NULL,
    CONSTRAINT refresh_token_session FOREIGN KEY (session_id) REFERENCES session (id),
    KEY refresh_token_by_expiry (expires_at)
) ENGINE = InnoDB;
