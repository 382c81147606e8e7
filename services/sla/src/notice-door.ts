import type { Database } from '@cityloop/postgres';
import type { NoticeDoor } from '@cityloop/service';
import { inbox } from './store/notices.ts';
import type { Outbox } from './store/outbox.ts';

/** What the service does for the gateway. */
export function noticeDoor(db: Database, schema: string, outbox: Outbox): NoticeDoor {
  const box = inbox(db, schema);
  return {
    async notices(personId, page) {
      const [items, unread] = await Promise.all([box.list(personId, page), box.unread(personId)]);
      return { items, unread };
    },
    newestNotices: (personIds) => box.newest(personIds),
    readNotice: (personId, id) => box.read(personId, id),
    deadNotices: (limit) => outbox.dead(limit),
    resendNotices: (ids) => outbox.resend(ids),
  };
}
