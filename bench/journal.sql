-- A long journal: $streams streams of ten rows each, chained as the database chains them, in the order of time.

-- audit
DO $$body$$ BEGIN FOR k IN 0..9 LOOP
    INSERT INTO audit (id, at, role, for_person_id, thing, thing_id, action, before, after, details, stream, sequence,
           previous, hash)
    SELECT (a).id, (a).at, (a).role, (a).for_person_id, (a).thing, (a).thing_id, (a).action, (a).before, (a).after,
           (a).details, (a).stream, (a).sequence, (a).previous, journal_hash(a)
    FROM (SELECT ROW(k * $streams + s, timestamptz '2026-01-12 10:00+05' + k * interval '1 day', 'system', NULL, person,
                     NULL, 'orders', md5('order' || s)::uuid, 'close', 'accepted', 'closed', '{"reason": "expired"}',
                     person, k + 1, coalesce(p.hash, decode(repeat('00', 32), 'hex')), NULL)::audit AS a
          FROM (SELECT s, md5('person' || s)::uuid AS person FROM generate_series(1, $streams) s) who
          LEFT JOIN audit p ON k > 0 AND p.id = (k - 1) * $streams + s ORDER BY s) rows; END LOOP; END $$body$$;

-- journal_heads
INSERT INTO journal_heads (stream, sequence, previous, hash) SELECT stream, sequence, previous, hash FROM audit WHERE sequence = 10;
