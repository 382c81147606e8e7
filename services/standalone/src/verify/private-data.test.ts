import { expect, it } from 'vitest';
import { proseWithNumbers } from './private-data.ts';

it('finds telephone and identity numbers in what people wrote, and nowhere else', () => {
  const data = {
    text: '请拨 139 1234 5678',
    incident: { description: '身份证 310110199001011234', externalNumber: '13912345678' },
    assists: [{ unitId: '13912345678', task: '联系 021-65432100' }],
    requirement: '已屏蔽 139****5678',
  };
  expect([...proseWithNumbers(data)]).toEqual(['text', 'incident.description', 'assists.0.task']);
});
