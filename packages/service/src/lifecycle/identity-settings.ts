import { z } from 'zod';

/** Who may come in at the gateway, wherever it runs. */
export const identitySettings = {
  CITYLOOP_ENV: z.enum(['demo', 'production']).default('demo').meta({
    description: 'In production there is no sign-in for demo people; OIDC_ISSUER is needed.',
  }),
  OIDC_ISSUER: z.url().optional().meta({
    description: 'Issuer of the tokens; without it a built-in one for demo people.',
  }),
  OIDC_AUDIENCE: z.string().min(1).default('cityloop').meta({
    description: 'Audience the tokens must be for.',
  }),
  OIDC_CLIENT_ID: z.string().min(1).optional().meta({
    description:
      'The gateway as a client of the issuer: with it people sign in at a browser (code flow with PKCE); needs PUBLIC_URL.',
  }),
  OIDC_CLIENT_SECRET: z.string().min(1).optional().meta({
    description: 'Its secret, where it is a confidential client.',
    secret: true,
  }),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      description:
        'Where people find the gateway, such as https://loop.example.gov.cn; by https the cookies of sessions travel over TLS only.',
    }),
};

export type IdentitySettings = z.infer<z.ZodObject<typeof identitySettings>> & {
  readonly METRICS_TOKEN?: string | undefined;
};
