-- Keys are kept in the order they came: a row holds the whole answer, and rows of that size
-- in the order of random keys made every order read and write a page of its own once the
-- table had outgrown the buffer pool.
ALTER TABLE idempotency_key
    DROP PRIMARY KEY,
    ADD COLUMN id BIGINT NOT NULL AUTO_INCREMENT FIRST,
    ADD PRIMARY KEY (id),
    ADD CONSTRAINT idempotency_key_once UNIQUE (scope, idem_key);
