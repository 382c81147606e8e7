export { diffPacks, formatPackDiff, type PackDiff } from './pack/diff.ts';
export { loadPack } from './pack/load.ts';
export { type Published, publishPack } from './policy/publish.ts';
export { type District, startDistrict } from './service.ts';
