import { doorSettings, peerSettings, worldSettings } from '@cityloop/service';
import { z } from 'zod';

/** Every setting of the gateway as a process; the table in the README is generated from these descriptions. */
export const Config = z
  .object({
    ...doorSettings(8_080),
    ...worldSettings,
    ...peerSettings(['intake', 'dispatch', 'handling', 'verification', 'archive', 'monitor']),
    CITYLOOP_DATA: z.string().min(1).default('./data').meta({
      description: 'Folder of the photos; gateways that stand for each other share it.',
    }),
    CITYLOOP_ENV: z.enum(['demo', 'production']).default('demo').meta({
      description: 'In production there is no sign-in for demo people; OIDC_ISSUER is needed.',
    }),
    OIDC_ISSUER: z.url().optional().meta({
      description:
        'Issuer of the tokens; without it a built-in one for demo people, whose key follows from SERVICE_TOKEN.',
    }),
    OIDC_AUDIENCE: z.string().min(1).default('cityloop').meta({
      description: 'Audience the tokens must be for.',
    }),
  })
  .readonly();
export type Config = z.infer<typeof Config>;
