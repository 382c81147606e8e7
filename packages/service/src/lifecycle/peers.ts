import type { Logger, Metrics } from '@cityloop/runtime';
import { createPeer, type Peer } from '../calls/peer.ts';
import { type PeerName, type ServiceSettings, urlsOf } from './settings.ts';

/** The other services, each made when first asked for. */
export type Peers = {
  of(name: PeerName): Peer;
  /** Gives up what is under way. */
  close(): void;
};

export function createPeers(
  settings: Pick<ServiceSettings, 'SERVICE_TOKEN'>,
  logger: Logger,
  metrics: Metrics,
): Peers {
  const peers = new Map<PeerName, Peer>();
  metrics.gauge({
    name: 'peer_replicas',
    help: 'Replicas of the services called from here: known, and at work.',
    labels: ['service', 'state'],
    collect(gauge) {
      for (const [service, peer] of peers) {
        const { known, atWork } = peer.count();
        gauge.set({ service, state: 'known' }, known);
        gauge.set({ service, state: 'at-work' }, atWork);
      }
    },
  });
  metrics.gauge({
    name: 'peer_calls_waiting',
    help: 'Calls of other services that have no answer yet.',
    labels: ['service'],
    collect(gauge) {
      for (const [service, peer] of peers) gauge.set({ service }, peer.waiting);
    },
  });
  return {
    of(name) {
      const known = peers.get(name);
      if (known !== undefined) return known;
      const urls = urlsOf(settings, name);
      const peer = createPeer({ service: name, urls, token: settings.SERVICE_TOKEN, logger });
      peers.set(name, peer);
      return peer;
    },
    close() {
      for (const peer of peers.values()) peer.close();
    },
  };
}
