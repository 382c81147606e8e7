-- Who stands on a ladder, what was told of it, and what is on its way to people. The truth of every clock is
-- with the incident's custodian: a row here says when to look next, and what has been done.

create table {schema}.watched (
  incident_id uuid primary key,
  -- The newest version of the incident that was told of.
  version     int  not null,
  -- Counts the writes of this row: the optimistic lock of `climbed`.
  rev         int  not null default 1,
  -- By clock: epoch, due instant, rungs done.
  clocks      json not null default '{}',
  -- Whether its ladders are these, see `edition` of the service.
  edition     text not null default '',
  -- When to look next; null while all its clocks stand still.
  next_at     timestamptz
) with (fillfactor = 80);
create index watched_next on {schema}.watched (next_at) where next_at is not null;

-- Each rung once a clock and epoch, for good.
create table {schema}.rung (
  incident_id uuid not null,
  clock       text not null,
  epoch       int  not null,
  rung        text not null,
  due_at      timestamptz not null,
  at          timestamptz not null default now(),
  -- It was passed with a higher one, after an outage.
  missed      boolean not null,
  -- Of the ask that it is a 督办 by; and how that ended, '' when it was done.
  ask         text,
  outcome     text,
  primary key (incident_id, clock, epoch, rung)
);
create index rung_ask on {schema}.rung (ask) where ask is not null and outcome is null;

-- What this service asks of the custodian; the same table as every stage has.
create table {schema}.ask (
  id          uuid primary key,
  incident_id uuid not null,
  verb        text not null,
  body        text not null,
  key         text not null unique,
  about       uuid not null,
  at          timestamptz not null default now(),
  tries       int not null default 0,
  next_at     timestamptz not null default now(),
  answered_at timestamptz,
  code        text
);
create index ask_open on {schema}.ask (next_at) where answered_at is null;
create index ask_about on {schema}.ask (about) where answered_at is null;

-- One message to one person by one way. `waiting` until its 督办 stands, `void` when that was refused.
create table {schema}.notice (
  id          uuid primary key,
  person_id   text not null,
  channel     text not null,
  incident_id uuid not null,
  clock       text not null,
  epoch       int  not null,
  rung        text not null,
  body        json not null,
  ask         text,
  state       text not null,
  at          timestamptz not null default now(),
  -- Not sent before this (quiet hours); and when it is tried next.
  hold_until  timestamptz not null default now(),
  next_at     timestamptz not null default now(),
  attempts    int  not null default 0,
  error       text,
  sent_at     timestamptz,
  read_at     timestamptz,
  unique (incident_id, clock, epoch, rung, person_id, channel)
);
create index notice_next on {schema}.notice (next_at) where state = 'queued';
create index notice_ask on {schema}.notice (ask) where state = 'waiting';
create index notice_dead on {schema}.notice (at) where state = 'dead';
create index notice_inbox on {schema}.notice (person_id, id) where channel = 'in-app';

create table {schema}.log_offset (
  topic     text not null,
  partition int  not null,
  position  bigint not null,
  event_id  text not null,
  primary key (topic, partition)
);

-- A batch of the log: incidents with a mark are watched from here on, watched ones that moved are looked at. An
-- incident that is here at this version or a newer one is left alone, so that a repeat changes nothing.
create function {schema}.take(p_events json, p_partition int, p_position bigint, p_event_id text) returns void
language plpgsql as $$
begin
  insert into {schema}.watched as w (incident_id, version, next_at)
  select id, max(version), now() from json_to_recordset(p_events) as e (id uuid, version int, mark boolean)
  group by id having bool_or(mark) order by id
  on conflict (incident_id) do update set version = excluded.version, rev = w.rev + 1, next_at = now()
  where w.version < excluded.version;

  update {schema}.watched w set version = e.version, rev = w.rev + 1, next_at = now()
  from (select id, max(version) as version
        from json_to_recordset(p_events) as e (id uuid, version int, mark boolean)
        group by id having not bool_or(mark) order by id) e
  where w.incident_id = e.id and w.version < e.version;

  insert into {schema}.log_offset as o (topic, partition, position, event_id)
  values ('incidents', p_partition, p_position, p_event_id)
  on conflict (topic, partition) do update set position = excluded.position, event_id = excluded.event_id
  where o.position < excluded.position;
end
$$;

-- What a look at some incidents came to, all of it or nothing of each: rows that moved meanwhile are left out,
-- and a rung that was told of before tells nobody again. Answers the rungs that were told of.
create function {schema}.climbed(p_rows json, p_rungs json, p_asks json, p_notices json)
returns table (incident_id uuid, clock text, rung text, late_ms bigint)
language plpgsql as $$
#variable_conflict use_column
declare
  moved uuid[];
begin
  with given as (
    select * from json_to_recordset(p_rows)
      as g (id uuid, rev int, clocks json, edition text, "nextAt" timestamptz, over boolean)
  ), locked as (
    select w.incident_id from {schema}.watched w join given g on w.incident_id = g.id and w.rev = g.rev
    order by w.incident_id for update of w
  ), gone as (
    delete from {schema}.watched w using given g, locked l
    where w.incident_id = g.id and l.incident_id = g.id and w.rev = g.rev and g.over
    returning w.incident_id
  ), kept as (
    update {schema}.watched w
    set clocks = g.clocks, edition = g.edition, next_at = g."nextAt", rev = w.rev + 1
    from given g, locked l
    where w.incident_id = g.id and l.incident_id = g.id and w.rev = g.rev and not g.over
    returning w.incident_id
  )
  select coalesce(array_agg(t.incident_id), '{}') into moved
  from (select incident_id from gone union all select incident_id from kept) t;

  return query
  with told as (
    insert into {schema}.rung (incident_id, clock, epoch, rung, due_at, missed, ask)
    select r.id, r.clock, r.epoch, r.rung, r."dueAt", r.missed, r.ask
    from json_to_recordset(p_rungs)
      as r (id uuid, clock text, epoch int, rung text, "dueAt" timestamptz, missed boolean, ask text)
    where r.id = any(moved)
    on conflict do nothing
    returning incident_id, clock, epoch, rung, due_at, at
  ), asked as (
    insert into {schema}.ask (id, incident_id, verb, body, key, about)
    select a.id, a."incidentId", a.verb, a.body, a.key, a."incidentId"
    from json_to_recordset(p_asks)
      as a (id uuid, "incidentId" uuid, verb text, body text, key text, clock text, epoch int, rung text)
    join told t on t.incident_id = a."incidentId" and t.clock = a.clock and t.epoch = a.epoch and t.rung = a.rung
    on conflict (key) do nothing
  ), noticed as (
    insert into {schema}.notice
      (id, person_id, channel, incident_id, clock, epoch, rung, body, ask, state, hold_until, next_at, sent_at)
    select n.id, n."personId", n.channel, n."incidentId", n.clock, n.epoch, n.rung, n.body, n.ask, n.state,
           n."holdUntil", n."nextAt", case when n.state = 'sent' then now() end
    from json_to_recordset(p_notices)
      as n (id uuid, "personId" text, channel text, "incidentId" uuid, clock text, epoch int, rung text,
            body json, ask text, state text, "holdUntil" timestamptz, "nextAt" timestamptz)
    join told t on t.incident_id = n."incidentId" and t.clock = n.clock and t.epoch = n.epoch and t.rung = n.rung
    on conflict do nothing
  )
  select t.incident_id, t.clock, t.rung, (extract(epoch from t.at - t.due_at) * 1000)::bigint from told t;
end
$$;
