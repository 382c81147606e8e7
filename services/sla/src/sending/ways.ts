import { InvalidInput } from '@cityloop/kernel';
import type { NoticeSettings } from '@cityloop/service';
import type { Way } from '../store/outbox.ts';
import type { Deliver } from './deliver.ts';
import { email } from './email.ts';
import { webhook } from './webhook.ts';

/**
 * The ways by which messages leave the house, by the settings; none unless told.
 *
 * @throws InvalidInput `WEBHOOK_UNSIGNED`, `SMTP_WITHOUT_SENDER`, `WEBHOOK_INSECURE`, `WEBHOOK_PRIVATE`
 */
export function waysOf(settings: NoticeSettings): Readonly<Partial<Record<Way, Deliver>>> {
  const { NOTICE_WEBHOOK_URL: url, NOTICE_WEBHOOK_SECRET: secret } = settings;
  const { NOTICE_SMTP_URL: smtp, NOTICE_FROM: from } = settings;
  const allowPrivate = settings.NOTICE_WEBHOOK_PRIVATE === 'allowed';
  if (url !== undefined && secret === undefined) {
    throw new InvalidInput('WEBHOOK_UNSIGNED', 'NOTICE_WEBHOOK_URL needs NOTICE_WEBHOOK_SECRET');
  }
  if (smtp !== undefined && from === undefined) {
    throw new InvalidInput('SMTP_WITHOUT_SENDER', 'NOTICE_SMTP_URL needs NOTICE_FROM');
  }
  return {
    ...(url === undefined || secret === undefined
      ? {}
      : { webhook: webhook({ url, secret, allowPrivate }) }),
    ...(smtp === undefined || from === undefined ? {} : { email: email({ url: smtp, from }) }),
  };
}
