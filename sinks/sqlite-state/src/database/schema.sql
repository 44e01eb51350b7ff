-- Version 1. Times are microseconds since 1970 in UTC, ids the 16 bytes of a UUID, severities 0 info,
-- 1 warning, 2 critical, statuses 0 firing, 1 resolved; what is JSON is said. The views below are
-- the same for people.

-- Keys and values as JSON, the sink's own under the namespace `alert`.
CREATE TABLE state (
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (namespace, key)
) STRICT, WITHOUT ROWID;

-- The history. `seq` is the number by which people name an alert; it is never given twice.
CREATE TABLE alerts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    time INTEGER NOT NULL,
    severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 2),
    status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 1),
    source TEXT NOT NULL,
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    context TEXT NOT NULL, -- a JSON object
    dedup_key TEXT,
    links TEXT -- a JSON array, NULL without links
) STRICT;
CREATE INDEX alerts_by_time ON alerts (time);
CREATE INDEX alerts_by_severity ON alerts (severity, time);
CREATE INDEX alerts_by_source ON alerts (source, time);
CREATE INDEX alerts_by_key ON alerts (dedup_key, time) WHERE dedup_key IS NOT NULL;
CREATE INDEX resolutions ON alerts (dedup_key, time, id) WHERE status = 1 AND dedup_key IS NOT NULL;

-- How many alerts were raised in each minute (of the last days), also those that are pruned already.
CREATE TABLE counts (
    minute INTEGER NOT NULL, -- since 1970
    severity INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (minute, severity)
) STRICT, WITHOUT ROWID;

-- What a dedup key is about: its newest run of firing alerts, open until one has resolved it.
CREATE TABLE incidents (
    dedup_key TEXT PRIMARY KEY,
    severity INTEGER NOT NULL, -- these three are the newest firing alert's
    source TEXT NOT NULL,
    title TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    last_id BLOB NOT NULL, -- of the newest firing alert
    newest_at INTEGER NOT NULL, -- the key's newest alert of either status
    newest_id BLOB NOT NULL,
    resolved_at INTEGER,
    acked_at INTEGER,
    acked_by TEXT,
    ack_note TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX open_incidents ON incidents (last_at) WHERE resolved_at IS NULL;
CREATE INDEX closed_incidents ON incidents (resolved_at) WHERE resolved_at IS NOT NULL;

-- How many incidents are open, kept by the triggers below: to count a million would take a second.
CREATE TABLE open_counts (
    severity INTEGER PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT;
CREATE TRIGGER incident_is_added AFTER INSERT ON incidents WHEN NEW.resolved_at IS NULL
BEGIN
    INSERT INTO open_counts VALUES (NEW.severity, 1)
        ON CONFLICT (severity) DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER incident_is_removed AFTER DELETE ON incidents WHEN OLD.resolved_at IS NULL
BEGIN
    UPDATE open_counts SET count = count - 1 WHERE severity = OLD.severity;
END;
CREATE TRIGGER incident_is_changed AFTER UPDATE OF severity, resolved_at ON incidents
WHEN NEW.severity IS NOT OLD.severity OR (NEW.resolved_at IS NULL) <> (OLD.resolved_at IS NULL)
BEGIN
    UPDATE open_counts SET count = count - 1
        WHERE severity = OLD.severity AND OLD.resolved_at IS NULL;
    INSERT INTO open_counts SELECT NEW.severity, 1 WHERE NEW.resolved_at IS NULL
        ON CONFLICT (severity) DO UPDATE SET count = count + 1;
END;

-- What became of alerts at the other sinks.
CREATE TABLE deliveries (
    seq INTEGER PRIMARY KEY,
    alert BLOB NOT NULL,
    at INTEGER NOT NULL,
    program TEXT NOT NULL,
    sink TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    took_us INTEGER NOT NULL,
    error TEXT,
    answer TEXT
) STRICT;
CREATE INDEX deliveries_by_alert ON deliveries (alert);

-- How each sink of each program does.
CREATE TABLE sinks (
    program TEXT NOT NULL,
    sink TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    why TEXT,
    last_success_at INTEGER,
    last_error_at INTEGER,
    last_error TEXT,
    pending INTEGER NOT NULL, -- of the process that reported last
    delivered INTEGER NOT NULL, -- these two over all processes
    lost INTEGER NOT NULL,
    pid INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (program, sink)
) STRICT, WITHOUT ROWID;

-- Who asked for quiet, about what, why, until when.
CREATE TABLE silences (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    matches TEXT NOT NULL, -- a JSON object
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    note TEXT NOT NULL,
    ends_at INTEGER NOT NULL,
    ended_by TEXT -- who ended it before its time
) STRICT;
CREATE INDEX silences_by_end ON silences (ends_at);

-- What people and programs did. Rows are added and stay.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    before TEXT, -- JSON
    after TEXT, -- JSON
    note TEXT
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject, at);
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_action ON audit (action, at);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
-- Without this INSERT OR REPLACE would delete: it fires the trigger above only by request.
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

-- What the database knows of itself, such as a damaged file from which rows are still recovered.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL -- JSON
) STRICT, WITHOUT ROWID;

