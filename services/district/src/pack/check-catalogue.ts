import {
  type DistrictPack,
  type PackCategory,
  type PackRoute,
  routeFits,
} from '@cityloop/contracts';
import { checkCondition } from './check-condition.ts';
import { doubled, type PackCheck, uniqueBy } from './problem.ts';

const letterOf = { component: 'C', event: 'E', hotline: 'H' } as const;

/** Codes and standard ids once, letters that fit the kind, extensions of the national list marked. */
export const checkCatalogue: PackCheck = (pack, problems) => {
  uniqueBy(pack.catalogue, (category) => category.code, doubled('catalogue', 'code'), problems);
  const standards = new Map<string, string>();
  for (const [index, category] of pack.catalogue.entries()) {
    const add = (path: readonly (string | number)[], reason: string): void => {
      problems.push({ section: 'catalogue', path: [index, ...path], reason });
    };
    if (!category.code.startsWith(letterOf[category.kind])) {
      add(['code'], `类别代码应以 ${letterOf[category.kind]} 开头（kind: ${category.kind}）`);
    }
    if (isLocal(category) && category.extension !== true) {
      add(['code'], '小类号 80 及以上是地方扩展，须写 extension: true');
    }
    for (const [row, standard] of category.standards.entries()) {
      const owner = standards.get(standard.id);
      if (owner !== undefined) add(['standards', row, 'id'], `“${standard.id}”已用于 ${owner}`);
      else standards.set(standard.id, category.code);
    }
  }
};

/** The national list ends at minor class 79; hotline matters have no national list. */
function isLocal(category: PackCategory): boolean {
  return category.kind !== 'hotline' && Number(category.code.split('-')[1]) >= 80;
}

/** Known units, duties, areas and categories; no row behind one that fits everything; urgent ones by rule. */
export const checkRouting: PackCheck = (pack, problems) => {
  uniqueBy(pack.routing, (route) => route.id, doubled('routing', 'id'), problems);
  let catchAll: string | undefined;
  for (const [index, route] of pack.routing.entries()) {
    const add: Add = (path, reason) => {
      problems.push({ section: 'routing', path: [index, ...path], reason });
    };
    if (catchAll !== undefined) add(['id'], `永远轮不到：前面的“${catchAll}”适用于一切案件`);
    else if (Object.keys(route.when).length === 0) catchAll = route.id;
    checkRoute(pack, route, add);
  }
  checkUrgent(pack, problems);
};

/** What one row names is there; `add` gets the path within the row. */
export function checkRoute(pack: DistrictPack, route: PackRoute, add: Add): void {
  checkCondition(pack, route.when, (path, reason) => add(['when', ...path], reason));
  checkTarget(pack, route, add);
  checkAutoStandard(pack, route, add);
}

type Add = (path: readonly (string | number)[], reason: string) => void;

function checkTarget(pack: DistrictPack, route: PackRoute, add: Add): void {
  const levels = new Map(pack.centres.map((centre) => [centre.id, centre.level]));
  const { level, unitId, duty } = route.then;
  if (unitId !== undefined && duty !== undefined)
    add(['then', 'duty'], 'unitId 与 duty 只能写一个');
  if (unitId !== undefined) {
    const unit = pack.units.find((candidate) => candidate.id === unitId);
    if (unit === undefined) add(['then', 'unitId'], `没有这个单位“${unitId}”`);
    else if (levels.get(unit.centreId) !== level) {
      add(['then', 'unitId'], `单位“${unitId}”不归这一级（${level}）的中心派遣`);
    }
  }
  if (duty !== undefined) {
    const held = pack.units.some(
      (unit) => unit.duty === duty && levels.get(unit.centreId) === level,
    );
    if (!held) add(['then', 'duty'], `这一级没有承担“${duty}”的单位`);
  }
  checkAssists(pack, route, add);
}

function checkAssists(pack: DistrictPack, { then: { unitId, assists = [] } }: PackRoute, add: Add) {
  for (const [at, assist] of assists.entries()) {
    const path = ['then', 'assists', at, 'unitId'];
    if (!pack.units.some((unit) => unit.id === assist.unitId)) {
      add(path, `没有这个单位“${assist.unitId}”`);
    }
    const first = assists.findIndex((other) => other.unitId === assist.unitId);
    if (first !== at || assist.unitId === unitId) add(path, `单位“${assist.unitId}”写了两次`);
  }
}

function checkAutoStandard(pack: DistrictPack, route: PackRoute, add: Add): void {
  const standardId = route.auto?.standardId;
  if (standardId === undefined) return;
  const owner = pack.catalogue.find((category) =>
    category.standards.some((standard) => standard.id === standardId),
  );
  const path = ['auto', 'standardId'];
  if (owner === undefined) add(path, `目录中没有立案标准“${standardId}”`);
  else if (route.when.categories?.length !== 1 || route.when.categories[0] !== owner.code) {
    add(path, `标准“${standardId}”属于 ${owner.code}，本行 when.categories 应恰为该类别`);
  }
}

function checkUrgent(pack: DistrictPack, problems: Parameters<PackCheck>[1]): void {
  for (const [index, category] of pack.catalogue.entries()) {
    if (category.urgent !== true) continue;
    const facts = {
      categoryCode: category.code,
      kind: category.kind,
      channel: 'grid-worker',
      urgency: 'urgent',
    } as const;
    const first = pack.routing.find((route) => routeFits(route, facts));
    if (first?.auto?.file === true && first.auto.assign === true) continue;
    problems.push({
      section: 'catalogue',
      path: [index, 'urgent'],
      reason: '紧急类别须有自动立案并自动派遣的路由行（auto: {file: true, assign: true}）',
    });
  }
}
