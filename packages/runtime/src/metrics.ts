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
  /** `collect` is called at each scrape and may set the gauge then. */
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
          collect() {
            return collect(this);
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

function descriptionOf<L extends string>(
  options: MetricOptions<L>,
): { help: string; labelNames: L[] } {
  return { help: options.help, labelNames: [...(options.labels ?? [])] };
}
