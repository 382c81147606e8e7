import { Limit, parseLimit } from '@cityloop/calendar';
import { z } from 'zod';

/**
 * A time limit as the pack's author wrote it and as it was understood on that day. A pack file holds the
 * text alone (`4工作时`); a loaded or published pack holds both, so that a later parser cannot change what
 * an old revision meant. A text that cannot be understood is an error, never a zero.
 */
export const PackLimit = z
  .preprocess(
    (value, context) => {
      if (typeof value !== 'string') return value;
      const limit = parseLimit(value);
      if (limit !== undefined) return { text: value, limit };
      context.issues.push({
        code: 'custom',
        input: value,
        message: `看不懂的时限“${value}”，写法如 4工作时、2工作日、2紧急工作时、15分钟`,
      });
      return z.NEVER;
    },
    z.strictObject({ text: z.string().min(1).max(40), limit: Limit }),
  )
  .meta({ description: 'A limit: 4工作时, 2工作日, 2紧急工作时, 15分钟 …' });
export type PackLimit = z.infer<typeof PackLimit>;
