-- Many entitlements, each of a person of their own, with one accepted order that takes half of it. At each of $days days
-- a share of 1 in $slots ends, spread evenly; the rest last to the end of the year.

-- providers
INSERT INTO providers (id, bin, kind, name_kk, name_ru, about_kk, about_ru, phone, address, iban, bic, payment_account)
SELECT md5('provider' || i)::uuid, (900000000000 + i)::text, 'legal', '«Қамқор ' || i || '» ЖШС',
       'ТОО «Камкор ' || i || '»', '', '', '+77010000000', '', 'KZ86125KZT5004100100', 'NBRKKZKX', 'acct_' || i
FROM generate_series(0, 99) i;

-- offers
INSERT INTO offers (id, provider_id, service, price_tiyn, capacity_minutes_a_month, languages, at_home, online, published_on)
SELECT md5('offer' || i)::uuid, md5('provider' || i)::uuid, 'assistant', 55000 + i * 37, 60000, ARRAY['kk', 'ru'],
       true, false, date '2021-01-01'
FROM generate_series(0, 99) i;

-- people
INSERT INTO people (id, iin, last_name, first_name, middle_name, birth_date, language, phone, place_code, address)
SELECT md5('person' || i)::uuid, lpad(i::text, 12, '0'), 'Тегі' || i, 'Аты', '', date '1980-01-01' + i % 9000,
       CASE i % 2 WHEN 0 THEN 'kk' ELSE 'ru' END, '+7701' || lpad(i::text, 7, '0'),
       (SELECT min(place_code) FROM offices), 'Абай көшесі, ' || i
FROM generate_series(1, $entitlements) i;

-- documents
INSERT INTO documents (id, kind, subject_id, body, sha256, recipient_id, provider_id, signer_id, prepared_at)
SELECT md5('document' || i)::uuid, 'order', md5('order' || i)::uuid, convert_to('{}', 'UTF8'), md5(i::text),
       md5('person' || i)::uuid, md5('provider' || i)::uuid, md5('person' || i)::uuid, timestamptz '2026-01-12 10:00+05'
FROM generate_series(1, 99) i;

-- programmes
INSERT INTO programmes (id, number, version, person_id, office_id, valid_from, valid_to, received_at)
SELECT md5('programme' || i)::uuid, 'B-' || i, 1, md5('person' || i)::uuid, (SELECT id FROM offices ORDER BY place_code LIMIT 1),
       date '2026-01-01', date '2026-12-31', timestamptz '2026-01-09 10:00+05'
FROM generate_series(1, $entitlements) i;

-- measures
INSERT INTO measures (id, programme_id, external_id, service, valid_from, valid_to)
SELECT md5('measure' || i)::uuid, md5('programme' || i)::uuid, '1', 'assistant', date '2026-01-01', date '2026-12-31'
FROM generate_series(1, $entitlements) i;

-- entitlements
INSERT INTO entitlements (id, person_id, office_id, measure_id, service, year, starts_on, ends_on, lasts_until, granted, available,
       reserved, used, returned, excess, quarter, reminders_sent, reserved_tiyn, owed_tiyn, paid_tiyn, claimed_tiyn,
       recovered_tiyn)
SELECT md5('entitlement' || i)::uuid, md5('person' || i)::uuid, (SELECT id FROM offices ORDER BY place_code LIMIT 1),
       md5('measure' || i)::uuid, 'assistant', 2026, date '2026-01-09',
       CASE WHEN i % $slots < $days THEN date '2026-12-01' + i % $slots ELSE date '2026-12-31' END,
       CASE WHEN i % $slots < $days THEN date '2026-12-01' + i % $slots ELSE date '2026-12-31' END, 24000, 12000,
       12000, 0, 0, 0, 0, 0, 12000 * 55000 / 60, 0, 0, 0, 0
FROM generate_series(1, $entitlements) i;

-- orders
INSERT INTO orders (id, number, entitlement_id, recipient_id, provider_id, offer_id, office_id, service, status, way,
       starts_on, ends_on, units, minutes_a_day, minutes_a_month, reserved, used, acted, reserved_tiyn, price_tiyn,
       guaranteed_tiyn, placed_at, placed_by_id, answer_due_on, answered_at, note, document_id, rank, choices)
SELECT md5('order' || i)::uuid, i, md5('entitlement' || i)::uuid, md5('person' || i)::uuid,
       md5('provider' || i % 100)::uuid, md5('offer' || i % 100)::uuid,
       (SELECT id FROM offices ORDER BY place_code LIMIT 1), 'assistant', 'accepted', 'offline', date '2026-01-15',
       CASE WHEN i % $slots < $days THEN date '2026-12-01' + i % $slots ELSE date '2026-12-31' END,
       12000, 60, 1000, 12000, 0, 0, 12000 * 55000 / 60, 55000 + i % 100 * 37, 55000,
       timestamptz '2026-01-12 10:00+05', md5('person' || i)::uuid, date '2026-01-19',
       timestamptz '2026-01-13 10:00+05', '', md5('document' || 1 + i % 99)::uuid, 1, 1
FROM generate_series(1, $entitlements) i;

-- postings
INSERT INTO postings (entitlement_id, source, target, units, cause, order_id, posted_at)
SELECT md5('entitlement' || i)::uuid, source, target, units, cause,
       CASE cause WHEN 'order_placed' THEN md5('order' || i)::uuid END, at
FROM (VALUES ('granted', 'available', 24000, 'programme', timestamptz '2026-01-09 10:00+05'),
             ('available', 'reserved', 12000, 'order_placed', timestamptz '2026-01-12 10:00+05'))
     p (source, target, units, cause, at)
CROSS JOIN generate_series(1, $entitlements) i;

-- money_postings
INSERT INTO money_postings (entitlement_id, source, target, tiyn, cause, order_id, posted_at)
SELECT md5('entitlement' || i)::uuid, 'budget', 'reserved', 12000 * 55000 / 60, 'order_placed',
       md5('order' || i)::uuid, timestamptz '2026-01-12 10:00+05'
FROM generate_series(1, $entitlements) i;
