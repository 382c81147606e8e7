const RETRY_MS = 3_000;

/**
 * Follows the event stream with a token in the header, which `EventSource` cannot send. Comes back by
 * itself after the last position it has seen. `on.event(name, data)`, `on.state(state)`, `on.beat()`.
 * Returns what ends it.
 */
export function follow(path, token, on) {
  const stop = new AbortController();
  let last;
  void run();
  return () => stop.abort();

  async function run() {
    while (!stop.signal.aborted) {
      on.state('wait');
      try {
        await once();
      } catch (error) {
        if (error.unauthorized === true) on.event('expired', {});
      }
      if (stop.signal.aborted) return;
      on.state('wait');
      // A crowd that lost the server together should not come back together.
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS * (0.5 + Math.random())));
    }
  }

  async function once() {
    const headers = { authorization: `Bearer ${await token()}` };
    if (last !== undefined) headers['last-event-id'] = last;
    const address = last === undefined ? `${path}?recent=50` : path;
    const response = await fetch(address, { headers, signal: stop.signal });
    if (!response.ok) {
      throw Object.assign(new Error('refused'), { unauthorized: response.status === 401 });
    }
    on.state('on');
    let rest = '';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      on.beat();
      const parts = (rest + value).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) take(part);
    }
  }

  function take(part) {
    const fields = Object.fromEntries(
      part
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith(':'))
        .map((line) => {
          const at = line.indexOf(': ');
          return [line.slice(0, at), line.slice(at + 2)];
        }),
    );
    if (fields.data !== undefined) on.event(fields.event ?? 'message', JSON.parse(fields.data));
    if (fields.id !== undefined) last = fields.id;
  }
}
