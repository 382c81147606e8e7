import { type IncidentCommand, systemSubject } from '@cityloop/contracts';
import { type RunningStage, replayParked } from '@cityloop/stage';
import type { StageDoor } from './stage-door.ts';

/** The door of a stage that runs in this process. */
export function stageDoor({ engine, store, parking }: RunningStage): StageDoor {
  return {
    command: (command) => engine.command(command),
    ask: ({ verb, body, ...rest }) =>
      engine.command({
        ...rest,
        // Asks are made by our own code from the schemas of the contract.
        command: { verb, body } as IncidentCommand,
        subject: systemSubject,
        // Several processes send the same one, at the same time and again: they get the same answer.
        repeated: true,
      }),
    whereabouts: (id) => engine.whereabouts(id),
    row: (id) => engine.row(id),
    async handedOver(id) {
      const row = await store.row(id);
      if (row === undefined || row.custodian === engine.stage) return undefined;
      const event = await store.event(id, row.version);
      return event !== undefined && 'dossier' in event.data ? event.data.dossier : undefined;
    },
    versions: async (ids) => [...(await store.versions(ids))],
    answers: async (keys) => [...(await store.findKeys(keys))],
    held: (filter) => store.held(filter),
    awaiting: (filter) => store.awaiting(filter),
    countdown: (filter) => store.countdownBoard(filter),
    lamps: (filter) => store.lampBoard(filter),
    backlog: () => engine.backlog,
    parked: (limit) => parking.list(limit),
    replay: (id) => replayParked(engine, parking, id),
  };
}
