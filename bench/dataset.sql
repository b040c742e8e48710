-- The data set of the bench, all at once by SQL. At full size: $providers providers, $people people who order, as many
-- who serve as three a provider, two orders a person (last year's, closed, and this year's), ten visits an order.

-- places
CREATE TEMPORARY TABLE districts ON COMMIT DROP AS
SELECT code, parent_code, row_number() OVER (ORDER BY code) - 1 AS n
FROM places WHERE kind IN ('district', 'city_of_regional_significance', 'city_district')
ORDER BY code LIMIT $places;

-- people
INSERT INTO people (id, iin, last_name, first_name, middle_name, birth_date, language, phone, place_code, address)
SELECT md5('person' || i)::uuid, lpad(i::text, 12, '0'), 'Тегі' || i, 'Аты', '', date '1980-01-01' + i % 9000,
       CASE i % 2 WHEN 0 THEN 'kk' ELSE 'ru' END, '+7701' || lpad(i::text, 7, '0'), p.code, 'Абай көшесі, ' || i
FROM generate_series(1, $people + 3 * $providers) i
JOIN districts p ON p.n = i / 10 % $places;

-- providers
INSERT INTO providers (id, bin, kind, name_kk, name_ru, about_kk, about_ru, phone, address, iban, bic, payment_account)
SELECT md5('provider' || i)::uuid, (900000000000 + i)::text, 'legal', '«Қамқор ' || i || '» ЖШС',
       'ТОО «Камкор ' || i || '»', '', '', '+77010000000', '', 'KZ86125KZT5004100100', 'NBRKKZKX', 'acct_' || i
FROM generate_series(0, $providers - 1) i;

-- staff
INSERT INTO provider_staff (person_id, provider_id, is_head)
SELECT md5('person' || ($people + 1 + i))::uuid, md5('provider' || i)::uuid, true
FROM generate_series(0, $providers - 1) i;

-- specialists
INSERT INTO specialists (id, person_id, provider_id, service, languages, since_on)
SELECT md5('specialist' || i)::uuid, md5('person' || ($people + 1 + i))::uuid, md5('provider' || i % $providers)::uuid,
       CASE WHEN i % $providers % 10 < 7 THEN 'assistant' ELSE 'interpreter' END, ARRAY['kk', 'ru'], date '2020-01-01'
FROM generate_series(0, 3 * $providers - 1) i;

-- offers
INSERT INTO offers (id, provider_id, service, price_tiyn, capacity_minutes_a_month, languages, at_home, online, published_on)
SELECT md5('offer' || i)::uuid, md5('provider' || i)::uuid,
       CASE WHEN i % 10 < 7 THEN 'assistant' ELSE 'interpreter' END,
       CASE WHEN i % 10 < 7 THEN 55000 + i * 37 % 12000 ELSE 850000 + i * 91 % 200000 END,
       60 * (400 + i % 1500), CASE i % 3 WHEN 0 THEN ARRAY['kk'] ELSE ARRAY['kk', 'ru'] END,
       true, i % 10 >= 7 AND i % 4 = 0, date '2021-01-01'
FROM generate_series(0, $providers - 1) i;

-- offer_places
INSERT INTO offer_places (place_code, service, offer_id)
SELECT DISTINCT p.code, o.service, o.id
FROM (SELECT id, service, row_number() OVER (ORDER BY id) AS n FROM offers) o
CROSS JOIN generate_series(0, 2) k
JOIN districts p ON p.n = (o.n + k * 31) % $places;

-- programmes
INSERT INTO programmes (id, number, version, person_id, office_id, valid_from, valid_to, received_at)
SELECT md5('programme' || i)::uuid, 'B-' || i, 1, p.id, f.id, date '2025-01-01', date '2027-12-31',
       timestamptz '2025-01-09 10:00+05'
FROM generate_series(1, $people) i
JOIN people p ON p.id = md5('person' || i)::uuid
JOIN (SELECT DISTINCT ON (d.code) d.code, f.id FROM districts d
      JOIN offices f ON f.place_code IN (d.code, d.parent_code)
      ORDER BY d.code, f.place_code = d.code DESC) f ON f.code = p.place_code;

-- measures
INSERT INTO measures (id, programme_id, external_id, service, valid_from, valid_to, renew_on)
SELECT md5('measure' || i)::uuid, md5('programme' || i)::uuid, '1',
       CASE WHEN i % 10 < 7 THEN 'assistant' ELSE 'interpreter' END, date '2025-01-01', date '2027-12-31',
       date '2027-01-01'
FROM generate_series(1, $people) i;

-- entitlements
INSERT INTO entitlements (id, person_id, office_id, measure_id, service, year, starts_on, ends_on, lasts_until, granted,
       available, reserved, used, returned, reminders_sent, closed_on, close_reason, quarter, excess,
       reserved_tiyn, owed_tiyn, paid_tiyn, claimed_tiyn, recovered_tiyn)
