-- What intake keeps beside its incidents: who the callers are (nobody else may know), which source
-- numbers are taken, and the counters of the human numbers.

-- The vault: name, telephone and unmasked words of a caller, behind a token. Nothing of it is ever in
-- an event, a log line or another service's tables.
create table {schema}.vault (
  token       text primary key,
  incident_id uuid not null,
  name        text,
  phone       text,
  original    text,
  pseudonym   text,
  -- What a report was about, for telling whether the same caller reports the same matter again.
  category    text,
  lon         float8,
  lat         float8,
  -- When they called; an import tells of the past.
  at          timestamptz not null default now()
);
create index vault_incident on {schema}.vault (incident_id);
create index vault_caller on {schema}.vault (pseudonym, at) where pseudonym is not null;

-- Every look into the vault: who, why, when. Rows are only ever added.
create table {schema}.disclosure (
  id          bigint generated always as identity primary key,
  incident_id uuid not null,
  subject_id  text not null,
  role        text not null,
  purpose     text not null,
  at          timestamptz not null default now()
);
create function {schema}.keep_disclosures() returns trigger language plpgsql as $$
begin
  raise exception 'disclosures are never changed or removed';
end
$$;
create trigger disclosure_append_only before update or delete or truncate on {schema}.disclosure
  for each statement execute function {schema}.keep_disclosures();

-- What makes equal telephone numbers equal pseudonyms, and nothing else guessable from them.
create table {schema}.secret (only_one boolean primary key default true check (only_one), value bytea not null);
insert into {schema}.secret (value) values (sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea));

-- One incident a source number at a time.
create table {schema}.source (
  channel     text not null,
  number      text not null,
  incident_id uuid not null,
  at          timestamptz not null default now(),
  primary key (channel, number)
);

-- Human numbers are handed out in blocks, so that nobody waits for a counter.
create table {schema}.number_block (day text primary key, next int not null);
