-- What every loop service keeps: one narrow row an incident for locks, queues and alarms. The events
-- themselves stand in the log; the state is their fold.

create table {schema}.incident (
  incident_id uuid primary key,
  version     int  not null,
  -- What the row was at when this one was written over it: the optimistic lock of `commit_batch`.
  base        int  not null,
  -- The version of the hand-over (or birth) that brought the incident here: where the fold starts.
  since       int  not null,
  -- Who has it now; when that is not this service, all that follows is empty.
  custodian   text not null,
  -- Whether that is this service. A column of its own, so that a change of status touches no index.
  held        boolean not null,
  status      text,
  centre_id   text,
  unit_id     text,
  next_due_at timestamptz,
  -- Units that assist and have not finished, each as '<status> <unit>' by its own receipt; null for
  -- nearly all.
  assists     text[],
  -- Whose decision it waits for: the next step of each pending application, `role@centre-or-unit`.
  awaits      text[],
  -- What the boards show: the running clock that is due first, when the first one turns red and amber (ms
  -- since the epoch), in whose hands it is (by spaces), and each assisting unit's part as '<unit> <red>
  -- <amber>' (comma-separated; null for nearly all). Lamps are told by comparing with now, nothing is
  -- written as they turn. No index of their own, for they are read among what is held; kept as they come,
  -- and taken apart when they are read: rows are written far more often.
  due_clock   text,
  red_ms      int8,
  amber_ms    int8,
  people      text,
  assist_due  text,
  -- Who may see it on the boards: where it lies, and the centre or unit a complaint is about (回避).
  ground         text,
  against_centre text,
  against_unit   text,
  -- When custody left: hand-overs that nobody took are looked for by it.
  left_at     timestamptz
) with (fillfactor = 80);

create index incident_held on {schema}.incident (centre_id, unit_id) where held;
create index incident_left on {schema}.incident using brin (left_at);
create index incident_assists on {schema}.incident using gin (assists) where assists is not null;
create index incident_awaits on {schema}.incident (incident_id) where awaits is not null;
create index incident_due on {schema}.incident (next_due_at) where next_due_at is not null;

-- Answers to commands, by principal and key, kept seven days: a repeat gets the same answer.
create table {schema}.command_key (
  key       text primary key,
  body_hash text not null,
  answer    text not null,
  at        timestamptz not null default now()
);
create index command_key_at on {schema}.command_key using brin (at);

-- How far this service has read, written in the transaction of the effect; never taken back but by deleting.
create table {schema}.log_offset (
  topic     text not null,
  partition int  not null,
  position  bigint not null,
  event_id  text not null,
  primary key (topic, partition)
);

-- Records that could not be taken: poison (code, reason) and what came after it for the same incident.
create table {schema}.parked (
  id          bigint generated always as identity primary key,
  topic       text not null,
  partition   int  not null,
  position    bigint not null,
  incident_id uuid,
  code        text not null,
  reason      text not null,
  body        text not null,
  at          timestamptz not null default now(),
  replayed_at timestamptz
);
-- A record that is read twice waits once. One that was published again has no place, and in a log that was
-- made anew another record may stand in the same: the words tell them apart.
create unique index parked_once on {schema}.parked (topic, partition, position, md5(body))
  where replayed_at is null;
create index parked_incident on {schema}.parked (incident_id) where replayed_at is null;

-- What this service asks of an incident that another one holds, retried with one key to a final answer.
create table {schema}.ask (
  id          uuid primary key,
  incident_id uuid not null,
  verb        text not null,
  body        text not null,
  key         text not null unique,
  about       uuid not null,
  at          timestamptz not null default now(),
  tries       int not null default 0,
  -- When it is sent next: an ask whose receiver is away holds up no other.
  next_at     timestamptz not null default now(),
  answered_at timestamptz,
  code        text
);
create index ask_open on {schema}.ask (next_at) where answered_at is null;

