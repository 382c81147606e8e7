-- What the gateway keeps of its own: who is signed in at a browser. Nothing of an incident is here.

-- A session goes by a secret that only the browser's cookie has; here stands its SHA-256.
create table {schema}.session (
  id        bytea primary key,
  subject   jsonb not null,
  opened_at timestamptz not null default now(),
  seen_at   timestamptz not null default now(),
  ends_at   timestamptz not null,
  ended_at  timestamptz
);
create index session_ends on {schema}.session (ends_at);

-- A sign-in under way at the issuer: what its answer is held against.
create table {schema}.sign_in (
  state     text primary key,
  verifier  text not null,
  nonce     text not null,
  return_to text not null,
  made_at   timestamptz not null default now()
);
create index sign_in_made on {schema}.sign_in (made_at);
