-- A store as it was made before there were migrations, with a row in each table.
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
    PRIMARY KEY (event_id)
);
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
CREATE TABLE schema_version (
    version INTEGER NOT NULL,
    PRIMARY KEY (version)
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
INSERT INTO schema_version VALUES (1);
INSERT INTO keys VALUES ('ads', '00ff');
INSERT INTO campaigns VALUES ('shoes', 100, 40);
INSERT INTO charges VALUES ('s1', 'i1', 'shoes', 1700000000000000, 40, TRUE);
INSERT INTO impressions VALUES
    ('s1', 'i1', 'ann', 'v1', 1700000000000000, 'search', 'red shoes', 1, 0.9, NULL, 'shoes', 40, 'default', 'r1');
INSERT INTO events VALUES
    ('e1', 'ann', 'v1', 1700000001000000, 'click', TRUE, 'i1', NULL, 's1', NULL, NULL, NULL, NULL, NULL, NULL);