SELECT md5('entitlement' || i || '-' || y)::uuid, g.person_id, g.office_id, m.id, m.service, y,
       make_date(y, 1, 1), make_date(y, 12, 31), make_date(y, 12, 31), v.given,
       CASE y WHEN 2025 THEN 0 ELSE v.given - v.ordered END, CASE y WHEN 2025 THEN 0 ELSE v.ordered - 1200 END, 1200,
       CASE y WHEN 2025 THEN v.given - 1200 ELSE 0 END, 0,
       CASE y WHEN 2025 THEN date '2025-12-31' END, CASE y WHEN 2025 THEN 'expired' END, 0, 0,
       0, 0, 0, 0, 0
FROM generate_series(1, $people) i CROSS JOIN generate_series(2025, 2026) y
JOIN measures m ON m.id = md5('measure' || i)::uuid
JOIN programmes g ON g.id = m.programme_id
CROSS JOIN LATERAL (SELECT CASE m.service WHEN 'assistant' THEN 480 * 365 ELSE 3600 END AS given,
                           CASE m.service WHEN 'assistant' THEN 24000 ELSE 2400 END AS ordered) v;

-- documents
INSERT INTO documents (id, kind, subject_id, body, sha256, recipient_id, provider_id, signer_id, prepared_at)
SELECT md5('document' || i || '-' || y)::uuid, 'order', md5('order' || i || '-' || y)::uuid,
       convert_to('{}', 'UTF8'), md5(i::text), md5('person' || i)::uuid,
       md5('provider' || 10 * ((i / 10 + y) % ($providers / 10)) + i % 10)::uuid,
       md5('person' || i)::uuid, make_timestamptz(y, 1, 12, 10, 0, 0)
FROM generate_series(1, $people) i CROSS JOIN generate_series(2025, 2026) y;

-- orders
INSERT INTO orders (id, entitlement_id, recipient_id, provider_id, offer_id, office_id, service, status, way,
       starts_on, ends_on, units, minutes_a_day, minutes_a_month, reserved, used, acted, reserved_tiyn, price_tiyn,
       guaranteed_tiyn, placed_at, placed_by_id, answer_due_on, answered_at, ended_at, ended_on, note, document_id,
       rank, choices)
SELECT d.subject_id, e.id, e.person_id, o.provider_id, o.id, e.office_id, e.service,
       CASE y WHEN 2025 THEN 'closed' ELSE 'accepted' END, 'offline', make_date(y, 1, 15), e.ends_on,
       1200 + e.reserved, CASE e.service WHEN 'assistant' THEN 120 END, (1200 + e.reserved) / 12,
       e.reserved, 1200, CASE y WHEN 2025 THEN 1200 ELSE 0 END,
       CASE y WHEN 2025 THEN 0 ELSE (1200 + e.reserved) * least(o.price_tiyn, g.tiyn) / 60 END, o.price_tiyn, g.tiyn,
       d.prepared_at, e.person_id, make_date(y, 1, 19), d.prepared_at + interval '1 hour' * (1 + i % 90),
       CASE y WHEN 2025 THEN timestamptz '2026-01-01 00:05+05' END, CASE y WHEN 2025 THEN date '2025-12-31' END,
       '', d.id, 1, 1
FROM generate_series(1, $people) i CROSS JOIN generate_series(2025, 2026) y
JOIN entitlements e ON e.id = md5('entitlement' || i || '-' || y)::uuid
JOIN documents d ON d.id = md5('document' || i || '-' || y)::uuid
JOIN offers o ON o.provider_id = d.provider_id
JOIN (SELECT DISTINCT ON (code, of) CASE code WHEN '701' THEN 'assistant' ELSE 'interpreter' END AS service, of, tiyn
      FROM guaranteed_amounts, generate_series(2025, 2026) of WHERE valid_from <= make_date(of, 1, 15)
      ORDER BY code, of, valid_from DESC) g ON g.service = e.service AND g.of = e.year;

-- money
UPDATE entitlements e SET reserved_tiyn = o.reserved_tiyn FROM orders o WHERE o.entitlement_id = e.id;

-- visits
INSERT INTO log_entries (id, order_id, recipient_id, service, specialist_id, specialist_number, day, started_at,
       ended_at, units, places, way, price_tiyn, guaranteed_tiyn, form_id, recorded_by_id, recorded_at,
       objection_note, strike_reason, settlement_note)
SELECT gen_random_uuid(), o.id, o.recipient_id, o.service, s.id, s.number, v.day, v.start,
       v.start + interval '2 hours', 120, 'Емхана', 'offline', o.price_tiyn, o.guaranteed_tiyn, gen_random_uuid(),
       s.person_id, v.start + interval '3 hours', '', '', ''
FROM (SELECT *, row_number() OVER (PARTITION BY provider_id, ended_on ORDER BY id) - 1 AS n FROM orders) o
JOIN (SELECT s.id, s.person_id, s.provider_id, p.number,
             row_number() OVER (PARTITION BY s.provider_id ORDER BY s.id) - 1 AS n
      FROM specialists s JOIN people p ON p.id = s.person_id) s ON s.provider_id = o.provider_id AND s.n = o.n % 3
CROSS JOIN generate_series(0, 9) k
CROSS JOIN LATERAL (SELECT o.starts_on + k * 34 + (o.n / 12)::int AS day) d
CROSS JOIN LATERAL (SELECT d.day, (d.day + make_time((3 + o.n / 3 % 4 * 3)::int, 0, 0)) AT TIME ZONE 'UTC' AS start) v
ORDER BY v.start;
