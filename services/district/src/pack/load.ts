import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseHolidayTable } from '@cityloop/calendar';
import {
  type DistrictPack,
  type PackSection,
  packSchemas,
  packSections,
} from '@cityloop/contracts';
import { InvalidInput } from '@cityloop/kernel';
import { z } from 'zod';
import { checkPack } from './check-pack.ts';
import { type PackIssue, pathText, readYamlFile, type YamlFile } from './yaml-file.ts';

type Files = Readonly<Record<PackSection, YamlFile>>;

const chinese = z.locales.zhCN().localeError;

/**
 * Reads a pack folder: one YAML file a section, named after it, and the holiday file from the folder
 * `calendars` beside the pack. `grids` of people are written out down to the grids, and each grid gets
 * its worker.
 *
 * @throws InvalidInput `PACK_INVALID`, with every mistake at once in `details.issues` ({@link PackIssue}):
 * first those of files and shapes, and when there are none, those of sections against each other
 */
export async function loadPack(dir: string): Promise<DistrictPack> {
  await refuseStrangers(dir);
  const files = await readFiles(dir);
  const { pack, issues } = await parseSections(dir, files);
  if (issues.length > 0) throw packInvalid(issues);
  const found = checkPack(pack).map(({ section, path, reason }) =>
    issueAt(section, files[section], path, reason),
  );
  if (found.length > 0) throw packInvalid(found);
  return withGridWorkers(pack);
}

/**
 * A pack with one section of it as a file says, which is named after the section as in a folder.
 *
 * @throws InvalidInput `PACK_INVALID`, as `loadPack`; `PACK_NOT_FOUND` when the name is of no section
 */
export async function withSection(pack: DistrictPack, path: string): Promise<DistrictPack> {
  const section = packSections.find((one) => fileOf(one) === basename(path));
  if (section === undefined) {
    throw new InvalidInput(
      'PACK_NOT_FOUND',
      `${path} 不是区包中的一节 / names no section: ${packSections.map(fileOf).join(', ')}`,
    );
  }
  const file = await readYamlFile(path, basename(path));
  const issues = [...file.issues];
  const content =
    section === 'calendars' ? await withHolidays(dirname(path), file, issues) : file.content;
  const parsed = packSchemas[section].safeParse(content, { error: chinese });
  if (!parsed.success && issues.length === 0) {
    issues.push(...parsed.error.issues.flatMap((issue) => shapeIssues(section, file, issue)));
  }
  if (issues.length > 0) throw packInvalid(issues);
  const whole = { ...pack, [section]: parsed.data };
  const found = checkPack(whole).map((one) => issueAt(one.section, file, one.path, one.reason));
  if (found.length > 0) throw packInvalid(found);
  return whole;
}

/** A misspelt file name would otherwise be a section that silently stays as it was. */
async function refuseStrangers(dir: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (cause) {
    throw new InvalidInput(
      'PACK_NOT_FOUND',
      `找不到区包目录 / no pack folder: ${dir}`,
      {},
      { cause },
    );
  }
  const known = new Set(packSections.map(fileOf));
  const strangers = names.filter((name) => /\.ya?ml$/.test(name) && !known.has(name));
  if (strangers.length === 0) return;
  throw packInvalid(
    strangers.map((file) => ({
      file,
      path: '',
      reason: `区包中没有这一节；应为 ${[...known].join('、')} 之一`,
    })),
  );
}

async function readFiles(dir: string): Promise<Files> {
  const entries = await Promise.all(
    packSections.map(async (section) => {
      const name = fileOf(section);
      // A section that came later than the first packs may be left out.
      const optional = packSchemas[section].safeParse(undefined).success;
      return [section, await readYamlFile(join(dir, name), name, { optional })] as const;
    }),
  );
  // Object.fromEntries forgets the keys; they are exactly the sections.
  return Object.fromEntries(entries) as Files;
}

async function parseSections(
  dir: string,
  files: Files,
): Promise<{ readonly pack: DistrictPack; readonly issues: readonly PackIssue[] }> {
  const pack: Record<string, unknown> = {};
  const issues: PackIssue[] = [];
  for (const section of packSections) {
    const file = files[section];
    issues.push(...file.issues);
    if (file.issues.length > 0) continue;
    const content =
      section === 'calendars' ? await withHolidays(dir, file, issues) : (file.content ?? undefined);
    const parsed = packSchemas[section].safeParse(content, { error: chinese });
    if (parsed.success) pack[section] = parsed.data;
    else {
      issues.push(...parsed.error.issues.flatMap((issue) => shapeIssues(section, file, issue)));
    }
  }
  // Without issues every section has been parsed by its own schema just above.
  return { pack: pack as DistrictPack, issues };
}

