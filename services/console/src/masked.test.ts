import { describe, expect, it } from 'vitest';
import { masked } from './masked.ts';

const mask = (text: string): string => text.replaceAll(/\d{11}/g, '***');

describe('masked', () => {
  it('masks numbers wherever people write, however deep, and keeps the words for the vault', () => {
    const body = {
      text: '电话13812345678',
      location: { address: '甲路1号 13912345678' },
      assists: [{ unitId: 'u', task: '联系13712345678' }],
    };
    expect(masked(body, mask)).toEqual({
      body: {
        text: '电话***',
        location: { address: '甲路1号 ***' },
        assists: [{ unitId: 'u', task: '联系***' }],
      },
      original: '电话13812345678\n甲路1号 13912345678\n联系13712345678',
    });
  });

  it('leaves codes and numbers of other systems alone', () => {
    const body = { externalNumber: '20260302001', reasonCode: '12345678901', until: 5, flag: true };
    expect(masked(body, mask)).toEqual({ body });
  });
});
