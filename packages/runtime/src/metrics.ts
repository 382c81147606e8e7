import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const PREFIX = 'cityloop_';

/** What describes a metric; `name` without the prefix, base units, `_total` and `_seconds` endings. */
export type MetricOptions<Label extends string> = {
  readonly name: string;
  readonly help: string;
  /** Kinds of a thing (service, topic, status, kind), never ids: every value is a time series. */
  readonly labels?: readonly Label[];
};

/**
 * The metrics of one process. Asking twice for one name gives the same metric, so that services
 * which share a process can share it; asking with other labels or as another kind throws.
 */
export type Metrics = {
  readonly contentType: string;
  counter<L extends string = never>(options: MetricOptions<L>): Counter<L>;
  /**
   * `collect` is called at each scrape and may set the gauge then. When it fails or takes too long, the gauge
   * has no samples in that scrape; the others have theirs.
   */
  gauge<L extends string = never>(
    options: MetricOptions<L> & { readonly collect?: (gauge: Gauge<L>) => void | Promise<void> },
  ): Gauge<L>;
  histogram<L extends string = never>(
    options: MetricOptions<L> & { readonly buckets: readonly number[] },
  ): Histogram<L>;
  /** All metrics in the Prometheus text format. */
  text(): Promise<string>;
};

/** The process wakes up that often to find out how late it does; an idle one has nothing else to do. */
const LOOP_LAG_PRECISION_MS = 100;

/** So long a scrape waits for what has to be asked elsewhere, ms; scrapers themselves give up after ten seconds. */
const COLLECT_MS = 3_000;

type Known = { readonly labels: string; readonly metric: unknown };

/** An empty set of metrics, plus those of the process itself unless `processMetrics` is false. */
export function createMetrics(options: { readonly processMetrics?: boolean } = {}): Metrics {
  const register = new Registry();
  const known = new Map<string, Known>();
  if (options.processMetrics !== false) {
    const eventLoopMonitoringPrecision = LOOP_LAG_PRECISION_MS;
    collectDefaultMetrics({ register, prefix: PREFIX, eventLoopMonitoringPrecision });
  }

  function once<Metric>(
    kind: new (...args: never[]) => Metric,
    { name, labels = [] }: MetricOptions<string>,
    make: (base: { name: string; registers: Registry[] }) => Metric,
  ): Metric {
    const wanted = labels.join();
    const found = known.get(name);
    if (found === undefined) {
      const metric = make({ name: PREFIX + name, registers: [register] });
      known.set(name, { labels: wanted, metric });
      return metric;
    }
    if (found.metric instanceof kind && found.labels === wanted) return found.metric;
    throw new Error(`metric ${name} exists with another kind or other labels`);
  }

  return {
    contentType: register.contentType,
    counter: (wanted) =>
      once(Counter, wanted, (base) => new Counter({ ...base, ...descriptionOf(wanted) })),
    gauge: (wanted) =>
      once(Gauge, wanted, (base) => {
        const { collect } = wanted;
        if (collect === undefined) return new Gauge({ ...base, ...descriptionOf(wanted) });
        return new Gauge({
          ...base,
          ...descriptionOf(wanted),
          async collect() {
            const collected = await inTime(async () => collect(this));
            // An old value would pass for one of now, and so would the 0 of `reset`.
            if (collected) return;
            this.reset();
            if ((wanted.labels ?? []).length === 0) this.remove({});
          },
        });
      }),
    histogram: (wanted) =>
      once(
        Histogram,
        wanted,
        (base) =>
          new Histogram({ ...base, ...descriptionOf(wanted), buckets: [...wanted.buckets] }),
      ),
    text: () => register.metrics(),
  };
}

/** Whether it came to its end in time. */
async function inTime(work: () => Promise<void>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(late.resolve, COLLECT_MS, false);
  const done = work().then(
    () => true,
    () => false,
  );
  return await Promise.race([done, late.promise]).finally(() => clearTimeout(timer));
}

function descriptionOf<L extends string>(
  options: MetricOptions<L>,
): { help: string; labelNames: L[] } {
  return { help: options.help, labelNames: [...(options.labels ?? [])] };
}
