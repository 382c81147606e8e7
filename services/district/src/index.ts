export { diffPacks } from './pack/diff.ts';
export { loadPack } from './pack/load.ts';
export { type District, startDistrict } from './service.ts';
