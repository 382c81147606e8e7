import { type DistrictPack, inCategory, type PackRoute } from '@cityloop/contracts';

/** Known areas and categories in the condition of a row; `add` gets the path within the condition. */
export function checkCondition(
  pack: DistrictPack,
  { area, categories = [] }: Pick<PackRoute['when'], 'area' | 'categories'>,
  add: (path: readonly (string | number)[], reason: string) => void,
): void {
  const known = area === undefined || area === pack.district.code;
  if (!known && !pack.areas.some(({ code }) => code === area)) {
    add(['area'], `没有这个区划“${area}”`);
  }
  for (const [at, wanted] of categories.entries()) {
    if (pack.catalogue.some((category) => inCategory(category.code, wanted))) continue;
    add(['categories', at], `目录中没有类别“${wanted}”`);
  }
}
