import type { DistrictPack, PackPerson, PackUnit } from '@cityloop/contracts';
import { doubled, type PackCheck, type PackProblem, uniqueBy } from './problem.ts';

const inCentre: ReadonlySet<string> = new Set([
  'hotline-seat',
  'clerk',
  'shift-supervisor',
  'dispatcher',
  'verifier',
  'evaluator',
]);
const inUnit: ReadonlySet<string> = new Set(['unit-member', 'unit-leader']);

/** One district centre, an own fallback unit each, known calendars and areas. */
export const checkCentres: PackCheck = (pack, problems) => {
  uniqueBy(pack.centres, (centre) => centre.id, doubled('centres', 'id'), problems);
  uniqueBy(pack.centres, (centre) => centre.area, doubled('centres', 'area'), problems);
  const add = adder('centres', problems);
  const districts = pack.centres.filter((centre) => centre.level === 'district');
  if (districts.length !== 1) add([], `应有且只有一个区级中心，现有 ${districts.length} 个`);
  const calendars = calendarIds(pack);
  const subdistricts = new Set(
    pack.areas.filter((area) => area.kind === 'subdistrict').map((area) => area.code),
  );
  for (const [index, centre] of pack.centres.entries()) {
    if (!calendars.has(centre.calendar)) add([index, 'calendar'], unknown('日历', centre.calendar));
    if (centre.level === 'district' && centre.area !== pack.district.code) {
      add([index, 'area'], `区级中心的区划应为本区代码 ${pack.district.code}`);
    }
    if (centre.level === 'subdistrict' && !subdistricts.has(centre.area)) {
      add([index, 'area'], unknown('街镇区划', centre.area));
    }
    const fallback = pack.units.find((unit) => unit.id === centre.fallbackUnitId);
    if (fallback === undefined) {
      add([index, 'fallbackUnitId'], unknown('托底单位', centre.fallbackUnitId));
    } else if (fallback.centreId !== centre.id) {
      add([index, 'fallbackUnitId'], `托底单位“${fallback.id}”不归本中心派遣`);
    }
  }
};

/** Every subdistrict has its centre. */
export const checkServed: PackCheck = (pack, problems) => {
  const served = new Set(pack.centres.map((centre) => centre.area));
  for (const [index, area] of pack.areas.entries()) {
    if (area.kind === 'subdistrict' && !served.has(area.code)) {
      problems.push({ section: 'areas', path: [index, 'code'], reason: '该街镇没有城运中心' });
    }
  }
};

/** Known centres and calendars, a duty once a centre, areas inside the centre's. */
export const checkUnits: PackCheck = (pack, problems) => {
  uniqueBy(pack.units, (unit) => unit.id, doubled('units', 'id'), problems);
  const add = adder('units', problems);
  const calendars = calendarIds(pack);
  const centres = new Map(pack.centres.map((centre) => [centre.id, centre]));
  const duties = new Set<string>();
  for (const [index, unit] of pack.units.entries()) {
    const centre = centres.get(unit.centreId);
    if (centre === undefined) add([index, 'centreId'], unknown('中心', unit.centreId));
    if (!calendars.has(unit.calendar)) add([index, 'calendar'], unknown('日历', unit.calendar));
    if (centre !== undefined && unit.area !== undefined && !unit.area.startsWith(centre.area)) {
      add([index, 'area'], `不在所属中心的区划 ${centre.area} 之内`);
    }
    if (unit.duty === undefined) continue;
    const key = `${unit.centreId} ${unit.duty}`;
    if (duties.has(key)) add([index, 'duty'], `职责“${unit.duty}”在本中心已有单位承担`);
    duties.add(key);
  }
};

/** Codes that nest, known parents, grid workers who are that. */
export const checkAreas: PackCheck = (pack, problems) => {
  const areas = uniqueBy(pack.areas, (area) => area.code, doubled('areas', 'code'), problems);
  const add = adder('areas', problems);
  const digits = { subdistrict: 9, committee: 12, grid: 15 };
  const above = { subdistrict: 'district', committee: 'subdistrict', grid: 'committee' };
  const people = new Map(pack.people.map((person) => [person.id, person]));
  for (const [index, area] of pack.areas.entries()) {
    if (area.code.length !== digits[area.kind]) {
      add([index, 'code'], `这一级区划代码应为 ${digits[area.kind]} 位`);
    }
    if (!area.code.startsWith(area.parent)) add([index, 'parent'], '区划代码应以上级代码开头');
    const parentKind =
      area.parent === pack.district.code ? 'district' : areas.get(area.parent)?.kind;
    if (parentKind === undefined) add([index, 'parent'], unknown('上级区划', area.parent));
    else if (parentKind !== above[area.kind]) add([index, 'parent'], '上级区划的级别不对');
    const worker = area.gridWorkerId;
    if (worker !== undefined && people.get(worker)?.roles.includes('grid-worker') !== true) {
      add([index, 'gridWorkerId'], unknown('网格员', worker));
    }
  }
};

/** Every role has the centre, unit or grids it needs; nobody is `system`. */
export const checkPeople: PackCheck = (pack, problems) => {
  uniqueBy(pack.people, (person) => person.id, doubled('people', 'id'), problems);
  const centres = new Set(pack.centres.map((centre) => centre.id));
  const units = new Map(pack.units.map((unit) => [unit.id, unit]));
  const areas = new Set([pack.district.code, ...pack.areas.map((area) => area.code)]);
  for (const [index, person] of pack.people.entries()) {
    const add = (path: readonly (string | number)[], reason: string): void => {
      problems.push({ section: 'people', path: [index, ...path], reason });
    };
    if (person.centreId !== undefined && !centres.has(person.centreId)) {
      add(['centreId'], unknown('中心', person.centreId));
    }
    if (!areas.has(person.area)) add(['area'], unknown('区划', person.area));
    for (const [at, grid] of (person.grids ?? []).entries()) {
      if (!areas.has(grid)) add(['grids', at], unknown('网格或上级区划', grid));
    }
    checkRoles(person, add);
    checkMembership(person, units, add);
  }
};

type Add = (path: readonly (string | number)[], reason: string) => void;

function checkRoles(person: PackPerson, add: Add): void {
  for (const [at, role] of person.roles.entries()) {
    if (role === 'system') add(['roles', at], 'system 是系统自身，不能授予人');
    if (inCentre.has(role) && person.centreId === undefined) {
      add(['roles', at], `角色 ${role} 须写明所在中心 centreId`);
    }
    if (inUnit.has(role) && person.unitId === undefined) {
      add(['roles', at], `角色 ${role} 须写明所在单位 unitId`);
    }
    if (role === 'grid-worker' && person.grids === undefined) {
      add(['roles', at], '角色 grid-worker 须写明负责的网格 grids');
    }
  }
}

function checkMembership(person: PackPerson, units: ReadonlyMap<string, PackUnit>, add: Add): void {
  if (person.unitId === undefined) return;
  const unit = units.get(person.unitId);
  if (unit === undefined) add(['unitId'], unknown('单位', person.unitId));
  else if (unit.employer !== undefined && person.employer !== unit.employer) {
    add(['employer'], `单位“${unit.id}”由“${unit.employer}”承包，其人员须写同一 employer`);
  }
}

function adder(section: PackProblem['section'], problems: PackProblem[]): Add {
  return (path, reason) => {
    problems.push({ section, path, reason });
  };
}

function unknown(what: string, id: string): string {
  return `没有这个${what}“${id}”`;
}

function calendarIds(pack: DistrictPack): ReadonlySet<string> {
  return new Set(pack.calendars.definitions.map((calendar) => calendar.id));
}