-- One batch: its rows, keys, offsets and asks; the same statement appends its events to the log, so that it
-- is one transaction and one round trip. Lines are tab-separated:
--   rows:    incident_id, base, version, since, custodian, status, centre, unit, next_due_at,
--            assists (comma-separated), awaits (by spaces), due_clock, red_ms, amber_ms, people (by spaces),
--            assist_due (comma-separated), ground, against_centre, against_unit ('' = none)
--            base < 0 means an arrival: taken if what is here is older than version -base.
--   keys:    key, body hash, answer
--   offsets: topic, partition, position, event id
-- Raises CL001 when a row has moved on meanwhile, CL002 when a key is taken.
create function {schema}.commit_batch(
  p_rows text, p_row_count int, p_keys text, p_key_count int, p_offsets text, p_asks json
) returns void
language plpgsql as $$
declare
  affected int;
begin
  -- The caller waits for a flush of the log before it answers anybody.
  perform set_config('synchronous_commit', 'off', true);
  if p_row_count > 0 then
    insert into {schema}.incident as held
      (incident_id, base, version, since, custodian, held, status, centre_id, unit_id,
       next_due_at, assists, awaits, due_clock, red_ms, amber_ms, people, assist_due,
       ground, against_centre, against_unit, left_at)
    select f[1]::uuid, f[2]::int, f[3]::int, f[4]::int, f[5], f[6] <> '', nullif(f[6], ''), nullif(f[7], ''),
           nullif(f[8], ''), nullif(f[9], '')::timestamptz, string_to_array(nullif(f[10], ''), ','),
           string_to_array(nullif(f[11], ''), ' '), nullif(f[12], ''), nullif(f[13], '')::int8,
           nullif(f[14], '')::int8, nullif(f[15], ''), nullif(f[16], ''), nullif(f[17], ''), nullif(f[18], ''),
           nullif(f[19], ''), case when f[6] = '' then now() end
    from (select string_to_array(line, E'\t') as f from string_to_table(p_rows, E'\n') as line) as given
    order by 1
    on conflict (incident_id) do update set
      base = excluded.base, version = excluded.version, since = excluded.since,
      custodian = excluded.custodian, held = excluded.held, status = excluded.status, centre_id = excluded.centre_id,
      unit_id = excluded.unit_id, next_due_at = excluded.next_due_at, assists = excluded.assists,
      awaits = excluded.awaits, due_clock = excluded.due_clock, red_ms = excluded.red_ms,
      amber_ms = excluded.amber_ms, people = excluded.people, assist_due = excluded.assist_due,
      ground = excluded.ground, against_centre = excluded.against_centre,
      against_unit = excluded.against_unit, left_at = excluded.left_at
    where held.version = excluded.base or (excluded.base < 0 and held.version < -excluded.base);
    get diagnostics affected = row_count;
    if affected < p_row_count then
      raise exception using errcode = 'CL001', message = 'an incident has moved on meanwhile';
    end if;
  end if;
  if p_key_count > 0 then
    insert into {schema}.command_key (key, body_hash, answer)
    select f[1], f[2], f[3]
    from (select string_to_array(line, E'\t') as f from string_to_table(p_keys, E'\n') as line) as given
    on conflict do nothing;
    get diagnostics affected = row_count;
    if affected < p_key_count then
      raise exception using errcode = 'CL002', message = 'a command key is taken';
    end if;
  end if;
  if p_offsets <> '' then
    insert into {schema}.log_offset as o (topic, partition, position, event_id)
    select f[1], f[2]::int, f[3]::bigint, f[4]
    from (select string_to_array(line, E'\t') as f from string_to_table(p_offsets, E'\n') as line) as given
    on conflict (topic, partition) do update set
      position = excluded.position, event_id = excluded.event_id
      where o.position < excluded.position;
  end if;
  if p_asks is not null then
    insert into {schema}.ask (id, incident_id, verb, body, key, about)
    select id, "incidentId", verb, body, key, about
    from json_to_recordset(p_asks)
      as a (id uuid, "incidentId" uuid, verb text, body text, key text, about uuid)
    on conflict (key) do nothing;
  end if;
end
$$;