/** A member nobody knows is reported where it stands, not at the entry around it. */
function shapeIssues(section: PackSection, file: YamlFile, issue: z.core.$ZodIssue): PackIssue[] {
  if (issue.code !== 'unrecognized_keys') {
    return [issueAt(section, file, issue.path, issue.message)];
  }
  return issue.keys.map((key) =>
    issueAt(section, file, [...issue.path, key], `不认识的项“${key}”，请核对拼写`),
  );
}

const HolidayFileName = z.looseObject({ holidayFile: z.string().regex(/^[a-z0-9-]+\.yaml$/) });

async function withHolidays(dir: string, file: YamlFile, issues: PackIssue[]): Promise<unknown> {
  const named = HolidayFileName.safeParse(file.content);
  if (!named.success) {
    const around = z.looseObject({}).safeParse(file.content);
    return around.success ? { ...around.data, holidays: NO_HOLIDAYS } : file.content;
  }
  const name = named.data.holidayFile;
  const holidays = await readYamlFile(join(dir, '..', 'calendars', name), `calendars/${name}`);
  issues.push(...holidays.issues);
  if (holidays.issues.length > 0) return { ...named.data, holidays: NO_HOLIDAYS };
  try {
    return { ...named.data, holidays: parseHolidayTable(holidays.content) };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    issues.push(...holidayIssues(error, holidays, `calendars/${name}`));
    return { ...named.data, holidays: NO_HOLIDAYS };
  }
}

/** Stands in for a table that could not be read, so that this is not reported a second time. */
const NO_HOLIDAYS = {
  source: '-',
  knownFrom: 2000,
  knownThrough: 2000,
  holidays: [],
  workdays: [],
};

const HolidayIssues = z.array(z.object({ path: z.string(), message: z.string() }));

function holidayIssues(error: InvalidInput, file: YamlFile, name: string): PackIssue[] {
  const issues = HolidayIssues.safeParse(error.details.issues);
  if (!issues.success) return [{ file: name, path: '', reason: error.message }];
  return issues.data.map(({ path, message }) => {
    const line = file.lineOf(
      path.split('.').map((part) => (/^\d{1,3}$/.test(part) ? +part : part)),
    );
    return { file: name, ...(line === undefined ? {} : { line }), path, reason: message };
  });
}

function issueAt(
  section: PackSection,
  file: YamlFile,
  path: readonly PropertyKey[],
  reason: string,
): PackIssue {
  const line = file.lineOf(path);
  return {
    file: fileOf(section),
    ...(line === undefined ? {} : { line }),
    path: pathText(path),
    reason,
  };
}

function fileOf(section: PackSection): string {
  return `${section}.yaml`;
}

function packInvalid(issues: readonly PackIssue[]): InvalidInput {
  const shown = issues.slice(0, SHOWN).map(formatIssue);
  const more = issues.length > SHOWN ? [`…… 另有 ${issues.length - SHOWN} 处`] : [];
  return new InvalidInput(
    'PACK_INVALID',
    [`区包有 ${issues.length} 处错误 / the pack has mistakes:`, ...shown, ...more].join('\n  '),
    { issues },
  );
}

const SHOWN = 20;

function formatIssue({ file, line, path, reason }: PackIssue): string {
  return `${file}${line === undefined ? '' : `:${line}`} ${path === '' ? '' : `${path} `}${reason}`;
}

/**
 * Grids of people written out, and the first worker of each entered with its area. An area without
 * grids below counts as one.
 */
function withGridWorkers(pack: DistrictPack): DistrictPack {
  const codes = pack.areas.filter((area) => area.kind === 'grid').map((area) => area.code);
  const workers = new Map<string, string>();
  const people = pack.people.map((person) => {
    if (person.grids === undefined) return person;
    const grids = person.grids.flatMap((named) => {
      const below = codes.filter((code) => code.startsWith(named));
      return below.length === 0 ? [named] : below;
    });
    for (const grid of grids) if (!workers.has(grid)) workers.set(grid, person.id);
    return { ...person, grids };
  });
  const areas = pack.areas.map((area) => {
    const gridWorkerId = area.gridWorkerId ?? workers.get(area.code);
    return gridWorkerId === undefined ? area : { ...area, gridWorkerId };
  });
  return { ...pack, people, areas };
}
