import { describe, expect, it } from 'vitest';
import { median, percentile, spreadPercent } from './statistics.ts';

describe('the median', () => {
  it('is the middle value, in whatever order they come', () => {
    expect(median([900, 10, 200])).toBe(200);
  });

  it('is the mean of the two middle values of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('of nothing is not a number', () => {
    expect(median([])).toBeNaN();
  });

  it('leaves the values as they were', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it('is one of the values: the one at its rank', () => {
    expect(percentile(hundred, 50)).toBe(50);
    expect(percentile(hundred, 99)).toBe(99);
    expect(percentile(hundred, 100)).toBe(100);
  });

  it('orders by number, not by text', () => {
    expect(percentile([9, 10, 100], 99)).toBe(100);
  });

  it('of a single value is that value', () => {
    expect(percentile([7], 1)).toBe(7);
  });

  it('of nothing is not a number', () => {
    expect(percentile([], 99)).toBeNaN();
  });
});

describe('the spread', () => {
  it('is the distance of the outermost values in per cent of the median', () => {
    expect(spreadPercent([90, 100, 120])).toBe(30);
  });

  it('of a single round is none', () => {
    expect(spreadPercent([55])).toBe(0);
  });
});
