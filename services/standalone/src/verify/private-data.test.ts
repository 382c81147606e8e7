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

it.each([
  '１３８００１３８０００',
  '138.0013.8000',
  '138—0013—8000',
  '02165431234',
  '（021）65431234',
  '310110 19900101 123X',
])('finds %s, which a masking might overlook', (number) => {
  expect([...proseWithNumbers({ text: `请拨${number}。` })]).toEqual(['text']);
});

it.each([
  '案件 310110-20261121-000042',
  '2026-11-21 08:30 至 2026-12-01，造价 65431234 元',
  'upstream:01a1fea2-a139-7021-8123-b187b8e92e0e',
  '138****8000、021****1234、31****234',
])('passes over %s', (text) => {
  expect([...proseWithNumbers({ text })]).toEqual([]);
});
