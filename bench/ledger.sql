-- A long ledger for its proof: each entitlement was granted, ordered from once, and has $visits visits of an hour, one a day. Rows
-- refer only to what the proof joins.

-- orders
INSERT INTO orders (id, number, entitlement_id, recipient_id, provider_id, offer_id, office_id, service, status, way,
       starts_on, ends_on, units, minutes_a_day, minutes_a_month, reserved, used, acted, reserved_tiyn, price_tiyn,
       guaranteed_tiyn, placed_at, placed_by_id, answer_due_on, answered_at, note, document_id, rank, choices)
SELECT md5('order' || i)::uuid, i, md5('entitlement' || i)::uuid, md5('person' || i)::uuid, md5('provider')::uuid,
       md5('offer')::uuid, md5('office')::uuid, 'assistant', 'accepted', 'offline', date '2026-01-15',
       date '2026-12-31', 12000, 60, 1000, 12000 - 60 * $visits, 60 * $visits, 0, 12000 * 55000 / 60, 60000, 55000,
       timestamptz '2026-01-12 10:00+05', md5('person' || i)::uuid, date '2026-01-19',
       timestamptz '2026-01-13 10:00+05', '', md5('document')::uuid, 1, 1
FROM generate_series(1, $entitlements) i;

-- entitlements
INSERT INTO entitlements (id, person_id, office_id, measure_id, service, year, starts_on, ends_on, lasts_until, granted, available,
       reserved, used, returned, excess, quarter, reminders_sent, reserved_tiyn, owed_tiyn, paid_tiyn, claimed_tiyn,
       recovered_tiyn)
SELECT entitlement_id, recipient_id, office_id, md5('measure' || number)::uuid, 'assistant', 2026, date '2026-01-09',
       ends_on, ends_on, 24000, 12000, reserved, used, 0, 0, 0, 0, reserved_tiyn, 0, 0, 0, 0
FROM orders;

-- log_entries
INSERT INTO log_entries (id, order_id, recipient_id, service, specialist_id, specialist_number, day, started_at,
       ended_at, units, places, way, price_tiyn, guaranteed_tiyn, form_id, recorded_by_id, recorded_at,
       objection_note, strike_reason, settlement_note)
SELECT md5(o.number || 'visit' || k)::uuid, o.id, o.recipient_id, 'assistant', md5('specialist' || k)::uuid, k, date '2026-02-01' + k,
       timestamptz '2026-02-01 09:00+05' + k * interval '1 day', timestamptz '2026-02-01 10:00+05' + k * interval '1 day',
       60, 'Емхана', 'offline', 60000, 55000, md5(o.number || 'form' || k)::uuid, o.recipient_id,
       timestamptz '2026-02-01 11:00+05' + k * interval '1 day', '', '', ''
FROM generate_series(1, $visits) k CROSS JOIN orders o;

-- postings
INSERT INTO postings (entitlement_id, source, target, units, cause, order_id, log_entry_id, posted_at)
SELECT id, 'granted', 'available', granted, 'programme', NULL::uuid, NULL::uuid, timestamptz '2026-01-09 10:00+05'
FROM entitlements
UNION ALL
SELECT entitlement_id, 'available', 'reserved', units, 'order_placed', id, NULL, placed_at FROM orders
UNION ALL
SELECT o.entitlement_id, 'reserved', 'used', l.units, 'visit', o.id, l.id, l.recorded_at
FROM log_entries l JOIN orders o ON o.id = l.order_id;

-- money_postings
INSERT INTO money_postings (entitlement_id, source, target, tiyn, cause, order_id, posted_at)
SELECT entitlement_id, 'budget', 'reserved', reserved_tiyn, 'order_placed', id, placed_at FROM orders;
