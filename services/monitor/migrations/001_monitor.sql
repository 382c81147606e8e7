-- The live picture: one row an incident, kept from the event stream alone and thrown away at will.

create table {schema}.incident (
  incident_id   uuid primary key,
  version       int  not null,
  number        text not null,
  status        text not null,
  custodian     text not null,
  channel       text not null,
  category_code text,
  kind          text,
  standard_id   text,
  urgency       text not null,
  description   text not null,
  address       text,
  lon           double precision,
  lat           double precision,
  ground        text,
  disputed      text[],
  owner_centre  text not null,
  centre        text not null,
  level         text not null,
  unit          text,
  units         text[] not null,
  discovered_by text not null,
  external_number text,
  against_centre text,
  against_unit  text,
  reported_at   timestamptz not null,
  due_at        timestamptz,
  overdue       boolean not null,
  supervised    boolean not null,
  ended_at      timestamptz,
  updated_at    timestamptz not null
) with (fillfactor = 70);
-- Both never change once written, so that a status change touches no index but the primary key.
create index incident_reported on {schema}.incident (reported_at desc, incident_id desc);
create index incident_number on {schema}.incident (number);

create table {schema}.log_offset (
  topic text primary key, position bigint not null, event_id text not null
);

-- Incidents with events that the build that wrote the picture did not know the type of.
create table {schema}.passed_over (
  incident_id uuid primary key,
  at          timestamptz not null default now()
);

-- One flush: rows as a JSON array of what the columns are called, newest state of each incident once.
create function {schema}.flush(p_rows json, p_position bigint, p_event_id text) returns void
language plpgsql as $$
begin
  -- What a crash takes is read from the log again: rows and offset go together.
  perform set_config('synchronous_commit', 'off', true);
  insert into {schema}.incident as i
  select * from json_populate_recordset(null::{schema}.incident, p_rows) order by incident_id
  on conflict (incident_id) do update set
    version = excluded.version, status = excluded.status, custodian = excluded.custodian,
    category_code = excluded.category_code, kind = excluded.kind, standard_id = excluded.standard_id,
    urgency = excluded.urgency, address = excluded.address, lon = excluded.lon, lat = excluded.lat,
    ground = excluded.ground, disputed = excluded.disputed, owner_centre = excluded.owner_centre,
    centre = excluded.centre, level = excluded.level, unit = excluded.unit, units = excluded.units,
    due_at = excluded.due_at, overdue = excluded.overdue, supervised = excluded.supervised,
    ended_at = excluded.ended_at, updated_at = excluded.updated_at
  where i.version <= excluded.version;
  insert into {schema}.log_offset as o (topic, position, event_id)
  values ('incidents', p_position, p_event_id)
  on conflict (topic) do update set
    position = greatest(o.position, excluded.position),
    event_id = case when excluded.position < o.position then o.event_id else excluded.event_id end;
end
$$;
