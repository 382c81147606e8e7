import { follow } from './stream.js';
import { eventWord, statusWords, steps } from './words.js';

const SHOWN = 50;
const STALE_S = 20;
const COUNT_MS = 1_000;
const at = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat('zh-CN', { timeStyle: 'medium', hour12: false });

let signedIn;
let people = [];
let categories = new Map();
let leave = () => undefined;
let heardMs;
let counting = false;

/** Signs the chosen person in, anew when the token is about to end. */
async function token() {
  const person = at('person').value;
  if (signedIn?.person === person && signedIn.untilMs > Date.now() + 60_000) return signedIn.token;
  const response = await fetch('/auth/demo/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person }),
  });
  if (!response.ok) throw new Error('sign-in refused');
  const { accessToken, expiresAt } = await response.json();
  signedIn = { person, token: accessToken, untilMs: Date.parse(expiresAt) };
  return accessToken;
}

async function call(path, init = {}) {
  const headers = { authorization: `Bearer ${await token()}`, ...init.headers };
  const response = await fetch(`/api/v1${path}`, { ...init, headers });
  return { ok: response.ok, body: await response.json() };
}

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className !== undefined) made.className = className;
  return made;
}

function notice(text) {
  at('notice').textContent = text ?? '';
  at('notice').hidden = text === undefined;
}

function showState(state) {
  at('connection').dataset.state = state;
  at('connection-text').textContent = { on: '已连接', wait: '正在连接', off: '未连接' }[state];
}

function showAge() {
  if (heardMs === undefined) return;
  const seconds = Math.max(0, Math.round((Date.now() - heardMs) / 1_000));
  const stale = seconds > STALE_S;
  at('age').classList.toggle('stale', stale);
  at('age').textContent = stale ? `数据已 ${seconds} 秒未更新` : `数据 ${seconds} 秒前`;
}

/** Counters are asked for, not added up: what was missed or left the scope counts right, too. */
function countSoon() {
  if (counting) return;
  counting = true;
  setTimeout(async () => {
    counting = false;
    const { ok, body } = await call('/counts').catch(() => ({ ok: false }));
    if (ok) showCounts(body.counts);
  }, COUNT_MS);
}

function showCounts(counts) {
  const sum = (rows) => rows.reduce((total, { n }) => total + n, 0);
  const tiles = steps.map(([name, statuses]) => {
    const rows = counts.filter(({ status }) => statuses.includes(status));
    const late = sum(rows.filter(({ overdue }) => overdue));
    const tile = element('li', '');
    const parts = statuses
      .map((status) => [status, sum(rows.filter((row) => row.status === status))])
      .filter(([, n]) => n > 0)
      .map(([status, n]) => `${statusWords[status]} ${n}`);
    tile.append(element('span', name), element('b', String(sum(rows))));
    if (late > 0) tile.append(element('span', `超时 ${late} `, 'late'));
    tile.append(element('span', parts.join(' · ') || '无'));
    return tile;
  });
  at('stages').replaceChildren(...tiles);
  at('total').textContent = `共 ${sum(counts)} 件`;
}

function showEvent({ type, at: time, incident }) {
  const row = element('li', '');
  const what = element('span', eventWord(type), 'what');
  const kind = categories.get(incident.categoryCode);
  what.append(element('span', kind === undefined ? '' : ` ${kind}`, 'kind'));
  const late = incident.overdue ? 'chip late' : 'chip';
  const words = statusWords[incident.status] ?? incident.status;
  const shown = element('time', clock.format(new Date(time)));
  shown.dateTime = time;
  row.append(
    shown,
    element('span', incident.number, 'number'),
    what,
    element('span', incident.overdue ? `■ 超时 ${words}` : words, late),
  );
  at('events').prepend(row);
  while (at('events').children.length > SHOWN) at('events').lastChild.remove();
  at('empty').hidden = true;
}

function onEvent(name, data) {
  if (name === 'incident') showEvent(data);
  if (name === 'reset') at('events').replaceChildren();
  if (name === 'expired') signedIn = undefined;
  countSoon();
}

function showPerson() {
  const person = people.find(({ id }) => id === at('person').value);
  const reports = ['grid-worker', 'hotline-seat', 'citizen', 'clerk', 'shift-supervisor', 'admin'];
  const may = person?.roles.some((role) => reports.includes(role)) ?? false;
  at('report').querySelector('button').disabled = !may;
  at('answer').className = 'answer';
  at('answer').textContent = may ? '' : '此岗位不能上报，请换一位。';
}

async function begin() {
  leave();
  at('events').replaceChildren();
  at('empty').hidden = false;
  showPerson();
  const [catalogue, district] = await Promise.all([call('/catalogue'), call('/district')]);
  categories = new Map(catalogue.body.categories.map(({ code, name }) => [code, name]));
  at('district').textContent = `${district.body.name} 一网统管`;
  const options = [...categories].map(([code, name]) => new Option(`${code} ${name}`, code));
  at('report').elements.category.replaceChildren(new Option('由受理员判定', ''), ...options);
  leave = follow('/api/v1/stream', token, {
    event: onEvent,
    state: showState,
    beat() {
      heardMs = Date.now();
      showAge();
    },
  });
  countSoon();
}

const channels = {
  'grid-worker': 'grid-worker',
  'hotline-seat': 'hotline-12345',
  citizen: 'citizen-app',
};

function reportOf(form) {
  const { description, category, address, lon, lat } = Object.fromEntries(new FormData(form));
  const roles = people.find(({ id }) => id === at('person').value)?.roles ?? [];
  const channel = roles.map((role) => channels[role]).find((name) => name !== undefined);
  const point =
    lon !== '' && lat !== '' ? { lon: Number(lon), lat: Number(lat), crs: 'WGS84' } : {};
  return {
    channel: channel ?? 'walk-in',
    description,
    location: { ...point, ...(address === '' ? {} : { address }) },
    ...(category === '' ? {} : { categoryCode: category }),
  };
}

async function report(submitted) {
  submitted.preventDefault();
  const form = submitted.target;
  const button = form.querySelector('button');
  button.disabled = true;
  try {
    const { ok, body } = await call('/incidents', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
      body: JSON.stringify(reportOf(form)),
    });
    at('answer').className = ok ? 'answer' : 'answer refused';
    at('answer').textContent = ok ? `已受理，编号 ${body.number}` : body.detail;
    if (ok) form.elements.description.value = '';
  } catch {
    at('answer').className = 'answer refused';
    at('answer').textContent = '没有送达，请稍后再试。';
  } finally {
    button.disabled = false;
  }
}

async function start() {
  showCounts([]);
  const response = await fetch('/auth/demo/people');
  if (!response.ok) {
    notice('本环境不提供演示登录。请使用单位统一登录后的客户端，接口见 API 文档。');
    at('person').replaceChildren(new Option('不可用', ''));
    return;
  }
  people = await response.json();
  const options = people.map(({ id, name, unit }) => new Option(`${name} ${unit}`, id));
  at('person').replaceChildren(...options);
  at('person').addEventListener('change', () => void restart());
  at('report').addEventListener('submit', (submitted) => void report(submitted));
  setInterval(showAge, 1_000);
  await restart();
}

/** Begins anew; as long as the server does not answer, now and then once more. */
async function restart() {
  try {
    notice();
    await begin();
  } catch {
    showState('off');
    notice('暂时连不上服务，正在重试…');
    setTimeout(() => void restart(), 3_000);
  }
}

void start().catch(() => notice('暂时连不上服务，请刷新重试。'));
