-- A store of version 5 (of the release before events said who brought them), with a row in each table.
CREATE TABLE campaigns (
    campaign_id VARCHAR NOT NULL,
    budget_micros BIGINT NOT NULL,
    spent_micros BIGINT NOT NULL,
    PRIMARY KEY (campaign_id)
);
CREATE TABLE events (
    event_id VARCHAR NOT NULL,
    user_id VARCHAR NOT NULL,
    session_id VARCHAR,
    at_us BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    feedback BOOLEAN NOT NULL,
    item_id VARCHAR NOT NULL,
    "query" VARCHAR,
    slate_id VARCHAR,
    surface VARCHAR,
    position INTEGER,
    platform VARCHAR,
    price_micros BIGINT,
    quantity INTEGER,
    rating FLOAT,
    received_us BIGINT DEFAULT 0 NOT NULL,
    PRIMARY KEY (event_id)
);
CREATE INDEX events_received ON events (received_us);
CREATE INDEX events_in_time ON events (at_us);
CREATE INDEX events_of_session ON events (session_id, feedback, at_us);
CREATE INDEX events_of_user ON events (user_id, feedback, at_us);
CREATE TABLE impressions (
    slate_id VARCHAR NOT NULL,
    item_id VARCHAR NOT NULL,
    user_id VARCHAR NOT NULL,
    session_id VARCHAR,
    at_us BIGINT NOT NULL,
    surface VARCHAR NOT NULL,
    "query" VARCHAR,
    position INTEGER NOT NULL,
    propensity FLOAT NOT NULL,
    p_ctr FLOAT,
    campaign_id VARCHAR,
    price_cpc_micros BIGINT,
    policy VARCHAR NOT NULL,
    release VARCHAR NOT NULL,
    PRIMARY KEY (slate_id, item_id)
);
CREATE INDEX impressions_in_time ON impressions (at_us);
CREATE TABLE keys (
    name VARCHAR NOT NULL,
    secret VARCHAR NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE catalogue (
    item_id VARCHAR NOT NULL,
    revision BIGINT NOT NULL,
    first_revision BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    fields VARCHAR NOT NULL,
    PRIMARY KEY (item_id),
    UNIQUE (revision)
);
CREATE TABLE charges (
    slate_id VARCHAR NOT NULL,
    item_id VARCHAR NOT NULL,
    campaign_id VARCHAR NOT NULL,
    at_us BIGINT NOT NULL,
    price_cpc_micros BIGINT NOT NULL,
    charged BOOLEAN NOT NULL,
    PRIMARY KEY (slate_id, item_id, campaign_id),
    FOREIGN KEY(campaign_id) REFERENCES campaigns (campaign_id)
);
INSERT INTO alembic_version VALUES ('0005');
INSERT INTO catalogue VALUES ('i1', 1, 1, 1700000000000000, 'patch', '{"price_micros": 5}');
INSERT INTO keys VALUES ('ads', '00ff');
INSERT INTO campaigns VALUES ('shoes', 100, 40);
INSERT INTO charges VALUES ('s1', 'i1', 'shoes', 1700000000000000, 40, TRUE);
INSERT INTO impressions VALUES
    ('s1', 'i1', 'ann', 'v1', 1700000000000000, 'search', 'red shoes', 1, 0.9, NULL, 'shoes', 40, 'default', 'r1');
INSERT INTO events VALUES
    ('e1', 'ann', 'v1', 1700000001000000, 'click', TRUE, 'i1', NULL, 's1', NULL, NULL, NULL, NULL, NULL, NULL, 0),
    ('e2', 'ann', 'v1', 1700000003000000, 'cart', TRUE, 'i2', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     1700000004000000),
    ('e3', 'ann', 'v1', 1900000000000000, 'cart', TRUE, 'i3', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     1700000005000000);
