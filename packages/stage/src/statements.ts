import { statement } from '@cityloop/postgres';

/**
 * The SQL of a service's own tables and of its history in the log, which is the one all share or its
 * `own` outbox; names are quoted identifiers.
 */
export function statements(schema: string, log: string, own: boolean) {
  // Each half of a queue by itself, so that a centre's long one is read along its key.
  const page = `starts_with(centre_id, $1) and ($4::uuid is null or incident_id > $4)
                order by incident_id limit $5`;
  const history = `select e.incident_id, e.version, e.body
       from unnest($1::uuid[], $2::int[]) as want (id, since)
       join ${log}.incident_event e on e.incident_id = want.id and e.version >= want.since`;
  return {
    rows: statement(
      `select incident_id, version, since, custodian from ${schema}.incident
       where incident_id = any($1::uuid[])`,
    ),
    history: statement(
      own
        ? `select incident_id, body from (${history}
             union all select t.incident_id, t.version, t.body
             from unnest($1::uuid[], $2::int[]) as want (id, since)
             join ${log}.taken t on t.incident_id = want.id and t.version = want.since) as told
           order by incident_id, version`
        : `${history} order by e.incident_id, e.version`,
    ),
    event: statement(
      `select body from ${log}.incident_event where incident_id = $1 and version = $2`,
    ),
    published: statement(
      `select e.incident_id as key, e.body
       from unnest($1::uuid[], $2::int[]) as want (id, version)
       join ${log}.incident_event e on e.incident_id = want.id and e.version = want.version
       ${own ? `where e.position <= (select position from ${log}.relay)` : ''}
       order by e.position`,
    ),
    forget: statement(
      `delete from ${schema}.command_key where at < now() - make_interval(days => $1)`,
    ),
    left: statement(
      `select incident_id, version, since, custodian,
              floor(extract(epoch from left_at) * 1000)::int8 as left_ms
       from ${schema}.incident
       where left_at >= to_timestamp($1::float8 / 1000) and left_at < to_timestamp($2::float8 / 1000)`,
    ),
    keys: statement(
      `select key, body_hash, answer from ${schema}.command_key where key = any($1::text[])`,
    ),
    // What is selected from runs first.
    commit: statement(
      `select case when $9::int > 0 then ${log}.append_incident_events($7, $8, $9::int) end as first
              ${own ? `, case when $10::text <> '' then ${log}.keep_taken($10, $11) end` : ''}
       from ${schema}.commit_batch($1, $2, $3, $4, $5, $6) as rows_stand`,
    ),
    forgetOffset: statement(`delete from ${schema}.log_offset where topic = $1 and partition = $2`),
    notBegun: statement(
      `select incident_id as id from ${schema}.incident
       where held and version = since and ($2::uuid is null or incident_id > $2)
       order by incident_id limit $1`,
    ),
    saveOffsets: statement(`select ${schema}.commit_batch('', 0, '', 0, $1, null)`),
    offsets: statement(
      `select partition, position, event_id from ${schema}.log_offset where topic = $1`,
    ),
    held: statement(
      `select incident_id, version, status, centre_id, unit_id,
              (extract(epoch from next_due_at) * 1000)::int8 as next_due_ms
       from (
         (select * from ${schema}.incident
          where held and status = any($3) and ($2::text is null or unit_id = $2) and ${page})
         union all
         (select * from ${schema}.incident
          where assists && $6::text[] and unit_id is distinct from $2 and ${page})
       ) as queued
       order by incident_id limit $5`,
    ),
    awaiting: statement(
      `select incident_id, version, status, centre_id, unit_id,
              (extract(epoch from next_due_at) * 1000)::int8 as next_due_ms
       from ${schema}.incident
       where awaits && $1::text[] and ($2::uuid is null or incident_id > $2)
       order by incident_id limit $3`,
    ),
  };
}