-- The same for people and other tools: times as RFC 3339 text in UTC, words, ids as UUID text.
-- Their columns stay as they are; more may be added at the end.

CREATE VIEW history AS
SELECT seq AS number,
    strftime('%Y-%m-%dT%H:%M:%S', time / 1000000, 'unixepoch') || printf('.%03dZ', time / 1000 % 1000) AS time,
    CASE severity WHEN 0 THEN 'info' WHEN 1 THEN 'warning' ELSE 'critical' END AS severity,
    CASE status WHEN 0 THEN 'firing' ELSE 'resolved' END AS status,
    source, title, message, context, dedup_key, links,
    lower(printf('%s-%s-%s-%s-%s', substr(hex(id), 1, 8), substr(hex(id), 9, 4),
        substr(hex(id), 13, 4), substr(hex(id), 17, 4), substr(hex(id), 21))) AS id
FROM alerts;

CREATE VIEW incident_list AS
SELECT dedup_key,
    CASE WHEN resolved_at IS NULL THEN 'open' ELSE 'resolved' END AS state,
    CASE severity WHEN 0 THEN 'info' WHEN 1 THEN 'warning' ELSE 'critical' END AS severity,
    source, title, count,
    strftime('%Y-%m-%dT%H:%M:%S', first_at / 1000000, 'unixepoch') || printf('.%03dZ', first_at / 1000 % 1000) AS first_at,
    strftime('%Y-%m-%dT%H:%M:%S', last_at / 1000000, 'unixepoch') || printf('.%03dZ', last_at / 1000 % 1000) AS last_at,
    strftime('%Y-%m-%dT%H:%M:%S', resolved_at / 1000000, 'unixepoch') || printf('.%03dZ', resolved_at / 1000 % 1000) AS resolved_at,
    strftime('%Y-%m-%dT%H:%M:%S', acked_at / 1000000, 'unixepoch') || printf('.%03dZ', acked_at / 1000 % 1000) AS acked_at,
    acked_by, ack_note,
    lower(printf('%s-%s-%s-%s-%s', substr(hex(last_id), 1, 8), substr(hex(last_id), 9, 4),
        substr(hex(last_id), 13, 4), substr(hex(last_id), 17, 4), substr(hex(last_id), 21))) AS last_id
FROM incidents;

CREATE VIEW outcomes AS
SELECT strftime('%Y-%m-%dT%H:%M:%S', at / 1000000, 'unixepoch') || printf('.%03dZ', at / 1000 % 1000) AS time,
    (SELECT seq FROM alerts WHERE id = alert) AS number,
    program, sink, verdict, reason, attempts, took_us / 1000.0 AS took_ms, error, answer,
    lower(printf('%s-%s-%s-%s-%s', substr(hex(alert), 1, 8), substr(hex(alert), 9, 4),
        substr(hex(alert), 13, 4), substr(hex(alert), 17, 4), substr(hex(alert), 21))) AS alert_id
FROM deliveries;

CREATE VIEW sink_health AS
SELECT program, sink, kind, state, why, pending, delivered, lost, pid,
    strftime('%Y-%m-%dT%H:%M:%S', last_success_at / 1000000, 'unixepoch') || printf('.%03dZ', last_success_at / 1000 % 1000) AS last_success_at,
    strftime('%Y-%m-%dT%H:%M:%S', last_error_at / 1000000, 'unixepoch') || printf('.%03dZ', last_error_at / 1000 % 1000) AS last_error_at,
    last_error,
    strftime('%Y-%m-%dT%H:%M:%S', seen_at / 1000000, 'unixepoch') || printf('.%03dZ', seen_at / 1000 % 1000) AS seen_at
FROM sinks;

CREATE VIEW audit_trail AS
SELECT seq AS number,
    strftime('%Y-%m-%dT%H:%M:%S', at / 1000000, 'unixepoch') || printf('.%03dZ', at / 1000 % 1000) AS time,
    actor, action, subject, before, after, note
FROM audit;
